using System.Globalization;

namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>Reads Sigma 2.1: rules, correlations and filters. What a document says beside that is left alone.</summary>
internal static class SigmaReader
{
    private const int LongestText = 4000;
    private static readonly TimeSpan LongestTimespan = TimeSpan.FromDays(31);

    /// <summary>All documents of a text, at least one.</summary>
    /// <exception cref="SigmaRefusedException"/>
    public static IReadOnlyList<SigmaDocument> Read(string text)
    {
        var documents = new List<SigmaDocument>();
        SigmaMap? shared = null;
        foreach (var map in SigmaYaml.Read(text))
        {
            switch (map["action"]?.Text)
            {
                case null: documents.Add(Document(map)); break;
                case "global": shared = map; break;
                default: throw new SigmaRefusedException("action", $"line {map.Line}: '{map["action"]!.Text}' is not read; write every rule out.");
            }
            if (shared is not null) throw new SigmaRefusedException("action", $"line {shared.Line}: 'global' is of Sigma 1 and is not read; write every rule out.");
        }
        return documents.Count > 0 ? documents : throw new SigmaRefusedException("sigma", "there is no rule in it. Paste a Sigma rule: title, logsource, detection.");
    }

    private static SigmaDocument Document(SigmaMap map)
    {
        var title = One(map, "title");
        if (title.Length is 0 or > 256) throw new SigmaRefusedException("title", $"line {map.Line}: give the rule a title of 1 to 256 characters.");
        var level = One(map, "level").ToLowerInvariant();
        if (level is not ("" or "critical" or "high" or "medium" or "low" or "informational")) throw new SigmaRefusedException("level", $"'{Cut(level)}' is none of critical, high, medium, low, informational.");
        var (correlation, filter) = (map["correlation"] is { } c ? Correlation(c) : null, map["filter"] is { } f ? Filter(f) : null);
        var detection = map["detection"] is { } d ? Detection(d as SigmaMap ?? throw new SigmaRefusedException("detection", $"line {d.Line}: it holds selections and a condition."), "detection") : null;
        if (new object?[] { correlation, filter, detection }.Count(o => o is not null) != 1)
        {
            throw new SigmaRefusedException("detection", $"line {map.Line}: a document has exactly one of detection, correlation, filter.");
        }
        if (detection is not null && map["logsource"] is not SigmaMap) throw new SigmaRefusedException("logsource", $"line {map.Line}: say which logs it is about, for example product: azure and service: auditlogs.");
        return new SigmaDocument(
            title, One(map, "id"), One(map, "name"), Cut(One(map, "description"), LongestText), Cut(One(map, "author"), 1000), level, Many(map["references"], "references"), Many(map["tags"], "tags"),
            map["logsource"] is SigmaMap source ? new(One(source, "product").ToLowerInvariant(), One(source, "service").ToLowerInvariant(), One(source, "category").ToLowerInvariant()) : SigmaLogSource.Any,
            Placeholders(map["placeholders"]), detection, correlation, filter);
    }

    private static Dictionary<string, IReadOnlyList<string>> Placeholders(SigmaNode? node)
    {
        if (node is null) return [];
        if (node is not SigmaMap map) throw new SigmaRefusedException("placeholders", $"line {node.Line}: write name: [values].");
        return map.Entries.ToDictionary(e => e.Key, e => Many(e.Value, $"placeholders.{e.Key}"), StringComparer.OrdinalIgnoreCase);
    }

