using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace OmniAudit.Modules.Storage.Postgres;

/// <summary><c>EF.Functions.Like</c> asks without regard to the case of ASCII letters, as SQLite's LIKE does: here ILIKE, which under the collation "C" is the same.</summary>
internal sealed class PostgresLike : ExpressionVisitor, IQueryExpressionInterceptor
{
    public static readonly PostgresLike Instance = new();

    public Expression QueryCompilationStarting(Expression queryExpression, QueryExpressionEventData eventData) => Visit(queryExpression);

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        if (node.Method.DeclaringType != typeof(DbFunctionsExtensions) || node.Method.Name != nameof(DbFunctionsExtensions.Like)) return base.VisitMethodCall(node);
        return Expression.Call(typeof(NpgsqlDbFunctionsExtensions), nameof(NpgsqlDbFunctionsExtensions.ILike), null, [.. node.Arguments.Select(a => Visit(a)!)]);
    }
}
