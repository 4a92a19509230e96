using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace OmniAudit.Modules.Storage.SqlServer;

/// <summary><c>EF.Functions.Like</c> asks without regard to case, as SQLite's LIKE does, and has no classes of characters (<c>[a-z]</c>).</summary>
internal sealed class SqlServerLike : ExpressionVisitor, IQueryExpressionInterceptor
{
    public static readonly SqlServerLike Instance = new();

    public Expression QueryCompilationStarting(Expression queryExpression, QueryExpressionEventData eventData) => Visit(queryExpression);

    protected override Expression VisitMethodCall(MethodCallExpression node)
    {
        if (node.Method.DeclaringType != typeof(DbFunctionsExtensions) || node.Method.Name != nameof(DbFunctionsExtensions.Like) || node.Arguments.Count != 4) return base.VisitMethodCall(node);
        var (functions, text, pattern, escape) = (node.Arguments[0], Visit(node.Arguments[1])!, Visit(node.Arguments[2])!, node.Arguments[3]);
        var caseless = Expression.Call(typeof(RelationalDbFunctionsExtensions), nameof(RelationalDbFunctionsExtensions.Collate), [typeof(string)], functions, text, Expression.Constant("Latin1_General_100_CI_AS"));
        var bracket = Expression.Call(typeof(string), nameof(string.Concat), null, escape, Expression.Constant("["));
        var plain = Expression.Call(pattern, nameof(string.Replace), null, Expression.Constant("["), bracket);
        return Expression.Call(node.Method, functions, caseless, plain, escape);
    }
}
