using OmniAudit.Modules.AdminOps;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Web.Components.Admin;

/// <summary>A property of events whose values can be added to the filters or left out by one click.</summary>
public enum EventField
{
    Service = 1,
    Operation = 2,
    Actor = 3,
    Outcome = 4,
    Source = 5,
    Ip = 6,
    Target = 7,
    Correlation = 8,
    Tag = 9,
}

/// <summary>
/// What the Explorer is narrowed to, as its address says it: <see cref="Link"/> and <see cref="EventFilterParser"/> are each other's inverse.
/// A time is either a range back from now, which stays one in links and in what the browser remembers, or two fixed times.
/// </summary>
public sealed record EventFilters
{
    public const string Page = "/adminops";
    public const string DefaultRange = "7d";
    public const int DefaultLimit = 100;

    /// <summary>Left out until somebody wants them: their events bury all others.</summary>
    public static IReadOnlyList<string> QuietServices { get; } = ["Exchange", "SharePoint"];

    /// <summary>How far back, by the word in the address; null is everything.</summary>
    public static IReadOnlyList<(string Word, string Label, TimeSpan? Back)> Ranges { get; } =
    [
        ("1h", "Last hour", TimeSpan.FromHours(1)), ("6h", "Last 6 hours", TimeSpan.FromHours(6)), ("24h", "Last 24 hours", TimeSpan.FromHours(24)), ("3d", "Last 3 days", TimeSpan.FromDays(3)),
        ("7d", "Last 7 days", TimeSpan.FromDays(7)), ("14d", "Last 14 days", TimeSpan.FromDays(14)), ("30d", "Last 30 days", TimeSpan.FromDays(30)), ("all", "All time", null),
    ];

    public static IReadOnlyList<int> Limits { get; } = [25, 50, 100, 200, 500];

    /// <summary>What somebody sees who has never chosen anything.</summary>
    public static EventFilters Default { get; } = new() { NotServices = QuietServices };

    /// <summary>One of <see cref="Ranges"/>; not asked when there is a <see cref="Start"/> or an <see cref="End"/>.</summary>
    public string Range { get; init; } = DefaultRange;
    public DateTimeOffset? Start { get; init; }
    /// <summary>Before this time.</summary>
    public DateTimeOffset? End { get; init; }
    public string Search { get; init; } = "";
    /// <summary>Inside the record, anywhere.</summary>
    public string Contains { get; init; } = "";
    /// <summary>Part of who did it; <see cref="Actors"/> are whole.</summary>
    public string Actor { get; init; } = "";
    /// <summary>Part of what was done; <see cref="Operations"/> are whole.</summary>
    public string OperationText { get; init; } = "";
    public string Result { get; init; } = "";
    public string Target { get; init; } = "";
    public string Correlation { get; init; } = "";
    public IReadOnlyList<string> Services { get; init; } = [];
    public IReadOnlyList<string> NotServices { get; init; } = [];
    public IReadOnlyList<string> Operations { get; init; } = [];
    public IReadOnlyList<string> NotOperations { get; init; } = [];
    public IReadOnlyList<string> Actors { get; init; } = [];
    public IReadOnlyList<string> NotActors { get; init; } = [];
    public IReadOnlyList<EventOutcome> Outcomes { get; init; } = [];
    public IReadOnlyList<string> Sources { get; init; } = [];
    public IReadOnlyList<string> Ips { get; init; } = [];
    public IReadOnlyList<string> Tags { get; init; } = [];
    public IReadOnlyList<string> NotTags { get; init; } = [];
    public int Limit { get; init; } = DefaultLimit;
    /// <summary>The page of the list; null is the newest.</summary>
    public string? Cursor { get; init; }
    /// <summary>The event whose drawer is open.</summary>
    public string? Event { get; init; }

    /// <summary>The address: what a record prints itself are its members, and some of these are filters again.</summary>
    public override string ToString() => Link;

    /// <summary>Fixed times: new events are not among them, or only by chance.</summary>
    public bool IsAbsolute => Start is not null || End is not null;

    /// <summary>The page of these filters.</summary>
    public string Link => Page + QueryString;

