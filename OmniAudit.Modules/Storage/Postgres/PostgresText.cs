using System.Data.Common;
using System.Text;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace OmniAudit.Modules.Storage.Postgres;

/// <summary>PostgreSQL's texts hold no NUL and no half of a surrogate pair; what comes from outside may. Either becomes U+FFFD, as it would for a reader.</summary>
internal sealed class PostgresText : DbCommandInterceptor
{
    public static readonly PostgresText Instance = new();

    public static string Storable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || char.IsSurrogate(text[i])) return Cleaned(text);
        }
        return text;
    }

    public override InterceptionResult<DbDataReader> ReaderExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result) => Clean(command, result);

    public override InterceptionResult<int> NonQueryExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<int> result) => Clean(command, result);

    public override InterceptionResult<object> ScalarExecuting(DbCommand command, CommandEventData eventData, InterceptionResult<object> result) => Clean(command, result);

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Clean(command, result));

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Clean(command, result));

    public override ValueTask<InterceptionResult<object>> ScalarExecutingAsync(DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(Clean(command, result));

    private static T Clean<T>(DbCommand command, T result)
    {
        foreach (DbParameter parameter in command.Parameters)
        {
            if (parameter.Value is string text) parameter.Value = Storable(text);
            else if (parameter.Value is IEnumerable<string> texts) parameter.Value = texts.Select(Storable).ToArray();
        }
        return result;
    }

    private static string Cleaned(string text)
    {
        var cleaned = new StringBuilder(text.Length);
        // A half pair is enumerated as U+FFFD.
        foreach (var rune in text.EnumerateRunes()) cleaned.Append((rune.Value == 0 ? Rune.ReplacementChar : rune).ToString());
        return cleaned.ToString();
    }
}
