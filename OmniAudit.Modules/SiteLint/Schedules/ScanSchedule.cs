using System.Text.Json;

namespace OmniAudit.Modules.SiteLint.Schedules;

/// <summary>A schedule as people see it.</summary>
/// <param name="Arguments">Of sitelint.start_scan.</param>
/// <param name="NextAt">Null while it is off.</param>
/// <param name="LastScanId">The latest scan it started; null before the first.</param>
/// <param name="Problem">Why the last time came to nothing; empty when it did not.</param>
public sealed record ScanSchedule(
    string ScheduleId, string Name, string Url, JsonElement Arguments, string Cron, string TimeZone, bool Enabled, DateTimeOffset? NextAt, DateTimeOffset? LastAt, string? LastScanId,
    string Problem, DateTimeOffset CreatedAt);

/// <summary>What a person asks a schedule to be.</summary>
/// <param name="Name">1 to 100 characters, unique.</param>
/// <param name="Arguments">Of sitelint.start_scan; without <c>idempotency_key</c>. Without <c>baseline_scan_id</c> each scan is compared with the one before.</param>
/// <param name="Cron">Six or seven fields, seconds first (Quartz).</param>
/// <param name="TimeZone">An IANA name such as <c>Europe/Berlin</c>; empty for UTC.</param>
public sealed record ScheduleRequest(string Name, JsonElement Arguments, string Cron, string TimeZone, bool Enabled = true);

/// <summary>A change to a schedule, and who made it.</summary>
public sealed record ScheduleChange(string ChangeId, DateTimeOffset At, string BySubject, string ByName, string ScheduleId, string ScheduleName, string What);

/// <summary>The next times of a cron expression, in UTC.</summary>
/// <param name="Error">Why it cannot be used, and what to write instead; null when it can.</param>
public sealed record CronPreview(IReadOnlyList<DateTimeOffset> Times, string? Error);

/// <summary>Reads cron expressions; the scheduler's host supplies it.</summary>
/// <returns>Up to <paramref name="count"/> times after <paramref name="after"/>, fewer when there are no more.</returns>
/// <exception cref="FormatException">The expression cannot be read; the message says where.</exception>
public delegate IReadOnlyList<DateTimeOffset> CronTimes(string expression, TimeZoneInfo zone, DateTimeOffset after, int count);

/// <summary>A change to a schedule that is not possible; the message is for the person who asked and says what to change.</summary>
/// <param name="field">The field at fault; empty when none is.</param>
public sealed class ScheduleRefusedException(string field, string message) : Exception(message)
{
    /// <summary>For example <c>cron</c> or <c>url</c>.</summary>
    public string Field { get; } = field;
}
