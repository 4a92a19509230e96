using System.Globalization;
using System.Text;
using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>
/// A query, read: what the word index is asked, and what must be looked at in each event that it finds. The index decides everything but words that must
/// stand together and parts of words, for which it finds more than enough.
/// </summary>
internal sealed class EventMatch
{
    private const int LongestText = 500, MostTerms = 20, MostValues = 100, ShortestBeginning = 3;

    private readonly List<string> _clauses = [];
    private readonly List<string> _excluded = [];
    private readonly List<string> _phrases = [];
    private readonly List<string> _parts = [];

    /// <summary>The clause of the services that are left when others are excluded.</summary>
    private string? _left;

    private EventMatch(EventQuery query) => Query = query;

    public EventQuery Query { get; }

    /// <summary>Ids from here on.</summary>
    public long From { get; private init; }

    /// <summary>Ids before this.</summary>
    public long Before { get; private init; }

    /// <summary>What FTS5 is asked; null when every event of the time fits.</summary>
    public string? Expression { get; private set; }

    /// <summary>Nothing can fit: every service is left out.</summary>
    public bool Nothing { get; private set; }

    /// <summary>The services that the query leaves, as they are written in events; null when it leaves all.</summary>
    public IReadOnlyList<string>? ServicesWanted { get; private set; }

    /// <summary>What the index of parts is asked; null when no part is sought.</summary>
    public string? PartsExpression { get; private set; }

    public IReadOnlyList<string> IncludeTags { get; private init; } = [];
    public IReadOnlyList<string> ExcludeTags { get; private init; } = [];

    /// <summary>Each event that the index finds must be looked at.</summary>
    public bool Looks => _phrases.Count + _parts.Count > 0;

    /// <summary>Every event of the time fits.</summary>
    public bool Everything => Expression is null && !Looks && !Nothing && IncludeTags.Count + ExcludeTags.Count == 0;

    /// <summary>Neither words nor people nor tags: the hourly counts can answer.</summary>
    public bool Counted { get; private set; }

    /// <param name="services">Every service that there is.</param>
    /// <exception cref="EventQueryException"/>
    public static EventMatch Of(EventQuery query, IReadOnlyList<string> services)
    {
        if (query.Start >= query.End) throw new EventQueryException("end", "must be after start.");
        var match = new EventMatch(query)
        {
            From = query.Start is { } start ? EventId.From(start) : 0,
            Before = query.End is { } end ? EventId.From(end) : long.MaxValue,
            IncludeTags = Values(query.IncludeTags, "includeTags"),
            ExcludeTags = Values(query.ExcludeTags, "excludeTags"),
        };
        match.Any(Values(query.Sources, "sources").Select(EventWords.Source));
        match.Any(Values(query.Operations, "operations").Select(o => EventWords.Operation(AuditEvent.Norm(o))));
        match.Any(query.Outcomes.Select(EventWords.Outcome));
        if (query.Result is { Length: > 0 } result) match.Any([EventWords.Result(Short(result, "result")), .. Outcome(result)]);
        match._excluded.AddRange(Values(query.ExcludeOperations, "excludeOperations").Select(o => EventWords.Operation(AuditEvent.Norm(o))));
        match.Services(services);
        match.Counted = match is { IncludeTags.Count: 0, ExcludeTags.Count: 0 } && query is
        {
            Actor: null or "", Search: null or "", Entity: null or "", Contains: null or "", OperationText: null or "", CorrelationId: null or "", Actors.Count: 0, ExcludeActors.Count: 0, Ips.Count: 0,
        };
        match.Any(Values(query.Actors, "actors").Select(EventWords.Actor));
        match._excluded.AddRange(Values(query.ExcludeActors, "excludeActors").Select(EventWords.Actor));
        match.Any(Values(query.Ips, "ips").Select(EventWords.Ip));
        if (query.CorrelationId is { Length: > 0 } correlation) match.Any([EventWords.Correlation(Short(correlation, "correlationId"))]);
        match.Beginnings(query.Actor, "actor", EventWords.ActorWord);
        match.Beginnings(query.OperationText, "operation", EventWords.OperationWord);
        match.Terms(query.Search, "search");
        match.Terms(query.Entity, "entity");
        match.Parts(query.Contains);
        match.Expression = match.Build();
        return match;
    }

    /// <summary>Whether what the index found fits altogether. What fits without the record (<paramref name="raw"/> empty) fits with it.</summary>
    public bool Fits(AuditEvent e, ReadOnlyMemory<byte> raw)
    {
        if (_phrases.Count > 0)
        {
            var lines = EventWords.Lines(e, raw);
            if (!_phrases.TrueForAll(p => lines.Contains(p, StringComparison.Ordinal))) return false;
        }
        if (_parts.Count == 0) return true;
        var text = EventWords.Folded(e, raw);
        return _parts.TrueForAll(p => text.Contains(p, StringComparison.Ordinal));
    }

    /// <summary>What identifies the query but for its times, so that a cursor is used with the one it came from.</summary>
    public uint Fingerprint()
    {
        // Not the services that are left: that one more has events now makes no other query.
        var text = new StringBuilder().AppendJoin(" AND ", _clauses.Where(c => c != _left)).Append('|').AppendJoin(' ', _excluded).Append('|').AppendJoin(' ', Query.Services).Append('|').AppendJoin(' ', Query.ExcludeServices).Append('|').AppendJoin(' ', _phrases).Append('|').AppendJoin(' ', _parts).Append('|').AppendJoin(' ', IncludeTags).Append('|').AppendJoin(' ', ExcludeTags);
        var hash = 2166136261u;
        foreach (var c in text.ToString()) hash = (hash ^ c) * 16777619u;
        return hash;
    }

