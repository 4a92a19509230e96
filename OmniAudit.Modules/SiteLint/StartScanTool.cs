using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint;

internal sealed class StartScanTool(JobStore jobs, ReportStore reports, ScanRequestCheck check, OmniAuditOptions options) : ITool<StartScanTool.Input, ScanJobRef>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "sitelint.start_scan",
        Title = "Start site scan",
        Description = "Audits a live site in a real browser: accessibility, speed, search basics, errors, security headers. Answers a job; sitelint.get_report reads its report.",
        Risk = ToolRisk.Work,
        Policy = ToolPolicy.AllowedUrl<Input>(i => i.Url),
        RateLimit = RateLimitBucket.Scans,
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("Site or page. Private targets need host:port in URL_ALLOWLIST.")]
        [StringLength(2048, MinimumLength = 8)]
        public required string Url { get; init; }

        [Description("quick: no screenshots; standard; deep: more runs, coverage.")]
        [AllowedValues("quick", "standard", "deep")]
        public required string Profile { get; init; }

        [Description("custom needs viewports.")]
        [AllowedValues("desktop", "mobile", "desktop_mobile", "custom")]
        public required string ViewportSet { get; init; }

        [Description("name, width, height, scale?, mobile?")]
        [MaxLength(4)]
        public IReadOnlyList<Screen>? Viewports { get; init; }

        [Description("Pages instead of url's own")]
        [MaxLength(ScanArguments.MaxBudget)]
        public IReadOnlyList<string>? EntryPaths { get; init; }

        [Description("Most pages. Default: entry paths only.")]
        [Range(1, ScanArguments.MaxBudget)]
        public int? CrawlBudget { get; init; }

        [Description("Globs over paths, such as /docs/**.")]
        [MaxLength(20)]
        public IReadOnlyList<string>? Include { get; init; }

        [Description("Globs that win over include.")]
        [MaxLength(20)]
        public IReadOnlyList<string>? Exclude { get; init; }

        [Description("Most pages of one path template.")]
        [Range(1, ScanArguments.MaxBudget)]
        public int? PerTemplate { get; init; }

        [Description("Visit what it disallows, too")]
        public bool? IgnoreRobots { get; init; }

        [Description("Navigations per page")]
        [Range(1, ScanArguments.MaxRuns)]
        public int? Runs { get; init; }

        [Description("Name of a stored sign-in.")]
        [StringLength(100)]
        public string? AuthProfile { get; init; }

        [Description("The same by its id.")]
        [StringLength(100)]
        public string? AuthProfileId { get; init; }

        [Description("A finished scan to compare with.")]
        [StringLength(100)]
        public string? BaselineScanId { get; init; }

        [Description("To pass: rules [{performance_score, lcp_ms, page_bytes, …}], new_findings?, worst_severity?")]
        public ScanBudgets? Budgets { get; init; }

        [Description("Same key, same scan")]
        [StringLength(200, MinimumLength = 1)]
        public string? IdempotencyKey { get; init; }
    }

    internal sealed record Screen
    {
        public required string Name { get; init; }
        public required int Width { get; init; }
        public required int Height { get; init; }
        public double? Scale { get; init; }
        public bool? Mobile { get; init; }

        public Viewport ToViewport() => new(Name, Width, Height, (float)(Scale ?? 1), Mobile ?? false);
    }

    public async Task<ScanJobRef> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var arguments = await check.CheckAsync(input, call.Actor, cancellationToken);
        var key = string.IsNullOrWhiteSpace(input.IdempotencyKey) ? null : input.IdempotencyKey;
        var job = await jobs.EnqueueAsync("sitelint", ScanJob.JobKind, JsonSerializer.SerializeToElement(arguments, ReportJson.Options), call.Actor, key, cancellationToken);
        // A crash here leaves a job without a scan row; the job makes the row itself when it runs.
        await reports.EnsureAsync(job.JobId, arguments, cancellationToken);
        if (!options.SiteLint.AsyncMode && !call.AsTask) job = await jobs.WaitAsync(job.JobId, TimeSpan.FromSeconds(options.SiteLint.InlineWaitSeconds), cancellationToken, call.Progress);
        return ScanJobRef.Of(job);
    }
}
