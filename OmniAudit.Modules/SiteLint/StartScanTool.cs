using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint;

internal sealed class StartScanTool(JobStore jobs, ReportStore reports, OmniAuditOptions options) : ITool<StartScanTool.Input, ScanJobRef>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "sitelint.start_scan",
        Title = "Start site scan",
        Description = "Audits pages of a live site in a real browser: accessibility (axe-core), search basics, errors, security headers, screenshots. Answers the scan's job; when it is completed, read it with sitelint.get_report.",
        Risk = ToolRisk.Work,
        Policy = ToolPolicy.AllowedUrl<Input>(i => i.Url),
        RateLimit = RateLimitBucket.Scans,
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("The site or page to audit, http or https. Private and loopback targets need an exact host:port entry in URL_ALLOWLIST.")]
        [StringLength(2048, MinimumLength = 8)]
        public required string Url { get; init; }

        [Description("standard: everything; quick: without screenshots.")]
        [AllowedValues("quick", "standard")]
        public required string Profile { get; init; }

        [Description("The screens to look with: desktop (1350x940), mobile (412x823), or both.")]
        [AllowedValues("desktop", "mobile", "desktop_mobile")]
        public required string ViewportSet { get; init; }

        [Description("Pages to audit instead of url itself: paths such as /about, resolved against url and of the same origin.")]
        [MaxLength(50)]
        public IReadOnlyList<string>? EntryPaths { get; init; }

        [Description("Most pages to audit. Entry paths always are; links found on them fill up the rest, in document order. Default: the entry paths alone.")]
        [Range(1, ScanArguments.MaxBudget)]
        public int? CrawlBudget { get; init; }

        [Description("Makes a repeated call answer the same scan. Without it every call starts a new one.")]
        [StringLength(200, MinimumLength = 1)]
        public string? IdempotencyKey { get; init; }

        [Description("Not available yet: no auth profiles are stored. Leave it out.")]
        [StringLength(100)]
        public string? AuthProfile { get; init; }

        [Description("Not available yet: no auth profiles are stored. Leave it out.")]
        [StringLength(100)]
        public string? AuthProfileId { get; init; }

        [Description("Not available yet: scans are not compared. Leave it out.")]
        [StringLength(100)]
        public string? BaselineScanId { get; init; }
    }

    public async Task<ScanJobRef> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        // A scan that silently ignored these would look like the one that was asked for.
        Refuse(input.AuthProfile, "auth_profile", "no auth profiles are stored on this server; leave it out to scan without signing in");
        Refuse(input.AuthProfileId, "auth_profile_id", "no auth profiles are stored on this server; leave it out to scan without signing in");
        Refuse(input.BaselineScanId, "baseline_scan_id", "comparing with an earlier scan is not available yet; leave it out");
        var arguments = ScanArguments.From(input.Url, input.Profile, input.ViewportSet, input.EntryPaths, input.CrawlBudget);

        var key = string.IsNullOrWhiteSpace(input.IdempotencyKey) ? null : input.IdempotencyKey;
        var job = await jobs.EnqueueAsync("sitelint", ScanJob.JobKind, JsonSerializer.SerializeToElement(arguments, ReportJson.Options), call.Actor, key, cancellationToken);
        // A crash here leaves a job without a scan row; the job makes the row itself when it runs.
        await reports.EnsureAsync(job.JobId, arguments, cancellationToken);
        if (!options.SiteLint.AsyncMode && !call.AsTask) job = await jobs.WaitAsync(job.JobId, TimeSpan.FromSeconds(options.SiteLint.InlineWaitSeconds), cancellationToken, call.Progress);
        return ScanJobRef.Of(job);
    }

    private static void Refuse(string? value, string field, string why)
    {
        if (!string.IsNullOrEmpty(value)) throw new ToolRefusedException("not_available", $"{field}: {why}.", field);
    }
}
