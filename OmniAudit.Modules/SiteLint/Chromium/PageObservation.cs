using System.Text.Json;
using Deque.AxeCore.Commons;
using OmniAudit.Modules.SiteLint.Scoring;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>Everything that one page gave in one viewport, before anything is judged. Rules read this and nothing else, so they can be tested without a browser.</summary>
internal sealed record PageObservation
{
    /// <summary>The address that was visited.</summary>
    public required string Url { get; init; }
    /// <summary>Where redirects ended.</summary>
    public required string FinalUrl { get; init; }
    public required Viewport Viewport { get; init; }
    public required int Status { get; init; }
    /// <summary>Of the document's answer, names in lower case, repeats kept.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }
    /// <summary>Null when the page kept the script from reading it.</summary>
    public PageFacts? Facts { get; init; }
    public AxeResult? Axe { get; init; }
    public PageMetrics? Metrics { get; init; }
    /// <summary>In the order they were sent, the document first; bounded.</summary>
    public IReadOnlyList<PageRequest> Requests { get; init; } = [];
    /// <summary>The browser's own complaints (CDP <c>Audits.issueAdded</c>), bounded.</summary>
    public IReadOnlyList<InspectorIssue> Issues { get; init; } = [];
    /// <summary>The issues tell when the page asks for the position or for leave to notify; without this nothing is said about either.</summary>
    public bool HearsPermissionRequests { get; init; }
    public IReadOnlyList<string> ConsoleErrors { get; init; } = [];
    public IReadOnlyList<string> FailedRequests { get; init; } = [];
    /// <summary>Long tasks, ms since navigation.</summary>
    public IReadOnlyList<(double Start, double Duration)> LongTasks { get; init; } = [];
    /// <summary>The site's robots.txt as the crawl got it; null when it was not asked for.</summary>
    public RobotsAnswer? Robots { get; init; }
    /// <summary>Whether plain http on the same host redirects to https; null when unknown or not asked.</summary>
    public bool? HttpRedirects { get; init; }
    /// <summary>Null when there was none, or when it was not measured.</summary>
    public LargestPaint? Lcp { get; init; }
    /// <summary>Of the largest paint; null as above.</summary>
    public LcpPhases? LcpPhases { get; init; }
    /// <summary>In order; the user caused none of them.</summary>
    public IReadOnlyList<LayoutShift> Shifts { get; init; } = [];
    /// <summary>Null when the document was not measured.</summary>
    public DomSize? Dom { get; init; }
    /// <summary>Images without a size of their own, bounded.</summary>
    public IReadOnlyList<PlacedResource> UnsizedImages { get; init; } = [];
    /// <summary>Images that are drawn, bounded.</summary>
    public IReadOnlyList<ShownImage> Images { get; init; } = [];
    /// <summary>Web fonts that the page uses, bounded.</summary>
    public IReadOnlyList<FontUse> Fonts { get; init; } = [];
    /// <summary>Null unless the profile looks for it.</summary>
    public IReadOnlyList<CodeUse>? Code { get; init; }
}

/// <summary>The largest contentful paint's element.</summary>
/// <param name="At">Milliseconds since the navigation.</param>
/// <param name="Url">Of its image; empty for text.</param>
/// <param name="Priority">The <c>fetchpriority</c> attribute.</param>
internal sealed record LargestPaint(double At, string Url, string Selector, string Tag, bool Lazy, string Priority);

/// <summary>Where the time of the largest paint went, in milliseconds; the parts add up to it.</summary>
internal sealed record LcpPhases(double Ttfb, double LoadDelay, double LoadTime, double RenderDelay);

/// <param name="Sources">Selectors of the elements that moved, the first three.</param>
internal sealed record LayoutShift(double At, double Value, IReadOnlyList<string> Sources);

/// <param name="Deepest">The selector of one element at that depth.</param>
/// <param name="Widest">The selector of the element with the most children.</param>
internal sealed record DomSize(int Elements, int Depth, string Deepest, int MostChildren, string Widest);

internal sealed record PlacedResource(string Selector, string Url);

/// <summary>An image in its own pixels and as it is drawn, in CSS pixels.</summary>
internal sealed record ShownImage(string Selector, string Url, double NaturalWidth, double NaturalHeight, double Width, double Height, bool Lazy, double Top);

/// <param name="Display">The <c>font-display</c> descriptor; <c>auto</c> when there is none.</param>
internal sealed record FontUse(string Family, string Display);

/// <summary>One script or style sheet by what of it ran.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="UnusedBytes">What no rule matched and no call reached until the page fell silent.</param>
/// <param name="WastedSpace">What minifying would save, in bytes, by rule of thumb; 0 when it looks minified.</param>
internal sealed record CodeUse(string Url, bool Script, long Bytes, long UnusedBytes, long WastedSpace);

/// <param name="Type">Document, Script, Stylesheet, Image, Font, Media, XHR, Fetch, Other (CDP's words).</param>
/// <param name="Protocol">Such as <c>http/1.1</c> or <c>h2</c>.</param>
/// <param name="RenderBlocking">CDP's <c>renderBlockingBehavior</c> is Blocking.</param>
/// <param name="Headers">Of the answer, names in lower case.</param>
internal sealed record PageRequest(
    string Url, string Type, int Status, string MimeType, string Protocol, long WireBytes, long DecodedBytes, bool RenderBlocking, bool FromThirdParty,
    double StartMs, double EndMs, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Who asked for it: <c>parser</c>, <c>script</c>, <c>preload</c>, <c>other</c>.</summary>
    public string Initiator { get; init; } = "";
    /// <summary>The priority it was first sent with: VeryLow to VeryHigh.</summary>
    public string Priority { get; init; } = "";
    /// <summary>The browser's word for why it failed; empty when it did not.</summary>
    public string Failure { get; init; } = "";
}

/// <param name="Code">CDP's issue code, such as <c>CookieIssue</c> or <c>DeprecationIssue</c>.</param>
internal sealed record InspectorIssue(string Code, JsonElement Details);

/// <param name="Status">0 when nothing answered.</param>
internal sealed record RobotsAnswer(int Status, string Text);
