using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>What search engines need, as Lighthouse 13.5 asks it (core/audits/seo). Robots directives are in <see cref="RobotsAudits"/>, words of links in <see cref="LinkTextAudit"/>.</summary>
internal static class SeoAudits
{
    private const string Seo = FindingCategory.Seo;
    private const string Guide = "https://developer.chrome.com/docs/lighthouse/seo/";

    private static readonly Question Title = new("document-title", Seo, "The document has a title", 1);
    private static readonly Question Description = new("meta-description", Seo, "The document has a meta description", 1);
    private static readonly Question Status = new("http-status-code", Seo, "The page answers with a good HTTP status", 1);
    private static readonly Question Anchors = new("crawlable-anchors", Seo, "Links can be followed by crawlers", 1);
    private static readonly Question ImageAlt = new("image-alt", Seo, "Images have alternative text", 1);
    private static readonly Question Hreflang = new("hreflang", Seo, "The document has valid hreflang links", 1);
    private static readonly Question Canonical = new("canonical", Seo, "The document has a valid canonical link", 1);

    public static IEnumerable<AuditResult> All(PageObservation page)
    {
        yield return RobotsAudits.IsCrawlable(page);
        yield return page.Facts is null ? Title.Skipped() : TitleOf(page.Facts);
        yield return page.Facts is null ? Description.Skipped() : DescriptionOf(page.Facts);
        // A finding of its own already: availability/http-status.
        yield return page.Status is >= 400 and <= 599 ? Status.Failed($"{page.Status}") : Status.Passed($"{page.Status}");
        yield return LinkTextAudit.Judge(page);
        yield return page.Facts is null ? Anchors.Skipped() : AnchorsOf(page.Facts, page.FinalUrl);
        yield return RobotsAudits.RobotsTxtValid(page);
        yield return ImageAltOf(page);
        yield return page.Facts is null ? Hreflang.Skipped() : HreflangOf(page);
        yield return page.Facts is null ? Canonical.Skipped() : CanonicalOf(page);
    }

    private static AuditResult TitleOf(PageFacts facts) => !string.IsNullOrWhiteSpace(facts.Title)
        ? Title.Passed(facts.Title)
        : Title.Failed("", new Sighting("seo/document-title", "s2", Seo, "The page has no title", 1, $"Give the page a <title> that says what is on it. {Guide}document-title/", "", ""));

    private static AuditResult DescriptionOf(PageFacts facts) => !string.IsNullOrWhiteSpace(facts.Description)
        ? Description.Passed(facts.Description)
        : Description.Failed("", new Sighting("seo/meta-description", "s3", Seo, "The page has no description", 1, $"Add <meta name=\"description\" content=\"…\"> with one or two sentences. {Guide}meta-description/", "", ""));

    /// <summary>The findings are axe's own (<c>axe/image-alt</c>).</summary>
    private static AuditResult ImageAltOf(PageObservation page) => AccessibilityAudits.ScoreOf(page.Axe, "image-alt") switch
    {
        null => ImageAlt.Skipped(),
        1 => ImageAlt.Passed(),
        _ => ImageAlt.Failed("see axe/image-alt"),
    };

    private static AuditResult AnchorsOf(PageFacts facts, string finalUrl)
    {
        var dead = facts.Anchors.Where(a => !IsCrawlable(a, finalUrl)).Select(a => new Sighting(
            "seo/crawlable-anchors", "s3", Seo, "A link leads nowhere that a crawler could follow", 0.9,
            "Give the link a href with a real address, or make it a button if it does something on this page. https://support.google.com/webmasters/answer/9112205",
            a.Selector, Text.Cut($"<a href=\"{a.Raw}\">{a.Text}</a>", 300))).ToList();
        return Anchors.Of(dead, "link that cannot be followed", "links that cannot be followed");
    }

