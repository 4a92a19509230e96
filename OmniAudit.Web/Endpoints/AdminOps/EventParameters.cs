using System.Globalization;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using EventId = OmniAudit.Modules.AdminOps.Events.EventId;

namespace OmniAudit.Web.Endpoints.AdminOps;

/// <summary>A query string as a query of events. Names are AOC's, in either spelling (<c>includeTags</c>, <c>include_tags</c>); lists are repeated or separated by commas.</summary>
internal static class EventParameters
{
    /// <exception cref="EventQueryException">A value cannot be used; names it.</exception>
    public static EventQuery Query(IQueryCollection q) => new()
    {
        Start = Time(q, "start"),
        End = Time(q, "end"),
        Actor = Text(q, "actor"),
        Search = Text(q, "search"),
        Entity = Text(q, "entity"),
        Contains = Text(q, "contains"),
        OperationText = Text(q, "operation"),
        Result = Text(q, "result"),
        CorrelationId = Text(q, "correlationId"),
        Sources = Many(q, "source", "sources"),
        Services = Many(q, "service", "services", "selectedServices"),
        ExcludeServices = Many(q, "excludeService", "excludeServices"),
        Operations = Many(q, "operations"),
        ExcludeOperations = Many(q, "excludeOperations"),
        Actors = Many(q, "actors"),
        ExcludeActors = Many(q, "excludeActors"),
        Ips = Many(q, "ip", "ips"),
        Outcomes = [.. Many(q, "outcome", "outcomes").Select(Outcome)],
        IncludeTags = Many(q, "includeTags"),
        ExcludeTags = Many(q, "excludeTags"),
    };

    /// <exception cref="EventQueryException">It is no whole number in its range.</exception>
    public static int Number(IQueryCollection q, string name, int otherwise, int least, int most)
    {
        if (Text(q, name) is not { } text) return otherwise;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value : throw new EventQueryException(name, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {least} to {most}."));
    }

    private static string? Text(IQueryCollection q, string name) => Values(q, name).FirstOrDefault(v => v.Length > 0);

    private static DateTimeOffset? Time(IQueryCollection q, string name)
    {
        if (Text(q, name) is not { } text) return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) && time >= EventId.Earliest && time <= EventId.Latest
            ? time : throw new EventQueryException(name, "must be a time such as 2026-11-20T13:00:00Z, between 1970 and 2200.");
    }

    private static EventOutcome Outcome(string word) => word.ToLowerInvariant() switch
    {
        "success" => EventOutcome.Success,
        "failure" => EventOutcome.Failure,
        "partial" => EventOutcome.Partial,
        "unknown" => EventOutcome.Unknown,
        _ => throw new EventQueryException("outcome", "must be success, failure, partial or unknown."),
    };

    private static List<string> Many(IQueryCollection q, params string[] names) =>
        [.. names.SelectMany(n => Values(q, n)).SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private static IEnumerable<string> Values(IQueryCollection q, string name)
    {
        var snake = string.Concat(name.Select(c => char.IsUpper(c) ? "_" + char.ToLowerInvariant(c) : c.ToString()));
        return (snake == name ? q[name] : q[name].Concat(q[snake])).OfType<string>();
    }
}
