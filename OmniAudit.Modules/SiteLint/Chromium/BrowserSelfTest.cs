using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Fence;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>Whether scans could run now: the browser starts, and cannot reach this machine past its fence.</summary>
internal sealed class BrowserSelfTest(OmniAuditOptions options, UrlPolicy policy, WorkMetrics metrics, TimeProvider time, ILogger<BrowserSelfTest> log)
{
    /// <summary>Null when they could, else a stable word, a colon and a sentence for strangers.</summary>
    public async Task<string?> WhyNotAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var open = metrics.Browser();
            await using var fence = new FilteringProxy(policy, FenceLimits.Default, time);
            await using var browser = await ScanBrowser.StartAsync(options.SiteLint, fence, time, cancellationToken);
            return null;
        }
        catch (JobFailedException failed)
        {
            log.LogWarning("The browser's self-test failed: {error}", failed.Message);
            return "unavailable: no browser can be started for scans, or its fence does not hold; the server's log says why";
        }
    }
}