    private void Services(IReadOnlyList<string> known)
    {
        var wanted = Values(Query.Services, "services");
        var excluded = Values(Query.ExcludeServices, "excludeServices");
        if (wanted.Count + excluded.Count == 0) return;
        ServicesWanted = [.. known.Where(s => (wanted.Count == 0 || wanted.Contains(s, StringComparer.OrdinalIgnoreCase)) && !excluded.Contains(s, StringComparer.OrdinalIgnoreCase))];
        if (excluded.Count == 0)
        {
            Any(wanted.Select(EventWords.Service));
            return;
        }
        // What is left, rather than everything without some: the index then need not walk through those.
        var left = (wanted.Count > 0 ? wanted : known).Where(s => !excluded.Contains(s, StringComparer.OrdinalIgnoreCase)).ToList();
        Nothing = left.Count == 0;
        if (Nothing) return;
        Any(left.Select(EventWords.Service));
        _left = _clauses[^1];
    }

    private void Any(IEnumerable<string> marks)
    {
        var quoted = marks.Distinct(StringComparer.Ordinal).Select(Quoted).ToList();
        if (quoted.Count > 0) _clauses.Add(string.Join(" OR ", quoted));
    }

    private void Beginnings(string? text, string field, Func<string, string> mark)
    {
        if (string.IsNullOrWhiteSpace(text)) return;
        foreach (var word in Required(Short(text, field), field)) _clauses.Add(word.Length >= ShortestBeginning ? Quoted(mark(word)) + "*" : Quoted(mark(word)));
    }

    private void Terms(string? text, string field)
    {
        if (string.IsNullOrWhiteSpace(text)) return;
        Required(Short(text, field), field);
        var terms = Split(text);
        if (terms.Count > MostTerms) throw new EventQueryException(field, $"at most {MostTerms} words or phrases.");
        foreach (var (term, quoted) in terms)
        {
            var words = EventWords.Words(term).ToList();
            if (words.Count == 0) continue;
            var begins = !quoted && term.EndsWith('*') && term.Length > 1;
            if (begins && words[^1].Length < ShortestBeginning) throw new EventQueryException(field, $"'{term}': give at least {ShortestBeginning} letters before *.");
            for (var i = 0; i < words.Count; i++) _clauses.Add(begins && i == words.Count - 1 ? Quoted(words[i]) + "*" : Quoted(words[i]));
            if (words.Count > 1) _phrases.Add(' ' + string.Join(' ', words) + (begins ? "" : " "));
        }
    }

    private void Parts(string? text)
    {
        if (string.IsNullOrEmpty(text)) return;
        var part = EventWords.Fold(Short(text, "contains"));
        if (part.EnumerateRunes().Count() < 3) throw new EventQueryException("contains", "give at least three characters.");
        _parts.Add(part);
        var runes = part.EnumerateRunes().ToList();
        PartsExpression = string.Join(" AND ", Enumerable.Range(0, runes.Count - 2).Select(i => Quoted(string.Concat(runes[i], runes[i + 1], runes[i + 2]))).Distinct(StringComparer.Ordinal).Take(30));
    }

    private string? Build()
    {
        if (_clauses.Count + _excluded.Count == 0) return null;
        if (_clauses.Count == 0) Any(EventSources.All.Select(EventWords.Source));
        var wanted = string.Join(" AND ", _clauses.Select(c => $"({c})"));
        return _excluded.Count == 0 ? wanted : $"({wanted}) NOT ({string.Join(" OR ", _excluded.Select(Quoted))})";
    }

    private static IEnumerable<string> Outcome(string word) =>
        Enum.TryParse<EventOutcome>(word.Trim(), ignoreCase: true, out var outcome) && !int.TryParse(word, CultureInfo.InvariantCulture, out _) ? [EventWords.Outcome(outcome)] : [];

    private static string Quoted(string word) => '"' + word.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';

    private static List<string> Required(string text, string field) =>
        EventWords.Words(text).ToList() is { Count: > 0 } words ? words : throw new EventQueryException(field, "has no letter or digit; words are found, not expressions.");

    private static string Short(string text, string field) => text.Length <= LongestText ? text : throw new EventQueryException(field, $"at most {LongestText} characters.");

    private static List<string> Values(IReadOnlyList<string> values, string field)
    {
        if (values.Count > MostValues) throw new EventQueryException(field, $"at most {MostValues} values.");
        foreach (var value in values) Short(value, field);
        return [.. values.Select(v => v.Trim()).Where(v => v.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Words and quoted phrases; a quote that does not end lasts to the end.</summary>
    private static List<(string Term, bool Quoted)> Split(string text)
    {
        var terms = new List<(string, bool)>();
        var pieces = text.Split('"');
        for (var i = 0; i < pieces.Length; i++)
        {
            if (i % 2 == 1) terms.Add((pieces[i], true));
            else terms.AddRange(pieces[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(t => (t, false)));
        }
        return terms;
    }
}
