namespace OmniAudit.Modules.Telemetry;

/// <summary>Every series that the server measures. <c>docs/metrics.md</c> is written from it.</summary>
public static class MetricTable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "OmniAudit";

    // Calls run from under a millisecond (health) to a minute (an inline scan).
    private static readonly double[] CallBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    private static readonly double[] StoreBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    internal static readonly Metric ToolCalls = new("omniaudit_tool_calls_total", MetricKind.Counter, "", "Tool calls by tool and how they ended.", "tool", "status");
    internal static readonly Metric ToolLatency = new("omniaudit_tool_latency_seconds", MetricKind.Histogram, "seconds", "Seconds from arrival to answer.", "tool") { Buckets = CallBuckets };
    internal static readonly Metric WriteGateDenied = new("omniaudit_write_gate_denied_total", MetricKind.Counter, "", "Writes that were not executed because nobody had approved them.", "tool");
    internal static readonly Metric RateLimitDenied = new("omniaudit_rate_limit_denied_total", MetricKind.Counter, "", "Calls refused by a rate limit.", "bucket");

    internal static readonly Metric ApprovalsWaiting = new("omniaudit_approvals_waiting", MetricKind.Gauge, "", "Writes that wait for a person's decision.");
    internal static readonly Metric ApprovalAge = new("omniaudit_approval_oldest_waiting_age_seconds", MetricKind.Gauge, "seconds", "Age of the oldest write that waits for a decision; 0 when none waits.");
    internal static readonly Metric ApprovalsUnknown = new("omniaudit_approvals_outcome_unknown", MetricKind.Gauge, "", "Approved writes whose outcome nobody knows, until it is found or a person settles it.");

    internal static readonly Metric Jobs = new("omniaudit_jobs", MetricKind.Gauge, "", "Jobs that are queued or running.", "module", "status");
    internal static readonly Metric JobAge = new("omniaudit_job_oldest_queued_age_seconds", MetricKind.Gauge, "seconds", "Age of the oldest queued job; 0 when none is queued.");
    internal static readonly Metric JobsFinished = new("omniaudit_jobs_finished_total", MetricKind.Counter, "", "Jobs that ended in this process: completed or failed.", "module", "status");

    internal static readonly Metric BrowsersInUse = new("omniaudit_browsers_in_use", MetricKind.Gauge, "", "Browsers that scans and second looks at findings keep open.");
    internal static readonly Metric BrowserCapacity = new("omniaudit_browsers_capacity", MetricKind.Gauge, "", "Scans that may run at once in this process.");

    internal static readonly Metric LogSize = new("omniaudit_receipt_log_receipts", MetricKind.Gauge, "", "Receipts in the log, by its newest checkpoint in the database.");
    internal static readonly Metric LogUnpublished = new("omniaudit_receipt_log_unpublished_receipts", MetricKind.Gauge, "", "Receipts that the checkpoint outside the database does not cover yet.");
    internal static readonly Metric CheckpointAge = new("omniaudit_receipt_log_checkpoint_age_seconds", MetricKind.Gauge, "seconds", "Seconds since the checkpoint outside the database was written. It is written with every receipt, so a quiet log has an old one.");
    internal static readonly Metric LogRefused = new("omniaudit_receipt_log_refused", MetricKind.Gauge, "", "1 while the receipt log refuses to sign and no write can be decided, else 0.");

    internal static readonly Metric DatabaseLatency = new("omniaudit_database_duration_seconds", MetricKind.Histogram, "seconds", "Seconds of a unit of work at the database: read, write (from its turn to its commit), or wait (for the turn to write).", "operation") { Buckets = StoreBuckets };
    internal static readonly Metric WritersWaiting = new("omniaudit_database_writers_waiting", MetricKind.Gauge, "", "Units of work in this process that wait for their turn to write.");

    internal static readonly Metric GitHubLimit = new("omniaudit_github_rate_limit", MetricKind.Gauge, "", "Requests per window that GitHub allows, as it said last.", "resource");
    internal static readonly Metric GitHubRemaining = new("omniaudit_github_rate_limit_remaining", MetricKind.Gauge, "", "Requests that are left of it; the whole limit once the window is over.", "resource");
    internal static readonly Metric GitHubReset = new("omniaudit_github_rate_limit_reset_timestamp_seconds", MetricKind.Gauge, "seconds", "When the window ends, in seconds since 1970 UTC.", "resource");
    internal static readonly Metric GitHubRequests = new("omniaudit_github_requests_total", MetricKind.Counter, "", "Requests sent to GitHub's API.");
    internal static readonly Metric GitHubLimited = new("omniaudit_github_limited_total", MetricKind.Counter, "", "Of these, turned away by a limit.");

    internal static readonly Metric Events = new("omniaudit_events_ingested_total", MetricKind.Counter, "", "Audit events that were new and are stored.", "source");
    internal static readonly Metric SourceLag = new("omniaudit_event_source_lag_seconds", MetricKind.Gauge, "seconds", "How long ago the time lies up to which a source that is read by the clock has been read in full; absent before its first run.", "source");
    internal static readonly Metric SourceFailures = new("omniaudit_event_source_failures", MetricKind.Gauge, "", "Runs of a source that failed since one came to its end.", "source");

    internal static readonly Metric WebhookAttempts = new("omniaudit_webhook_attempts_total", MetricKind.Counter, "", "Webhook requests: sent (answered 2xx), failed (to be tried again), dead (given up).", "result");
    internal static readonly Metric WebhooksWaiting = new("omniaudit_webhooks", MetricKind.Gauge, "", "Webhook deliveries that wait to be sent, or were given up and wait for a person.", "state");

    internal static readonly Metric Ready = new("omniaudit_ready", MetricKind.Gauge, "", "1 while a check of /readyz succeeds, else 0.", "check");
    internal static readonly Metric FiguresAge = new("omniaudit_figures_age_seconds", MetricKind.Gauge, "seconds", "Age of the figures here that are read from the database: jobs, approvals, log, sources, webhooks.");
    internal static readonly Metric BuildInfo = new("omniaudit_build_info", MetricKind.Gauge, "", "Always 1; the label tells the version.", "version");
    internal static readonly Metric ProcessStart = new("process_start_time_seconds", MetricKind.Gauge, "seconds", "When the process started, in seconds since 1970 UTC.");

    /// <summary>In the order of the document.</summary>
    public static IReadOnlyList<(string Title, IReadOnlyList<Metric> Metrics)> Groups { get; } =
    [
        ("Calls", [ToolCalls, ToolLatency, WriteGateDenied, RateLimitDenied]),
        ("Approvals", [ApprovalsWaiting, ApprovalAge, ApprovalsUnknown]),
        ("Jobs and browsers", [Jobs, JobAge, JobsFinished, BrowsersInUse, BrowserCapacity]),
        ("Receipt log", [LogSize, LogUnpublished, CheckpointAge, LogRefused]),
        ("Database", [DatabaseLatency, WritersWaiting]),
        ("GitHub", [GitHubLimit, GitHubRemaining, GitHubReset, GitHubRequests, GitHubLimited]),
        ("Audit events", [Events, SourceLag, SourceFailures]),
        ("Webhooks", [WebhookAttempts, WebhooksWaiting]),
        ("Process", [Ready, FiguresAge, BuildInfo, ProcessStart]),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Metric> All { get; } = [.. Groups.SelectMany(g => g.Metrics)];
}
