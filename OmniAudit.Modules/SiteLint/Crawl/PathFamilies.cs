using System.Text.RegularExpressions;

namespace OmniAudit.Modules.SiteLint.Crawl;

/// <summary>
/// Tells which pages are likely made from one template. Numbers and ids in a path are variable at once; other segments are learned:
/// where a site has more siblings than anyone writes by hand, their names are data. Query values are variable, query names are not.
/// </summary>
internal static partial class PathFamilies
{
    /// <summary>A family with more members than any budget could cover is sampled.</summary>
    public const int MostSiblings = ScanArguments.MaxBudget;

    /// <summary>Just below the root stand sections too, which have little in common.</summary>
    private const int MostRootSiblings = 3 * MostSiblings;

    /// <summary>The family of each path (with its query), seen among all the others.</summary>
    public static Dictionary<string, string> Of(IEnumerable<string> pathsAndQueries)
    {
        var pages = pathsAndQueries.Distinct().Select(p => new Page(p, Shape(p))).ToList();
        var deepest = pages.Count == 0 ? 0 : pages.Max(p => p.Segments.Length);
        for (var level = 0; level < deepest; level++)
        {
            foreach (var siblings in pages.Where(p => p.Segments.Length > level).GroupBy(p => p.Family).ToList())
            {
                var wide = siblings.Where(p => MayVary(p, level)).Select(p => p.Segments[level]).Distinct().Count() > (level == 0 ? MostRootSiblings : MostSiblings);
                foreach (var page in siblings) page.Family += "/" + (wide && MayVary(page, level) ? "*" : page.Segments[level]);
            }
        }
        return pages.ToDictionary(p => p.Path, p => p.Family + p.Query);
    }

    /// <summary>The family of a path by what stands in it alone.</summary>
    public static string ShapeOf(string pathAndQuery)
    {
        var (segments, query) = Shape(pathAndQuery);
        return "/" + string.Join('/', segments) + query;
    }

    /// <summary>The directory itself is no sibling of what is in it. At the root only pages count: /a/x and /b/y have nothing in common because there are many of a and b.</summary>
    private static bool MayVary(Page page, int level) => page.Segments[level].Length > 0 && (level > 0 || page.Segments.Length == 1);

    private static (string[] Segments, string Query) Shape(string pathAndQuery)
    {
        var mark = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? pathAndQuery : pathAndQuery[..mark];
        var names = mark < 0 ? [] : pathAndQuery[(mark + 1)..].Split('&').Select(p => p.Split('=')[0]).Where(n => n.Length > 0).Distinct().Order(StringComparer.Ordinal).ToList();
        return ([.. path.TrimStart('/').Split('/').Select(s => Identifier().IsMatch(s) ? "#" : Digits().Replace(s, "#"))], names.Count == 0 ? "" : "?" + string.Join('&', names));
    }

    [GeneratedRegex(@"^([0-9a-f]{12,}|[0-9a-f]{8}-[0-9a-f-]{27})$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\d+", RegexOptions.NonBacktracking)]
    private static partial Regex Digits();

    private sealed class Page(string path, (string[] Segments, string Query) shape)
    {
        public string Path { get; } = path;
        public string[] Segments { get; } = shape.Segments;
        public string Query { get; } = shape.Query;
        public string Family { get; set; } = "";
    }
}
