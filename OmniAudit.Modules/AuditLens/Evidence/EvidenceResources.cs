using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AuditLens.Evidence;

internal sealed class EvidenceResource(Database database, EvidenceStore store) : ResourceKind
{
    private const int SearchDepth = 5_000;

    public override string UriTemplate => "omniaudit://evidence/{evidence_id}";
    public override string Name => "evidence";
    public override string Title => "CI evidence";
    public override string Description => "The manifest of stored evidence: where it came from, every file with its hash, and what was rejected and why.";
    public override string Tool => "auditlens.read_log";
    public override string IdPrefix => "evd_";

    public override Task<IReadOnlyList<ResourceEntry>> ListAsync(ResourceReader reader, string? before, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ResourceEntry>>(async db =>
        {
            var rows = db.Set<EvidenceRow>().AsQueryable();
            if (before is not null) rows = rows.Where(e => string.Compare(e.EvidenceId, "evd_" + before) < 0);
            return await SeenAsync(rows.OrderByDescending(e => e.EvidenceId), e => reader.MayRead(e.Repo), Entry, take, cancellationToken);
        }, cancellationToken);

    public override async Task<ResourceDocument?> FindAsync(IReadOnlyDictionary<string, string> variables, ResourceReader reader, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(variables["evidence_id"], cancellationToken) is not { } row || !reader.MayRead(row.Repo)) return null;
        var manifest = await store.ManifestAsync(row, cancellationToken);
        var head = new JsonObject
        {
            ["evidence_ref"] = row.EvidenceId, ["note"] = EvidenceUris.Untrusted, ["origin"] = JsonSerializer.SerializeToNode(manifest.Origin, EvidenceJson.Options), ["content_sha256"] = manifest.ContentSha256,
            ["file_count"] = row.Files, ["rejected_count"] = row.Rejected, ["redactions"] = row.Redactions, ["created_at"] = row.CreatedAt,
        };
        if (manifest.ArchiveSha256 is { } archive) head["archive_sha256"] = archive;
        if (manifest.Problem is { } problem) head["problem"] = problem;
        if (manifest.Caps.Count > 0) head["caps"] = new JsonArray([.. manifest.Caps.Take(20).Select(c => JsonValue.Create(c))]);
        var entries = manifest.Rejected.Select(r => JsonSerializer.SerializeToNode(r, EvidenceJson.Options)!).Concat(manifest.Files.Select(f => JsonSerializer.SerializeToNode(f, EvidenceJson.Options)!)).ToList();
        return new ResourceDocument(Entry(row).Title, EvidenceUris.EvidencePage(row.EvidenceId), head, "files", entries);
    }

    public override Task<IReadOnlyList<ResourceEntry>> SearchAsync(IReadOnlyList<string> words, ResourceReader reader, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ResourceEntry>>(async db =>
        {
            var rows = db.Set<EvidenceRow>().OrderByDescending(e => e.EvidenceId).Take(SearchDepth);
            foreach (var pattern in words.Select(SearchWords.Pattern))
                rows = rows.Where(e => EF.Functions.Like(e.EvidenceId, pattern, "\\") || EF.Functions.Like(e.Repo, pattern, "\\") || EF.Functions.Like(e.Name, pattern, "\\") || EF.Functions.Like(e.Workflow, pattern, "\\") || EF.Functions.Like(e.HeadSha, pattern, "\\"));
            return await SeenAsync(rows.OrderByDescending(e => e.EvidenceId), e => reader.MayRead(e.Repo), Entry, take, cancellationToken);
        }, cancellationToken);

    public override IEnumerable<string> UrisOf(Change change) => change.Topic == Topics.Evidence && change.Id.StartsWith("evd_", StringComparison.Ordinal) ? [EvidenceUris.Evidence(change.Id)] : [];

    private static ResourceEntry Entry(EvidenceRow row) => new(
        EvidenceUris.Evidence(row.EvidenceId), $"Evidence {ShortText.Of(row.Name, 120)}{(row.Repo.Length > 0 ? $" of {row.Repo}, run {row.RunId}" : "")}: {row.Files} files", EvidenceUris.EvidencePage(row.EvidenceId), row.CreatedAt, MarkOf(row.EvidenceId));
}

internal sealed class FindingsResource(Database database, FindingsStore sets) : ResourceKind
{
    private const int SearchDepth = 5_000;

    public override string UriTemplate => "omniaudit://findings/{findings_id}";
    public override string Name => "findings";
    public override string Title => "CI findings";
    public override string Description => "All findings that were read out of evidence, how each file was read, and what changed against the base.";
    public override string Tool => "auditlens.read_log";
    public override string IdPrefix => "fns_";

