using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using OmniAudit.Modules.AdminOps;
using OmniAudit.Modules.AdminOps.Events;
using EventId = OmniAudit.Modules.AdminOps.Events.EventId;

namespace OmniAudit.Web.Components.Admin;

/// <summary>Reads <see cref="EventFilters"/> from an address. What cannot be used is left out and said, naming the field: an old or mistyped link still opens.</summary>
public static class EventFilterParser
{
    /// <summary>The longest value, in characters.</summary>
    public const int LongestValue = 300;
    /// <summary>The most values of one field.</summary>
    public const int MostValues = 100;

    private static readonly string[] Fields =
    [
        "range", "start", "end", "q", "contains", "actor", "operation", "result", "target", "correlation", "service", "not_service", "did", "not_did", "who", "not_who", "source", "ip", "tag", "not_tag", "outcome", "limit", "cursor",
    ];

    /// <summary>True when an address says anything about filters; else those that the browser remembers hold.</summary>
    public static bool SaysFilters(string query) => QueryHelpers.ParseQuery(query).Keys.Any(k => Fields.Contains(k, StringComparer.Ordinal));

    /// <param name="query">With or without its question mark.</param>
    public static (EventFilters Filters, IReadOnlyList<string> Problems) Parse(string? query)
    {
        var given = QueryHelpers.ParseQuery(query);
        var problems = new List<string>();
        problems.AddRange(given.Keys.Where(k => k != "event" && !Fields.Contains(k, StringComparer.Ordinal)).Select(k => $"{Cut(k)}: is no filter"));
        var start = TimeOf(given, "start", problems);
        var end = TimeOf(given, "end", problems);
        if (start >= end)
        {
            problems.Add("end: is not after start");
            end = null;
        }
        var range = One(given, "range", problems);
        if (range.Length > 0 && EventFilters.Ranges.All(r => r.Word != range))
        {
            problems.Add($"range: '{Cut(range)}' is none of {string.Join(", ", EventFilters.Ranges.Select(r => r.Word))}");
            range = "";
        }
        return (new EventFilters
        {
            Range = range.Length > 0 && start is null && end is null ? range : EventFilters.DefaultRange,
            Start = start,
            End = end,
            Search = One(given, "q", problems),
            Contains = One(given, "contains", problems),
            Actor = One(given, "actor", problems),
            OperationText = One(given, "operation", problems),
            Result = One(given, "result", problems),
            Target = One(given, "target", problems),
            Correlation = One(given, "correlation", problems),
            Services = Many(given, "service", problems),
            NotServices = Many(given, "not_service", problems),
            Operations = Many(given, "did", problems),
            NotOperations = Many(given, "not_did", problems),
            Actors = Many(given, "who", problems),
            NotActors = Many(given, "not_who", problems),
            Sources = Known(Many(given, "source", problems), EventSources.All, "source", problems),
            Ips = Many(given, "ip", problems),
            Tags = Many(given, "tag", problems),
            NotTags = Many(given, "not_tag", problems),
            Outcomes = [.. Known(Many(given, "outcome", problems), [.. Enum.GetValues<EventOutcome>().Select(EventOutcomes.Word)], "outcome", problems).Select(AuditWords.OutcomeOf).Order()],
            Limit = LimitOf(given, problems),
            Cursor = One(given, "cursor", problems) is { Length: > 0 } cursor ? cursor : null,
            Event = One(given, "event", problems) is { Length: > 0 } opened ? opened : null,
        }, problems);
    }

    /// <summary>As it stands in an address, and in the form.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString(time.Millisecond > 0 ? "yyyy-MM-ddTHH:mm:ss.fff'Z'" : "yyyy-MM-ddTHH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads a time with or without seconds and zone; without one it is UTC.</summary>
    public static bool TryTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time) && time >= EventId.Earliest && time <= EventId.Latest;

    private static DateTimeOffset? TimeOf(Dictionary<string, StringValues> given, string field, List<string> problems)
    {
        var text = One(given, field, problems);
        if (text.Length == 0) return null;
        if (TryTime(text, out var time)) return DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
        problems.Add($"{field}: '{Cut(text)}' is no time such as 2026-03-01T10:00Z");
        return null;
    }

    private static int LimitOf(Dictionary<string, StringValues> given, List<string> problems)
    {
        var text = One(given, "limit", problems);
        if (text.Length == 0) return EventFilters.DefaultLimit;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= 1000) return limit;
        problems.Add($"limit: '{Cut(text)}' is no number from 1 to 1000");
        return EventFilters.DefaultLimit;
    }

    private static string One(Dictionary<string, StringValues> given, string field, List<string> problems)
    {
        var values = Many(given, field, problems);
        if (values.Count > 1) problems.Add($"{field}: is given {values.Count} times; the first counts");
        return values.Count > 0 ? values[0] : "";
    }

    private static List<string> Many(Dictionary<string, StringValues> given, string field, List<string> problems)
    {
        if (!given.TryGetValue(field, out var values)) return [];
        var usable = values.Select(v => v?.Trim() ?? "").Where(v => v.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (usable.RemoveAll(v => v.Length > LongestValue) > 0) problems.Add($"{field}: a value is longer than {LongestValue} characters");
        if (usable.RemoveAll(v => v.Any(char.IsControl)) > 0) problems.Add($"{field}: a value has a control character");
        if (usable.Count > MostValues)
        {
            problems.Add($"{field}: has {usable.Count} values; the first {MostValues} count");
            usable.RemoveRange(MostValues, usable.Count - MostValues);
        }
        return usable;
    }

    private static IReadOnlyList<string> Known(IReadOnlyList<string> values, IReadOnlyList<string> known, string field, List<string> problems)
    {
        problems.AddRange(values.Where(v => !known.Contains(v, StringComparer.OrdinalIgnoreCase)).Select(v => $"{field}: '{Cut(v)}' is none of {string.Join(", ", known)}"));
        return [.. values.Where(v => known.Contains(v, StringComparer.OrdinalIgnoreCase)).Select(v => v.ToLowerInvariant())];
    }

    private static string Cut(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
