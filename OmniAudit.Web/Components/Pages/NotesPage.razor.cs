using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Layout;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Builds notes through the same tool as an agent, and lists those that were built.</summary>
public sealed partial class NotesPage
{
    private const int PageSize = 50;
    private const string BuildTool = "releasebutler.generate_notes";

    private string _repo = "", _tag = "", _from = "", _window = "", _group = "";
    private bool _links = true;
    private bool _filled, _building, _loading;
    private string _tagsOf = "";
    private TagChoices? _tags;
    private double _progress;
    private string _step = "";
    private ToolOutcome? _outcome;
    private IReadOnlyList<FieldError> _errors = [];
    private IReadOnlyList<NotesSummary> _notes = [];

    [Inject] private NotesQueries Notes { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    // The form, so that an address brings it back.
    [SupplyParameterFromQuery(Name = "repo")] public string? Repo { get; set; }
    [SupplyParameterFromQuery(Name = "tag")] public string? Tag { get; set; }
    [SupplyParameterFromQuery(Name = "from")] public string? From { get; set; }
    [SupplyParameterFromQuery(Name = "window")] public string? Window { get; set; }
    [SupplyParameterFromQuery(Name = "group")] public string? Group { get; set; }
    [SupplyParameterFromQuery(Name = "links")] public string? Links { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Query { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    protected override bool Concerns(Change change) => change.Topic == Topics.Notes;

    protected override async Task LoadAsync()
    {
        if (!_filled)
        {
            _filled = true;
            (_repo, _tag, _from, _window, _links) = (Repo ?? "", Tag ?? "", From ?? "", Window ?? "", Links != "off");
            _group = NotesGrouping.All.Contains(Group ?? "") ? Group! : "";
        }
        _notes = await Notes.ListAsync(Query, string.IsNullOrEmpty(Before) ? null : Before, PageSize, Left);
        // Only who may build asks GitHub, and only from a page that is open.
        if (IsLive && _repo.Length > 0 && _tagsOf.Length == 0 && Role >= Role.Operator) await RepoTypedAsync();
    }

    private async Task RepoTypedAsync()
    {
        _repo = _repo.Trim();
        if (_repo == _tagsOf || Role < Role.Operator) return;
        (_tagsOf, _tags, _loading) = (_repo, null, _repo.Length > 0);
        if (!_loading) return;
        StateHasChanged();
        var asked = _repo;
        try
        {
            var tags = await Notes.TagsAsync(asked, Left);
            if (_tagsOf == asked) _tags = tags;
        }
        finally
        {
            if (_tagsOf == asked) _loading = false;
        }
    }

    private async Task BuildAsync()
    {
        if (_building) return;
        (_building, _errors, _outcome, _progress, _step) = (true, [], null, 0, "");
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?>
        {
            ["repo"] = OrNull(_repo), ["tag"] = OrNull(_tag), ["from"] = OrNull(_from), ["window"] = OrNull(_window), ["group"] = OrNull(_group), ["links"] = _links ? null : "off",
        }), replace: true);
        StateHasChanged();
        try
        {
            if (!TryArguments(out var arguments)) return;
            _outcome = await RunAsync(BuildTool, arguments, origin => origin with { Progress = Report });
            if (_outcome is ToolOutcome.Refused refused) _errors = refused.Errors;
            if (_outcome is ToolOutcome.Succeeded done && done.Result.TryGetProperty("notes_id", out var id) && !Left.IsCancellationRequested) Navigation.NavigateTo(PageLinks.Notes(id.GetString()!));
        }
        finally
        {
            _building = false;
        }
    }

    private bool TryArguments(out JsonElement arguments)
    {
        var given = new JsonObject { ["repo"] = _repo.Trim(), ["include_pr_links"] = _links };
        if (OrNull(_tag) is { } tag) given["tag"] = tag;
        if (OrNull(_from) is { } from) given["from_tag"] = from;
        if (OrNull(_group) is { } group) given["group_by"] = group;
        if (OrNull(_window) is { } window)
        {
            if (!int.TryParse(window, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            {
                _errors = [new FieldError("fallback_window", "must be a number from 1 to 1000.")];
                arguments = default;
                return false;
            }
            given["fallback_window"] = count;
        }
        arguments = JsonSerializer.SerializeToElement(given);
        return true;
    }

    private void Report(double progress, string step) => _ = InvokeAsync(() =>
    {
        if (!_building || Left.IsCancellationRequested) return;
        (_progress, _step) = (progress, step);
        StateHasChanged();
    });

    private static string? OrNull(string text) => text.Trim() is { Length: > 0 } bare ? bare : null;

    private string Error(string field) => string.Join(' ', _errors.Where(e => e.Field == field).Select(e => e.Message));

    private string? Invalid(string field) => _errors.Any(e => e.Field == field) ? "true" : null;
}
