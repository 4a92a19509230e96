using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Schedules;

/// <summary>
/// Scans by the clock. A schedule is a row with its next time; whoever keeps the clock calls <see cref="RunDueAsync"/>. A time that passed while nothing
/// ran is made up for once, however many were missed. Changes need the role operator and leave a trail.
/// </summary>
public sealed class ScanSchedules : IDisposable
{
    /// <summary>Schedules that would run oftener are refused: scans would pile up.</summary>
    public static TimeSpan ShortestInterval { get; } = TimeSpan.FromMinutes(10);

    /// <summary>A clock may ring a little early.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(1);
    private const int MostSchedules = 200;
    private const string Tool = "sitelint.start_scan";

    private readonly Database _database;
    private readonly ToolCatalog _catalog;
    private readonly UrlPolicy _policy;
    private readonly CronTimes _cron;
    private readonly ScanRequestCheck _check;
    private readonly ChangeFeed _changes;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly ILogger<ScanSchedules> _log;
    private readonly SemaphoreSlim _running = new(1, 1);

    internal ScanSchedules(Database database, ToolCatalog catalog, UrlPolicy policy, CronTimes cron, ScanRequestCheck check, ChangeFeed changes, IServiceProvider services, TimeProvider time, ILogger<ScanSchedules> log) =>
        (_database, _catalog, _policy, _cron, _check, _changes, _services, _time, _log) = (database, catalog, policy, cron, check, changes, services, time, log);

