using System.Text;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>What the store says to a question.</summary>
/// <param name="Events">The newest that are meant, newest first.</param>
/// <param name="First">The earliest, where it is asked for and was found.</param>
/// <param name="IsEmpty">The active filters show nothing at all.</param>
internal sealed record AnswerFacts(QuestionReading Reading, EventQuery Filters, EventFacets Facets, IReadOnlyList<StoredEvent> Events, StoredEvent? First, bool IsEmpty);

/// <summary>Answers made of counts, without any model.</summary>
internal static class AnswerText
{
    private const int MostValues = 5;
    private const int MostShown = 5;

    /// <summary>The answer in a sentence or two.</summary>
    public static string Head(AnswerFacts facts)
    {
        var total = facts.Facets.Total;
        if (facts.Reading.Conflicts.Count > 0) return $"{string.Join(' ', facts.Reading.Conflicts.Select(EventText.Plain))} Clear the filter to ask about it.";
        if (facts.IsEmpty) return QueryWords.Of(facts.Filters).Count == 0 ? "No events are stored yet: import a file, or set up a source." : "No stored event fits the active filters, whatever the question.";
        if (total.Events == 0) return facts.Reading.Kind == QuestionKind.Whether ? "**No**: no stored event fits." : "**0** events fit.";
        var count = $"**{EventText.Number(total)}** {(total is { Events: 1, Exact: true } ? "event fits" : "events fit")}";
        return facts.Reading.Kind switch
        {
            QuestionKind.Whether => $"**Yes**: {count}. The last was on {EventText.Time(facts.Events[0].Event.Time)}. [{facts.Events[0].Id}]",
            QuestionKind.Who when facts.Facets.Actors.Count > 0 => $"{Values(facts.Facets.Actors)}. {count}.",
            QuestionKind.Who => $"{Values(Tally(facts.Events, e => e.Event.Actor.Key))}, by the newest {facts.Events.Count}. {count}.",
            QuestionKind.When => $"Last on {EventText.Time(facts.Events[0].Event.Time)} [{facts.Events[0].Id}]{(facts.First is { } first && first.Id != facts.Events[0].Id ? $", first on {EventText.Time(first.Event.Time)} [{first.Id}]" : "")}. {count}.",
            QuestionKind.Where when facts.Events.Any(e => e.Event.Actor.Ip is not null) => $"From {Values(Tally(facts.Events, e => e.Event.Actor.Ip is { } ip ? e.Event.Geo is { Length: > 0 } geo ? $"{ip}, {geo}" : ip : "no address"))}{(total.Events > facts.Events.Count ? $", by the newest {EventText.Number(facts.Events.Count)}" : "")}. {count}.",
            QuestionKind.Where => $"The records name no address. {count}.",
            _ => $"{count}, the last on {EventText.Time(facts.Events[0].Event.Time)}. [{facts.Events[0].Id}]",
        };
    }

    /// <summary>What the events are made of; empty when there is nothing to tell apart.</summary>
    public static string Breakdown(AnswerFacts facts)
    {
        if (facts.Facets.Total.Events < 2) return "";
        var text = new StringBuilder();
        Add("What", facts.Facets.Operations);
        if (facts.Reading.Kind != QuestionKind.Who) Add("Who", facts.Facets.Actors);
        Add("Outcome", facts.Facets.Outcomes);
        if (facts.Facets.Services.Count > 1) Add("Where", facts.Facets.Services);
        return text.ToString().TrimEnd();

        void Add(string name, IReadOnlyList<EventCount> values)
        {
            if (values.Count > 0) text.Append($"- {name}: {Values(values)}\n");
        }
    }

    /// <summary>The events that stand for all.</summary>
    public static IReadOnlyList<StoredEvent> Shown(AnswerFacts facts)
    {
        List<StoredEvent> shown = [.. facts.Events.Take(MostShown)];
        if (facts.First is { } first && shown.TrueForAll(e => e.Id != first.Id)) shown.Add(first);
        return shown;
    }

    public static string List(IReadOnlyList<StoredEvent> events) => string.Join('\n', events.Select(EventText.Line));

    /// <summary>How the question was understood, and what was not.</summary>
    public static string Notes(AnswerFacts facts)
    {
        var reading = facts.Reading;
        var text = new StringBuilder(reading.Understood.Count == 0
            ? "Nothing in the question was understood as a filter: this is about everything that the active filters show."
            : $"Understood as {string.Join("; ", reading.Understood.Select(EventText.Plain))}.");
        if (reading.Query.Start is null && reading.Query.End is null && facts.Facets.Total.Events > 0) text.Append(" No time was given: all stored events are meant.");
        if (reading.Ignored.Count > 0) text.Append($" Not understood: {string.Join(", ", reading.Ignored.Take(8).Select(EventText.Plain))}.");
        if (facts.Facets.Total.Events == 0 && facts.Filters.ExcludeServices.Count > 0 && reading.Conflicts.Count == 0) text.Append($" The active filters leave out {string.Join(", ", facts.Filters.ExcludeServices.Take(MostValues).Select(EventText.Plain))}.");
        if (facts.Facets.Total.Events > 0) foreach (var note in facts.Facets.More) text.Append(' ').Append(note);
        return text.ToString();
    }

    /// <summary>The counts, each named by what it counts.</summary>
    public static IReadOnlyList<EventCount> Counts(AnswerFacts facts) =>
    [
        new("total", facts.Facets.Total.Events), .. Of("outcome", facts.Facets.Outcomes), .. Of("operation", facts.Facets.Operations), .. Of("actor", facts.Facets.Actors), .. Of("service", facts.Facets.Services),
    ];

    private static IEnumerable<EventCount> Of(string name, IReadOnlyList<EventCount> values) => values.Take(MostValues).Select(v => new EventCount($"{name}: {v.Value}", v.Events));

    private static string Values(IReadOnlyList<EventCount> values) =>
        string.Join(", ", values.Take(MostValues).Select(v => $"{(v.Value.Length == 0 ? "nobody named" : EventText.Plain(v.Value))} {EventText.Number(v.Events)}")) + (values.Count > MostValues ? $" and {values.Count - MostValues} more" : "");

    private static List<EventCount> Tally(IEnumerable<StoredEvent> events, Func<StoredEvent, string> of) =>
        [.. events.GroupBy(of, StringComparer.Ordinal).Select(g => new EventCount(g.Key, g.LongCount())).OrderByDescending(c => c.Events).ThenBy(c => c.Value, StringComparer.Ordinal)];
}
