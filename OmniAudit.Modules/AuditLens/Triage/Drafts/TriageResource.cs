using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

internal sealed class TriageResource(Database database, TriageDesk drafts) : ResourceKind
{
    private const int SearchDepth = 5_000;

    public override string UriTemplate => "omniaudit://triage/{draft_id}";
    public override string Name => "triage";
    public override string Title => "Pull request triage";
    public override string Description => "A triage draft: how it stands, its counts, and the newest text.";
    // Whoever may read at all: making drafts is work.
    public override string Tool => "auditlens.list_runs";
    public override string IdPrefix => "tri_";

    public static string Uri(string draftId) => $"omniaudit://triage/{draftId}";

    public override async Task<IReadOnlyList<ResourceEntry>> ListAsync(ResourceReader reader, string? before, int take, CancellationToken cancellationToken)
    {
        var found = new List<TriageSummary>();
        var from = before is null ? null : "tri_" + before;
        do
        {
            var page = await drafts.ListAsync(null, from, 200, cancellationToken);
            found.AddRange(page.Drafts.Where(d => reader.MayRead(d.Repo)).Take(take - found.Count));
            from = page.Before;
        }
        while (from is not null && found.Count < take);
        return [.. found.Select(Entry)];
    }

    public override async Task<ResourceDocument?> FindAsync(IReadOnlyDictionary<string, string> variables, ResourceReader reader, CancellationToken cancellationToken)
    {
        if (await drafts.FindAsync(variables["draft_id"], cancellationToken) is not { } detail || !reader.MayRead(detail.Draft.Repo)) return null;
        var draft = detail.Draft;
        var head = new JsonObject
        {
            ["draft_id"] = draft.DraftId, ["note"] = Evidence.EvidenceUris.Untrusted, ["repo"] = draft.Repo, ["pr_number"] = draft.PrNumber, ["pr_title"] = ShortText.Of(draft.PrTitle, 200), ["head_sha"] = draft.HeadSha, ["status"] = draft.Status,
            ["progress"] = Math.Round(draft.Progress, 3), ["version"] = draft.Version, ["created_at"] = draft.CreatedAt,
        };
        if (draft.Error is { } error) head["error"] = error;
        if (draft.Version == 0) return new ResourceDocument(Entry(draft).Title, Page(draft.DraftId), head);
        (head["failed_runs"], head["causes"], head["findings"], head["new"], head["flaky"], head["not_annotated"]) = (draft.FailedRuns, draft.Causes, draft.Findings, draft.New, draft.Flaky, draft.NotAnnotated);
        if (draft.FindingsId is { } set) head["findings_uri"] = Evidence.EvidenceUris.Findings(set);
        head["suggested_labels"] = new JsonArray([.. detail.Labels.Select(l => JsonValue.Create(l))]);
        head["sha256"] = detail.Versions[^1].Sha256;
        // In lines, for a long text is read in parts.
        return new ResourceDocument(Entry(draft).Title, Page(draft.DraftId), head, "markdown_lines", [.. detail.Versions[^1].Markdown.Split('\n').Select(l => (JsonNode)JsonValue.Create(l))]);
    }

    public override Task<IReadOnlyList<ResourceEntry>> SearchAsync(IReadOnlyList<string> words, ResourceReader reader, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ResourceEntry>>(async db =>
        {
            var rows = db.Set<TriageDraftRow>().OrderByDescending(d => d.DraftId).Take(SearchDepth);
            foreach (var pattern in words.Select(SearchWords.Pattern))
                rows = rows.Where(d => EF.Functions.Like(d.DraftId, pattern, "\\") || EF.Functions.Like(d.Repo, pattern, "\\") || EF.Functions.Like(d.PrTitle, pattern, "\\") || EF.Functions.Like(d.HeadSha, pattern, "\\"));
            return await SeenAsync(rows.OrderByDescending(d => d.DraftId), d => reader.MayRead(d.Repo), d => Entry(TriageDesk.Of(d, null)), take, cancellationToken);
        }, cancellationToken);

    public override IEnumerable<string> UrisOf(Change change) => change.Topic == Topics.Evidence && change.Id.StartsWith("tri_", StringComparison.Ordinal) ? [Uri(change.Id)] : [];

    private static string Page(string draftId) => $"/triage/{draftId}";

    private static ResourceEntry Entry(TriageSummary draft) => new(
        Uri(draft.DraftId), $"Triage of {draft.Repo}#{draft.PrNumber}{(draft.Version > 0 ? $": {draft.Causes} causes, {draft.Findings} findings" : "")}", Page(draft.DraftId), draft.CreatedAt, MarkOf(draft.DraftId));
}
