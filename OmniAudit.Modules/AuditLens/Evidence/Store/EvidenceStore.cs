using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>Evidence as it was fetched or brought: immutable, and hashed file by file.</summary>
internal sealed class EvidenceStore(Database database, ObjectStore objects, ChangeFeed changes, TimeProvider time)
{
    public EvidenceIntake Intake() => new(objects);

    /// <summary>
    /// Stores the manifest, then the row that makes it evidence. The same content of the same origin again answers the row that is there. A crash before the row leaves objects that nobody refers to.
    /// </summary>
    public async Task<EvidenceRow> SaveAsync(EvidenceOrigin origin, EvidenceIntake intake, string createdBy, CancellationToken cancellationToken)
    {
        var manifest = intake.Manifest(origin);
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, EvidenceJson.Options));
        var stored = await objects.PutAsync(json, "application/json", cancellationToken);
        var row = await database.WriteAsync(async db =>
        {
            if (await Same(db.Set<EvidenceRow>(), origin, manifest.ContentSha256).FirstOrDefaultAsync(cancellationToken) is { } known) return known;
            var kept = manifest.Files.Where(f => f.Reference is not null).ToList();
            var fresh = new EvidenceRow
            {
                EvidenceId = Ids.New("evd", time), Kind = origin.Kind, Repo = origin.Repo, RunId = origin.RunId, RunAttempt = origin.RunAttempt, HeadSha = origin.HeadSha, Workflow = origin.Workflow,
                Name = origin.Name, ArtifactId = origin.ArtifactId, ContentSha256 = manifest.ContentSha256, ManifestRef = stored.Reference, Files = kept.Count, Rejected = manifest.Rejected.Count,
                Bytes = kept.Sum(f => f.Size), Redactions = kept.Sum(f => f.Redactions), CreatedBy = createdBy, CreatedAt = time.GetUtcNow(),
            };
            db.Add(fresh);
            return fresh;
        }, cancellationToken);
        changes.Publish(Topics.Evidence, row.EvidenceId);
        return row;
    }

    public Task<EvidenceRow?> FindAsync(string evidenceId, CancellationToken cancellationToken) =>
        database.ReadAsync(db => db.Set<EvidenceRow>().FirstOrDefaultAsync(e => e.EvidenceId == evidenceId, cancellationToken), cancellationToken);

    /// <exception cref="ToolRefusedException">There is none by this id, or it is of a repository outside the caller's bounds; names <paramref name="field"/>.</exception>
    public async Task<EvidenceRow> RequireAsync(string evidenceId, string field, ToolCall call, CancellationToken cancellationToken)
    {
        var row = await FindAsync(evidenceId, cancellationToken) ?? throw ToolRefusedException.NotFound(field, evidenceId, "Use the evidence_ref that auditlens.fetch_evidence answered.");
        return call.WhyNotRepository(row.Repo) is { } outside ? throw new ToolRefusedException("not_allowed", $"{field}: {outside}", field) : row;
    }

    public async Task<EvidenceManifest> ManifestAsync(EvidenceRow row, CancellationToken cancellationToken)
    {
        await using var content = await objects.OpenAsync(row.ManifestRef, cancellationToken);
        return await JsonSerializer.DeserializeAsync<EvidenceManifest>(content, EvidenceJson.Options, cancellationToken) ?? throw new JsonException($"The manifest {row.ManifestRef} is empty.");
    }

    /// <summary>The stored text of a kept file, for one forward read.</summary>
    public Task<Stream> OpenAsync(EvidenceFile file, CancellationToken cancellationToken) => objects.OpenAsync(file.Reference!, cancellationToken);

    private static IQueryable<EvidenceRow> Same(IQueryable<EvidenceRow> rows, EvidenceOrigin origin, string sha256) => rows.Where(e =>
        e.Repo == origin.Repo && e.RunId == origin.RunId && e.RunAttempt == origin.RunAttempt && e.Kind == origin.Kind && e.Name == origin.Name && e.ContentSha256 == sha256);
}
