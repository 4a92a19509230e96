using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Makes a release: what it is made of, a dry run, and the request that goes into the queue, by the same tool as an agent's.</summary>
public sealed partial class NewReleasePage
{
    private const string CreateTool = "releasebutler.create_release";

    private readonly HashSet<string> _chosen = new(StringComparer.Ordinal);
    private string _repo = "", _tag = "", _target = "", _notes = "", _latest = "", _busy = "";
    private bool _draft, _prerelease, _checksums = true, _provenance = true, _filled;
    private IReadOnlyList<string> _repositories = [];
    private IReadOnlyList<OfferedFile> _files = [];
    private IReadOnlyList<string>? _steps;
    private ToolOutcome? _outcome;

    [Inject] private ReleaseBoard Board { get; set; } = null!;
    [Inject] private NotesQueries Notes { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "repo")] public string? Repo { get; set; }
    [SupplyParameterFromQuery(Name = "tag")] public string? Tag { get; set; }

    /// <summary>Stored notes whose newest text stands in the form at first.</summary>
    [SupplyParameterFromQuery(Name = "notes")] public string? NotesId { get; set; }

    private string? Obstacle => WhyNot(Role.Operator, "Asking for writes");

    private bool Disabled => Obstacle is not null || _busy.Length > 0 || !IsLive;

    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        _files = Board.Files();
        if (_filled) return;
        _filled = true;
        _repositories = [.. Options.Policy.RepoWriteAllowlist.Select(r => r.Trim()).Where(r => r.Length > 0)];
        _repo = _repositories.FirstOrDefault(r => r.Equals(Repo, StringComparison.OrdinalIgnoreCase)) ?? (_repositories is [var only] ? only : "");
        _tag = Tag ?? "";
        if (!string.IsNullOrEmpty(NotesId)) _notes = (await Notes.FindAsync(NotesId, null, Left))?.Markdown ?? "";
    }

    private void Choose(string path, bool chosen)
    {
        if (chosen) _chosen.Add(path);
        else _chosen.Remove(path);
    }

    private async Task SendAsync(bool dryRun)
    {
        if (_busy.Length > 0) return;
        (_busy, _outcome, _steps) = (dryRun ? "dry" : "ask", null, null);
        StateHasChanged();
        try
        {
            var assets = _files.Select(f => f.Path).Where(_chosen.Contains).ToList();
            var arguments = new Dictionary<string, object?>
            {
                ["repo"] = _repo, ["tag"] = _tag.Trim(), ["notes"] = _notes, ["target"] = _target.Trim() is { Length: > 0 } target ? target : null, ["make_latest"] = _latest.Length > 0 ? _latest : null,
                ["assets"] = assets.Count > 0 ? assets : null, ["checksums"] = Chosen(_checksums && assets.Count > 0), ["provenance_manifest"] = Chosen(_provenance && assets.Count > 0),
                ["prerelease"] = Chosen(_prerelease), ["draft"] = Chosen(_draft), ["dry_run"] = Chosen(dryRun),
            };
            _outcome = await RunAsync(CreateTool, arguments);
            if (_outcome is ToolOutcome.Succeeded { Result: var result } && result.TryGetProperty("steps", out var steps)) _steps = [.. steps.EnumerateArray().Select(s => s.GetString()!)];
        }
        finally
        {
            _busy = "";
        }
    }

    private static bool? Chosen(bool flag) => flag ? true : null;

    private IEnumerable<FieldError> ErrorsOf(string field) =>
        (_outcome as ToolOutcome.Refused)?.Errors.Where(e => e.Field == field || e.Field.StartsWith(field + "[", StringComparison.Ordinal)) ?? [];

    private string Error(string field) => string.Join(' ', ErrorsOf(field).Select(e => e.Message));

    private string? Invalid(string field) => ErrorsOf(field).Any() ? "true" : null;
}
