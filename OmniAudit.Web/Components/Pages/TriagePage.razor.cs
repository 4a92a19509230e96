using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One triage: its progress, then its draft to edit, and the way into the approval queue.</summary>
public sealed partial class TriagePage
{
    private const string PostTool = "auditlens.post_triage";
    private const string IssueTool = "auditlens.create_issue";

    private static readonly (string Value, string Label)[] Views = [("preview", "Preview"), ("edit", "Edit"), ("diff", "Changes")];

    private TriageDetail? _detail;
    private IReadOnlyList<ApprovalSummary> _requests = [];
    private ToolOutcome? _outcome;
    private (string Tone, string Text)? _answer;
    private string _text = "", _view = "preview";
    private int _from;
    private bool _loaded, _busy, _issue;

    [Inject] private TriageDesk Drafts { get; set; } = null!;
    [Inject] private ApprovalQueries Approvals { get; set; } = null!;

    [Parameter] public string DraftId { get; set; } = "";

    private string Original => _detail?.Versions.FirstOrDefault(v => v.Number == _from)?.Markdown ?? "";

    private bool IsChanged => _from > 0 && _text.ReplaceLineEndings("\n") != Original;

    protected override bool Concerns(Change change) =>
        change.Topic == Topics.Approvals || (change.Topic == Topics.Evidence && change.Id == DraftId) || (change.Topic == Topics.Jobs && change.Id == _detail?.Draft.JobId);

    protected override async Task LoadAsync()
    {
        if (_detail?.Draft.DraftId != DraftId) (_from, _text, _outcome, _answer, _issue) = (0, "", null, null, false);
        var changed = IsChanged;
        _detail = await Drafts.FindAsync(DraftId, Left);
        _loaded = true;
        if (_detail is not { Draft.Version: > 0 } detail) return;
        // What a person is writing is theirs: a newer version is told of, and takes nothing away.
        if (!changed) (_from, _text) = (detail.Draft.Version, detail.Versions[^1].Markdown);
        var own = await Task.WhenAll(detail.Requests.Select(id => Approvals.FindAsync(id, Left)));
        var posts = await Approvals.ListAsync(new ApprovalFilter(Text: DraftId, Tool: PostTool, Take: 50), Left);
        _requests = [.. own.OfType<ApprovalDetail>().Select(a => a.Summary).Concat(posts).DistinctBy(a => a.ApprovalId).OrderByDescending(a => a.ApprovalId, StringComparer.Ordinal)];
    }

    private async Task SaveAsync()
    {
        if (_busy) return;
        (_busy, _answer) = (true, null);
        try
        {
            var saved = await CurrentPersonAsync() is { } person ? await Drafts.SaveAsync(DraftId, _from, _text, person, Left) : new TriageSaved(null, "Your session has ended. Sign in again; nothing was saved.");
            _answer = saved.Version is { } version ? ("good", $"Saved as version {version}.") : ("bad", saved.Refusal!);
            // From here on the text is that version's.
            if (saved.Version is { } number) (_from, _text, _view) = (number, _text.ReplaceLineEndings("\n"), "diff");
            await LoadAsync();
        }
        finally
        {
            _busy = false;
        }
    }

    private void Discard() => (_from, _text, _answer) = (_detail!.Draft.Version, _detail.Versions[^1].Markdown, null);

    private void Rebase() => (_from, _view) = (_detail!.Draft.Version, "diff");

    private async Task PostAsync()
    {
        if (_busy || _detail is not { } detail) return;
        (_busy, _outcome) = (true, null);
        try
        {
            _outcome = await RunAsync(PostTool, new { repo = detail.Draft.Repo, draft_id = DraftId, version = detail.Draft.Version });
            await LoadAsync();
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task<ToolOutcome?> IssueAsync(JsonElement arguments)
    {
        var version = _detail!.Draft.Version;
        var outcome = await RunAsync(IssueTool, arguments);
        if (outcome is ToolOutcome.NeedsApproval waiting) await Drafts.NoteRequestAsync(DraftId, version, waiting.Ticket.Id, Left);
        await LoadAsync();
        return outcome;
    }
}
