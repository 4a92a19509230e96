using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>A draft in a list.</summary>
/// <param name="Status">Its job's.</param>
/// <param name="New">Null when nothing was compared.</param>
/// <param name="Version">0 while there is no text yet.</param>
public sealed record TriageSummary(
    string DraftId, string JobId, string Repo, long PrNumber, string PrTitle, string HeadSha, string BaseBranch, string Status, double Progress, string Step, string? Error, int FailedRuns, int Causes, int Findings, int? New, int Flaky,
    int NotAnnotated, int Version, string? FindingsId, DateTimeOffset CreatedAt);

/// <summary>A page of drafts, newest first.</summary>
/// <param name="Before">Give it to the next call; null at the end.</param>
public sealed record TriageList(IReadOnlyList<TriageSummary> Drafts, string? Before);

/// <summary>One version of a draft's text.</summary>
public sealed record TriageVersion(int Number, string Markdown, string Sha256, string ByName, DateTimeOffset At);

/// <summary>A draft with all its versions, the first one first.</summary>
/// <param name="Labels">That were suggested.</param>
/// <param name="Requests">Approvals that the console asked for, by id.</param>
public sealed record TriageDetail(TriageSummary Draft, IReadOnlyList<TriageVersion> Versions, IReadOnlyList<string> Labels, IReadOnlyList<string> Requests);

/// <summary>What came of saving: the new version, or why there is none.</summary>
public sealed record TriageSaved(int? Version, string? Refusal);

/// <summary>Drafts as people read and change them.</summary>
public sealed class TriageDesk
{
    /// <summary>The most characters that a draft may have.</summary>
    public const int MostChars = TriageMarkdown.MostChars;

    private readonly Database _database;
    private readonly TriageStore _store;
    private readonly ChangeFeed _changes;

    internal TriageDesk(Database database, TriageStore store, ChangeFeed changes) => (_database, _store, _changes) = (database, store, changes);

    /// <summary>Newest first.</summary>
    /// <param name="text">A part of the repository, title or commit, or a whole id; null for all.</param>
    /// <param name="take">1 to 200.</param>
    public Task<TriageList> ListAsync(string? text, string? before, int take, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        take = Math.Clamp(take, 1, 200);
        var rows = db.Set<TriageDraftRow>().AsQueryable();
        if (before is not null) rows = rows.Where(d => string.Compare(d.DraftId, before) < 0);
        foreach (var pattern in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(5).Select(SearchWords.Pattern))
            rows = rows.Where(d => EF.Functions.Like(d.Repo, pattern, "\\") || EF.Functions.Like(d.PrTitle, pattern, "\\") || EF.Functions.Like(d.HeadSha, pattern, "\\") || EF.Functions.Like(d.DraftId, pattern, "\\"));
        var found = await rows.OrderByDescending(d => d.DraftId).Take(take + 1).ToListAsync(cancellationToken);
        var jobs = await JobsAsync(db, found, cancellationToken);
        return new TriageList([.. found.Take(take).Select(d => Of(d, jobs.GetValueOrDefault(d.JobId)))], found.Count > take ? found[take - 1].DraftId : null);
    }, cancellationToken);

    /// <summary>Null when there is none by that id.</summary>
    public Task<TriageDetail?> FindAsync(string draftId, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        if (await db.Set<TriageDraftRow>().FirstOrDefaultAsync(d => d.DraftId == draftId, cancellationToken) is not { } row) return null;
        var versions = await db.Set<TriageVersionRow>().Where(v => v.DraftId == draftId).OrderBy(v => v.Number).ToListAsync(cancellationToken);
        var requests = await db.Set<TriageRequestRow>().Where(r => r.DraftId == draftId).OrderByDescending(r => r.ApprovalId).Select(r => r.ApprovalId).Take(50).ToListAsync(cancellationToken);
        return new TriageDetail(
            Of(row, (await JobsAsync(db, [row], cancellationToken)).GetValueOrDefault(row.JobId)), versions.ConvertAll(v => new TriageVersion(v.Number, v.Markdown, v.Sha256, v.ByName, v.At)),
            row.Labels.Split('\n', StringSplitOptions.RemoveEmptyEntries), requests);
    }, cancellationToken);

    /// <summary>Saves the text as the next version in the person's name. Nothing of earlier ones changes.</summary>
    /// <param name="from">The version that the person changed: a newer one meanwhile is a refusal.</param>
    public async Task<TriageSaved> SaveAsync(string draftId, int from, string markdown, Actor person, CancellationToken cancellationToken)
    {
        markdown = markdown.ReplaceLineEndings("\n");
        if (string.IsNullOrWhiteSpace(markdown)) return new(null, "The text is empty.");
        if (markdown.Length > MostChars) return new(null, $"The text has {markdown.Length} characters; a comment may have {MostChars}.");
        if (OperationMarker.IsIn(markdown)) return new(null, $"The text must not contain '{OperationMarker.Start}', the mark of this server's own comments.");
        var saved = await _database.WriteAsync(async db =>
        {
            if (await OperatorDirectory.WhyNotAsync(db, person, Role.Operator, "Editing drafts", cancellationToken) is { } refused) return new TriageSaved(null, refused);
            if (await db.Set<TriageDraftRow>().FirstOrDefaultAsync(d => d.DraftId == draftId, cancellationToken) is not { Version: > 0 } row) return new TriageSaved(null, "There is no such draft.");
            if (row.Version != from) return new TriageSaved(null, $"Somebody saved version {row.Version} meanwhile; nothing of yours was kept. Compare with it, and save again.");
            if (await db.Set<TriageVersionRow>().AnyAsync(v => v.DraftId == draftId && v.Number == from && v.Markdown == markdown, cancellationToken)) return new TriageSaved(null, "Nothing is different from the last version.");
            _store.Add(db, row, markdown, person.Subject, person.Name);
            return new TriageSaved(row.Version, null);
        }, cancellationToken);
        if (saved.Version is not null) _changes.Publish(Topics.Evidence, draftId);
        return saved;
    }

    /// <summary>Remembers which request was made of a draft.</summary>
    public Task NoteRequestAsync(string draftId, int version, string approvalId, CancellationToken cancellationToken) => _database.WriteAsync(async db =>
    {
        if (!await db.Set<TriageRequestRow>().AnyAsync(r => r.ApprovalId == approvalId, cancellationToken)) db.Add(new TriageRequestRow { ApprovalId = approvalId, DraftId = draftId, Version = version });
    }, cancellationToken);

    private static async Task<Dictionary<string, JobRow>> JobsAsync(OmniAuditDb db, List<TriageDraftRow> drafts, CancellationToken cancellationToken)
    {
        var ids = drafts.ConvertAll(d => d.JobId);
        return await db.Set<JobRow>().Where(j => ids.Contains(j.JobId)).ToDictionaryAsync(j => j.JobId, StringComparer.Ordinal, cancellationToken);
    }

    internal static TriageSummary Of(TriageDraftRow d, JobRow? job) => new(
        d.DraftId, d.JobId, d.Repo, d.PrNumber, d.PrTitle, d.HeadSha, d.BaseBranch, d.Version > 0 ? JobStatus.Completed : job?.Status ?? JobStatus.Queued, job?.Progress ?? 0, job?.Step ?? "", job?.Error, d.FailedRuns, d.Causes, d.Findings, d.New,
        d.Flaky, d.NotAnnotated, d.Version, d.FindingsId, d.CreatedAt);
}
