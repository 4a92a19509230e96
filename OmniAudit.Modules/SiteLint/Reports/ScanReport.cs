using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.SiteLint.Findings;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>Everything one scan found out. Stored as one JSON object; names are snake_case there. Texts come from the audited site and are not to be trusted.</summary>
public sealed record ScanReport
{
    /// <summary>The value of <see cref="Schema"/> that this version writes.</summary>
    public const string CurrentSchema = "omniaudit.sitelint.report/1";

    /// <summary>Names the shape of this object.</summary>
    public string Schema { get; init; } = CurrentSchema;
    /// <summary><c>scn_…</c></summary>
    public required string ScanId { get; init; }
    /// <summary>The address that was asked for, in canonical spelling.</summary>
    public required string Url { get; init; }
    /// <summary><c>quick</c>, <c>standard</c> or <c>deep</c>.</summary>
    public required string Profile { get; init; }
    /// <summary><c>desktop</c>, <c>mobile</c>, <c>desktop_mobile</c> or <c>custom</c>.</summary>
    public required string ViewportSet { get; init; }
    /// <summary>When the browser was started.</summary>
    public required DateTimeOffset StartedAt { get; init; }
    /// <summary>When the last page was done.</summary>
    public required DateTimeOffset FinishedAt { get; init; }
    /// <summary>What looked at the pages.</summary>
    public required ReportBrowser Browser { get; init; }
    /// <summary>Counts.</summary>
    public required ReportSummary Summary { get; init; }
    /// <summary>One entry per page and viewport, in the order of the crawl.</summary>
    public required IReadOnlyList<ReportPage> Pages { get; init; }
    /// <summary>Worst first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }
    /// <summary>Where the browser went and where it was not let.</summary>
    public required ReportNetwork Network { get; init; }
    /// <summary>How pages were found; null in reports of earlier versions.</summary>
    public ReportCrawl? Crawl { get; init; }
    /// <summary>Null when the profile checks no links.</summary>
    public ReportLinks? Links { get; init; }
    /// <summary>Null without a baseline.</summary>
    public ReportComparison? Comparison { get; init; }
    /// <summary>Null without budgets.</summary>
    public ReportVerdict? Verdict { get; init; }
    /// <summary>Id and name of the auth profile; null without one.</summary>
    public ReportAuth? Auth { get; init; }
}

/// <summary>Which stored sign-in the scan used; nothing of its secrets.</summary>
public sealed record ReportAuth(string ProfileId, string Name);

/// <summary>The browser of a scan.</summary>
/// <param name="Version">As the browser says it.</param>
/// <param name="Sandboxed">False when Chromium's own sandbox was off: as root, or where the host offers no user namespaces.</param>
/// <param name="AxeVersion">The version of axe-core; null when no page got as far.</param>
public sealed record ReportBrowser(string Version, bool Sandboxed, string? AxeVersion);

/// <summary>The counts of a scan.</summary>
/// <param name="Pages">Pages visited (each once, whatever the number of viewports).</param>
/// <param name="S1">Findings of severity s1, and so on.</param>
/// <param name="NeedsReview">axe results that a person must judge; they are not findings.</param>
public sealed record ReportSummary(int Pages, int Findings, int S1, int S2, int S3, int S4, int NeedsReview);

