using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>Makes a test of <c>field|modifier…: values</c>. Modifiers are those of Sigma 2.1, applied from left to right; others are refused by name.</summary>
internal static class SigmaItem
{
    private const int MostExpanded = 2000;
    private const int LongestRegex = 4000;

    /// <summary>For what cannot run without backtracking: a look-around or a back reference.</summary>
    internal static readonly TimeSpan RegexTimeout = TimeSpan.FromMilliseconds(100);

    private static readonly string[] DateParts = ["minute", "hour", "day", "week", "month", "year"];
    private static readonly string[] Comparisons = ["lt", "lte", "gt", "gte"];

    /// <summary>All modifiers that are read.</summary>
    public static IReadOnlyList<string> Modifiers { get; } =
    [
        "contains", "startswith", "endswith", "all", "exists", "cased", "neq", "lt", "lte", "gt", "gte", "re", "i", "m", "s", "cidr", "expand", "fieldref", "base64", "base64offset", "utf16", "utf16le", "utf16be", "wide",
        "windash", .. DateParts,
    ];

    /// <param name="key">The field with its modifiers; without a field it is a keyword.</param>
    /// <exception cref="SigmaRefusedException"/>
    public static SigmaClause Compile(string key, SigmaNode node, SigmaDialect dialect, IReadOnlyDictionary<string, IReadOnlyList<string>> placeholders, string at)
    {
        var parts = key.Split('|');
        var (field, modifiers) = (parts[0].Trim(), parts[1..]);
        at = $"{at}.{SigmaReader.Cut(key)}";
        if (modifiers.FirstOrDefault(m => !Modifiers.Contains(m)) is { } unknown) throw new SigmaRefusedException(at, $"the modifier '{SigmaReader.Cut(unknown)}' is not one of Sigma 2.1: {string.Join(", ", Modifiers)}.");
        if (modifiers.Distinct().Count() != modifiers.Length) throw new SigmaRefusedException(at, "a modifier stands there twice.");
        var values = node switch
        {
            SigmaScalar scalar => [scalar.Value],
            SigmaList list => list.Items.Select(i => i is SigmaScalar s ? s.Value : throw new SigmaRefusedException(at, $"line {i.Line}: a text or number is needed.")).ToList(),
            _ => throw new SigmaRefusedException(at, $"line {node.Line}: a value or a list of values is needed."),
        };
        if (values.Count == 0) throw new SigmaRefusedException(at, $"line {node.Line}: there is no value.");
        var has = modifiers.ToHashSet(StringComparer.Ordinal);
        var reader = field.Length > 0 ? FieldReaders.Find(dialect, field) : FieldReaders.Find(SigmaDialect.Own, "event.word") with { Name = "" };
        Only(has, at);
        var test = has.Contains("exists") ? Exists(reader, values, at) : Made(reader, field.Length == 0, modifiers, has, values, dialect, placeholders, at);
        return has.Contains("neq") ? new SigmaClause.Not(test) : test;
    }

    /// <summary>What makes no sense together.</summary>
    private static void Only(HashSet<string> has, string at)
    {
        string[] texts = ["contains", "startswith", "endswith", "base64", "base64offset", "utf16", "utf16le", "utf16be", "wide", "windash"];
        void Not(string one, params IEnumerable<string> others)
        {
            if (has.Contains(one) && others.FirstOrDefault(has.Contains) is { } other) throw new SigmaRefusedException(at, $"'{one}' and '{other}' do not go together.");
        }
        Not("re", [.. texts, "cidr", "fieldref", "exists", .. Comparisons, .. DateParts]);
        Not("cidr", [.. texts, "fieldref", "exists", "cased", .. Comparisons, .. DateParts]);
        Not("exists", [.. texts, "all", "fieldref", "expand", "cased", .. Comparisons, .. DateParts]);
        Not("fieldref", ["base64", "base64offset", "utf16", "utf16le", "utf16be", "wide", "windash", "expand", .. Comparisons, .. DateParts]);
        foreach (var comparison in Comparisons) Not(comparison, [.. texts, "expand", "cased", .. Comparisons.Where(c => c != comparison)]);
        foreach (var part in DateParts) Not(part, [.. texts, .. DateParts.Where(p => p != part)]);
        foreach (var flag in new[] { "i", "m", "s" }) if (has.Contains(flag) && !has.Contains("re")) throw new SigmaRefusedException(at, $"'{flag}' is only for 're'.");
    }

    private static SigmaClause.Test Exists(FieldReader reader, List<string?> values, string at) => values is [{ } one] && bool.TryParse(one, out var there)
        ? new SigmaClause.Test(reader with { Operations = null }, at, (found, _) => found.Count > 0 == there, null, null)
        : throw new SigmaRefusedException(at, "'exists' takes true or false.");

