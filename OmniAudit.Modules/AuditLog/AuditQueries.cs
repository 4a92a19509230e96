using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AuditLog;

/// <summary>A recorded call as people see it.</summary>
/// <param name="Status">One of <see cref="CallStatus"/>.</param>
/// <param name="DurationMs">Milliseconds from arrival to answer; null while running or when nobody saw the end.</param>
public sealed record CallView(
    string CallId, string RequestId, string Tool, string ActorName, string ActorSubject, string Client, string InputsSha256, string Status,
    string? ErrorCode, string? ErrorMessage, string? OutputRef, string? ApprovalId, string? ReceiptId, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, double? DurationMs);

/// <summary>What to list. Empty members do not filter.</summary>
/// <param name="Text">Matches part of the tool, actor, request, approval or receipt id.</param>
/// <param name="Before">The <see cref="CallView.CallId"/> of the last row seen: the list goes on below it.</param>
/// <param name="Take">1 to 200.</param>
public sealed record CallFilter(string Tool = "", string Status = "", string Text = "", string? Before = null, int Take = 50);

/// <summary>Reads the audit log.</summary>
public sealed class AuditQueries
{
    private readonly Database _database;

    internal AuditQueries(Database database) => _database = database;

    /// <summary>Newest first.</summary>
    public Task<IReadOnlyList<CallView>> ListAsync(CallFilter filter, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<CallView>>(async db =>
        {
            var rows = db.Set<CallRow>().AsQueryable();
            if (filter.Tool.Length > 0) rows = rows.Where(c => c.Tool == filter.Tool);
            if (filter.Status.Length > 0) rows = rows.Where(c => c.Status == filter.Status);
            if (filter.Text.Trim() is { Length: > 0 } text)
                rows = rows.Where(c => c.Tool.Contains(text) || c.ActorName.Contains(text) || c.RequestId == text || c.CallId == text || c.ApprovalId == text || c.ReceiptId == text);
            if (filter.Before is { } before) rows = rows.Where(c => string.Compare(c.CallId, before) < 0);
            return await rows.OrderByDescending(c => c.CallId).Take(Math.Clamp(filter.Take, 1, 200)).Select(c => new CallView(
                c.CallId, c.RequestId, c.Tool, c.ActorName, c.ActorSubject, c.Client, c.InputsSha256, c.Status, c.ErrorCode, c.ErrorMessage, c.OutputRef,
                c.ApprovalId, c.ReceiptId, c.StartedAt, c.FinishedAt, c.DurationMs)).ToListAsync(cancellationToken);
        }, cancellationToken);

    /// <summary>Calls per status since <paramref name="since"/>.</summary>
    public Task<IReadOnlyDictionary<string, int>> CountAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyDictionary<string, int>>(async db =>
            await db.Set<CallRow>().Where(c => c.StartedAt >= since).GroupBy(c => c.Status).Select(g => new { g.Key, Count = g.Count() })
                .ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken), cancellationToken);
}
