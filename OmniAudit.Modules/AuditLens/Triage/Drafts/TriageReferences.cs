using System.Runtime.CompilerServices;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>What triage drafts refer to: the facts they were written from. Their texts are rows.</summary>
internal sealed class TriageReferences(Database database) : IObjectReferrer
{
    public IReadOnlyList<string> Columns { get; } = ["triage_drafts.FactsRef"];

    public async IAsyncEnumerable<ObjectUse> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = database.RowsAsync(
            (db, last) => db.Set<TriageDraftRow>().Where(d => d.FactsRef != null && string.Compare(d.DraftId, last) > 0).OrderBy(d => d.DraftId).Select(d => new { d.DraftId, d.FactsRef }), d => d.DraftId, cancellationToken);
        await foreach (var draft in rows) yield return new ObjectUse(draft.FactsRef!, $"triage draft {draft.DraftId}: facts");
    }
}
