using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>Which ids fit, in order of time: the word index, the tags and the time, without a row being read.</summary>
/// <param name="Expression">What the word index is asked; null for every event of the time.</param>
/// <param name="From">From this id on.</param>
/// <param name="Before">Below this one.</param>
internal sealed record EventIds(string? Expression, long From, long Before, IReadOnlyList<string> IncludeTags, IReadOnlyList<string> ExcludeTags, string Index = EventTables.Words)
{
    public static EventIds Of(EventMatch match) => new(match.Expression, match.From, match.Before, match.IncludeTags, match.ExcludeTags);

    /// <summary>The newest that fit, newest first; with <paramref name="ascending"/> the oldest, oldest first.</summary>
    public async Task<List<long>> ReadAsync(OmniAuditDb db, int most, CancellationToken cancellationToken, bool ascending = false)
    {
        if (From >= Before) return [];
        await using var command = db.Database.GetDbConnection().CreateCommand();
        EventEngine.Require(db);
        command.CommandText = $"{Sql(db, command)} ORDER BY 1 {(ascending ? "ASC" : "DESC")} LIMIT @most";
        Add(command, "@before", Before);
        Add(command, "@from", From);
        Add(command, "@most", most);
        await db.Database.OpenConnectionAsync(cancellationToken);
        var ids = new List<long>(Math.Min(most, 1024));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken)) ids.Add(reader.GetInt64(0));
        return ids;
    }

    private string Sql(OmniAuditDb db, DbCommand command)
    {
        if (IncludeTags.Count > 0) return ByTag(db, command);
        if (Expression is null) return $"SELECT \"EventId\" FROM audit_events WHERE \"EventId\" < @before AND \"EventId\" >= @from{Untagged(command, "\"EventId\"")}";
        Add(command, "@expression", db.Storable(EventEngine.Expression(db, Expression)));
        var id = EventEngine.IdColumn(db);
        return $"SELECT {id} FROM {Index} WHERE {EventEngine.Fits(db, Index)} AND {id} < @before AND {id} >= @from{Untagged(command, id)}";
    }

    /// <summary>Few events have a tag: those are walked, and looked up in the index one by one.</summary>
    private string ByTag(OmniAuditDb db, DbCommand command)
    {
        Add(command, "@tag", IncludeTags[0].ToLowerInvariant());
        var sql = "SELECT t.\"EventId\" FROM audit_event_tags t WHERE t.\"Tag\" = @tag AND t.\"EventId\" < @before AND t.\"EventId\" >= @from";
        for (var i = 1; i < IncludeTags.Count; i++)
        {
            Add(command, $"@tag{i}", IncludeTags[i].ToLowerInvariant());
            sql += $" AND EXISTS (SELECT 1 FROM audit_event_tags o WHERE o.\"EventId\" = t.\"EventId\" AND o.\"Tag\" = @tag{i})";
        }
        if (Expression is not null)
        {
            Add(command, "@expression", db.Storable(EventEngine.Expression(db, Expression)));
            sql += $" AND EXISTS (SELECT 1 FROM {Index} w WHERE {EventEngine.Fits(db, Index)} AND w.{EventEngine.IdColumn(db)} = t.\"EventId\")";
        }
        return sql + Untagged(command, "t.\"EventId\"");
    }

    private string Untagged(DbCommand command, string id)
    {
        if (ExcludeTags.Count == 0) return "";
        var names = new List<string>();
        foreach (var tag in ExcludeTags)
        {
            names.Add($"@without{names.Count}");
            Add(command, names[^1], tag.ToLowerInvariant());
        }
        return $" AND {id} NOT IN (SELECT \"EventId\" FROM audit_event_tags WHERE \"Tag\" IN ({string.Join(", ", names)}))";
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}
