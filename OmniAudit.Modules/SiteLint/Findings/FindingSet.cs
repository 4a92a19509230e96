using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>One sighting of a fault on one page in one viewport.</summary>
/// <param name="Selector">Empty when the page as a whole is at fault.</param>
/// <param name="SiteWide">The same everywhere on the site (a header, say): pages do not tell it apart.</param>
internal sealed record Sighting(
    string Rule, string Severity, string Category, string Title, double Confidence, string SuggestedFix, string Selector, string Evidence, bool SiteWide = false);

/// <summary>Folds sightings into findings: one per rule, path template and normalised selector, whatever the viewport, order or number of pages.</summary>
internal sealed partial class FindingSet
{
    private const int EvidenceLimit = 10;

    private readonly Dictionary<string, Folded> _folded = [];

    /// <param name="evidenceRefs">The page's screenshots.</param>
    public void Add(string pageUrl, string viewport, Sighting sighting, IEnumerable<string> evidenceRefs)
    {
        var template = sighting.SiteWide ? "*" : PathTemplate(pageUrl);
        var id = Identify(sighting.Rule, template, NormaliseSelector(sighting.Selector));
        if (!_folded.TryGetValue(id, out var folded)) _folded[id] = folded = new Folded(sighting, pageUrl);
        var key = (pageUrl, viewport);
        folded.Places[key] = folded.Places.GetValueOrDefault(key) + 1;
        foreach (var reference in evidenceRefs)
        {
            if (folded.Evidence.Count < EvidenceLimit && !folded.Evidence.Contains(reference)) folded.Evidence.Add(reference);
        }
    }

    /// <summary>Worst first, then by rule, page and selector.</summary>
    public IReadOnlyList<Finding> ToList() =>
    [
        .. _folded.Select(pair => pair.Value.ToFinding(pair.Key))
            .OrderBy(f => f.Severity, StringComparer.Ordinal)
            .ThenBy(f => f.Rule, StringComparer.Ordinal)
            .ThenBy(f => f.PageUrl, StringComparer.Ordinal)
            .ThenBy(f => f.Selector, StringComparer.Ordinal)
            .ThenBy(f => f.FindingId, StringComparer.Ordinal),
    ];

    public static string Identify(string rule, string template, string selector) =>
        "fnd_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{rule}\n{template}\n{selector}")))[..20];

    /// <summary><c>/product/123?ref=x&amp;page=2</c> becomes <c>/product/:id?page&amp;ref</c>: pages made from one template share their findings.</summary>
    public static string PathTemplate(string url)
    {
        if (!WebTarget.TryParse(url, out var target, out _)) return url;
        var query = target.PathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target.PathAndQuery : target.PathAndQuery[..query];
        var segments = path.Split('/').Select(s => Identifier().IsMatch(s) ? ":id" : s);
        var keys = query < 0 ? [] : target.PathAndQuery[(query + 1)..].Split('&').Select(p => p.Split('=')[0]).Where(k => k.Length > 0).Distinct().Order(StringComparer.Ordinal).ToList();
        return string.Join('/', segments) + (keys.Count == 0 ? "" : "?" + string.Join('&', keys));
    }

    /// <summary>Without positions and numbered names, which change whenever a neighbour comes or goes.</summary>
    public static string NormaliseSelector(string selector) => Digits().Replace(Position().Replace(selector, ""), "#");

    [GeneratedRegex(@"^(\d+|[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f-]{27})$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Identifier();

    [GeneratedRegex(@":nth-(last-)?(child|of-type)\([^)]*\)", RegexOptions.NonBacktracking)]
    private static partial Regex Position();

    [GeneratedRegex(@"\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Digits();

    private sealed class Folded(Sighting first, string pageUrl)
    {
        public Dictionary<(string Page, string Viewport), int> Places { get; } = [];
        public List<string> Evidence { get; } = [];

        public Finding ToFinding(string id) => new()
        {
            FindingId = id,
            Rule = first.Rule,
            Severity = first.Severity,
            Category = first.Category,
            Title = first.Title,
            Confidence = first.Confidence,
            SuggestedFix = first.SuggestedFix,
            EvidenceRefs = Evidence,
            PageUrl = pageUrl,
            PageCount = Places.Keys.Select(p => p.Page).Distinct().Count(),
            Occurrences = Places.GroupBy(p => p.Key.Viewport).Max(g => g.Sum(p => p.Value)),
            Viewports = [.. Places.Keys.Select(p => p.Viewport).Distinct().Order(StringComparer.Ordinal)],
            Selector = first.Selector,
            Evidence = first.Evidence,
        };
    }
}