/// <summary>One page in one viewport.</summary>
public sealed record ReportPage
{
    /// <summary>The address that was visited.</summary>
    public required string Url { get; init; }
    /// <summary><c>desktop</c> or <c>mobile</c>.</summary>
    public required string Viewport { get; init; }
    /// <summary>One of <see cref="PageOutcome"/>.</summary>
    public required string Outcome { get; init; }
    /// <summary>Why, for outcomes other than <c>audited</c>.</summary>
    public string Reason { get; init; } = "";
    /// <summary>Where redirects ended; empty when nothing answered.</summary>
    public string FinalUrl { get; init; } = "";
    /// <summary>The HTTP status; 0 when nothing answered.</summary>
    public int Status { get; init; }
    /// <summary>Of the document's answer: names in lower case, the first forty, values cut at 500 characters, <c>set-cookie</c> without values.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
    /// <summary>How many redirects led to <see cref="FinalUrl"/>.</summary>
    public int Redirects { get; init; }
    /// <summary>The document's title.</summary>
    public string? Title { get; init; }
    /// <summary>The meta description.</summary>
    public string? Description { get; init; }
    /// <summary>The language of the root element.</summary>
    public string? Language { get; init; }
    /// <summary>The canonical link.</summary>
    public string? Canonical { get; init; }
    /// <summary>The first heading of level one.</summary>
    public string? Heading { get; init; }
    /// <summary>From navigation to the end of the audit, in milliseconds.</summary>
    public int DurationMs { get; init; }
    /// <summary>Null when the profile takes none or the page gave none.</summary>
    public ReportScreenshot? Screenshot { get; init; }
    /// <summary>Errors on the console and uncaught exceptions; the first twenty.</summary>
    public IReadOnlyList<string> ConsoleErrors { get; init; } = [];
    /// <summary>Requests that failed by the site's fault; the first twenty.</summary>
    public IReadOnlyList<string> FailedRequests { get; init; } = [];
    /// <summary>axe's counts; null when it did not run.</summary>
    public ReportAxe? Axe { get; init; }
    /// <summary>Null when nothing was judged.</summary>
    public ReportScores? Scores { get; init; }
    /// <summary>Null when the profile measures none or the page gave none.</summary>
    public ReportMetrics? Metrics { get; init; }
    /// <summary>Every audit with its verdict.</summary>
    public IReadOnlyList<ReportAudit> Audits { get; init; } = [];
    /// <summary>What the page loads; null when it was not counted.</summary>
    public ReportWeight? Weight { get; init; }
    /// <summary>The grade of the response headers; null where nothing answered.</summary>
    public ReportSecurity? Security { get; init; }
    /// <summary>How the page came up; empty when no pictures were taken.</summary>
    public IReadOnlyList<ReportFrame> Filmstrip { get; init; } = [];
    /// <summary>Lower-case hex SHA-256 of the document as it was audited; the stored DOM is <see cref="SnapshotRef"/>.</summary>
    public string? SnapshotSha256 { get; init; }
    /// <summary>The object (HTML text, never rendered by the console).</summary>
    public string? SnapshotRef { get; init; }
}

/// <summary>The values of <see cref="ReportPage.Outcome"/>.</summary>
public static class PageOutcome
{
    /// <summary>Loaded and looked at in full.</summary>
    public const string Audited = "audited";
    /// <summary>Answered with a status of 400 or more; its content was not judged.</summary>
    public const string HttpError = "http_error";
    /// <summary>Not HTML; its content was not judged.</summary>
    public const string NotHtml = "not_html";
    /// <summary>The fence did not let the browser there.</summary>
    public const string Blocked = "blocked";
    /// <summary>No answer.</summary>
    public const string Unreachable = "unreachable";
    /// <summary>Did not finish in time.</summary>
    public const string Timeout = "timeout";
    /// <summary>Took its renderer or the browser down.</summary>
    public const string Crashed = "crashed";
    /// <summary>Stopped at a bound: memory, unpacked bytes, dialogs.</summary>
    public const string OverLimit = "over_limit";
}

/// <summary>A full-page picture.</summary>
/// <param name="Reference">The object (PNG).</param>
/// <param name="CutAt">Height in CSS pixels at which a very long page was cut; null when it is whole.</param>
public sealed record ReportScreenshot(string Reference, string Sha256, long SizeBytes, int? CutAt);

/// <summary>Rules by result; <paramref name="Incomplete"/> is for people to judge.</summary>
public sealed record ReportAxe(int Violations, int Incomplete, int Passes);

/// <summary>The fence's ledger.</summary>
/// <param name="Allowed">Connections that were let through.</param>
/// <param name="Denied">Connections that were refused or failed.</param>
/// <param name="Hops">By host, port, address and verdict, in order of first sight.</param>
/// <param name="Unlisted">Connections beyond the ledger's bound, only counted.</param>
public sealed record ReportNetwork(int Allowed, int Denied, int Unlisted, IReadOnlyList<ReportHop> Hops);

/// <summary>Like hops, counted. <see cref="FenceHop"/> says what the fields mean.</summary>
public sealed record ReportHop(string Via, string Host, int Port, string Address, bool Allowed, string Code, string Reason, int Count);
