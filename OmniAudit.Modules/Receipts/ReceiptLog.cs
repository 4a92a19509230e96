namespace OmniAudit.Modules.Receipts;
internal sealed record ReceiptEntry
{
    public required string OperationId { get; init; }
    public required string Kind { get; init; }
    public required string Tool { get; init; }
    public required string Target { get; init; }
    public required string PayloadSha256 { get; init; }
    public required string PolicySha256 { get; init; }
    public required string Requester { get; init; }
    public required string Decision { get; init; }
    public required string DecidedBy { get; init; }
    public required string State { get; init; }
    public string? ResultRefSha256 { get; init; }
}
internal sealed record AppendedReceipt(string ReceiptId, long Index, string Sha256);
internal sealed class ReceiptLog
{
    public Task<AppendedReceipt> AppendAsync(OmniAudit.Modules.Storage.OmniAuditDb db, ReceiptEntry entry, CancellationToken cancellationToken) => Task.FromResult(new AppendedReceipt("rcp", 0, ""));
    public Task PublishAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
