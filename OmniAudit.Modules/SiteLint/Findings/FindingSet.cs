using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>One sighting of a fault on one page in one viewport.</summary>
/// <param name="Selector">Empty when the page as a whole is at fault.</param>
/// <param name="SiteWide">The same everywhere on the site (a header, say): pages do not tell it apart.</param>
internal sealed record Sighting(
    string Rule, string Severity, string Category, string Title, double Confidence, string SuggestedFix, string Selector, string Evidence, bool SiteWide = false)
{
    /// <summary>The page that explains the rule. Null: the last address in <see cref="SuggestedFix"/>, if there is one.</summary>
    public string? HelpUrl { get; init; }
    /// <summary>A picture of the element (an object, PNG).</summary>
    public string? EvidenceRef { get; init; }
}

/// <summary>
/// Folds sightings into findings by their cause. Sightings of one rule are of one cause when they have the same normalised selector (the component), or
/// when their elements are recognisably the same one (<see cref="ElementMark"/>): a logo without a text on forty pages is one finding with forty places.
/// Positions, numbers, viewports and the order of pages never matter. What a fold might hide, an additional element in a known component, is told by
/// the places: each has its count and marks, and scans are compared by these.
/// </summary>
internal sealed partial class FindingSet
{
    public const int MostPlaces = 200;
    private const int MostMarks = 2_000;
    private const int EvidenceLimit = 10;
    private const int TemplateLimit = 20;

    private readonly List<Seen> _seen = [];

    /// <param name="evidenceRefs">The page's screenshots.</param>
    public void Add(string pageUrl, string viewport, Sighting sighting, IEnumerable<string> evidenceRefs) =>
        _seen.Add(new Seen(sighting, pageUrl, viewport, NormaliseSelector(sighting.Selector), ElementMark.Of(sighting.Selector, sighting.Evidence), [.. evidenceRefs]));

    /// <summary>Worst first, then by rule, page and selector.</summary>
    public IReadOnlyList<Finding> ToList() =>
    [
        .. _seen.GroupBy(s => s.Sighting.Rule, StringComparer.Ordinal).SelectMany(Causes).Select(ToFinding)
            .OrderBy(f => f.Severity, StringComparer.Ordinal)
            .ThenBy(f => f.Rule, StringComparer.Ordinal)
            .ThenBy(f => f.PageUrl, StringComparer.Ordinal)
            .ThenBy(f => f.Selector, StringComparer.Ordinal)
            .ThenBy(f => f.FindingId, StringComparer.Ordinal),
    ];

    public static string Identify(string rule, string component) =>
        "fnd_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{rule}\n{component}")))[..20];

    /// <summary>The sightings of one rule, by cause, in order of first sight.</summary>
    private static IEnumerable<List<Seen>> Causes(IEnumerable<Seen> ofOneRule)
    {
        var roots = new Dictionary<string, string>(StringComparer.Ordinal);
        var seen = ofOneRule.ToList();
        foreach (var s in seen)
        {
            var component = Root("s:" + s.Component);
            if (!s.Mark.Telling) continue;
            var mark = Root("m:" + s.Mark.What);
            if (mark == component) continue;
            // A mark joins the component; a component joins the one that has the mark already, which keeps the chains short.
            if (mark[0] == 'm') roots[mark] = component;
            else roots[component] = mark;
        }
        return seen.GroupBy(s => Root("s:" + s.Component), StringComparer.Ordinal).Select(g => g.ToList());

        string Root(string key)
        {
            while (roots.TryGetValue(key, out var up)) key = up;
            return key;
        }
    }

    private static Finding ToFinding(List<Seen> cause)
    {
        // Not the first one seen: the identity must not depend on which page came first.
        var component = cause.Select(s => s.Component).Min(StringComparer.Ordinal)!;
        var first = cause[0];
        var places = cause.GroupBy(s => (s.Page, s.Viewport)).ToList();
        var marks = MostMarks;
        var listed = new List<FindingPlace>();
        foreach (var place in places.Take(MostPlaces))
        {
            var own = place.Select(s => s.Mark.ToString()).Order(StringComparer.Ordinal).Take(marks).ToList();
            marks -= own.Count;
            listed.Add(new FindingPlace(place.Key.Page, place.Key.Viewport, place.Count(), own));
        }
        return new Finding
        {
            FindingId = Identify(first.Sighting.Rule, component),
            Rule = first.Sighting.Rule,
            Severity = cause.Select(s => s.Sighting.Severity).Min(StringComparer.Ordinal)!,
            Category = first.Sighting.Category,
            Title = first.Sighting.Title,
            Confidence = first.Sighting.Confidence,
            SuggestedFix = first.Sighting.SuggestedFix,
            EvidenceRefs = [.. cause.Select(s => s.Sighting.EvidenceRef).OfType<string>().Concat(cause.SelectMany(s => s.Shots)).Distinct().Take(EvidenceLimit)],
            PageUrl = first.Page,
            PageCount = cause.Select(s => s.Page).Distinct().Count(),
            Occurrences = cause.GroupBy(s => s.Viewport).Max(g => g.Count()),
            Viewports = [.. cause.Select(s => s.Viewport).Distinct().Order(StringComparer.Ordinal)],
            Selector = first.Sighting.Selector,
            Evidence = first.Sighting.Evidence,
            HelpUrl = first.Sighting.HelpUrl ?? (LastAddress().Match(first.Sighting.SuggestedFix) is { Success: true } help ? help.Value : null),
            Templates = [.. cause.Select(s => s.Sighting.SiteWide ? "*" : PathTemplate(s.Page)).Distinct().Take(TemplateLimit)],
            Places = listed,
            PlacesUnlisted = places.Count - listed.Count,
            CropRef = cause.Select(s => s.Sighting.EvidenceRef).FirstOrDefault(r => r is not null),
        };
    }

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

    [GeneratedRegex(@"https://\S+$", RegexOptions.NonBacktracking)]
    private static partial Regex LastAddress();

    /// <param name="Component">The normalised selector; empty when the page as a whole is at fault.</param>
    private sealed record Seen(Sighting Sighting, string Page, string Viewport, string Component, ElementMark Mark, IReadOnlyList<string> Shots);
}
