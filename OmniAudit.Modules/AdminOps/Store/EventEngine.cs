using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Postgres;
using OmniAudit.Modules.Storage.SqlServer;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>
/// What the word index is on each engine. On SQLite it is FTS5; on PostgreSQL a table of <c>tsvector</c>s with a GIN index,
/// asked the same expressions. SQL Server has none yet: there, storing and searching events are refused.
/// </summary>
internal static class EventEngine
{
    public const string Refusal = "Audit events are kept on SQLite and PostgreSQL only, not on SQL Server yet. Everything else works there.";

    public static bool IsPostgres(OmniAuditDb db) => db is PostgresDb;

    /// <exception cref="NotSupportedException">The engine keeps no events.</exception>
    public static void Require(OmniAuditDb db)
    {
        if (db is SqlServerDb) throw new NotSupportedException(Refusal);
    }

    /// <summary>Takes an event's id and its words, separated by spaces.</summary>
    public static string InsertWords(OmniAuditDb db) => IsPostgres(db)
        ? $"INSERT INTO {EventTables.Words}(\"EventId\", \"Words\") VALUES (@id, array_to_tsvector(string_to_array(rtrim(@text), ' ')))"
        : $"INSERT INTO {EventTables.Words}(rowid, words) VALUES (@id, @text)";

    /// <summary>The column with an event's id.</summary>
    public static string IdColumn(OmniAuditDb db) => IsPostgres(db) ? "\"EventId\"" : "rowid";

    /// <summary>The condition that an event's words fit <c>@expression</c>.</summary>
    public static string Fits(OmniAuditDb db, string index) => IsPostgres(db) ? "\"Words\" @@ @expression::tsquery" : $"{index} MATCH @expression";

    /// <summary>
    /// The expression as the engine takes it. It is given in FTS5's form, of which only quoted words, a star for how a word
    /// begins, parentheses, AND, OR and NOT occur.
    /// </summary>
    public static string Expression(OmniAuditDb db, string fts)
    {
        if (!IsPostgres(db)) return fts;
        var query = new System.Text.StringBuilder(fts.Length);
        for (var i = 0; i < fts.Length; i++)
        {
            if (fts[i] == '"')
            {
                query.Append('\'');
                for (i++; fts[i] != '"' || (i + 1 < fts.Length && fts[i + 1] == '"'); i++)
                {
                    if (fts[i] == '"') i++;
                    // https://www.postgresql.org/docs/current/datatype-textsearch.html: quotes and backslashes are doubled.
                    query.Append(fts[i] is '\'' or '\\' ? new string(fts[i], 2) : fts[i].ToString());
                }
                query.Append('\'');
            }
            else if (Is(fts, i, " AND ")) (_, i) = (query.Append(" & "), i + 4);
            else if (Is(fts, i, " OR ")) (_, i) = (query.Append(" | "), i + 3);
            else if (Is(fts, i, " NOT ")) (_, i) = (query.Append(" & !"), i + 4);
            else query.Append(fts[i] == '*' ? ":*" : fts[i].ToString());
        }
        return query.ToString();
    }

    private static bool Is(string text, int at, string word) => string.CompareOrdinal(text, at, word, 0, word.Length) == 0;
}
