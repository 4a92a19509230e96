using System.Globalization;
using System.Text.RegularExpressions;

namespace OmniAudit.Tests.Observability;

/// <summary>A strict reader of Prometheus' text format 0.0.4: what it accepts, every scraper does.</summary>
internal sealed partial class PrometheusText
{
    public Dictionary<string, string> Types { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, string> Helps { get; } = new(StringComparer.Ordinal);
    public List<Sample> Samples { get; } = [];

    /// <exception cref="FormatException">A line is not in the format, or not where it may be.</exception>
    public static PrometheusText Parse(string text)
    {
        var read = new PrometheusText();
        if (text.Length > 0 && !text.EndsWith('\n')) throw new FormatException("The last line does not end.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var family = "";
        foreach (var line in text.Split('\n')[..^1])
        {
            if (HelpLine().Match(line) is { Success: true } help)
            {
                if (!seen.Add(family = help.Groups[1].Value)) throw new FormatException($"{family} comes twice.");
                read.Helps.Add(family, help.Groups[2].Value);
            }
            else if (TypeLine().Match(line) is { Success: true } type)
            {
                var name = type.Groups[1].Value;
                if (name != family && !seen.Add(name)) throw new FormatException($"{name} comes twice.");
                family = name;
                read.Types.Add(family, type.Groups[2].Value);
            }
            else if (SampleLine().Match(line) is { Success: true } sample)
            {
                var name = sample.Groups[1].Value;
                if (!read.Types.TryGetValue(family, out var kind)) throw new FormatException($"{name} comes before its type.");
                string[] names = kind == "histogram" ? [family + "_bucket", family + "_sum", family + "_count"] : [family];
                if (!names.Contains(name, StringComparer.Ordinal)) throw new FormatException($"{name} stands among {family}.");
                var labels = LabelPair().Matches(sample.Groups[2].Value).ToDictionary(l => l.Groups[1].Value, l => Unescape(l.Groups[2].Value), StringComparer.Ordinal);
                var value = sample.Groups[3].Value is "+Inf" ? double.PositiveInfinity : double.Parse(sample.Groups[3].Value, NumberStyles.Float, CultureInfo.InvariantCulture);
                var added = new Sample(name, labels, value);
                if (read.Samples.Exists(s => s.Key == added.Key)) throw new FormatException($"{added.Key} comes twice.");
                read.Samples.Add(added);
            }
            else
            {
                throw new FormatException($"'{line}' is no line of the format.");
            }
        }
        return read;
    }

    /// <summary>The value of the one sample with exactly these labels; 0 when there is none.</summary>
    public double this[string name, params (string Label, string Value)[] labels] =>
        Samples.SingleOrDefault(s => s.Name == name && s.Labels.Count == labels.Length && labels.All(l => s.Labels.GetValueOrDefault(l.Label) == l.Value))?.Value ?? 0;

    private static string Unescape(string text) => Escape().Replace(text, m => m.Value[1] == 'n' ? "\n" : m.Value[1..]);

    [GeneratedRegex(@"^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\]|\\\\|\\n)+)$", RegexOptions.NonBacktracking)]
    private static partial Regex HelpLine();

    [GeneratedRegex("^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$", RegexOptions.NonBacktracking)]
    private static partial Regex TypeLine();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{([a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\\\|\\"|\\n)*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\\\|\\"|\\n)*")*)\})? (-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\+Inf|NaN)$""", RegexOptions.NonBacktracking)]
    private static partial Regex SampleLine();

    [GeneratedRegex("""([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\\\|\\"|\\n)*)" """, RegexOptions.NonBacktracking | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex LabelPair();

    [GeneratedRegex(@"\\[\\""n]", RegexOptions.NonBacktracking)]
    private static partial Regex Escape();

    internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
    {
        public string Key => Name + string.Join(',', Labels.OrderBy(l => l.Key, StringComparer.Ordinal));
    }
}
