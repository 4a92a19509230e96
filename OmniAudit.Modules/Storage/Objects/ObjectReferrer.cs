namespace OmniAudit.Modules.Storage.Objects;

/// <summary>
/// Says which objects a module's rows refer to, and those that the documents behind them name. What no referrer names is swept away: every column that holds a
/// reference belongs to one (a test looks at all of them).
/// </summary>
internal interface IObjectReferrer
{
    /// <summary>The columns that are read, as <c>table.Column</c>.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <summary>Every use, in the order of the rows; read in pages, so that no long transaction is open and not all of it is in memory.</summary>
    /// <exception cref="ObjectStoreUnavailableException">A document cannot be read now.</exception>
    IAsyncEnumerable<ObjectUse> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>One place that refers to an object.</summary>
/// <param name="Who">For people: <c>scan scn_…: screenshot</c>.</param>
/// <param name="Unread">Why the document that lies there, and names other objects, could not be read: what it names is not known. Null otherwise.</param>
internal sealed record ObjectUse(string Reference, string Who, string? Unread = null);

/// <summary>Helps referrers to read rows.</summary>
internal static class ObjectReferrers
{
    private const int Page = 200;

    /// <summary>All rows in the order of their key, page by page.</summary>
    /// <param name="after">The rows whose key is greater, ordered by it.</param>
    public static async IAsyncEnumerable<T> RowsAsync<T>(
        this Database database, Func<OmniAuditDb, string, IQueryable<T>> after, Func<T, string> key, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = "";
        while (true)
        {
            var from = last;
            var rows = await database.ReadAsync(db => Microsoft.EntityFrameworkCore.EntityFrameworkQueryableExtensions.ToListAsync(after(db, from).Take(Page), cancellationToken), cancellationToken);
            foreach (var row in rows) yield return row;
            if (rows.Count < Page) yield break;
            last = key(rows[^1]);
        }
    }

    /// <summary>Reads a document that names objects.</summary>
    /// <returns>The document, or why it cannot be read. A store that cannot be used is neither: that is thrown.</returns>
    public static async Task<(T? Document, string? Unread)> TryReadAsync<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return (await read(), null);
        }
        catch (Exception e) when (e is ObjectMissingException or ObjectCorruptException or System.Text.Json.JsonException)
        {
            return (null, e.Message);
        }
    }
}
