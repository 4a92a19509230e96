using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>
/// Events as a model is told of them: one JSON object a line, under short ids (<c>E1</c>) that it must cite. Never the record itself: what is not listed here does not leave.
/// </summary>
internal sealed partial class ModelEvents
{
    private const int MostTargets = 5;
    private const int MostChanges = 8;
    private const int LongestWord = 120;
    /// <summary>Of all events together, in characters; the last ones are left out.</summary>
    private const int MostCharacters = 24_000;

    internal static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Dictionary<string, (StoredEvent Event, string Line)> _byAlias = new(StringComparer.OrdinalIgnoreCase);

    public ModelEvents(IReadOnlyList<StoredEvent> events, Pseudonyms names)
    {
        var length = 0;
        foreach (var stored in events)
        {
            var alias = string.Create(CultureInfo.InvariantCulture, $"E{_byAlias.Count + 1}");
            var line = Line(alias, stored.Event, names);
            if ((length += line.Length) > MostCharacters && _byAlias.Count > 0) break;
            _byAlias[alias] = (stored, line);
        }
    }

    /// <summary>One line each, in the order given.</summary>
    public string Text => string.Join('\n', _byAlias.Values.Select(e => e.Line));

    public int Count => _byAlias.Count;

    /// <summary>The event of a short id; null for one that was not given.</summary>
    public StoredEvent? Find(string alias) => _byAlias.TryGetValue(alias, out var found) ? found.Event : null;

    /// <summary>The numbers in what was said of an event.</summary>
    public IEnumerable<string> NumbersOf(string alias) => _byAlias.TryGetValue(alias, out var found) ? ModelNumbers.In(Tokens().Replace(found.Line, "")) : [];

    private static string Line(string alias, AuditEvent e, Pseudonyms names)
    {
        var line = new JsonObject { ["id"] = alias, ["time"] = e.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) };
        Add("service", names.Word(e.Service));
        Add("operation", names.Operation(e.OperationNorm));
        Add("category", names.Word(e.Category));
        Add("outcome", e.Outcome.ToString().ToLowerInvariant());
        Add("code", names.Code(e.ResultCode));
        Add("severity", e.Severity is "low" or "medium" or "high" ? e.Severity : "");
        Add("actor", names.Actor(e.Actor));
        Add("actor_kind", e.Actor.Kind is ActorKinds.User or ActorKinds.App or ActorKinds.System ? e.Actor.Kind : "");
        Add("ip", names.Ip(e.Actor.Ip));
        Add("place", names.Place(e.Geo));
        Add("client", names.Value(e.ClientApp));
        Add("act", names.Act(e.CorrelationId));
        if (e.Targets.Count > 0) line["targets"] = new JsonArray([.. e.Targets.Take(MostTargets).Select(t => (JsonNode)Cut($"{names.Target(t)} {names.Word(t.Type)}".Trim()))]);
        if (e.Targets.Count > MostTargets) line["more_targets"] = e.Targets.Count - MostTargets;
        if (e.Changes.Count > 0) line["changes"] = new JsonArray([.. e.Changes.Take(MostChanges).Select(c => (JsonNode)$"{Cut(names.Word(c.Property))}: {Or(names.Value(c.Old))} -> {Or(names.Value(c.New))}")]);
        if (e.Changes.Count > MostChanges) line["more_changes"] = e.Changes.Count - MostChanges;
        return line.ToJsonString(Json);

        void Add(string name, string value)
        {
            if (value.Length > 0) line[name] = Cut(value);
        }
    }

    private static string Or(string value) => value.Length == 0 ? "(none)" : Cut(value);

    /// <summary>Never in the middle of a token: half of one would be another's.</summary>
    private static string Cut(string text) => text.Length <= LongestWord ? text : PartOfToken().Replace(text[..LongestWord], "") + "…";

    [GeneratedRegex("[A-Z]+(?:_[0-9]*)?$", RegexOptions.NonBacktracking)]
    private static partial Regex PartOfToken();

    [GeneratedRegex("\"id\":\"E[0-9]+\"|[A-Z]+_[0-9]+", RegexOptions.NonBacktracking)]
    private static partial Regex Tokens();
}
