using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Crawl;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint;

/// <summary>What a scan job is to do; stored with the job.</summary>
/// <param name="Url">Canonical.</param>
/// <param name="EntryUrls">Canonical, of the same origin as <paramref name="Url"/>, without repeats, in the order given; at least one.</param>
/// <param name="CrawlBudget">How many pages in all, at least the entry pages; links of the same origin fill it up.</param>
internal sealed record ScanArguments(string Url, string Profile, string ViewportSet, IReadOnlyList<string> EntryUrls, int CrawlBudget)
{
    public const int MaxBudget = 50;
    public const int MaxRuns = 5;
    private const int MaxGlobs = 20;
    private const int MaxViewports = 4;
    private static readonly string[] Profiles = ["quick", "standard", "deep"];
    private static readonly string[] ViewportSets = ["desktop", "mobile", "desktop_mobile", "custom"];

    /// <summary>Globs over the path and query, such as <c>/docs/**</c>; empty: everything.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];
    /// <summary>Globs; they win over <see cref="Include"/>, never over entry pages.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];
    /// <summary>Pages may come from sitemaps, too.</summary>
    public bool UseSitemap { get; init; } = true;
    public bool IgnoreRobots { get; init; }
    /// <summary>At most so many pages made from one path template; null: a sample of large families, see <see cref="CrawlPlan"/>.</summary>
    public int? PerTemplate { get; init; }
    /// <summary>With <see cref="ViewportSet"/> <c>custom</c>.</summary>
    public IReadOnlyList<Viewport> Viewports { get; init; } = [];
    /// <summary>Navigations per page and viewport; null: what the profile says.</summary>
    public int? Runs { get; init; }
    public string? AuthProfileId { get; init; }
    public string? BaselineScanId { get; init; }
    public ScanBudgets? Budgets { get; init; }
    /// <summary>The schedule that asked for it.</summary>
    public string? ScheduleId { get; init; }

    /// <summary>The screens to look with.</summary>
    public IReadOnlyList<Viewport> Screens() => ViewportSet == "custom" ? Viewports : Viewport.Of(ViewportSet);

    /// <summary>From what somebody typed. What is set on the result beside these is checked by <see cref="Checked"/>.</summary>
    /// <exception cref="ToolRefusedException">The URL cannot be used, an entry path leaves its origin, or the budget is none.</exception>
    public static ScanArguments From(string url, string profile, string viewportSet, IReadOnlyList<string>? entryPaths, int? crawlBudget)
    {
        if (!WebTarget.TryParse(url, out var target, out var problem)) throw new ToolRefusedException("invalid_arguments", $"url: {problem}.", "url");
        var entries = new List<string>();
        for (var i = 0; i < (entryPaths?.Count ?? 0); i++)
        {
            var entry = Resolve(target, entryPaths![i]) ?? throw new ToolRefusedException(
                "invalid_arguments", $"entry_paths[{i}]: '{entryPaths[i]}' must be a path on {target.Origin}, for example /about.", $"entry_paths[{i}]");
            if (!entries.Contains(entry)) entries.Add(entry);
        }
        if (entries.Count == 0) entries.Add(target.Url);
        if (entries.Count > MaxBudget) throw Refused("entry_paths", $"must have at most {MaxBudget} entries, has {entries.Count}");
        if (crawlBudget is < 1 or > MaxBudget) throw Refused("crawl_budget", $"must be 1 to {MaxBudget}, is {crawlBudget}");
        return new ScanArguments(target.Url, profile, viewportSet, entries, Math.Clamp(crawlBudget ?? 1, entries.Count, MaxBudget));
    }