    /// <summary>Never empty: an address without filters means those that the browser remembers.</summary>
    public string QueryString => "?" + string.Join('&', Pairs().Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));

    /// <summary>All events of these filters as a file.</summary>
    public string Export(string format) => $"{Page}/events.{format}{(this with { Cursor = null, Event = null, Limit = DefaultLimit }).QueryString}";

    /// <summary>With the drawer of an event.</summary>
    public EventFilters Opening(string? eventId) => this with { Event = eventId };

    /// <summary>From the newest event on; the drawer stays.</summary>
    public EventFilters Newest => this with { Cursor = null };

    /// <summary>Only events of this span.</summary>
    public EventFilters Between(DateTimeOffset from, DateTimeOffset to) => Newest with { Start = from, End = to, Range = DefaultRange };

    /// <summary>What the browser keeps for the next visit: what somebody does not want to see, and how far back they look. Not what they looked for, and no time that will be past.</summary>
    public EventFilters ToRemember => new() { Range = IsAbsolute ? DefaultRange : Range, NotServices = NotServices, NotOperations = NotOperations, NotActors = NotActors, NotTags = NotTags, Limit = Limit };

    /// <summary>What the store is asked.</summary>
    /// <param name="now">What ranges go back from.</param>
    public EventQuery ToQuery(DateTimeOffset now) => new()
    {
        Start = IsAbsolute ? Start : Ranges.First(r => r.Word == Range).Back is { } back ? now - back : null,
        End = End,
        Search = Or(Search),
        Contains = Or(Contains),
        Actor = Or(Actor),
        OperationText = Or(OperationText),
        Result = Or(Result),
        Entity = Or(Target),
        CorrelationId = Or(Correlation),
        Services = Services,
        ExcludeServices = NotServices,
        Operations = Operations,
        ExcludeOperations = NotOperations,
        Actors = Actors,
        ExcludeActors = NotActors,
        Outcomes = Outcomes,
        Sources = Sources,
        Ips = Ips,
        IncludeTags = Tags,
        ExcludeTags = NotTags,
    };

    /// <summary>Whether events of a value can be left out; all can be asked for.</summary>
    public static bool CanExclude(EventField field) => field is EventField.Service or EventField.Operation or EventField.Actor or EventField.Outcome or EventField.Source or EventField.Tag;

    /// <summary>Events with this value; another value of a list is added to it.</summary>
    public EventFilters With(EventField field, string value) => field switch
    {
        EventField.Service => Newest with { Services = Plus(Services, value), NotServices = Minus(NotServices, value) },
        EventField.Operation => Newest with { Operations = Plus(Operations, value), NotOperations = Minus(NotOperations, value) },
        EventField.Actor => Newest with { Actors = Plus(Actors, value), NotActors = Minus(NotActors, value) },
        EventField.Outcome => Newest with { Outcomes = Ordered(Outcomes.Append(AuditWords.OutcomeOf(value))) },
        EventField.Source => Newest with { Sources = Plus(Sources, value) },
        EventField.Ip => Newest with { Ips = Plus(Ips, value) },
        EventField.Target => Newest with { Target = value },
        EventField.Correlation => Newest with { Correlation = value },
        _ => Newest with { Tags = Plus(Tags, value), NotTags = Minus(NotTags, value) },
    };

    /// <summary>No event with this value. Of outcomes and sources, which are few, all others are asked for.</summary>
    public EventFilters Without(EventField field, string value) => field switch
    {
        EventField.Service => Newest with { NotServices = Plus(NotServices, value), Services = Minus(Services, value) },
        EventField.Operation => Newest with { NotOperations = Plus(NotOperations, value), Operations = Minus(Operations, value) },
        EventField.Actor => Newest with { NotActors = Plus(NotActors, value), Actors = Minus(Actors, value) },
        EventField.Outcome => Newest with { Outcomes = Ordered(Others(Outcomes, Enum.GetValues<EventOutcome>(), o => o != AuditWords.OutcomeOf(value))) },
        EventField.Source => Newest with { Sources = Others(Sources, EventSources.All, s => !s.Equals(value, StringComparison.OrdinalIgnoreCase)) },
        EventField.Tag => Newest with { NotTags = Plus(NotTags, value), Tags = Minus(Tags, value) },
        _ => this,
    };

    /// <summary>Every filter in force, with what remains when it is taken away. The default time is not one.</summary>
    public IEnumerable<(string Name, string Label, string Value, EventFilters Without)> Chosen
    {
        get
        {
            var page = Newest;
            if (IsAbsolute) yield return ("start", "Time", $"{(Start is { } s ? AuditWords.Moment(s) : "the beginning")} to {(End is { } e ? AuditWords.Moment(e) : "now")}", page with { Start = null, End = null });
            else if (Range != DefaultRange) yield return ("range", "Time", Ranges.First(r => r.Word == Range).Label, page with { Range = DefaultRange });
            if (Search.Length > 0) yield return ("q", "Words", Search, page with { Search = "" });
            if (Contains.Length > 0) yield return ("contains", "Record contains", Contains, page with { Contains = "" });
            if (Actor.Length > 0) yield return ("actor", "Actor has", Actor, page with { Actor = "" });
            foreach (var v in Actors) yield return ("who", "Actor", v, page with { Actors = Minus(Actors, v) });
            foreach (var v in NotActors) yield return ("not_who", "Not actor", v, page with { NotActors = Minus(NotActors, v) });
            foreach (var v in Services) yield return ("service", "Service", v, page with { Services = Minus(Services, v) });
            foreach (var v in NotServices) yield return ("not_service", "Not service", v, page with { NotServices = Minus(NotServices, v) });
            if (OperationText.Length > 0) yield return ("operation", "Operation has", OperationText, page with { OperationText = "" });
            foreach (var v in Operations) yield return ("did", "Operation", v, page with { Operations = Minus(Operations, v) });
            foreach (var v in NotOperations) yield return ("not_did", "Not operation", v, page with { NotOperations = Minus(NotOperations, v) });
            foreach (var v in Outcomes) yield return ("outcome", "Outcome", v.Word(), page with { Outcomes = [.. Outcomes.Where(o => o != v)] });
            if (Result.Length > 0) yield return ("result", "Result", Result, page with { Result = "" });
            foreach (var v in Sources) yield return ("source", "Source", v, page with { Sources = Minus(Sources, v) });
            foreach (var v in Ips) yield return ("ip", "IP address", v, page with { Ips = Minus(Ips, v) });
            if (Target.Length > 0) yield return ("target", "Target", Target, page with { Target = "" });
            if (Correlation.Length > 0) yield return ("correlation", "Correlation id", Correlation, page with { Correlation = "" });
            foreach (var v in Tags) yield return ("tag", "Tag", v, page with { Tags = Minus(Tags, v) });
            foreach (var v in NotTags) yield return ("not_tag", "Not tag", v, page with { NotTags = Minus(NotTags, v) });
        }
    }

    private IEnumerable<(string Name, string Value)> Pairs()
    {
        if (!IsAbsolute) yield return ("range", Range);
        if (Start is { } start) yield return ("start", EventFilterParser.Time(start));
        if (End is { } end) yield return ("end", EventFilterParser.Time(end));
        (string Name, string Value)[] texts = [("q", Search), ("contains", Contains), ("actor", Actor), ("operation", OperationText), ("result", Result), ("target", Target), ("correlation", Correlation)];
        foreach (var text in texts) if (text.Value.Length > 0) yield return text;
        (string Name, IReadOnlyList<string> Values)[] lists =
        [
            ("service", Services), ("not_service", NotServices), ("did", Operations), ("not_did", NotOperations), ("who", Actors), ("not_who", NotActors), ("source", Sources), ("ip", Ips), ("tag", Tags), ("not_tag", NotTags),
        ];
        foreach (var (name, values) in lists)
        foreach (var value in values) yield return (name, value);
        foreach (var outcome in Outcomes) yield return ("outcome", outcome.Word());
        if (Limit != DefaultLimit) yield return ("limit", Limit.ToString());
        if (Cursor is { } cursor) yield return ("cursor", cursor);
        if (Event is { } opened) yield return ("event", opened);
    }

    private static IReadOnlyList<string> Plus(IReadOnlyList<string> values, string value) => values.Contains(value, StringComparer.OrdinalIgnoreCase) ? values : [.. values, value];

    private static IReadOnlyList<string> Minus(IReadOnlyList<string> values, string value) => [.. values.Where(v => !v.Equals(value, StringComparison.OrdinalIgnoreCase))];

    private static IReadOnlyList<EventOutcome> Ordered(IEnumerable<EventOutcome> outcomes)
    {
        IReadOnlyList<EventOutcome> chosen = [.. outcomes.Distinct().Order()];
        return chosen.Count == Enum.GetValues<EventOutcome>().Length ? [] : chosen;
    }

    /// <summary>What is left of those asked for, or of all when none would be.</summary>
    private static IReadOnlyList<T> Others<T>(IReadOnlyList<T> asked, IReadOnlyList<T> all, Func<T, bool> keep) => asked.Any(keep) ? [.. asked.Where(keep)] : [.. all.Where(keep)];

    private static string? Or(string text) => text.Length == 0 ? null : text;
}
