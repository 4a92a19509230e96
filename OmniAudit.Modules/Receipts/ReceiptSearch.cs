using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// Which receipts a list shows; every filter that is set must match. A single kind, state or tool, an approval and a whole
/// id are found by an index. Everything else looks through at most <see cref="ReceiptQueries.SearchDepth"/> receipts a page.
/// </summary>
/// <param name="Tool">Exactly this tool.</param>
/// <param name="ApprovalId">Exactly this approval.</param>
/// <param name="Kind">One of <see cref="ReceiptKind"/>.</param>
/// <param name="State">Exactly this state.</param>
/// <param name="Text">Anywhere in the ids, the tool, the target, the requester or the decider; ASCII letters of either case.</param>
/// <param name="People">The requester, or one of the deciders, is one of these subjects. Empty: nobody matches.</param>
/// <param name="TextPeople">Subjects that <paramref name="Text"/> also stands for: those whose names it is part of.</param>
public sealed record ReceiptFilter(
    string? Tool = null, string? ApprovalId = null, string? Kind = null, string? State = null, string? Text = null,
    IReadOnlyList<string>? People = null, IReadOnlyList<string>? TextPeople = null);

/// <summary>A filter as a query.</summary>
internal static class ReceiptSearch
{
    private const int IdLength = 30; // rcp_ and 26 characters
    private const int MaxPeople = 20;

    /// <summary>True when no index bounds the rows that must be looked at.</summary>
    public static bool IsUnbounded(ReceiptFilter filter)
    {
        if (!string.IsNullOrEmpty(filter.ApprovalId) || WholeId(filter) is not null) return false;
        var indexed = new[] { filter.Tool, filter.Kind, filter.State }.Count(f => !string.IsNullOrEmpty(f));
        return indexed > 1 || !string.IsNullOrWhiteSpace(filter.Text) || filter.People is not null;
    }

    public static IQueryable<ReceiptRow> Apply(ReceiptFilter filter, IQueryable<ReceiptRow> rows)
    {
        if (!string.IsNullOrEmpty(filter.Tool)) rows = rows.Where(r => r.Tool == filter.Tool);
        if (!string.IsNullOrEmpty(filter.ApprovalId)) rows = rows.Where(r => r.OperationId == filter.ApprovalId);
        if (!string.IsNullOrEmpty(filter.Kind)) rows = rows.Where(r => r.Kind == filter.Kind);
        if (!string.IsNullOrEmpty(filter.State)) rows = rows.Where(r => r.State == filter.State);
        if (filter.People is { } people) rows = people.Count == 0 ? rows.Where(r => false) : rows.Where(AnyOf(people.Take(MaxPeople).Select(Involves)));
        if (string.IsNullOrWhiteSpace(filter.Text)) return rows;
        if (WholeId(filter) is { } id) return id.StartsWith("rcp_", StringComparison.Ordinal) ? rows.Where(r => r.ReceiptId == id) : rows.Where(r => r.OperationId == id);
        return rows.Where(AnyOf([Contains(filter.Text.Trim()), .. (filter.TextPeople ?? []).Take(MaxPeople).Select(Involves)]));
    }

    private static string? WholeId(ReceiptFilter filter) =>
        filter.Text?.Trim() is { Length: IdLength } text && (text.StartsWith("rcp_", StringComparison.Ordinal) || text.StartsWith("apr_", StringComparison.Ordinal)) ? text : null;

    private static Expression<Func<ReceiptRow, bool>> Contains(string text)
    {
        var pattern = $"%{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";
        return r =>
            EF.Functions.Like(r.ReceiptId, pattern, "\\") || EF.Functions.Like(r.OperationId, pattern, "\\") || EF.Functions.Like(r.Tool, pattern, "\\")
            || EF.Functions.Like(r.Target, pattern, "\\") || EF.Functions.Like(r.Requester, pattern, "\\") || EF.Functions.Like(r.DecidedBy, pattern, "\\");
    }

    /// <summary>Several deciders are joined by commas.</summary>
    private static Expression<Func<ReceiptRow, bool>> Involves(string subject)
    {
        var among = $",{subject},";
        return r => r.Requester == subject || r.DecidedBy == subject || ("," + r.DecidedBy + ",").Contains(among);
    }

    private static Expression<Func<ReceiptRow, bool>> AnyOf(IEnumerable<Expression<Func<ReceiptRow, bool>>> conditions) => conditions.Aggregate((left, right) =>
        Expression.Lambda<Func<ReceiptRow, bool>>(Expression.OrElse(left.Body, new SameRow(right.Parameters[0], left.Parameters[0]).Visit(right.Body)), left.Parameters));

    private sealed class SameRow(ParameterExpression from, ParameterExpression to) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == from ? to : node;
    }
}
