using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Crawl;

/// <summary>
/// Which pages a scan visits, in which order, and what it leaves out and why. The order follows from what was found and from nothing
/// else: entry pages, then those of sitemaps, then links in the order of the pages that hold them. Entry pages are always visited;
/// <c>/</c> is only when it is one of them or <c>include</c> names it. Pages made from one template are sampled, so that two hundred products leave room
/// for the rest of the site.
/// </summary>
internal sealed class CrawlPlan
{
    /// <summary>The product token that robots.txt is asked for.</summary>
    public const string Agent = "OmniAudit";

    private const int SampleOfTemplate = 3;
    /// <summary>Pages of one template that only lead to each other (next month, next month) are followed this far.</summary>
    private const int LongestChain = 12;
    private const int MostAddresses = 20_000;
    private const int ShownAddresses = 5;

    private static readonly string[] Reasons = ["budget", "robots", "excluded", "template_sample", "trap", "unsafe", "other_origin", "not_a_page", "not_asked"];

    private readonly ScanArguments _arguments;
    private readonly RobotsTxt _robots;
    private readonly WebTarget _site;
    private readonly List<Candidate> _candidates = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<string> _pages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Count, List<string> Addresses)> _skipped = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _sources = new(StringComparer.Ordinal) { ["entry"] = 0, ["sitemap"] = 0, ["link"] = 0 };
    private Dictionary<string, string>? _families;
    private int _beyond;
    private int _visited;

    public CrawlPlan(ScanArguments arguments, RobotsTxt robots)
    {
        (_arguments, _robots) = (arguments, robots);
        if (!WebTarget.TryParse(arguments.Url, out var site, out var problem)) throw new ArgumentException(problem, nameof(arguments));
        _site = site;
        foreach (var entry in arguments.EntryUrls)
        {
            if (_seen.Add(entry) && _pages.Add(PageAddress.WithoutSession(PathOf(entry)))) Accept(new Candidate(entry, PathOf(entry), "entry", 0));
        }
    }

    /// <summary>Whether pages beside the entry pages may be visited at all.</summary>
    public bool WantsMore => _arguments.CrawlBudget > _sources["entry"];

    /// <summary>Entry pages that robots.txt disallows; they are visited all the same, because somebody asked for them by name.</summary>
    public IReadOnlyList<string> DisallowedEntries => [.. _candidates.Where(c => c.Source == "entry" && !_robots.Allows(Agent, c.Path)).Select(c => c.Path)];

    public int Visited => _visited;

    /// <summary>How many pages the scan may have.</summary>
    public int Most => _arguments.CrawlBudget;

    /// <summary>How many pages the scan will have, as far as is known now.</summary>
    public int Expected => Math.Min(_arguments.CrawlBudget, _visited + _candidates.Count(c => !c.Visited));

    /// <summary>The next page; null when the budget is spent or nothing is left.</summary>
    public string? Next()
    {
        if (_visited >= _arguments.CrawlBudget || Choose() is not { } next) return null;
        next.Visited = true;
        _visited++;
        return next.Url;
    }

    public void AddSitemap(IEnumerable<string> addresses)
    {
        foreach (var address in addresses) Consider(address, "sitemap", null);
    }

    /// <param name="page">The page that holds them, as <see cref="Next"/> gave it.</param>
    /// <param name="links">Absolute, in document order.</param>
    public void AddLinks(string page, IEnumerable<string> links)
    {
        var from = _candidates.Find(c => c.Url == page);
        foreach (var link in links) Consider(link, "link", from);
    }

    /// <param name="robots">What robots.txt said, in words.</param>
    public ReportCrawl ToReport(string robots)
    {
        var skipped = _skipped.ToDictionary(s => s.Key, s => (s.Value.Count, Addresses: s.Value.Addresses.ToList()), StringComparer.Ordinal);
        var counts = CountFamilies();
        foreach (var left in _candidates.Where(c => !c.Visited)) Count(skipped, IsSampled(left, counts) ? "template_sample" : "budget", left.Url);
        if (_beyond > 0) skipped["budget"] = (skipped.GetValueOrDefault("budget").Count + _beyond, skipped.GetValueOrDefault("budget").Addresses ?? []);
        return new ReportCrawl(
            _seen.Count + _beyond, _sources,
            [.. Reasons.Where(skipped.ContainsKey).Select(r => new ReportSkip(r, skipped[r].Count, skipped[r].Addresses))], robots);
    }

    /// <summary>First what is new in kind; then, from families small enough to be seen whole, what is left.</summary>
    private Candidate? Choose()
    {
        if (_candidates.Find(c => c is { Visited: false, Source: "entry" }) is { } entry) return entry;
        var counts = CountFamilies();
        return _candidates.Find(c => !c.Visited && counts[Family(c)].Visited < Sample)
            ?? _candidates.Find(c => !c.Visited && !IsSampled(c, counts));
    }

    private int Sample => _arguments.PerTemplate ?? SampleOfTemplate;

    private bool IsSampled(Candidate candidate, Dictionary<string, (int Known, int Visited)> counts)
    {
        var (known, visited) = counts[Family(candidate)];
        return visited >= Sample && (_arguments.PerTemplate is not null || known > PathFamilies.MostSiblings);
    }

    private string Family(Candidate candidate) => _families![candidate.Path];

    private Dictionary<string, (int Known, int Visited)> CountFamilies()
    {
        _families ??= PathFamilies.Of(_candidates.Select(c => c.Path));
        return _candidates.GroupBy(Family).ToDictionary(g => g.Key, g => (g.Count(), g.Count(c => c.Visited)));
    }

    private void Consider(string address, string source, Candidate? from)
    {
        // mailto:, javascript: and the like are no addresses of pages, here or elsewhere.
        if (!Uri.TryCreate(new Uri(from?.Url ?? _site.Url), address, out var parsed) || parsed.Scheme is not ("http" or "https")) return;
        if (_seen.Count >= MostAddresses)
        {
            _beyond++;
            return;
        }
        var url = ScanArguments.Resolve(_site, parsed.AbsoluteUri);
        if (!_seen.Add(url ?? parsed.AbsoluteUri)) return;
        var path = url is null ? "" : PathOf(url);
        var chain = from is not null && url is not null && PathFamilies.ShapeOf(path) == PathFamilies.ShapeOf(from.Path) ? from.Chain + 1 : 0;
        var reason =
            url is null ? "other_origin"
            : PageAddress.IsFile(path) ? "not_a_page"
            : PageAddress.IsUnsafe(path) ? "unsafe"
            : PageAddress.IsTrap(path) || chain > LongestChain || !_pages.Add(PageAddress.WithoutSession(path)) ? "trap"
            : path == "/" && !_arguments.Include.Contains("/") ? "not_asked"
            : (_arguments.Include.Count > 0 && !PathGlob.MatchesAny(_arguments.Include, path)) || PathGlob.MatchesAny(_arguments.Exclude, path) ? "excluded"
            : !_arguments.IgnoreRobots && !_robots.Allows(Agent, path) ? "robots"
            : null;
        if (reason is null) Accept(new Candidate(url!, path, source, chain));
        else Count(_skipped, reason, url ?? parsed.AbsoluteUri);
    }

    private void Accept(Candidate candidate)
    {
        _candidates.Add(candidate);
        _sources[candidate.Source]++;
        _families = null;
    }

    private string PathOf(string url) => url[_site.Origin.Length..];

    private static void Count(Dictionary<string, (int Count, List<string> Addresses)> skipped, string reason, string address)
    {
        var (count, addresses) = skipped.TryGetValue(reason, out var known) ? known : (0, []);
        if (addresses.Count < ShownAddresses) addresses.Add(address);
        skipped[reason] = (count + 1, addresses);
    }

    private sealed class Candidate(string url, string path, string source, int chain)
    {
        public string Url { get; } = url;
        public string Path { get; } = path;
        public string Source { get; } = source;
        /// <summary>How many pages of the same shape led here, one from the other.</summary>
        public int Chain { get; } = chain;
        public bool Visited { get; set; }
    }
}
