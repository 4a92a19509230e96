using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Core;

internal sealed class ListReceiptsTool(ReceiptQueries receipts) : ITool<ListReceiptsTool.Input, ListReceiptsTool.Output>
{
    private const int PageSize = 25;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "core.list_receipts",
        Title = "List receipts",
        Description = "Receipts of decided and executed writes, newest first. Each can be verified offline.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        [Description("Only receipts of this tool, for example sitelint.export_report")]
        [StringLength(100)]
        public string? Operation { get; init; }

        [Description("next_cursor of the page before")]
        [StringLength(100)]
        public string? Cursor { get; init; }
    }

    internal sealed record Output(IReadOnlyList<Receipt> Receipts, int Count, [property: Description("Absent on the last page")] string? NextCursor);

    internal sealed record Receipt(
        string ReceiptId,
        [property: Description("The tool")] string Operation,
        [property: Description("SHA-256 of the canonical arguments")] string InputsHash,
        [property: Description("Who asked")] string Actor,
        DateTimeOffset CreatedAt,
        [property: Description("sha256:… of the result, once executed")] string? ResultRef,
        [property: Description("decision or outcome")] string Kind,
        string State, string DecidedBy, string ApprovalId);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        ReceiptPage page;
        try
        {
            page = await receipts.ListAsync(new ReceiptFilter(Tool: string.IsNullOrEmpty(input.Operation) ? null : input.Operation), input.Cursor, PageSize, cancellationToken);
        }
        catch (FormatException)
        {
            throw new ToolRefusedException("invalid_arguments", "cursor: is not one of mine. Use next_cursor of an earlier answer, or leave it out.", "cursor");
        }
        return new Output([.. page.Items.Select(r => new Receipt(
            r.ReceiptId, r.Tool, r.PayloadSha256, r.Requester, r.CreatedAt, r.ResultRefSha256 is { } hash ? $"sha256:{hash}" : null,
            r.Kind, r.State, r.DecidedBy, r.ApprovalId))], page.Items.Count, page.NextCursor);
    }
}
