using System.Globalization;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Crawl;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>What keeps crawlers out, and whether robots.txt can be read, as Lighthouse 13.5 asks it.</summary>
internal static class RobotsAudits
{
    private const string Seo = FindingCategory.Seo;

    // Weighs so much that a blocked page cannot pass: at least 31 % of the category.
    private static readonly Question Crawlable = new("is-crawlable", Seo, "The page is not kept from being indexed", 93.0 / 23);
    private static readonly Question Valid = new("robots-txt", Seo, "robots.txt is valid", 1);

    /// <summary>The crawlers that are asked for; null is any.</summary>
    private static readonly string?[] Crawlers = [null, "Googlebot", "bingbot", "DuckDuckBot", "archive.org_bot"];

    private static readonly HashSet<string> KnownFields = new(
        ["user-agent", "disallow", "allow", "sitemap", "crawl-delay", "clean-param", "host", "request-rate", "visit-time", "noindex", "content-signal"], StringComparer.Ordinal);

    /// <summary>Fails only when every crawler is kept out: a page may be closed to one of them on purpose.</summary>
    public static AuditResult IsCrawlable(PageObservation page)
    {
        if (page.Facts is null) return Crawlable.Skipped();
        var robots = page.Robots is { Status: >= 200 and < 300, Text.Length: > 0 } answer ? RobotsTxt.Parse(answer.Text) : null;
        var path = Uri.TryCreate(page.FinalUrl, UriKind.Absolute, out var address) ? address.PathAndQuery : "/";
        var shut = Crawlers.Where(crawler => Reasons(page, robots, path, crawler).Any()).ToList();
        if (shut.Count < Crawlers.Length) return Crawlable.Passed(shut.Count == 0 ? "" : "closed to " + string.Join(", ", shut.Select(c => c ?? "*")));
        return Crawlable.Failed("", Reasons(page, robots, path, null).Select(reason => new Sighting(
            "seo/is-crawlable", "s2", Seo, "The page asks search engines to leave it out", 1,
            $"{reason.Fix} https://developer.chrome.com/docs/lighthouse/seo/is-crawlable/", reason.Where, Text.Cut(reason.Evidence, 300))));
    }

    private static IEnumerable<(string Where, string Evidence, string Fix)> Reasons(PageObservation page, RobotsTxt? robots, string path, string? crawler)
    {
        var metas = page.Facts!.RobotsMetas;
        var meta = (crawler is null ? null : metas.FirstOrDefault(m => m.Name.Equals(crawler, StringComparison.OrdinalIgnoreCase))) ?? metas.FirstOrDefault(m => m.Name == "robots");
        if (meta is not null && KeepsOut(meta.Text)) yield return ($"meta[name=\"{meta.Name}\"]", meta.Text, "Remove noindex from the robots meta element, if the page is meant to be found.");
        foreach (var value in page.Headers.Where(h => h.Key == "x-robots-tag").SelectMany(h => h.Value.Split('\n')))
        {
            var addressee = AddresseeOf(value);
            if (addressee is not null && addressee != crawler) continue;
            if (KeepsOut(addressee is null ? value : value[(addressee.Length + 1)..])) yield return ("header: x-robots-tag", value, "Remove noindex from the X-Robots-Tag header, if the page is meant to be found.");
        }
        if (robots is not null && !robots.Allows(crawler ?? "*", path)) yield return ("robots.txt", $"robots.txt closes {path}", "Allow the path in robots.txt, if the page is meant to be found.");
    }

    /// <summary>The header may be for one crawler: <c>otherbot: noindex</c>.</summary>
    private static string? AddresseeOf(string value)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1) return null;
        var name = value[..colon];
        return name.Contains(',', StringComparison.Ordinal) || name.Equals("unavailable_after", StringComparison.OrdinalIgnoreCase) ? null : name;
    }

    /// <summary>A past <c>unavailable_after</c> cannot be told from a future one here: the judge knows no clock, so it lets it pass.</summary>
    private static bool KeepsOut(string directives) => directives.Split(',').Select(d => d.Trim().ToLowerInvariant()).Any(d => d is "noindex" or "none");

    public static AuditResult RobotsTxtValid(PageObservation page)
    {
        if (page.Robots is not { } robots) return Valid.Skipped("not asked for");
        if (robots.Status >= 500 || robots.Status == 0)
            return Valid.Failed(robots.Status == 0 ? "no answer" : $"HTTP {robots.Status}", Broken("robots.txt cannot be fetched: crawlers may leave the whole site out", robots.Status == 0 ? "no answer" : $"HTTP {robots.Status}"));
        if (robots.Status >= 400 || robots.Text.Length == 0) return Valid.Skipped("there is none");
        var wrong = WrongLines(robots.Text).Take(20).ToList();
        return wrong.Count == 0 ? Valid.Passed() : Valid.Failed(
            $"{wrong.Count} {(wrong.Count == 1 ? "line" : "lines")}", Broken("robots.txt has lines that crawlers cannot read", string.Join("; ", wrong.Select(w => string.Create(CultureInfo.InvariantCulture, $"line {w.Number}: {w.Reason}")))));
    }

    private static Sighting Broken(string title, string evidence) => new(
        "seo/robots-txt", "s3", Seo, title, 1, "Mend robots.txt. https://developer.chrome.com/docs/lighthouse/seo/invalid-robots-txt/", "", Text.Cut(evidence, 300), SiteWide: true);

    private static IEnumerable<(int Number, string Reason)> WrongLines(string text)
    {
        var (number, grouped) = (0, false);
        foreach (var raw in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            var line = raw.Split('#')[0].Trim();
            if (line.Length == 0) continue;
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var field = colon < 0 ? "" : line[..colon].Trim().ToLowerInvariant();
            var value = colon < 0 ? "" : line[(colon + 1)..].Trim();
            if (colon < 0) yield return (number, "not a directive");
            else if (Wrong(field, value) is { } reason) yield return (number, reason);
            else if (field == "user-agent") grouped = true;
            else if (field is "allow" or "disallow" && !grouped) yield return (number, "no user-agent before it");
        }
    }

    private static string? Wrong(string field, string value)
    {
        if (!KnownFields.Contains(field)) return "unknown directive";
        if (field == "user-agent" && value.Length == 0) return "no user-agent named";
        if (field == "sitemap")
        {
            if (!value.Contains(':', StringComparison.Ordinal) || value.StartsWith('/') || !Uri.TryCreate(value, UriKind.Absolute, out var sitemap)) return "the sitemap's address is not complete";
            return sitemap.Scheme is "http" or "https" or "ftp" ? null : "the sitemap's address is not http";
        }
        if (field is not ("allow" or "disallow") || value.Length == 0) return null;
        if (value[0] is not ('/' or '*')) return "the path starts with neither / nor *";
        return value.IndexOf('$', StringComparison.Ordinal) is >= 0 and var dollar && dollar != value.Length - 1 ? "$ stands before the end" : null;
    }
}
