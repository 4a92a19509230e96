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
/// <param name="Actor">Exactly this subject.</param>
public sealed record CallFilter(string Tool = "", string Status = "", string Text = "", string? Before = null, int Take = 50, string Actor = "");

/// <summary>What one caller did in a span of time.</summary>
/// <param name="Calls">Recorded calls, refused ones included.</param>
/// <param name="Writes">Requests for writes: asked for or followed.</param>
/// <param name="LastClient">What its last call's program calls itself; untrusted.</param>
public sealed record CallerActivity(int Calls, int Writes, string LastTool, string LastClient, DateTimeOffset LastAt);

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
            if (filter.Actor.Length > 0) rows = rows.Where(c => c.ActorSubject == filter.Actor);
            if (filter.Status.Length > 0) rows = rows.Where(c => c.Status == filter.Status);
            if (filter.Text.Trim() is { Length: > 0 } text)
                rows = rows.Where(c => c.Tool.Contains(text) || c.ActorName.Contains(text) || c.RequestId == text || c.CallId == text || c.ApprovalId == text || c.ReceiptId == text);
            if (filter.Before is { } before) rows = rows.Where(c => string.Compare(c.CallId, before) < 0);
            return await rows.OrderByDescending(c => c.CallId).Take(Math.Clamp(filter.Take, 1, 200)).Select(c => new CallView(
                c.CallId, c.RequestId, c.Tool, c.ActorName, c.ActorSubject, c.Client, c.InputsSha256, c.Status, c.ErrorCode, c.ErrorMessage, c.OutputRef,
                c.ApprovalId, c.ReceiptId, c.StartedAt, c.FinishedAt, c.DurationMs)).ToListAsync(cancellationToken);
        }, cancellationToken);

    /// <summary>What each caller did since <paramref name="since"/>, by subject; who did nothing is not in it.</summary>
    public Task<IReadOnlyDictionary<string, CallerActivity>> ActivityAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyDictionary<string, CallerActivity>>(async db =>
        {
            // Ids begin with their time: one range of the key, however long the log is.
            var first = Ids.First("cal", since);
            var counts = await db.Set<CallRow>().Where(c => string.Compare(c.CallId, first) >= 0).GroupBy(c => c.ActorSubject)
                .Select(g => new { g.Key, Calls = g.Count(), Writes = g.Select(c => c.ApprovalId).Distinct().Count(), Last = g.Max(c => c.CallId)! }).ToListAsync(cancellationToken);
            var ids = counts.ConvertAll(c => c.Last);
            var last = await db.Set<CallRow>().Where(c => ids.Contains(c.CallId)).ToDictionaryAsync(c => c.ActorSubject, cancellationToken);
            return counts.Where(c => last.ContainsKey(c.Key))
                .ToDictionary(c => c.Key, c => new CallerActivity(c.Calls, c.Writes, last[c.Key].Tool, last[c.Key].Client, last[c.Key].StartedAt), StringComparer.Ordinal);
        }, cancellationToken);

    /// <summary>Calls per status since <paramref name="since"/>.</summary>
    public Task<IReadOnlyDictionary<string, int>> CountAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyDictionary<string, int>>(async db =>
            await db.Set<CallRow>().Where(c => c.StartedAt >= since).GroupBy(c => c.Status).Select(g => new { g.Key, Count = g.Count() })
                .ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken), cancellationToken);
}
