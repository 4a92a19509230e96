using System.Runtime.CompilerServices;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>What evidence and the findings read out of it refer to: manifests, the files in them, sets of findings.</summary>
internal sealed class EvidenceReferences(Database database, EvidenceStore evidence) : IObjectReferrer
{
    public IReadOnlyList<string> Columns { get; } = ["evidence.ManifestRef", "finding_sets.ObjectRef"];

    public async IAsyncEnumerable<ObjectUse> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = database.RowsAsync((db, last) => db.Set<EvidenceRow>().Where(e => string.Compare(e.EvidenceId, last) > 0).OrderBy(e => e.EvidenceId), e => e.EvidenceId, cancellationToken);
        await foreach (var row in rows)
        {
            var who = $"evidence {row.EvidenceId}: manifest";
            yield return new ObjectUse(row.ManifestRef, who);
            var (manifest, unread) = await ObjectReferrers.TryReadAsync(() => evidence.ManifestAsync(row, cancellationToken));
            if (manifest is null) yield return new ObjectUse(row.ManifestRef, who, unread);
            else foreach (var file in manifest.Files.Where(f => f.Reference is not null)) yield return new ObjectUse(file.Reference!, $"evidence {row.EvidenceId}: file {file.Path}");
        }
        var sets = database.RowsAsync(
            (db, last) => db.Set<FindingsRow>().Where(f => string.Compare(f.FindingsId, last) > 0).OrderBy(f => f.FindingsId).Select(f => new { f.FindingsId, f.ObjectRef }), f => f.FindingsId, cancellationToken);
        await foreach (var set in sets) yield return new ObjectUse(set.ObjectRef, $"findings {set.FindingsId}");
    }
}
