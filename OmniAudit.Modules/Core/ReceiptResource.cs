using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Core;

internal sealed class ReceiptResource(Database database, ReceiptQueries receipts) : ResourceKind
{
    private const int SearchDepth = 50_000;

    public override string UriTemplate => "omniaudit://receipts/{receipt_id}";
    public override string Name => "receipt";
    public override string Title => "Receipt";
    public override string Description => "What was decided about a write or came of it, as it was signed into the log.";
    public override string Tool => "core.list_receipts";
    public override string IdPrefix => "rcp_";

    public override Task<IReadOnlyList<ResourceEntry>> ListAsync(ResourceReader reader, string? before, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ResourceEntry>>(async db =>
        {
            var rows = db.Set<ReceiptRow>().AsQueryable();
            if (before is not null) rows = rows.Where(r => string.Compare(r.ReceiptId, "rcp_" + before) < 0);
            return [.. (await rows.OrderByDescending(r => r.ReceiptId).Take(take).ToListAsync(cancellationToken)).Select(Entry)];
        }, cancellationToken);

    public override async Task<ResourceDocument?> FindAsync(IReadOnlyDictionary<string, string> variables, ResourceReader reader, CancellationToken cancellationToken)
    {
        if (await receipts.GetAsync(variables["receipt_id"], cancellationToken) is not { } receipt) return null;
        var head = new JsonObject
        {
            ["receipt_id"] = receipt.ReceiptId, ["kind"] = receipt.Kind, ["state"] = receipt.State, ["operation"] = receipt.Tool, ["target"] = receipt.Target, ["approval_id"] = receipt.ApprovalId,
            ["requester"] = receipt.Requester, ["decision"] = receipt.Decision, ["decided_by"] = receipt.DecidedBy, ["inputs_hash"] = receipt.PayloadSha256, ["policy_sha256"] = receipt.PolicySha256,
            ["created_at"] = receipt.CreatedAt, ["log_index"] = receipt.Index, ["receipt_sha256"] = receipt.Sha256,
        };
        if (receipt.ResultRefSha256 is { } result) head["result_ref"] = $"sha256:{result}";
        return new ResourceDocument($"Receipt of {receipt.Tool}: {receipt.Kind}, {receipt.State}", PageOf(receipt.ReceiptId), head);
    }

    public override Task<IReadOnlyList<string>> CompleteAsync(string variable, string prefix, IReadOnlyDictionary<string, string> known, ResourceReader reader, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<string>>(async db => await db.Set<ReceiptRow>().Where(r => r.ReceiptId.StartsWith(prefix)).OrderByDescending(r => r.ReceiptId).Select(r => r.ReceiptId).Take(take).ToListAsync(cancellationToken), cancellationToken);

    public override Task<IReadOnlyList<ResourceEntry>> SearchAsync(IReadOnlyList<string> words, ResourceReader reader, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ResourceEntry>>(async db =>
        {
            // The key bounds what is looked through, as in the console's search.
            var newest = await db.Set<ReceiptRow>().MaxAsync(r => (long?)r.LeafIndex, cancellationToken) ?? -1;
            var rows = db.Set<ReceiptRow>().Where(r => r.LeafIndex > newest - SearchDepth);
            foreach (var pattern in words.Select(SearchWords.Pattern))
            {
                rows = rows.Where(r => EF.Functions.Like(r.ReceiptId, pattern, "\\") || EF.Functions.Like(r.OperationId, pattern, "\\") || EF.Functions.Like(r.Tool, pattern, "\\") || EF.Functions.Like(r.Target, pattern, "\\")
                    || EF.Functions.Like(r.Requester, pattern, "\\") || EF.Functions.Like(r.DecidedBy, pattern, "\\") || EF.Functions.Like(r.State, pattern, "\\") || EF.Functions.Like(r.Kind, pattern, "\\"));
            }
            return [.. (await rows.OrderByDescending(r => r.LeafIndex).Take(take).ToListAsync(cancellationToken)).Select(Entry)];
        }, cancellationToken);

    private static ResourceEntry Entry(ReceiptRow row) => new(
        $"omniaudit://receipts/{row.ReceiptId}", $"Receipt of {row.Tool}: {row.Kind}, {row.State}{(row.Target.Length > 0 ? $" ({(row.Target.Length <= 120 ? row.Target : row.Target[..119] + "…")})" : "")}",
        PageOf(row.ReceiptId), row.CreatedAt, MarkOf(row.ReceiptId));

    private static string PageOf(string receiptId) => $"/receipts/{receiptId}";
}
