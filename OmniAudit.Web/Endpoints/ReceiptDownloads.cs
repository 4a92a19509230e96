using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Web.Endpoints;

/// <summary>The files a person takes away to verify a receipt elsewhere.</summary>
internal static class ReceiptDownloads
{
    public static RouteGroupBuilder MapReceiptDownloads(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/receipts");
        group.MapGet("/vkey", async (ReceiptQueries receipts, CancellationToken cancellationToken) =>
            (await receipts.GetStatusAsync(cancellationToken)).Vkey is { } vkey ? File(Encoding.UTF8.GetBytes(vkey + "\n"), "text/plain", "vkey") : TypedResults.NotFound());
        group.MapGet("/{receiptId}/receipt.json", async (string receiptId, ReceiptQueries receipts, CancellationToken cancellationToken) =>
            await receipts.DownloadAsync(receiptId, cancellationToken) is { } download ? File(download.Receipt.ToArray(), "application/json", receiptId + ".json") : TypedResults.NotFound());
        group.MapGet("/{receiptId}/proof", async (string receiptId, ReceiptQueries receipts, CancellationToken cancellationToken) =>
            await receipts.DownloadAsync(receiptId, cancellationToken) is { } download ? File(Encoding.UTF8.GetBytes(download.Proof), "text/plain", receiptId + ".tlog-proof") : TypedResults.NotFound());
        return group;
    }

    private static Results<FileContentHttpResult, NotFound> File(byte[] content, string type, string name) => TypedResults.File(content, type, name);
}
