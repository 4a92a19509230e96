using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>Events of one kind and time.</summary>
/// <param name="At">An id of that time; 0 where time was not asked for.</param>
internal readonly record struct Cell(Kind Kind, long At, long Events);

/// <summary>
/// The counts of a query's time: whole days from the counts by day, whole hours at its two ends from those by hour, and the hours that it has in part from the events themselves.
/// </summary>
internal sealed class EventCells
{
    private const long HourIds = 3_600_000L << 20, DayIds = 24 * HourIds;

    private readonly OmniAuditDb _db;
    private readonly EventKinds _kinds;
    private readonly List<(long From, long Before)> _parts = [];
    private readonly long _firstHour, _firstDay, _endDay, _endHour;

    public EventCells(OmniAuditDb db, EventMatch match)
    {
        (_db, _kinds) = (db, new EventKinds(match.Query));
        if (match.Nothing) return;
        var (from, before) = (Math.Max(match.From, 0), Math.Min(match.Before, EventId.From(EventId.Latest)));
        if (from >= before) return;
        (_firstHour, _endHour) = ((from + HourIds - 1) / HourIds, before / HourIds);
        if (_firstHour >= _endHour)
        {
            (_firstHour, _endHour) = (0, 0);
            _parts.Add((from, before));
            return;
        }
        (_firstDay, _endDay) = ((_firstHour + 23) / 24, _endHour / 24);
        if (_firstDay >= _endDay) (_firstDay, _endDay) = (0, 0);
        if (from < _firstHour * HourIds) _parts.Add((from, _firstHour * HourIds));
        if (_endHour * HourIds < before) _parts.Add((_endHour * HourIds, before));
    }

    /// <summary>The events of hours that the time has in part.</summary>
    public async Task<List<Cell>> PartsAsync(CancellationToken cancellationToken)
    {
        var cells = new List<Cell>();
        foreach (var (from, before) in _parts)
        {
            await ReadAsync("SELECT \"Source\", \"Service\", \"Operation\", \"Outcome\", \"ResultRaw\", \"EventId\", 1 FROM audit_events WHERE \"EventId\" >= @from AND \"EventId\" < @before",
                [("@from", from), ("@before", before)], norm: true, cells.Add, cancellationToken);
        }
        return cells;
    }

    /// <summary>Everything else by kind, without its time. Without operations and results where the query asks for none and the caller needs none.</summary>
    public Task SumAsync(bool brief, Action<Cell> add, CancellationToken cancellationToken)
    {
        var (spans, parameters) = Spans(_kinds.Brief && brief, byHour: false);
        return spans.Count == 0 ? Task.CompletedTask : ReadAsync($"""
            SELECT k."Source", k."Service", k."Operation", k."Outcome", k."Result", 0, s."Events"
            FROM (SELECT "KindId", SUM("Events") AS "Events" FROM ({string.Join(" UNION ALL ", spans.Select(s => $"SELECT \"KindId\", \"Events\" FROM audit_event_counts WHERE {s.Where}"))}) u GROUP BY "KindId") s
            JOIN audit_event_kinds k ON k."KindId" = s."KindId"
            """, parameters, norm: false, add, cancellationToken);
    }

    /// <summary>Everything else by time, for bars: by hour, or by day where hours are not needed.</summary>
    public async Task TimesAsync(bool byHour, Action<Cell> add, CancellationToken cancellationToken)
    {
        var (spans, parameters) = Spans(_kinds.Brief, byHour);
        foreach (var (where, ids) in spans)
        {
            await ReadAsync($"""
                SELECT k."Source", k."Service", k."Operation", k."Outcome", k."Result", c."At" * {ids.ToString(CultureInfo.InvariantCulture)}, c."Events"
                FROM audit_event_counts c JOIN audit_event_kinds k ON k."KindId" = c."KindId" WHERE {where}
                """, [.. parameters.Where(p => where.Contains(p.Name, StringComparison.Ordinal))], norm: false, add, cancellationToken);
        }
    }

    private (List<(string Where, long Ids)> Spans, List<(string Name, object Value)> Parameters) Spans(bool brief, bool byHour)
    {
        var (hour, day) = brief ? (CountStep.BriefHour, CountStep.BriefDay) : (CountStep.Hour, CountStep.Day);
        var (spans, parameters) = (new List<(string, long)>(), new List<(string, object)>());
        if (byHour || _endDay == 0) Add(hour, _firstHour, _endHour, HourIds);
        else
        {
            Add(hour, _firstHour, _firstDay * 24, HourIds);
            Add(day, _firstDay, _endDay, DayIds);
            Add(hour, _endDay * 24, _endHour, HourIds);
        }
        return (spans, parameters);

        void Add(CountStep step, long from, long to, long ids)
        {
            if (from >= to) return;
            var i = spans.Count.ToString(CultureInfo.InvariantCulture);
            spans.Add(($"\"Step\" = {((int)step).ToString(CultureInfo.InvariantCulture)} AND \"At\" >= @from{i} AND \"At\" < @to{i}", ids));
            parameters.AddRange([($"@from{i}", from), ($"@to{i}", to)]);
        }
    }

    private async Task ReadAsync(string sql, IReadOnlyList<(string Name, object Value)> parameters, bool norm, Action<Cell> add, CancellationToken cancellationToken)
    {
        await using var command = _db.Database.GetDbConnection().CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
        await _db.Database.OpenConnectionAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var operation = reader.GetString(2);
            var kind = new Kind(reader.GetString(0), reader.GetString(1), norm ? AuditEvent.Norm(operation) : operation, (EventOutcome)reader.GetInt32(3), Text(reader, 4));
            if (_kinds.Fits(kind)) add(new Cell(kind, reader.GetInt64(5), reader.GetInt64(6)));
        }
    }

    private static string Text(DbDataReader reader, int column) => reader.IsDBNull(column) ? "" : reader.GetString(column);
}

/// <summary>Which kinds a query has.</summary>
internal sealed class EventKinds(EventQuery query)
{
    private readonly HashSet<string> _sources = Set(query.Sources), _services = Set(query.Services), _notServices = Set(query.ExcludeServices);
    private readonly HashSet<string> _operations = Set(query.Operations.Select(AuditEvent.Norm)), _notOperations = Set(query.ExcludeOperations.Select(AuditEvent.Norm));
    private readonly string _result = (query.Result ?? "").Trim();

    /// <summary>It can be answered without operations and results.</summary>
    public bool Brief => _operations.Count + _notOperations.Count + _result.Length == 0;

    public bool Fits(Kind kind) =>
        (_sources.Count == 0 || _sources.Contains(kind.Source)) && (_services.Count == 0 || _services.Contains(kind.Service)) && !_notServices.Contains(kind.Service)
        && (_operations.Count == 0 || _operations.Contains(kind.Operation)) && !_notOperations.Contains(kind.Operation)
        && (query.Outcomes.Count == 0 || query.Outcomes.Contains(kind.Outcome))
        && (_result.Length == 0 || _result.Equals(kind.Result.Trim(), StringComparison.OrdinalIgnoreCase) || _result.Equals(kind.Outcome.Word(), StringComparison.OrdinalIgnoreCase));

    private static HashSet<string> Set(IEnumerable<string> values) => new(values.Select(v => v.Trim()).Where(v => v.Length > 0), StringComparer.OrdinalIgnoreCase);
}
