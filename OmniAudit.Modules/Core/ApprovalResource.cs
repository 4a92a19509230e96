using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Core;

/// <summary>The reader's own requests. Those of others are answered like unknown ones, everywhere.</summary>
internal sealed class ApprovalResource(Database database, ApprovalQueries approvals) : ResourceKind
{
    private const int SearchDepth = 5_000;
    private const int LongestArguments = 8_000;
    /// <summary>Short enough to be whole in an answer even when every character of it must be escaped.</summary>
    private const int PartLength = 600;

    public override string UriTemplate => "omniaudit://approvals/{approval_id}";
    public override string Name => "approval";
    public override string Title => "Write request";
    public override string Description => "One of your own write requests: what was asked, how it stands, who decided, what came of it.";
    public override string Tool => "core.get_request";
    public override string IdPrefix => "apr_";

    public override Task<IReadOnlyList<ResourceEntry>> ListAsync(ResourceReader reader, string? before, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ResourceEntry>>(async db =>
        {
            var rows = Own(db, reader);
            if (before is not null) rows = rows.Where(a => string.Compare(a.ApprovalId, "apr_" + before) < 0);
            return await EntriesAsync(rows.OrderByDescending(a => a.ApprovalId).Take(take), cancellationToken);
        }, cancellationToken);

    public override async Task<ResourceDocument?> FindAsync(IReadOnlyDictionary<string, string> variables, ResourceReader reader, CancellationToken cancellationToken)
    {
        if (await approvals.FindAsync(variables["approval_id"], cancellationToken) is not { } request || request.Summary.RequesterSubject != reader.Subject) return null;
        var own = request.Summary;
        var head = new JsonObject
        {
            ["approval_id"] = own.ApprovalId, ["tool"] = own.Tool, ["state"] = own.State, ["intent"] = own.Intent, ["target"] = own.Target, ["risk_level"] = own.RiskLevel,
            ["created_at"] = own.CreatedAt, ["expires_at"] = own.ExpiresAt, ["args_sha256"] = own.PayloadSha256,
        };
        foreach (var (name, value) in new[]
        {
            ("held", own.Held), ("decided_by", own.DecidedByName), ("reason", request.Reason), ("edited_by", request.EditedByName), ("closed_by", own.ClosedByName), ("error", request.Error),
            ("reference", request.ErrorReference), ("decision_receipt_id", request.DecisionReceiptId), ("receipt_id", request.SettlementReceiptId ?? request.OutcomeReceiptId),
        })
        {
            if (!string.IsNullOrEmpty(value)) head[name] = value;
        }
        if (own.DecidedAt is { } decided) head["decided_at"] = decided;
        if (request.FinishedAt is { } finished) head["finished_at"] = finished;
        if (request.ResultJson is { } result) head["result"] = JsonNode.Parse(result);
        var title = TitleOf(own.Tool, own.State, own.Intent);
        if (JsonSerializer.Serialize(request.Payload, ResultBound.Writing).Length <= LongestArguments)
        {
            head["arguments"] = JsonNode.Parse(request.Payload);
            return new ResourceDocument(title, PageOf(own.ApprovalId), head);
        }
        head["note"] = "The entries of arguments_text, joined, are the arguments as canonical JSON.";
        return new ResourceDocument(title, PageOf(own.ApprovalId), head, "arguments_text", [.. Parts(request.Payload)]);
    }

    public override Task<IReadOnlyList<string>> CompleteAsync(string variable, string prefix, IReadOnlyDictionary<string, string> known, ResourceReader reader, int take, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<string>>(async db => await Own(db, reader).Where(a => a.ApprovalId.StartsWith(prefix)).OrderByDescending(a => a.ApprovalId).Select(a => a.ApprovalId).Take(take).ToListAsync(cancellationToken), cancellationToken);

    public override Task<IReadOnlyList<ResourceEntry>> SearchAsync(IReadOnlyList<string> words, ResourceReader reader, int take, CancellationToken cancellationToken) =>
        database.ReadAsync(db =>
        {
            var rows = Own(db, reader).OrderByDescending(a => a.ApprovalId).Take(SearchDepth);
            foreach (var pattern in words.Select(SearchWords.Pattern))
            {
                rows = rows.Where(a => EF.Functions.Like(a.ApprovalId, pattern, "\\") || EF.Functions.Like(a.Tool, pattern, "\\") || EF.Functions.Like(a.Target, pattern, "\\")
                    || EF.Functions.Like(a.Intent, pattern, "\\") || EF.Functions.Like(a.State, pattern, "\\") || EF.Functions.Like(a.DecidedByName, pattern, "\\"));
            }
            return EntriesAsync(rows.OrderByDescending(a => a.ApprovalId).Take(take), cancellationToken);
        }, cancellationToken);

    public override IEnumerable<string> UrisOf(Change change) => change.Topic == Topics.Approvals ? [UriOf(change.Id)] : [];

    private static IQueryable<ApprovalRow> Own(OmniAuditDb db, ResourceReader reader) => db.Set<ApprovalRow>().Where(a => a.RequesterSubject == reader.Subject);

    private static async Task<IReadOnlyList<ResourceEntry>> EntriesAsync(IQueryable<ApprovalRow> rows, CancellationToken cancellationToken) =>
    [
        .. (await rows.Select(a => new { a.ApprovalId, a.Tool, a.State, a.Intent, a.CreatedAt }).ToListAsync(cancellationToken))
            .Select(a => new ResourceEntry(UriOf(a.ApprovalId), TitleOf(a.Tool, a.State, a.Intent), PageOf(a.ApprovalId), a.CreatedAt, MarkOf(a.ApprovalId)))
    ];

    private static IEnumerable<JsonNode> Parts(string payload)
    {
        for (var at = 0; at < payload.Length;)
        {
            var length = Math.Min(PartLength, payload.Length - at);
            if (at + length < payload.Length && char.IsHighSurrogate(payload[at + length - 1])) length--;
            yield return JsonValue.Create(payload.Substring(at, length));
            at += length;
        }
    }

    private static string TitleOf(string tool, string state, string intent) => $"Request of {tool} ({state}): {(intent.Length <= 160 ? intent : intent[..159] + "…")}";

    private static string UriOf(string approvalId) => $"omniaudit://approvals/{approvalId}";

    private static string PageOf(string approvalId) => $"/approvals/{approvalId}";
}