    /// <summary>The same, after a look at every limit that is not in <see cref="From"/>.</summary>
    /// <exception cref="ToolRefusedException">One is broken; the message begins with the field and says what is allowed.</exception>
    public ScanArguments Checked()
    {
        if (!Profiles.Contains(Profile)) throw Refused("profile", $"must be one of {string.Join(", ", Profiles)}");
        if (!ViewportSets.Contains(ViewportSet)) throw Refused("viewport_set", $"must be one of {string.Join(", ", ViewportSets)}");
        CheckGlobs("include", Include);
        CheckGlobs("exclude", Exclude);
        if (PerTemplate is < 1 or > MaxBudget) throw Refused("per_template", $"must be 1 to {MaxBudget}, is {PerTemplate}");
        if (Runs is < 1 or > MaxRuns) throw Refused("runs", $"must be 1 to {MaxRuns}, is {Runs}");
        if (ViewportSet == "custom" && Viewports.Count is 0 or > MaxViewports) throw Refused("viewports", $"must have 1 to {MaxViewports} entries when viewport_set is custom, has {Viewports.Count}");
        if (ViewportSet != "custom" && Viewports.Count > 0) throw Refused("viewports", "is for viewport_set custom; leave it out, or ask for custom");
        for (var i = 0; i < Viewports.Count; i++) CheckViewport($"viewports[{i}]", Viewports[i]);
        if (Viewports.Select(v => v.Name).Distinct(StringComparer.Ordinal).Count() < Viewports.Count) throw Refused("viewports", "must have names of their own");
        if (Budgets is not null) CheckBudgets(Budgets);
        return this;
    }

    private static void CheckGlobs(string field, IReadOnlyList<string> globs)
    {
        if (globs.Count > MaxGlobs) throw Refused(field, $"must have at most {MaxGlobs} entries, has {globs.Count}");
        for (var i = 0; i < globs.Count; i++) if (PathGlob.Problem(globs[i]) is { } problem) throw Refused($"{field}[{i}]", problem);
    }

    private static void CheckViewport(string field, Viewport viewport)
    {
        if (viewport.Name.Length is 0 or > 20 || !viewport.Name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_')) throw Refused(field + ".name", "must have 1 to 20 characters of a-z 0-9 - _");
        if (viewport.Width is < 240 or > 3840) throw Refused(field + ".width", $"must be 240 to 3840, is {viewport.Width}");
        if (viewport.Height is < 240 or > 3840) throw Refused(field + ".height", $"must be 240 to 3840, is {viewport.Height}");
        if (!(viewport.Scale is >= 0.5f and <= 4)) throw Refused(field + ".scale", "must be 0.5 to 4");
    }

    private static void CheckBudgets(ScanBudgets budgets)
    {
        if (budgets.Rules.Count > MaxGlobs) throw Refused("budgets.rules", $"must have at most {MaxGlobs} entries, has {budgets.Rules.Count}");
        for (var i = 0; i < budgets.Rules.Count; i++)
        {
            var (field, rule) = ($"budgets.rules[{i}]", budgets.Rules[i]);
            if (rule.Pages is not null && PathGlob.Problem(rule.Pages) is { } problem) throw Refused(field + ".pages", problem);
            foreach (var (name, score) in new[] { ("performance_score", rule.PerformanceScore), ("accessibility_score", rule.AccessibilityScore), ("seo_score", rule.SeoScore), ("best_practices_score", rule.BestPracticesScore) })
            {
                if (score is < 0 or > 100) throw Refused($"{field}.{name}", $"must be 0 to 100, is {score}");
            }
            foreach (var (name, most) in new[] { ("lcp_ms", rule.LcpMs), ("tbt_ms", rule.TbtMs), ("cls", rule.Cls), ("page_bytes", rule.PageBytes), ("requests", rule.Requests) })
            {
                if (most is < 0) throw Refused($"{field}.{name}", "must not be negative");
            }
        }
        if (budgets.NewFindings is < 0) throw Refused("budgets.new_findings", "must not be negative");
        if (budgets.AccessibilityFindings is < 0) throw Refused("budgets.accessibility_findings", "must not be negative");
        if (budgets.WorstSeverity is not (null or "s1" or "s2" or "s3" or "s4")) throw Refused("budgets.worst_severity", "must be one of s1, s2, s3, s4");
    }

    private static ToolRefusedException Refused(string field, string rule) => new("invalid_arguments", $"{field}: {rule}.", field);

    /// <summary>A reference on a page of the same origin, in canonical form; null when it leads elsewhere or is none.</summary>
    public static string? Resolve(WebTarget page, string reference)
    {
        // Checked before .NET's URL parser may mend them: what it mends, a browser may mend otherwise.
        if (reference.Any(c => c < ' ') || reference.Contains('\\', StringComparison.Ordinal)) return null;
        if (!Uri.TryCreate(new Uri(page.Url), reference, out var resolved) || !WebTarget.TryParse(resolved.AbsoluteUri, out var target, out _)) return null;
        return target.Origin == page.Origin && resolved.UserInfo.Length == 0 ? target.Url : null;
    }
}
