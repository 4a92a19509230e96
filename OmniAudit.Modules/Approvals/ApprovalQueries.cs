using System.Linq.Expressions;
using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Approvals;

/// <summary>A request as a list shows it.</summary>
/// <param name="PayloadSha256">Lower-case hex SHA-256 of what would run; a decision must name it.</param>
/// <param name="PayloadVersion">1, and one more with each edit.</param>
/// <param name="Held">Why it is approved and not run; null while nothing holds it.</param>
/// <param name="Votes">How many have approved what would run.</param>
/// <param name="ClosedByName">Who withdrew it or settled its outcome; empty when nobody did.</param>
public sealed record ApprovalSummary(
    string ApprovalId, string State, string Tool, string Target, string Intent, string RiskLevel, string RequesterName, string RequesterSubject, string Client,
    DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string DecidedByName, DateTimeOffset? DecidedAt, string PayloadSha256, int PayloadVersion, string? Held, int Votes, string ClosedByName);

/// <summary>One approval of what would run.</summary>
/// <param name="By">The person's subject, or <c>rule:std_…</c>.</param>
/// <param name="Subject">Whose approval it is: the person, also behind a standing rule.</param>
public sealed record ApprovalVote(string By, string Name, DateTimeOffset At, string Subject);

/// <summary>One version of the arguments of a request that was edited.</summary>
public sealed record PayloadVersion(int Number, string Payload, string Sha256, string ByName, DateTimeOffset At);

/// <summary>A request with everything that will run, and what became of it.</summary>
/// <param name="Payload">The canonical JSON arguments that will be executed, whole and unchanged.</param>
/// <param name="Rule">The rule it was made under.</param>
/// <param name="Facts">JSON object: what the tool found when it was asked.</param>
/// <param name="Votes">Who has approved what would run, in order.</param>
/// <param name="Versions">Every version of the arguments, the first one first; empty while nobody edited them.</param>
/// <param name="NextLookAt">When what holds it, or its unknown effect, is looked at again; null for not by itself.</param>
/// <param name="ResultJson">The tool's result, once executed.</param>
public sealed record ApprovalDetail(
    ApprovalSummary Summary, string Payload, string PayloadSha256, FrozenRule Rule, string PolicySha256, string Facts, IReadOnlyList<ApprovalVote> Votes, IReadOnlyList<PayloadVersion> Versions,
    string RequestId, string Session, string? IdempotencyKey, string? StandingRuleId, string EditedByName, string Reason, DateTimeOffset? ClaimedAt, DateTimeOffset? FinishedAt,
    DateTimeOffset? NextLookAt, string? ResultJson, string? Error, string? ErrorReference, string? DecisionReceiptId, string? OutcomeReceiptId, string? SettlementReceiptId);

/// <summary>What to list. Empty members do not filter.</summary>
/// <param name="State">One of <see cref="ApprovalState"/>, or empty.</param>
/// <param name="Text">Matches part of the tool, target, intent or requester, or a whole id.</param>
/// <param name="Before">The id of the last row seen: the list goes on below it.</param>
/// <param name="Take">1 to 200.</param>
/// <param name="Tool">Exactly this tool.</param>
public sealed record ApprovalFilter(string State = "", string Text = "", string? Before = null, int Take = 50, string Tool = "");

/// <summary>Reads the queue and its history.</summary>
public sealed class ApprovalQueries
{
    /// <summary>How many requests a text is looked for in per page; see <see cref="SearchedBackToAsync"/>.</summary>
    public const int SearchDepth = 50_000;

    private readonly Database _database;

    internal ApprovalQueries(Database database) => _database = database;

    /// <summary>Names of requesters whose subjects begin so, at most 500, each by its requests: for those that no directory knows.</summary>
    public Task<Dictionary<string, string>> RequesterNamesAsync(string subjectPrefix, CancellationToken cancellationToken) =>
        _database.ReadAsync(db =>
        {
            // A range, not LIKE: the index on the subject answers it.
            var end = subjectPrefix[..^1] + (char)(subjectPrefix[^1] + 1);
            var own = db.Set<ApprovalRow>();
            return own.Where(a => string.Compare(a.RequesterSubject, subjectPrefix) >= 0 && string.Compare(a.RequesterSubject, end) < 0).Select(a => a.RequesterSubject).Distinct().OrderBy(s => s).Take(500)
                .Select(s => new { Subject = s, Name = own.Where(a => a.RequesterSubject == s).OrderBy(a => a.Tool).Select(a => a.RequesterName).First() })
                .ToDictionaryAsync(n => n.Subject, n => n.Name, StringComparer.Ordinal, cancellationToken);
        }, cancellationToken);