    /// <summary>All, by name.</summary>
    public Task<IReadOnlyList<ScanSchedule>> ListAsync(CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<ScanSchedule>>(
        async db => (await db.Set<ScanScheduleRow>().OrderBy(s => s.Name).ToListAsync(cancellationToken)).ConvertAll(View), cancellationToken);

    /// <summary>One; null when there is none by that id.</summary>
    public Task<ScanSchedule?> FindAsync(string scheduleId, CancellationToken cancellationToken) => _database.ReadAsync(
        async db => await db.Set<ScanScheduleRow>().FirstOrDefaultAsync(s => s.ScheduleId == scheduleId, cancellationToken) is { } row ? View(row) : null, cancellationToken);

    /// <summary>Who changed what, newest first; of a removed schedule too.</summary>
    /// <param name="scheduleId">Null for all schedules.</param>
    public Task<IReadOnlyList<ScheduleChange>> ChangesAsync(string? scheduleId, int take, CancellationToken cancellationToken) => _database.ReadAsync<IReadOnlyList<ScheduleChange>>(
        async db => (await db.Set<ScanScheduleChangeRow>().Where(c => scheduleId == null || c.ScheduleId == scheduleId).OrderByDescending(c => c.ChangeId).Take(Math.Clamp(take, 1, 200)).ToListAsync(cancellationToken))
            .ConvertAll(c => new ScheduleChange(c.ChangeId, c.At, c.BySubject, c.ByName, c.ScheduleId, c.ScheduleName, c.What)), cancellationToken);

    /// <summary>When a schedule would run; changes nothing.</summary>
    public CronPreview Preview(string cron, string timeZone, int count)
    {
        try
        {
            return new CronPreview(Times(cron, timeZone, Math.Clamp(count, 1, 20)), null);
        }
        catch (ScheduleRefusedException refused)
        {
            return new CronPreview([], refused.Message);
        }
    }

    /// <exception cref="ScheduleRefusedException">Something about it cannot be used, or the actor may not.</exception>
    public async Task<ScanSchedule> AddAsync(ScheduleRequest request, Actor by, CancellationToken cancellationToken)
    {
        var (url, arguments) = await CheckAsync(request, by, cancellationToken);
        var row = new ScanScheduleRow { ScheduleId = Ids.New("sch", _time), CreatedAt = _time.GetUtcNow() };
        await WriteAsync(by, async db =>
        {
            if (await db.Set<ScanScheduleRow>().CountAsync(cancellationToken) >= MostSchedules) throw new ScheduleRefusedException("", $"There are {MostSchedules} schedules already; remove one first.");
            await FillAsync(db, row, request, url, arguments, cancellationToken);
            db.Add(row);
            return (row, $"added: {InWords(row)}");
        }, cancellationToken);
        return View(row);
    }

    /// <summary>Replaces everything about a schedule but its history.</summary>
    /// <exception cref="ScheduleRefusedException">There is none by that id, something about the request cannot be used, or the actor may not.</exception>
    public async Task<ScanSchedule> ChangeAsync(string scheduleId, ScheduleRequest request, Actor by, CancellationToken cancellationToken)
    {
        var (url, arguments) = await CheckAsync(request, by, cancellationToken);
        return await WriteAsync(by, async db =>
        {
            var row = await RequireAsync(db, scheduleId, cancellationToken);
            var before = InWords(row);
            await FillAsync(db, row, request, url, arguments, cancellationToken);
            return (row, $"changed: {InWords(row)} (before: {before})");
        }, cancellationToken);
    }

    /// <summary>Switches it on or off. Switched on, it waits for its next time; what it missed is not made up for.</summary>
    /// <exception cref="ScheduleRefusedException">There is none by that id, or the actor may not.</exception>
    public Task<ScanSchedule> SetEnabledAsync(string scheduleId, bool enabled, Actor by, CancellationToken cancellationToken) => WriteAsync(by, async db =>
    {
        var row = await RequireAsync(db, scheduleId, cancellationToken);
        (row.Enabled, row.NextAt) = (enabled, enabled ? NextOf(row.Cron, row.TimeZone) : null);
        return (row, enabled ? "switched on" : "switched off");
    }, cancellationToken);

    /// <summary>Removes it; its scans and its trail stay.</summary>
    /// <exception cref="ScheduleRefusedException">There is none by that id, or the actor may not.</exception>
    public Task<ScanSchedule> RemoveAsync(string scheduleId, Actor by, CancellationToken cancellationToken) => WriteAsync(by, async db =>
    {
        var row = await RequireAsync(db, scheduleId, cancellationToken);
        db.Remove(row);
        return (row, "removed");
    }, cancellationToken);

    /// <summary>Starts its scan now, beside the clock, switched on or not.</summary>
    /// <returns>The scan's id.</returns>
    /// <exception cref="ScheduleRefusedException">There is none by that id, its scan cannot be started, or the actor may not.</exception>
    public async Task<string> RunNowAsync(string scheduleId, Actor by, CancellationToken cancellationToken)
    {
        var row = await _database.WriteAsync(async db =>
        {
            await RefuseUnlessOperatorAsync(db, by, cancellationToken);
            var found = await RequireAsync(db, scheduleId, cancellationToken);
            db.Add(ScanScheduleChangeRow.Of(found, by, "run now", _time));
            return found;
        }, cancellationToken);
        var (scanId, problem) = await StartAsync(row, $"{scheduleId}:now:{Ids.New("run", _time)}", cancellationToken);
        await NoteAsync(scheduleId, scanId, problem, cancellationToken);
        return scanId ?? throw new ScheduleRefusedException("url", problem);
    }

    /// <summary>Starts the scans whose time has come, each once, and sets their next times. Safe to call at any time and twice at once.</summary>
    /// <returns>How many were started.</returns>
    public async Task<int> RunDueAsync(CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken);
        try
        {
            var now = _time.GetUtcNow() + Early;
            var due = await _database.ReadAsync(db => db.Set<ScanScheduleRow>().Where(s => s.Enabled && s.NextAt != null && s.NextAt <= now).OrderBy(s => s.NextAt).ToListAsync(cancellationToken), cancellationToken);
            var started = 0;
            foreach (var row in due)
            {
                // The key holds the time: a crash between starting the scan and noting it starts no second one.
                var (scanId, problem) = await IsBusyAsync(row, cancellationToken)
                    ? (null, $"The scan of {row.NextAt:u} was left out: the one before ({row.LastScanId}) was still under way.")
                    : await StartAsync(row, $"{row.ScheduleId}:{row.NextAt!.Value.ToUnixTimeSeconds()}", cancellationToken);
                if (scanId is not null) started++;
                await NoteAsync(row.ScheduleId, scanId, problem, cancellationToken, row.NextAt);
            }
            return started;
        }
        finally
        {
            _running.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _running.Dispose();

    /// <summary>What it does, for the trail.</summary>
    private static string InWords(ScanScheduleRow row) => $"{row.Url} at {row.Cron} {row.TimeZone}, {(row.Enabled ? "on" : "off")}, {row.ArgumentsJson}";

    private async Task<ScanSchedule> WriteAsync(Actor by, Func<OmniAuditDb, Task<(ScanScheduleRow Row, string What)>> change, CancellationToken cancellationToken)
    {
        var row = await _database.WriteAsync(async db =>
        {
            await RefuseUnlessOperatorAsync(db, by, cancellationToken);
            var (changed, what) = await change(db);
            db.Add(ScanScheduleChangeRow.Of(changed, by, what, _time));
            return changed;
        }, cancellationToken);
        _changes.Publish(Topics.Schedules, row.ScheduleId);
        return View(row);
    }

    private async Task<(string Url, string Arguments)> CheckAsync(ScheduleRequest request, Actor by, CancellationToken cancellationToken)
    {
        if (request.Name.Trim().Length is 0 or > 100 || request.Name.Any(char.IsControl)) throw new ScheduleRefusedException("name", "Give the schedule a name of 1 to 100 characters.");
        _ = Times(request.Cron, request.TimeZone, 1);
        var tool = _catalog.Find(Tool)!;
        var errors = SchemaValidator.Validate(tool.ArgumentsSchema, request.Arguments);
        if (errors.Count > 0) throw new ScheduleRefusedException(errors[0].Field, string.Join(' ', errors.Select(e => $"{e.Field}: {e.Message}")));
        if (request.Arguments.TryGetProperty("idempotency_key", out _)) throw new ScheduleRefusedException("idempotency_key", "idempotency_key: leave it out; each time is a new scan.");
        var input = tool.Parse(request.Arguments);
        foreach (var target in tool.Targets(input))
        {
            if (await _policy.CheckAsync(target.Value, cancellationToken) is { Allowed: false } verdict) throw new ScheduleRefusedException(target.Field, $"{target.Field}: {verdict.Message}");
        }
        try
        {
            // Once more when it starts: a baseline may go, a profile may be closed to it.
            _ = await _check.CheckAsync((StartScanTool.Input)input, by, cancellationToken);
        }
        catch (ToolRefusedException refused)
        {
            throw new ScheduleRefusedException(refused.Field ?? "", refused.Message);
        }
        return (request.Arguments.GetProperty("url").GetString()!, System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(request.Arguments)));
    }

    private async Task FillAsync(OmniAuditDb db, ScanScheduleRow row, ScheduleRequest request, string url, string arguments, CancellationToken cancellationToken)
    {
        var name = request.Name.Trim();
        if (await db.Set<ScanScheduleRow>().AnyAsync(s => s.Name == name && s.ScheduleId != row.ScheduleId, cancellationToken)) throw new ScheduleRefusedException("name", $"There is a schedule named '{name}' already.");
        (row.Name, row.Url, row.ArgumentsJson, row.Cron, row.Enabled, row.Problem) = (name, url, arguments, request.Cron.Trim(), request.Enabled, "");
        row.TimeZone = Zone(request.TimeZone).Id;
        row.NextAt = request.Enabled ? NextOf(row.Cron, row.TimeZone) : null;
    }

    private static async Task<ScanScheduleRow> RequireAsync(OmniAuditDb db, string scheduleId, CancellationToken cancellationToken) =>
        await db.Set<ScanScheduleRow>().FirstOrDefaultAsync(s => s.ScheduleId == scheduleId, cancellationToken) ?? throw new ScheduleRefusedException("", "This schedule is not there any more.");

    private static async Task RefuseUnlessOperatorAsync(OmniAuditDb db, Actor by, CancellationToken cancellationToken)
    {
        if (await OperatorDirectory.WhyNotAsync(db, by, Role.Operator, "Changing and running schedules", cancellationToken) is { } refused) throw new ScheduleRefusedException("", refused);
    }

    private async Task<bool> IsBusyAsync(ScanScheduleRow row, CancellationToken cancellationToken) => row.LastScanId is { } last && await _database.ReadAsync(
        db => db.Set<ScanRow>().Where(s => s.ScanId == last).AnyAsync(s => db.Set<JobRow>().Any(j => j.JobId == s.JobId && (j.Status == JobStatus.Queued || j.Status == JobStatus.Running)), cancellationToken), cancellationToken);

    /// <summary>Starts the scan as sitelint.start_scan does, in the schedule's name.</summary>
    private async Task<(string? ScanId, string Problem)> StartAsync(ScanScheduleRow row, string key, CancellationToken cancellationToken)
    {
        try
        {
            using var arguments = JsonDocument.Parse(row.ArgumentsJson);
            var input = (StartScanTool.Input)_catalog.Find(Tool)!.Parse(arguments.RootElement) with { IdempotencyKey = key };
            if (await _policy.CheckAsync(input.Url, cancellationToken) is { Allowed: false } verdict) return (null, verdict.Message);
            var caller = new Actor(ActorKind.System, $"schedule:{row.ScheduleId}", $"schedule {row.Name}");
            var started = await ActivatorUtilities.CreateInstance<StartScanTool>(_services).RunAsync(input, new ToolCall(Ids.New("cal", _time), caller, "", "", AsTask: true), cancellationToken);
            await _database.WriteAsync(db => db.Set<ScanRow>().Where(s => s.ScanId == started.ScanId).ExecuteUpdateAsync(set => set.SetProperty(s => s.ScheduleId, row.ScheduleId), cancellationToken), cancellationToken);
            return (started.ScanId, "");
        }
        catch (ToolRefusedException refused)
        {
            return (null, refused.Message);
        }
    }

    /// <param name="due">The time that this was; the schedule goes on to its next one, unless somebody changed it meanwhile.</param>
    private async Task NoteAsync(string scheduleId, string? scanId, string problem, CancellationToken cancellationToken, DateTimeOffset? due = null)
    {
        if (problem.Length > 0) _log.LogWarning("Schedule {ScheduleId} started no scan: {Problem}", scheduleId, problem);
        await _database.WriteAsync(async db =>
        {
            if (await db.Set<ScanScheduleRow>().FirstOrDefaultAsync(s => s.ScheduleId == scheduleId, cancellationToken) is not { } row) return;
            row.Problem = problem.Length <= 500 ? problem : problem[..500];
            if (scanId is not null) (row.LastScanId, row.LastAt) = (scanId, _time.GetUtcNow());
            if (due is not null && row.Enabled && row.NextAt == due) row.NextAt = NextOf(row.Cron, row.TimeZone);
        }, cancellationToken);
        _changes.Publish(Topics.Schedules, scheduleId);
    }

    /// <summary>Null when there is no next time: an expression may name a year that is past.</summary>
    private DateTimeOffset? NextOf(string cron, string zone) => Times(cron, zone, 1, mayEnd: true) is [var next, ..] ? next : null;

    private IReadOnlyList<DateTimeOffset> Times(string cron, string timeZone, int count, bool mayEnd = false)
    {
        var zone = Zone(timeZone);
        cron = cron.Trim();
        var fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (cron.Length > 200 || fields is < 6 or > 7)
        {
            var hint = fields == 5 ? $" You gave five: put the seconds first, for example 0 {cron.Replace(" * * *", " * * ?", StringComparison.Ordinal)}." : "";
            throw new ScheduleRefusedException("cron", $"cron: six fields are needed: seconds, minutes, hours, day of month, month, day of week, for example 0 0 6 ? * MON-FRI.{hint}");
        }
        IReadOnlyList<DateTimeOffset> times;
        try
        {
            // Enough to see how close together they come.
            times = _cron(cron, zone, _time.GetUtcNow() + Early, Math.Max(count, 12));
        }
        catch (FormatException unreadable)
        {
            throw new ScheduleRefusedException("cron", $"cron: {unreadable.Message} Fields: seconds, minutes, hours, day of month, month, day of week (one of the two days is ?), for example 0 0 6 ? * MON-FRI.");
        }
        if (times.Count == 0 && !mayEnd) throw new ScheduleRefusedException("cron", "cron: this never comes again. Check the day, month and year.");
        if (times.Zip(times.Skip(1)).Any(p => p.Second - p.First < ShortestInterval)) throw new ScheduleRefusedException("cron", $"cron: scans would start less than {ShortestInterval.TotalMinutes:0} minutes apart. Fix the seconds and minutes, for example 0 0 * * * ? for every hour.");
        return [.. times.Take(count)];
    }

    private static TimeZoneInfo Zone(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) return TimeZoneInfo.Utc;
        return TimeZoneInfo.TryFindSystemTimeZoneById(name.Trim(), out var zone) ? zone : throw new ScheduleRefusedException("time_zone", $"time_zone: '{name}' is not known here. Use an IANA name, for example Europe/Berlin, or UTC.");
    }

    private static ScanSchedule View(ScanScheduleRow row) => new(
        row.ScheduleId, row.Name, row.Url, JsonDocument.Parse(row.ArgumentsJson).RootElement.Clone(), row.Cron, row.TimeZone, row.Enabled, row.NextAt, row.LastAt, row.LastScanId, row.Problem, row.CreatedAt);
}