    private static SigmaClause.Test Made(
        FieldReader reader, bool keyword, string[] modifiers, HashSet<string> has, List<string?> values, SigmaDialect dialect, IReadOnlyDictionary<string, IReadOnlyList<string>> placeholders, string at)
    {
        if (modifiers.Any(m => m is not ("all" or "neq")) && values.Contains(null)) throw new SigmaRefusedException(at, "null takes no modifier but all and neq.");
        string? never = null;
        if (has.Contains("expand"))
        {
            values = [.. values.SelectMany(v => Expand(v!, placeholders))];
            if (values.Count > MostExpanded) throw new SigmaRefusedException(at, $"its placeholders make more than {MostExpanded:N0} values.");
            if (values.Count == 0) never = "its placeholder has no values; give them under 'placeholders'";
        }
        var part = modifiers.FirstOrDefault(m => DateParts.Contains(m));
        var cased = has.Contains("cased");
        List<(Func<string?, EventFields, bool> Holds, SigmaPattern? Pattern)> tests;
        if (has.Contains("re")) tests = values.ConvertAll(v => (Regex(v!, has, at), (SigmaPattern?)null));
        else if (has.Contains("cidr")) tests = values.ConvertAll(v => (Cidr(v!, at), (SigmaPattern?)null));
        else if (modifiers.FirstOrDefault(m => Comparisons.Contains(m)) is { } comparison) tests = values.ConvertAll(v => (Compare(comparison, v!, at), (SigmaPattern?)null));
        else if (has.Contains("fieldref"))
        {
            var others = values.ConvertAll(v => FieldReaders.Find(dialect, v!));
            tests = others.ConvertAll(o => (Reference(o, has, cased), (SigmaPattern?)null));
            reader = reader with { Needs = others.Select(o => o.Needs).Append(reader.Needs).Max() };
        }
        else
        {
            tests = [];
            foreach (var value in values)
            {
                if (value is null)
                {
                    tests.Add(((found, _) => found is null, null));
                    continue;
                }
                foreach (var pattern in Patterns(value, modifiers, keyword, at)) tests.Add(((found, _) => found is not null && pattern.IsMatch(found, cased), pattern));
            }
        }
        // A field that is not there has no value, which is what null asks for.
        IReadOnlyList<string?> Found(IReadOnlyList<string?> found) => found.Count == 0 && values.Contains(null) ? [null] : part is null ? found : [.. found.Select(v => DatePart(v, part))];
        var all = has.Contains("all") && values.Count > 1;
        var groups = all && has.Contains("base64offset") ? throw new SigmaRefusedException(at, "'all' and 'base64offset' do not go together: a value has three forms.") : tests;
        Func<IReadOnlyList<string?>, EventFields, bool> holds = all
            ? (found, e) => groups.All(t => Any(Found(found), t.Holds, e))
            : (found, e) =>
            {
                var seen = Found(found);
                foreach (var test in groups) if (Any(seen, test.Holds, e)) return true;
                return false;
            };
        var patterns = part is null && !all && tests.Count > 0 && tests.All(t => t.Pattern is not null) ? tests.ConvertAll(t => t.Pattern!) : null;
        return new SigmaClause.Test(reader, at, holds, patterns, never ?? Placeholder(values));
    }

    private static bool Any(IReadOnlyList<string?> found, Func<string?, EventFields, bool> holds, EventFields e)
    {
        foreach (var value in found) if (holds(value, e)) return true;
        return false;
    }

    /// <summary>Authors leave words that whoever uses the rule must replace.</summary>
    private static string? Placeholder(List<string?> values) =>
        values is [{ } only] && (only is "UPN" or "upn" || (only.Length > 2 && only[0] == '%' && only[^1] == '%')) ? $"'{SigmaReader.Cut(only)}' stands for something to fill in" : null;

    private static List<SigmaPattern> Patterns(string value, string[] modifiers, bool keyword, string at)
    {
        var pattern = SigmaPattern.Parse(value);
        byte[]? bytes = null;
        string Plain() => pattern.Literal ?? throw new SigmaRefusedException(at, $"'{SigmaReader.Cut(value)}' has a wildcard, which cannot be encoded.");
        foreach (var modifier in modifiers)
        {
            switch (modifier)
            {
                case "contains": pattern = Text().Contains(); break;
                case "startswith": pattern = Text().StartsWith(); break;
                case "endswith": pattern = Text().EndsWith(); break;
                case "windash": pattern = Text().WindowsDashes(); break;
                case "utf16": bytes = SigmaEncodings.Utf16(Plain(), bigEndian: false, mark: true); break;
                case "utf16le" or "wide": bytes = SigmaEncodings.Utf16(Plain(), bigEndian: false, mark: false); break;
                case "utf16be": bytes = SigmaEncodings.Utf16(Plain(), bigEndian: true, mark: false); break;
                case "base64": (pattern, bytes) = (SigmaPattern.Plain(Convert.ToBase64String(bytes ?? SigmaEncodings.Utf8(Plain()))), null); break;
                case "base64offset":
                    var contains = modifiers.Contains("contains") || keyword;
                    return [.. SigmaEncodings.Base64Offsets(bytes ?? SigmaEncodings.Utf8(Plain())).Select(t => contains ? SigmaPattern.Plain(t).Contains() : SigmaPattern.Plain(t))];
            }
        }
        var whole = Text();
        return [keyword ? whole.Contains() : whole];

        SigmaPattern Text() => bytes is null ? pattern : pattern = SigmaPattern.Plain(Encoding.Latin1.GetString(Taken()));
        byte[] Taken()
        {
            var taken = bytes;
            bytes = null;
            return taken;
        }
    }