    private static SigmaDetection Detection(SigmaMap map, string at)
    {
        if (map["timeframe"] is not null) throw new SigmaRefusedException($"{at}.timeframe", "it is of Sigma 1; write a correlation document with a timespan.");
        var conditions = Many(map["condition"], $"{at}.condition");
        if (conditions.Count == 0) throw new SigmaRefusedException($"{at}.condition", $"line {map.Line}: there is none. Say which selections must match, for example 'selection'.");
        var selections = map.Entries.Where(e => e.Key != "condition").ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);
        return selections.Count > 0 ? new SigmaDetection(selections, conditions) : throw new SigmaRefusedException(at, $"line {map.Line}: there is no selection.");
    }

    private static SigmaFilter Filter(SigmaNode node)
    {
        if (node is not SigmaMap map) throw new SigmaRefusedException("filter", $"line {node.Line}: it holds rules, selections and a condition.");
        var rules = Many(map["rules"], "filter.rules");
        if (rules.Count == 0) throw new SigmaRefusedException("filter.rules", $"line {map.Line}: name the rules it is for, or 'any'.");
        return new SigmaFilter(rules, Detection(new SigmaMap([.. map.Entries.Where(e => e.Key != "rules")], map.Line), "filter"));
    }

    private static SigmaCorrelation Correlation(SigmaNode node)
    {
        if (node is not SigmaMap map) throw new SigmaRefusedException("correlation", $"line {node.Line}: it holds type, rules, timespan and a condition.");
        var type = One(map, "type");
        var kind = type switch
        {
            "event_count" => SigmaCorrelationKind.EventCount,
            "value_count" => SigmaCorrelationKind.ValueCount,
            "temporal" => SigmaCorrelationKind.Temporal,
            "temporal_ordered" => SigmaCorrelationKind.TemporalOrdered,
            "value_sum" => SigmaCorrelationKind.ValueSum,
            "value_avg" => SigmaCorrelationKind.ValueAvg,
            "value_percentile" or "value_median" => SigmaCorrelationKind.ValuePercentile,
            _ => throw new SigmaRefusedException("correlation.type", $"'{Cut(type)}' is none of event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile."),
        };
        var rules = Many(map["rules"], "correlation.rules");
        if (rules.Count is 0 or > 50) throw new SigmaRefusedException("correlation.rules", $"line {map.Line}: name 1 to 50 rules by id or name.");
        var temporal = kind is SigmaCorrelationKind.Temporal or SigmaCorrelationKind.TemporalOrdered;
        var (compare, field, percentile) = Condition(map["condition"], kind, temporal ? rules.Count : 1);
        if (type == "value_median") percentile = 50;
        return new SigmaCorrelation(kind, rules, Many(map["group-by"], "correlation.group-by"), Timespan(One(map, "timespan")), Aliases(map["aliases"]), One(map, "generate") is "true" or "True", compare, field, percentile);
    }

    private static (IReadOnlyList<(string, double)> Compare, string Field, double Percentile) Condition(SigmaNode? node, SigmaCorrelationKind kind, int rules)
    {
        if (node is null && kind is SigmaCorrelationKind.Temporal or SigmaCorrelationKind.TemporalOrdered) return ([("gte", rules)], "", 0);
        if (node is not SigmaMap map) throw new SigmaRefusedException("correlation.condition", "write it as gte: 10, and for value_… with field: name.");
        var (compare, field, percentile) = (new List<(string, double)>(), "", 50d);
        foreach (var (key, value) in map.Entries)
        {
            double Number() => double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
                ? number : throw new SigmaRefusedException($"correlation.condition.{key}", $"'{Cut(value.Text)}' is no number.");
            switch (key)
            {
                case "gt" or "gte" or "lt" or "lte" or "eq" or "neq": compare.Add((key, Number())); break;
                case "field": field = Many(value, "correlation.condition.field") is [var only] ? only : throw new SigmaRefusedException("correlation.condition.field", "name one field."); break;
                case "percentile": percentile = Number(); break;
                default: throw new SigmaRefusedException("correlation.condition", $"'{Cut(key)}' is not known; use gt, gte, lt, lte, eq, neq, field, percentile.");
            }
        }
        if (compare.Count == 0) throw new SigmaRefusedException("correlation.condition", "there is no number to compare with, such as gte: 10.");
        var counts = kind is SigmaCorrelationKind.ValueCount or SigmaCorrelationKind.ValueSum or SigmaCorrelationKind.ValueAvg or SigmaCorrelationKind.ValuePercentile;
        if (counts != field.Length > 0) throw new SigmaRefusedException("correlation.condition.field", counts ? "name the field whose values count." : "only value_… correlations have one.");
        if (percentile is < 0 or > 100) throw new SigmaRefusedException("correlation.condition.percentile", "0 to 100.");
        return (compare, field, percentile);
    }

    private static Dictionary<string, IReadOnlyDictionary<string, string>> Aliases(SigmaNode? node) => node switch
    {
        null => [],
        SigmaMap map => map.Entries.ToDictionary(e => e.Key, e => e.Value is SigmaMap of
            ? (IReadOnlyDictionary<string, string>)of.Entries.ToDictionary(r => r.Key, r => r.Value.Text ?? "", StringComparer.Ordinal)
            : throw new SigmaRefusedException($"correlation.aliases.{e.Key}", "write rule: field."), StringComparer.Ordinal),
        _ => throw new SigmaRefusedException("correlation.aliases", "write name: {rule: field}."),
    };

    private static TimeSpan Timespan(string text)
    {
        if (text.Length >= 2 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 1_000_000)
        {
            TimeSpan? span = text[^1] switch { 's' => TimeSpan.FromSeconds(number), 'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), 'd' => TimeSpan.FromDays(number), _ => null };
            if (span is { } good && good <= LongestTimespan) return good;
        }
        throw new SigmaRefusedException("correlation.timespan", $"'{Cut(text)}' is not 1s to {LongestTimespan.TotalDays}d: a number and one of s, m, h, d.");
    }

    private static string One(SigmaMap map, string key) => map[key] switch
    {
        null or SigmaScalar { Value: null } => "",
        SigmaScalar scalar => scalar.Value!.Trim(),
        var other => throw new SigmaRefusedException(key, $"line {other.Line}: one value is needed."),
    };

    private static IReadOnlyList<string> Many(SigmaNode? node, string at) => node switch
    {
        null or SigmaScalar { Value: null } => [],
        SigmaScalar scalar => [scalar.Value!],
        SigmaList list => [.. list.Items.Select(i => i.Text ?? throw new SigmaRefusedException(at, $"line {i.Line}: a text is needed."))],
        var other => throw new SigmaRefusedException(at, $"line {other.Line}: a text or a list of texts is needed."),
    };

    internal static string Cut(string? text, int most = 60) => text is null ? "" : text.Length <= most ? text : text[..most] + "…";
}
