using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Approvals;

/// <summary>A request as a list shows it.</summary>
public sealed record ApprovalSummary(
    string ApprovalId, string State, string Tool, string Target, string Intent, string RiskLevel, string RequesterName, string RequesterSubject, string Client,
    DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string DecidedByName, DateTimeOffset? DecidedAt);

/// <summary>A request with everything that will run, and what became of it.</summary>
/// <param name="Payload">The canonical JSON arguments that will be executed, whole and unchanged.</param>
/// <param name="PayloadSha256">Lower-case hex SHA-256 of the UTF-8 bytes of <paramref name="Payload"/>; a decision must name it.</param>
/// <param name="ResultJson">The tool's result, once executed.</param>
public sealed record ApprovalDetail(
    ApprovalSummary Summary, string Payload, string PayloadSha256, string PolicySha256, string RequestId, string Reason, DateTimeOffset? ClaimedAt, DateTimeOffset? FinishedAt,
    string? ResultJson, string? Error, string? ErrorReference, string? DecisionReceiptId, string? OutcomeReceiptId);

/// <summary>What to list. Empty members do not filter.</summary>
/// <param name="State">One of <see cref="ApprovalState"/>, or empty.</param>
/// <param name="Text">Matches part of the tool, target, intent or requester, or a whole id.</param>
/// <param name="Before">The id of the last row seen: the list goes on below it.</param>
/// <param name="Take">1 to 200.</param>
public sealed record ApprovalFilter(string State = "", string Text = "", string? Before = null, int Take = 50);

/// <summary>Reads the queue and its history.</summary>
public sealed class ApprovalQueries
{
    private readonly Database _database;

    internal ApprovalQueries(Database database) => _database = database;

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<ApprovalSummary>> ListAsync(ApprovalFilter filter, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<ApprovalSummary>>(async db =>
        {
            var rows = db.Set<ApprovalRow>().AsQueryable();
            if (filter.State.Length > 0) rows = rows.Where(a => a.State == filter.State);
            if (filter.Text.Trim() is { Length: > 0 } text)
                rows = rows.Where(a => a.ApprovalId == text || a.Tool.Contains(text) || a.Target.Contains(text) || a.Intent.Contains(text) || a.RequesterName.Contains(text));
            if (filter.Before is { } before) rows = rows.Where(a => string.Compare(a.ApprovalId, before) < 0);
            return await rows.OrderByDescending(a => a.ApprovalId).Take(Math.Clamp(filter.Take, 1, 200)).Select(a => new ApprovalSummary(
                a.ApprovalId, a.State, a.Tool, a.Target, a.Intent, a.RiskLevel, a.RequesterName, a.RequesterSubject, a.Client, a.CreatedAt, a.ExpiresAt, a.DecidedByName, a.DecidedAt))
                .ToListAsync(cancellationToken);
        }, cancellationToken);

    /// <summary>One request; null when there is none by that id.</summary>
    public Task<ApprovalDetail?> FindAsync(string approvalId, CancellationToken cancellationToken) =>
        _database.ReadAsync(async db => await db.Set<ApprovalRow>().FirstOrDefaultAsync(a => a.ApprovalId == approvalId, cancellationToken) is { } a ? Detail(a) : null, cancellationToken);

    /// <summary>How many wait for a person, and how many have an outcome nobody knows.</summary>
    public Task<(int Pending, int Unknown)> CountAsync(CancellationToken cancellationToken) =>
        _database.ReadAsync(async db => (
            await db.Set<ApprovalRow>().CountAsync(a => a.State == ApprovalState.Pending, cancellationToken),
            await db.Set<ApprovalRow>().CountAsync(a => a.State == ApprovalState.Unknown, cancellationToken)), cancellationToken);

    private static ApprovalDetail Detail(ApprovalRow a) => new(
        new ApprovalSummary(a.ApprovalId, a.State, a.Tool, a.Target, a.Intent, a.RiskLevel, a.RequesterName, a.RequesterSubject, a.Client, a.CreatedAt, a.ExpiresAt, a.DecidedByName, a.DecidedAt),
        System.Text.Encoding.UTF8.GetString(a.Payload), a.PayloadSha256, a.PolicySha256, a.RequestId, a.Reason, a.ClaimedAt, a.FinishedAt, a.ResultJson, a.Error, a.ErrorReference,
        a.DecisionReceiptId, a.OutcomeReceiptId);
}