    private static IEnumerable<string?> Expand(string value, IReadOnlyDictionary<string, IReadOnlyList<string>> placeholders)
    {
        var from = value.IndexOf('%', StringComparison.Ordinal);
        var to = from < 0 ? -1 : value.IndexOf('%', from + 1);
        if (to < 0) return [value];
        var name = value[(from + 1)..to];
        var rest = Expand(value[(to + 1)..], placeholders).ToList();
        return placeholders.GetValueOrDefault(name, []).Take(MostExpanded + 1).SelectMany(v => rest.Take(MostExpanded + 1).Select(r => value[..from] + Escape(v) + r)).Take(MostExpanded + 1);
    }

    /// <summary>So that it stands for itself.</summary>
    public static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal).Replace("?", "\\?", StringComparison.Ordinal);

    private static Func<string?, EventFields, bool> Regex(string pattern, HashSet<string> has, string at)
    {
        if (pattern.Length > LongestRegex) throw new SigmaRefusedException(at, $"the expression has more than {LongestRegex:N0} characters.");
        var options = RegexOptions.CultureInvariant | (has.Contains("i") ? RegexOptions.IgnoreCase : RegexOptions.None) | (has.Contains("m") ? RegexOptions.Multiline : RegexOptions.None) | (has.Contains("s") ? RegexOptions.Singleline : RegexOptions.None);
        Regex regex;
        try
        {
            try
            {
                regex = new Regex(pattern, options | RegexOptions.NonBacktracking, RegexTimeout);
            }
            catch (NotSupportedException)
            {
                regex = new Regex(pattern, options, RegexTimeout);
            }
        }
        catch (ArgumentException malformed)
        {
            throw new SigmaRefusedException(at, $"it is no regular expression: {malformed.Message}");
        }
        return (value, _) => value is not null && regex.IsMatch(value);
    }

    private static Func<string?, EventFields, bool> Cidr(string text, string at)
    {
        if (!IPNetwork.TryParse(text.Trim(), out var network))
        {
            var slash = text.IndexOf('/', StringComparison.Ordinal);
            // A network that is written with bits of a host, such as 10.1.2.3/8.
            if (slash < 0 || !IPAddress.TryParse(text.AsSpan(0, slash), out var address) || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bits) || bits > address.GetAddressBytes().Length * 8)
            {
                throw new SigmaRefusedException(at, $"'{SigmaReader.Cut(text)}' is no network such as 10.0.0.0/8 or 2001:db8::/32.");
            }
            var bytes = address.GetAddressBytes();
            for (var bit = bits; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
            network = new IPNetwork(new IPAddress(bytes), bits);
        }
        return (value, _) => IPAddress.TryParse(value, out var address) && network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
    }

    private static Func<string?, EventFields, bool> Compare(string comparison, string text, string at)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var bound)) throw new SigmaRefusedException(at, $"'{SigmaReader.Cut(text)}' is no number.");
        bool Holds(double number) => comparison switch { "lt" => number < bound, "lte" => number <= bound, "gt" => number > bound, _ => number >= bound };
        return (value, _) => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && Holds(number);
    }

    private static Func<string?, EventFields, bool> Reference(FieldReader other, HashSet<string> has, bool cased)
    {
        var how = cased ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        return (value, e) => value is not null && other.Values(e).Any(o => o is not null && (
            has.Contains("contains") ? value.Contains(o, how) : has.Contains("startswith") ? value.StartsWith(o, how) : has.Contains("endswith") ? value.EndsWith(o, how) : value.Equals(o, how)));
    }

    /// <summary>In UTC; a week is ISO 8601's, a day the day of the month. Null for what is no time.</summary>
    private static string? DatePart(string? value, string part) =>
        DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? EventFields.N(part switch { "minute" => time.Minute, "hour" => time.Hour, "day" => time.Day, "week" => ISOWeek.GetWeekOfYear(time.UtcDateTime), "month" => time.Month, _ => time.Year })
            : null;
}
