using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AuditLens;

/// <summary>
/// Deletes old evidence with what was made of it: drafts first, then sets of findings, then the evidence itself, so that nothing that stays loses what it stands on.
/// What people said of findings stays: later findings are weighed by it.
/// </summary>
/// <param name="Requests">The open requests.</param>
/// <param name="Named">Ids that they name.</param>
internal sealed record EvidenceRetention(DateTimeOffset Before, int Most, IReadOnlyCollection<string> Requests, IReadOnlyCollection<string> Named)
{
    /// <summary>Deletes the oldest drafts, inside a write: not those that are being written, nor those an open request is made of.</summary>
    public async Task<int> DeleteDraftsAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var drafts = await db.Set<TriageDraftRow>().Where(d => d.CreatedAt < Before && !Named.Contains(d.DraftId))
            .Where(d => (d.FindingsId == null || !Named.Contains(d.FindingsId)) && (d.BaseFindingsId == null || !Named.Contains(d.BaseFindingsId)))
            .Where(d => !db.Set<TriageRequestRow>().Any(r => r.DraftId == d.DraftId && Requests.Contains(r.ApprovalId)))
            .Where(d => !db.Set<JobRow>().Any(j => j.JobId == d.JobId && (j.Status == JobStatus.Queued || j.Status == JobStatus.Running)))
            .OrderBy(d => d.DraftId).Take(Most).Select(d => new { d.DraftId, d.JobId }).ToListAsync(cancellationToken);
        if (drafts.Count == 0) return 0;
        var (ids, jobs) = (drafts.ConvertAll(d => d.DraftId), drafts.ConvertAll(d => d.JobId));
        await db.Set<TriageVersionRow>().Where(v => ids.Contains(v.DraftId)).ExecuteDeleteAsync(cancellationToken);
        await db.Set<TriageRequestRow>().Where(r => ids.Contains(r.DraftId)).ExecuteDeleteAsync(cancellationToken);
        await db.Set<JobRow>().Where(j => jobs.Contains(j.JobId)).ExecuteDeleteAsync(cancellationToken);
        return await db.Set<TriageDraftRow>().Where(d => ids.Contains(d.DraftId)).ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>Deletes the oldest sets of findings, inside a write: not those of a draft, those that a younger set was compared with, nor those an open request names.</summary>
    public async Task<int> DeleteFindingsAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var held = await HeldAsync(db, cancellationToken);
        var ids = await Old(db).Where(f => !held.Contains(f.FindingsId))
            .Where(f => !db.Set<TriageDraftRow>().Any(d => d.FindingsId == f.FindingsId || d.BaseFindingsId == f.FindingsId))
            .Where(f => !db.Set<FindingsRow>().Any(y => y.BaseId == f.FindingsId && y.CreatedAt >= Before))
            .OrderBy(f => f.FindingsId).Take(Most).Select(f => f.FindingsId).ToListAsync(cancellationToken);
        return ids.Count == 0 ? 0 : await db.Set<FindingsRow>().Where(f => ids.Contains(f.FindingsId)).ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>
    /// Deletes the oldest evidence, inside a write: not what a set that stays was read out of (a set names its first piece; others are of the same commit), nor what a
    /// triage that is under way may be about to read.
    /// </summary>
    public async Task<int> DeleteEvidenceAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var ids = await db.Set<EvidenceRow>().Where(e => e.CreatedAt < Before && !Named.Contains(e.EvidenceId))
            .Where(e => !db.Set<FindingsRow>().Any(f => f.EvidenceId == e.EvidenceId || (f.Repo == e.Repo && f.HeadSha == e.HeadSha && e.HeadSha != "")))
            .Where(e => !db.Set<TriageDraftRow>().Any(d => d.Repo == e.Repo && db.Set<JobRow>().Any(j => j.JobId == d.JobId && (j.Status == JobStatus.Queued || j.Status == JobStatus.Running))))
            .OrderBy(e => e.EvidenceId).Take(Most).Select(e => e.EvidenceId).ToListAsync(cancellationToken);
        return ids.Count == 0 ? 0 : await db.Set<EvidenceRow>().Where(e => ids.Contains(e.EvidenceId)).ExecuteDeleteAsync(cancellationToken);
    }

    private IQueryable<FindingsRow> Old(OmniAuditDb db) => db.Set<FindingsRow>().Where(f => f.CreatedAt < Before);

    /// <summary>Sets that open requests name, or one of whose findings they name.</summary>
    private async Task<List<string>> HeldAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var held = Named.Where(n => n.StartsWith("fns_", StringComparison.Ordinal)).ToList();
        var findings = Named.Select(FindingsStore.KeyOf).OfType<byte[]>().ToList();
        if (findings.Count == 0) return held;
        await foreach (var set in Old(db).Select(f => new { f.FindingsId, f.FindingKeys }).AsAsyncEnumerable().WithCancellation(cancellationToken))
            if (findings.Exists(key => FindingsStore.Holds(set.FindingKeys, key))) held.Add(set.FindingsId);
        return held;
    }
}