    /// <summary>Roles, mail links and anchors that are targets or that scripts may fill are none of its business.</summary>
    private static bool IsCrawlable(AnchorFact anchor, string finalUrl)
    {
        var raw = string.Concat(anchor.Raw.Where(c => !char.IsWhiteSpace(c)));
        if (anchor.Role.Trim().Length > 0 || raw.StartsWith("mailto:", StringComparison.Ordinal)) return true;
        if (raw.Length == 0 && anchor.Id.Length > 0) return true;
        if (raw.StartsWith("file:", StringComparison.Ordinal)) return false;
        if (anchor.Name.Trim().Length > 0) return true;
        if (!anchor.LinkLike) return !anchor.Listens;
        if (anchor.Href.Length == 0) return false;
        return !VoidScripts.Any(v => raw.Contains(v, StringComparison.Ordinal)) && (anchor.Href.Length > 0 || Uri.TryCreate(new Uri(finalUrl), raw, out _));
    }

    private static readonly string[] VoidScripts = ["javascript:void(0)", "javascript:void0"];

    private static AuditResult HreflangOf(PageObservation page)
    {
        var wrong = new List<Sighting>();
        foreach (var link in LinkHeader.Of(page).Concat(page.Facts!.LinkTags.Where(l => l.InHead)))
        {
            if (link.Rel != "alternate" || link.Language.Length == 0) continue;
            var reasons = new List<string>();
            if (!LanguageCodes.IsKnown(link.Language)) reasons.Add("the language code is not known");
            var raw = link.Raw.ToLowerInvariant();
            if (!raw.StartsWith("http:", StringComparison.Ordinal) && !raw.StartsWith("https:", StringComparison.Ordinal)) reasons.Add("the address is not complete");
            if (reasons.Count > 0)
                wrong.Add(new("seo/hreflang", "s3", Seo, "A hreflang link is not valid", 1, $"Name a language of BCP 47 (or x-default) and give the full address. {Guide}hreflang/", link.Selector, Text.Cut($"{link.Language} {link.Raw}: {string.Join(", ", reasons)}", 300)));
        }
        return Hreflang.Of(wrong, "link is wrong", "links are wrong");
    }

    private static AuditResult CanonicalOf(PageObservation page)
    {
        var links = LinkHeader.Of(page).Concat(page.Facts!.LinkTags.Where(l => l.InHead)).ToList();
        var named = links.Where(l => l.Rel == "canonical" && l.Raw.Length > 0).ToList();
        if (named.Find(l => l.Href.Length == 0) is { } unreadable) return Wrong("The canonical address cannot be read", unreadable, unreadable.Raw);
        if (named.Find(l => !IsAbsolute(l.Raw)) is { } relative) return Wrong("The canonical address is relative", relative, relative.Raw);
        var addresses = named.Select(l => l.Href).Distinct(StringComparer.Ordinal).ToList();
        if (addresses.Count == 0) return Canonical.Skipped();
        if (addresses.Count > 1) return Wrong("The page names more than one canonical address", named[0], string.Join(' ', addresses));
        var alternates = links.Where(l => l.Rel == "alternate" && l.Language.Length > 0 && l.Href.Length > 0).Select(l => l.Href).ToHashSet(StringComparer.Ordinal);
        if (!Uri.TryCreate(addresses[0], UriKind.Absolute, out var canonical) || !Uri.TryCreate(page.FinalUrl, UriKind.Absolute, out var here)) return Canonical.Passed(addresses[0]);
        var address = Bare(page.FinalUrl);
        if (addresses[0] != address && alternates.Contains(addresses[0]) && alternates.Contains(address)) return Wrong("The canonical address is another language's page", named[0], addresses[0]);
        if (canonical.Scheme == here.Scheme && canonical.Authority == here.Authority && canonical.AbsolutePath == "/" && here.AbsolutePath != "/")
            return Wrong("The canonical address is the home page instead of this page", named[0], addresses[0]);
        return Canonical.Passed(addresses[0]);

        AuditResult Wrong(string title, LinkTagFact link, string evidence) => Canonical.Failed(evidence, new Sighting(
            "seo/canonical", "s3", Seo, title, 1, $"Keep one <link rel=\"canonical\"> with the full address of this page. {Guide}canonical/", link.Selector.Length > 0 ? link.Selector : "header: link", Text.Cut(evidence, 300)));
    }

    private static bool IsAbsolute(string address) => address.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && char.IsAsciiLetter(address[0]) && address.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0;

    private static readonly System.Buffers.SearchValues<char> SchemeCharacters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    private static string Bare(string url) => url.Split('#')[0];
}
