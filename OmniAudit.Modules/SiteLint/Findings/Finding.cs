namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>
/// One fault and every place that shows it, whatever the page, the template or the viewport: what one change mends is one finding. Its identity stays
/// the same from scan to scan.
/// </summary>
public sealed record Finding
{
    /// <summary>
    /// <c>fnd_</c> and a hash of the rule and the component at fault (its normalised selector); neither page, viewport nor order matter. The pages and
    /// path templates are in <see cref="Places"/>, by which scans are compared.
    /// </summary>
    public required string FindingId { get; init; }
    /// <summary>For example <c>axe/image-alt</c> or <c>seo/document-title</c>.</summary>
    public required string Rule { get; init; }
    /// <summary><c>s1</c> (worst) to <c>s4</c>.</summary>
    public required string Severity { get; init; }
    /// <summary>One of <see cref="FindingCategory"/>.</summary>
    public required string Category { get; init; }
    /// <summary>What is wrong, in one line.</summary>
    public required string Title { get; init; }
    /// <summary>0 to 1: how sure the rule is.</summary>
    public required double Confidence { get; init; }
    /// <summary>What to change.</summary>
    public required string SuggestedFix { get; init; }
    /// <summary>Objects that show it: the screenshots of the pages where it was seen.</summary>
    public required IReadOnlyList<string> EvidenceRefs { get; init; }
    /// <summary>The first page where it was seen.</summary>
    public required string PageUrl { get; init; }
    /// <summary>How many pages show it; <see cref="PageUrl"/> is the first of them.</summary>
    public required int PageCount { get; init; }
    /// <summary>How many places show it, over all pages (the larger of the viewports).</summary>
    public required int Occurrences { get; init; }
    /// <summary><c>desktop</c>, <c>mobile</c>, or both.</summary>
    public required IReadOnlyList<string> Viewports { get; init; }
    /// <summary>The first element at fault as a CSS selector; empty when the page as a whole is.</summary>
    public required string Selector { get; init; }
    /// <summary>What was seen there: a snippet, a message, a status. Text of the audited site, not to be trusted.</summary>
    public required string Evidence { get; init; }
    /// <summary>The page that explains the rule; null when there is none.</summary>
    public string? HelpUrl { get; init; }
    /// <summary><c>desktop</c> or <c>mobile</c> and so on when the scan looked at these pages in other viewports too and did not see it there; null otherwise.</summary>
    public string? OnlyIn { get; init; }
    /// <summary>The path templates of its pages, such as <c>/product/:id</c>; the first twenty.</summary>
    public IReadOnlyList<string> Templates { get; init; } = [];
    /// <summary>Where it was seen, page by page and viewport by viewport; at most <see cref="FindingSet.MostPlaces"/>.</summary>
    public IReadOnlyList<FindingPlace> Places { get; init; } = [];
    /// <summary>How many places are not listed.</summary>
    public int PlacesUnlisted { get; init; }
    /// <summary>A picture of the first element at fault (PNG); null when none was taken.</summary>
    public string? CropRef { get; init; }
    /// <summary>The response headers of the first page that have to do with the rule; cookies without their values.</summary>
    public IReadOnlyDictionary<string, string> EvidenceHeaders { get; init; } = new Dictionary<string, string>();
    /// <summary>SHA-256 of the first page's document as it was audited; null when none was kept.</summary>
    public string? EvidenceSnapshotSha256 { get; init; }
    /// <summary>That document (an object, HTML text).</summary>
    public string? EvidenceSnapshotRef { get; init; }
}

/// <summary>One page in one viewport that shows a finding.</summary>
/// <param name="Count">How many elements.</param>
/// <param name="Marks">One per element, what it is and where (see <see cref="ElementMark"/>); fewer than <paramref name="Count"/> beyond a bound.</param>
public sealed record FindingPlace(string Url, string Viewport, int Count, IReadOnlyList<string> Marks);

/// <summary>The values of <see cref="Finding.Category"/>.</summary>
public static class FindingCategory
{
    /// <summary>Found by axe-core.</summary>
    public const string Accessibility = "accessibility";
    /// <summary>What search engines need.</summary>
    public const string Seo = "seo";
    /// <summary>Errors and habits.</summary>
    public const string BestPractices = "best_practices";
    /// <summary>Transport and headers.</summary>
    public const string Security = "security";
    /// <summary>Pages that do not answer as they should.</summary>
    public const string Availability = "availability";
}
