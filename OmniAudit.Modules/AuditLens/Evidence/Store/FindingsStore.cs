using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>What was read out of evidence, set by set.</summary>
internal sealed class FindingsStore(Database database, ObjectStore objects, ChangeFeed changes, TimeProvider time)
{
    /// <summary>How many sets are looked through for a finding.</summary>
    private const int Depth = 500;
    private const int KeyBytes = 10;

    /// <summary>Stores a set. The same findings of the same evidence again answer the set that is there.</summary>
    public async Task<FindingsRow> SaveAsync(FindingsDocument document, string createdBy, CancellationToken cancellationToken)
    {
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(document, EvidenceJson.Options));
        var stored = await objects.PutAsync(json, "application/json", cancellationToken);
        var row = await database.WriteAsync(async db =>
        {
            var evidence = document.Evidence[0];
            if (await db.Set<FindingsRow>().FirstOrDefaultAsync(f => f.EvidenceId == evidence && f.Sha256 == stored.Sha256, cancellationToken) is { } known) return known;
            var fresh = new FindingsRow
            {
                FindingsId = Ids.New("fns", time), EvidenceId = evidence, Repo = document.Repo, RunId = document.RunId, HeadSha = document.HeadSha, Profile = document.Profile, Dedupe = document.Dedupe, BaseId = document.BaseId,
                Count = document.Findings.Count, S1 = Of(Severities.Critical), S2 = Of(Severities.High), S3 = Of(Severities.Medium), S4 = Of(Severities.Low),
                New = document.BaseId is null ? null : document.Findings.Count(f => f.IsNew == true), Fixed = document.BaseId is null ? null : document.Fixed.Count,
                ObjectRef = stored.Reference, Sha256 = stored.Sha256, FindingKeys = Keys(document.Findings.SelectMany(f => f.Finding.MergedIds.Append(f.Finding.FindingId))), CreatedBy = createdBy, CreatedAt = time.GetUtcNow(),
            };
            db.Add(fresh);
            return fresh;
        }, cancellationToken);
        changes.Publish(Topics.Evidence, row.FindingsId);
        return row;

        int Of(string severity) => document.Findings.Count(f => f.Finding.Severity == severity);
    }

    public Task<FindingsRow?> FindAsync(string findingsId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<FindingsRow>().FirstOrDefaultAsync(f => f.FindingsId == findingsId, cancellationToken), cancellationToken);

    /// <exception cref="ToolRefusedException">There is none by this id, or it is of a repository outside the caller's bounds; names <paramref name="field"/>.</exception>
    public async Task<FindingsRow> RequireAsync(string findingsId, string field, ToolCall call, CancellationToken cancellationToken)
    {
        var row = await FindAsync(findingsId, cancellationToken) ?? throw ToolRefusedException.NotFound(field, findingsId, "Use the findings_ref that auditlens.parse_findings answered.");
        return call.WhyNotRepository(row.Repo) is { } outside ? throw new ToolRefusedException("not_allowed", $"{field}: {outside}", field) : row;
    }

    public async Task<FindingsDocument> LoadAsync(FindingsRow row, CancellationToken cancellationToken)
    {
        await using var content = await objects.OpenAsync(row.ObjectRef, cancellationToken);
        return await JsonSerializer.DeserializeAsync<FindingsDocument>(content, EvidenceJson.Options, cancellationToken) ?? throw new JsonException($"The findings {row.ObjectRef} are empty.");
    }

    /// <summary>The newest set of a repository that holds the finding, and the finding; null when none of the newest 500 does.</summary>
    /// <param name="repo">Whatever its case; empty for what was uploaded without one.</param>
    public async Task<(FindingsRow Set, FindingsDocument Document, StoredFinding Finding)?> FindFindingAsync(string repo, string findingId, CancellationToken cancellationToken)
    {
        if (KeyOf(findingId) is not { } key) return null;
        var row = await database.ReadAsync(async db =>
        {
            var named = SearchWords.Pattern(repo)[1..^1];
            var sets = db.Set<FindingsRow>().Where(f => EF.Functions.Like(f.Repo, named, "\\")).OrderByDescending(f => f.FindingsId).Take(Depth).AsAsyncEnumerable();
            await foreach (var set in sets.WithCancellation(cancellationToken))
                if (Holds(set.FindingKeys, key)) return set;
            return null;
        }, cancellationToken);
        if (row is null) return null;
        var document = await LoadAsync(row, cancellationToken);
        return document.Findings.FirstOrDefault(f => f.Finding.FindingId == findingId || f.Finding.MergedIds.Contains(findingId)) is { } finding ? (row, document, finding) : null;
    }

    /// <summary>A finding's id as sets keep it; null when the text is none.</summary>
    internal static byte[]? KeyOf(string findingId) => findingId.Length == 24 && findingId.StartsWith("fnd_", StringComparison.Ordinal) && findingId[4..].All(char.IsAsciiHexDigitLower) ? Convert.FromHexString(findingId[4..]) : null;

    private static byte[] Keys(IEnumerable<string> ids) => [.. ids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(KeyOf).SelectMany(k => k ?? [])];

    /// <summary>Whether a set's keys hold a finding's.</summary>
    internal static bool Holds(byte[] keys, byte[] key)
    {
        var (low, high) = (0, keys.Length / KeyBytes);
        while (low < high)
        {
            var middle = (low + high) / 2;
            var order = keys.AsSpan(middle * KeyBytes, KeyBytes).SequenceCompareTo(key);
            if (order == 0) return true;
            if (order < 0) low = middle + 1;
            else high = middle;
        }
        return false;
    }
}
