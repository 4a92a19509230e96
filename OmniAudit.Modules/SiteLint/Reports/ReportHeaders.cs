namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>What a report keeps of a page's response headers: bounded, and nothing that signs anybody in.</summary>
internal static class ReportHeaders
{
    private const int Most = 40;
    private const int Longest = 500;

    public static IReadOnlyDictionary<string, string> Of(IEnumerable<KeyValuePair<string, string>> headers)
    {
        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var group in headers.GroupBy(h => h.Key.ToLowerInvariant(), StringComparer.Ordinal).Take(Most))
        {
            var value = string.Join(", ", group.SelectMany(h => group.Key == "set-cookie" ? h.Value.Split('\n').Select(WithoutValue) : [h.Value]));
            kept[group.Key] = value.Length <= Longest ? value : value[..Longest];
        }
        return kept;
    }

    private static string WithoutValue(string cookie)
    {
        var (name, end) = (cookie.IndexOf('=', StringComparison.Ordinal), cookie.IndexOf(';', StringComparison.Ordinal));
        return name < 0 || (end >= 0 && end < name) ? "…" + (end < 0 ? "" : cookie[end..]) : $"{cookie[..name]}=…{(end < 0 ? "" : cookie[end..])}";
    }
}
