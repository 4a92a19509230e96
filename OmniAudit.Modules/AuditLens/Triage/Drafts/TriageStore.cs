using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>The rows of drafts and the objects behind them.</summary>
internal sealed class TriageStore(Database database, ObjectStore objects, FindingsStore sets, ChangeFeed changes, TimeProvider time)
{
    /// <summary>Makes the draft's row if it is not there; called by whoever comes first, the tool or the job.</summary>
    public async Task<TriageDraftRow> EnsureAsync(string jobId, TriageArguments arguments, string createdBy, CancellationToken cancellationToken)
    {
        var draftId = TriageDraftRow.IdOf(jobId);
        var row = await database.WriteAsync(async db =>
        {
            if (await db.Set<TriageDraftRow>().FirstOrDefaultAsync(d => d.DraftId == draftId, cancellationToken) is { } known) return known;
            var fresh = new TriageDraftRow { DraftId = draftId, JobId = jobId, Repo = arguments.Repo, PrNumber = arguments.PrNumber, CreatedBy = createdBy, CreatedAt = time.GetUtcNow() };
            db.Add(fresh);
            return fresh;
        }, cancellationToken);
        changes.Publish(Topics.Evidence, draftId);
        return row;
    }

    public Task<TriageDraftRow?> FindAsync(string draftId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<TriageDraftRow>().FirstOrDefaultAsync(d => d.DraftId == draftId, cancellationToken), cancellationToken);

    public Task<TriageVersionRow?> VersionAsync(string draftId, int number, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<TriageVersionRow>().FirstOrDefaultAsync(v => v.DraftId == draftId && v.Number == number, cancellationToken), cancellationToken);

    /// <summary>The base's findings of the newest draft of this repository and branch; null when there is none.</summary>
    public Task<string?> EarlierBaseAsync(string repo, string branch, CancellationToken cancellationToken) => database.ReadAsync(
        db => db.Set<TriageDraftRow>().Where(d => d.Repo == repo && d.BaseBranch == branch && d.BaseFindingsId != null).OrderByDescending(d => d.DraftId).Select(d => d.BaseFindingsId).FirstOrDefaultAsync(cancellationToken), cancellationToken);

    /// <summary>Keeps what the draft will be written from, before it is written: an attempt after a crash takes the same.</summary>
    public async Task SaveFactsAsync(string draftId, TriageFacts facts, CancellationToken cancellationToken)
    {
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(facts, EvidenceJson.Options));
        var stored = await objects.PutAsync(json, "application/json", cancellationToken);
        await database.WriteAsync(db => db.Set<TriageDraftRow>().Where(d => d.DraftId == draftId).ExecuteUpdateAsync(set => set
            .SetProperty(d => d.FactsRef, stored.Reference).SetProperty(d => d.PrTitle, facts.PrTitle).SetProperty(d => d.HeadSha, facts.HeadSha).SetProperty(d => d.BaseBranch, facts.BaseBranch), cancellationToken), cancellationToken);
        changes.Publish(Topics.Evidence, draftId);
    }

    public async Task<TriageFacts> FactsAsync(TriageDraftRow row, CancellationToken cancellationToken)
    {
        await using var content = await objects.OpenAsync(row.FactsRef!, cancellationToken);
        return await JsonSerializer.DeserializeAsync<TriageFacts>(content, EvidenceJson.Options, cancellationToken) ?? throw new JsonException($"The facts {row.FactsRef} are empty.");
    }

    /// <summary>Stores the findings, then version 1. A crash before the last write leaves sets that no draft names; the next attempt finds them again.</summary>
    public async Task SaveFirstAsync(string draftId, WrittenTriage written, string createdBy, CancellationToken cancellationToken)
    {
        var before = written.Base is { Evidence.Count: > 0 } known ? (await sets.SaveAsync(known, createdBy, cancellationToken)).FindingsId : null;
        var head = written.Head.Evidence.Count > 0 ? (await sets.SaveAsync(written.Head with { BaseId = before }, createdBy, cancellationToken)).FindingsId : null;
        var result = written.Result;
        await database.WriteAsync(async db =>
        {
            var row = await db.Set<TriageDraftRow>().FirstAsync(d => d.DraftId == draftId, cancellationToken);
            if (row.Version > 0) return;
            (row.FailedRuns, row.Causes, row.Findings, row.New, row.Flaky, row.NotAnnotated) = (result.Facts.Runs.Count(r => r.Failed), result.Causes.Count, result.Findings, result.New, result.Flaky.Count, result.NotAnnotated);
            (row.FindingsId, row.BaseFindingsId, row.Labels, row.FinishedAt) = (head, before, string.Join('\n', result.Labels), time.GetUtcNow());
            Add(db, row, written.Markdown, "server", "OmniAudit");
        }, cancellationToken);
        changes.Publish(Topics.Evidence, draftId);
    }

    /// <summary>The next version of a draft; inside a write.</summary>
    public void Add(OmniAuditDb db, TriageDraftRow row, string markdown, string bySubject, string byName)
    {
        row.Version++;
        db.Add(new TriageVersionRow
        {
            DraftId = row.DraftId, Number = row.Version, Markdown = markdown, Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(markdown))), BySubject = bySubject, ByName = byName, At = time.GetUtcNow(),
        });
    }
}