    public override Task<IReadOnlyList<ResourceEntry>> ListAsync(ResourceReader reader, string? before, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ResourceEntry>>(async db =>
        {
            var rows = db.Set<FindingsRow>().AsQueryable();
            if (before is not null) rows = rows.Where(f => string.Compare(f.FindingsId, "fns_" + before) < 0);
            return await SeenAsync(rows.OrderByDescending(f => f.FindingsId), f => reader.MayRead(f.Repo), Entry, take, cancellationToken);
        }, cancellationToken);

    public override async Task<ResourceDocument?> FindAsync(IReadOnlyDictionary<string, string> variables, ResourceReader reader, CancellationToken cancellationToken)
    {
        if (await sets.FindAsync(variables["findings_id"], cancellationToken) is not { } row || !reader.MayRead(row.Repo)) return null;
        var document = await sets.LoadAsync(row, cancellationToken);
        var head = new JsonObject
        {
            ["findings_ref"] = row.FindingsId, ["note"] = EvidenceUris.Untrusted, ["evidence"] = new JsonArray([.. document.Evidence.Select(e => JsonValue.Create(e))]), ["repo"] = row.Repo, ["run_id"] = row.RunId, ["head_sha"] = row.HeadSha,
            ["parser_profile"] = row.Profile, ["dedupe_strategy"] = row.Dedupe, ["count"] = row.Count, ["s1"] = row.S1, ["s2"] = row.S2, ["s3"] = row.S3, ["s4"] = row.S4,
            ["tests"] = JsonSerializer.SerializeToNode(document.Tests, EvidenceJson.Options), ["sha256"] = row.Sha256, ["created_at"] = row.CreatedAt,
            ["files"] = new JsonArray([.. document.Files.Take(40).Select(f => JsonSerializer.SerializeToNode(f with { Path = ShortText.Of(f.Path, 200), Problems = [.. f.Problems.Take(2).Select(p => ShortText.Of(p, 200))] }, EvidenceJson.Options))]),
        };
        if (row.BaseId is not null) (head["base_ref"], head["new"], head["fixed"], head["not_compared"]) = (row.BaseId, row.New, row.Fixed, document.NotCompared.Count);
        if (document.NotAnnotated is { } missing) head["not_annotated"] = missing;
        if (document.Caps.Count > 0) head["caps"] = new JsonArray([.. document.Caps.Take(20).Select(c => JsonValue.Create(ShortText.Of(c, 300)))]);
        return new ResourceDocument(Entry(row).Title, EvidenceUris.FindingsPage(row.FindingsId), head, "findings", [.. document.Findings.Select(Short)]);
    }

    public override Task<IReadOnlyList<ResourceEntry>> SearchAsync(IReadOnlyList<string> words, ResourceReader reader, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ResourceEntry>>(async db =>
        {
            var rows = db.Set<FindingsRow>().OrderByDescending(f => f.FindingsId).Take(SearchDepth);
            foreach (var pattern in words.Select(SearchWords.Pattern))
                rows = rows.Where(f => EF.Functions.Like(f.FindingsId, pattern, "\\") || EF.Functions.Like(f.Repo, pattern, "\\") || EF.Functions.Like(f.HeadSha, pattern, "\\") || EF.Functions.Like(f.EvidenceId, pattern, "\\"));
            return await SeenAsync(rows.OrderByDescending(f => f.FindingsId), f => reader.MayRead(f.Repo), Entry, take, cancellationToken);
        }, cancellationToken);

    private static ResourceEntry Entry(FindingsRow row) => new(
        EvidenceUris.Findings(row.FindingsId), $"Findings{(row.Repo.Length > 0 ? $" of {row.Repo}, run {row.RunId}" : "")}: {row.Count} ({row.S1} s1, {row.S2} s2, {row.S3} s3, {row.S4} s4)", EvidenceUris.FindingsPage(row.FindingsId), row.CreatedAt, MarkOf(row.FindingsId));

    /// <summary>At most about two kilobytes: the object has the rest.</summary>
    private static JsonNode Short(StoredFinding stored) => JsonSerializer.SerializeToNode(stored with
    {
        Finding = stored.Finding with
        {
            Message = ShortText.Of(stored.Finding.Message, 500), Details = ShortText.Of(stored.Finding.Details, 500), Snippet = stored.Finding.Snippet is { } snippet ? ShortText.Of(snippet, 200) : null,
            Fixes = [], Evidence = [.. stored.Finding.Evidence.Take(5)], MergedIds = [.. stored.Finding.MergedIds.Take(10)], Fingerprints = stored.Finding.Fingerprints.Take(3).ToDictionary(f => f.Key, f => ShortText.Of(f.Value, 100), StringComparer.Ordinal),
        },
    }, EvidenceJson.Options)!;
}