    /// <summary>Newest first. A text is looked for in the newest <see cref="SearchDepth"/> requests that the other filters leave.</summary>
    public Task<IReadOnlyList<ApprovalSummary>> ListAsync(ApprovalFilter filter, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<ApprovalSummary>>(async db =>
        {
            var rows = db.Set<ApprovalRow>().AsQueryable();
            rows = Filtered(rows, filter);
            if (filter.Text.Trim() is { Length: > 0 } text)
            {
                // A whole id is found by the key, however old.
                rows = text.StartsWith("apr_", StringComparison.Ordinal)
                    ? rows.Where(a => a.ApprovalId == text)
                    : rows.OrderByDescending(a => a.ApprovalId).Take(SearchDepth).Where(a => a.Tool.Contains(text) || a.Target.Contains(text) || a.Intent.Contains(text) || a.RequesterName.Contains(text));
            }
            return await rows.OrderByDescending(a => a.ApprovalId).Take(Math.Clamp(filter.Take, 1, 200)).Select(Summary(db)).ToListAsync(cancellationToken);
        }, cancellationToken);

    /// <summary>Where a search for a text stopped although there are older requests; null when it saw all of them. List on from there.</summary>
    public Task<string?> SearchedBackToAsync(ApprovalFilter filter, CancellationToken cancellationToken) =>
        filter.Text.Trim().Length == 0 || filter.Text.Trim().StartsWith("apr_", StringComparison.Ordinal)
            ? Task.FromResult<string?>(null)
            : _database.ReadAsync(async db =>
            {
                var ids = Filtered(db.Set<ApprovalRow>(), filter).OrderByDescending(a => a.ApprovalId).Select(a => a.ApprovalId);
                var last = await ids.Skip(SearchDepth - 1).Take(2).ToListAsync(cancellationToken);
                return last.Count == 2 ? last[0] : null;
            }, cancellationToken);

    private static IQueryable<ApprovalRow> Filtered(IQueryable<ApprovalRow> rows, ApprovalFilter filter)
    {
        if (filter.State.Length > 0) rows = rows.Where(a => a.State == filter.State);
        if (filter.Tool.Length > 0) rows = rows.Where(a => a.Tool == filter.Tool);
        return filter.Before is { } before ? rows.Where(a => string.Compare(a.ApprovalId, before) < 0) : rows;
    }

    /// <summary>One request; null when there is none by that id.</summary>
    public Task<ApprovalDetail?> FindAsync(string approvalId, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        // The summary first: what ends in between is then not said to have ended before its result is there.
        var summary = await db.Set<ApprovalRow>().Where(r => r.ApprovalId == approvalId).Select(Summary(db)).FirstOrDefaultAsync(cancellationToken);
        if (summary is null || await db.Set<ApprovalRow>().FirstOrDefaultAsync(a => a.ApprovalId == approvalId, cancellationToken) is not { } a) return null;
        var votes = await ApprovalStore.VotesAsync(db, a, cancellationToken);
        var versions = await db.Set<ApprovalPayloadRow>().Where(p => p.ApprovalId == approvalId).OrderBy(p => p.Number).ToListAsync(cancellationToken);
        return new ApprovalDetail(
            summary, Encoding.UTF8.GetString(a.Payload), a.PayloadSha256, FrozenRule.Of(a), a.PolicySha256, a.Facts, votes.ConvertAll(v => new ApprovalVote(v.By, v.Name, v.At, v.Subject)),
            versions.ConvertAll(p => new PayloadVersion(p.Number, Encoding.UTF8.GetString(p.Payload), p.Sha256, p.ByName, p.At)),
            a.RequestId, a.Session, a.IdempotencyKey, a.StandingRuleId, a.EditedByName, a.Reason, a.ClaimedAt, a.FinishedAt, a.NextLookAt,
            a.ResultJson, a.Error, a.ErrorReference, a.DecisionReceiptId, a.OutcomeReceiptId, a.SettlementReceiptId);
    }, cancellationToken);

    /// <summary>Other requests for the same target or by the same requester with the same tool, newest first.</summary>
    public Task<IReadOnlyList<ApprovalSummary>> RelatedAsync(ApprovalSummary own, int take, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<ApprovalSummary>>(async db => await db.Set<ApprovalRow>()
            .Where(a => a.Tool == own.Tool && a.ApprovalId != own.ApprovalId && (a.Target == own.Target || a.RequesterSubject == own.RequesterSubject))
            .OrderByDescending(a => a.ApprovalId).Take(take).Select(Summary(db)).ToListAsync(cancellationToken), cancellationToken);

    /// <summary>How many wait for a person, and how many have an outcome nobody knows.</summary>
    public Task<(int Pending, int Unknown)> CountAsync(CancellationToken cancellationToken) =>
        _database.ReadAsync(async db => (
            await db.Set<ApprovalRow>().CountAsync(a => a.State == ApprovalState.Pending, cancellationToken),
            await db.Set<ApprovalRow>().CountAsync(a => a.State == ApprovalState.Unknown, cancellationToken)), cancellationToken);

    private static Expression<Func<ApprovalRow, ApprovalSummary>> Summary(OmniAuditDb db) => a => new ApprovalSummary(
        a.ApprovalId, a.State, a.Tool, a.Target, a.Intent, a.RiskLevel, a.RequesterName, a.RequesterSubject, a.Client, a.CreatedAt, a.ExpiresAt, a.DecidedByName, a.DecidedAt,
        a.PayloadSha256, a.PayloadVersion, a.Held, db.Set<ApprovalVoteRow>().Count(v => v.ApprovalId == a.ApprovalId && v.PayloadSha256 == a.PayloadSha256), a.ClosedByName);
}
