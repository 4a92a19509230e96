using System.Globalization;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools.Policies;
using static OmniAudit.Modules.SiteLint.Findings.Audits.Text;

namespace OmniAudit.Modules.SiteLint.Findings;

/// <summary>What is judged besides axe and the audits: availability and errors.</summary>
internal static class PageRules
{
    private const string Practice = FindingCategory.BestPractices, Up = FindingCategory.Availability;

    public static Sighting HttpError(int status) => status >= 500
        ? new("availability/http-status", "s1", Up, "The page answers with a server error", 1, "Find the error in the server's log and mend it.", "", $"HTTP {status}")
        : new("availability/http-status", "s2", Up, "The page answers with an error status", 1, "Mend or remove the links to this address, or serve a page there.", "", $"HTTP {status}");

    public static Sighting SlowLoad(TimeSpan limit) =>
        new("availability/slow-load", "s2", Up, "The page does not finish loading", 0.8, "Look for resources that never end or answer too late.", "", string.Create(CultureInfo.InvariantCulture, $"no load event after {limit.TotalSeconds:0} s"));

    public static Sighting Unfinished(string outcome, string reason) => outcome switch
    {
        PageOutcome.Blocked => new("availability/not-audited", "s3", Up, "The page leads to a target that this server does not visit", 1, "If the target is meant to be audited, allow it (URL_ALLOWLIST); otherwise mend the redirect.", "", reason),
        PageOutcome.Timeout => new("availability/timeout", "s2", Up, "The page was not done in time", 0.8, "Look for scripts that never end and resources that never answer.", "", reason),
        PageOutcome.Crashed => new("availability/crash", "s1", Up, "The page brings the browser down", 0.8, "Look for scripts that take unbounded memory or close the page.", "", reason),
        _ => new("availability/unreachable", "s1", Up, "The page cannot be reached", 0.9, "Check that the server runs, its DNS entry and its certificate.", "", reason),
    };

    public static IEnumerable<Sighting> Errors(string pageUrl, IReadOnlyList<string> consoleErrors, IReadOnlyList<string> failedRequests)
    {
        foreach (var error in consoleErrors.Distinct())
            yield return new("best_practices/console-error", "s3", Practice, "The page writes errors to the console", 0.9, "Open the browser's console on this page and mend the error.", "console: " + Cut(error, 120), Cut(error, 300));
        var origin = WebTarget.TryParse(pageUrl, out var page, out _) ? page.Origin : "";
        foreach (var failed in failedRequests.Distinct())
        {
            var own = failed[(failed.IndexOf(' ', StringComparison.Ordinal) + 1)..].StartsWith(origin + "/", StringComparison.Ordinal);
            yield return new("availability/broken-resource", own ? "s2" : "s3", Up, "The page asks for a resource that fails", 0.9, "Mend or remove the reference.", "request: " + Cut(failed, 300), Cut(failed, 300));
        }
    }
}
