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

    /// <exception cref="ToolRefusedException">The URL cannot be used, or an entry path leaves its origin.</exception>
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
        return new ScanArguments(target.Url, profile, viewportSet, entries, Math.Clamp(crawlBudget ?? 1, entries.Count, MaxBudget));
    }

    /// <summary>A reference on a page of the same origin, in canonical form; null when it leads elsewhere or is none.</summary>
    public static string? Resolve(WebTarget page, string reference)
    {
        // Checked before .NET's URL parser may mend them: what it mends, a browser may mend otherwise.
        if (reference.Any(c => c < ' ') || reference.Contains('\\', StringComparison.Ordinal)) return null;
        if (!Uri.TryCreate(new Uri(page.Url), reference, out var resolved) || !WebTarget.TryParse(resolved.AbsoluteUri, out var target, out _)) return null;
        return target.Origin == page.Origin && resolved.UserInfo.Length == 0 ? target.Url : null;
    }
}
