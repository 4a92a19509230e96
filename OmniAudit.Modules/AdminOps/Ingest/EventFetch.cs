using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>What a fetch did.</summary>
public sealed record FetchCounts(int Read, int Stored, int Duplicates, int Refused);

/// <summary>Starts fetches: by the clock, and when somebody asks.</summary>
public sealed class EventFetch
{
    /// <summary>The most hours back that somebody may ask for: 30 days.</summary>
    public const int MostHours = 720;
    /// <summary>Hours back when nobody says how many: 7 days.</summary>
    public const int DefaultHours = 168;

    /// <summary>A clock may ring a little early.</summary>
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(5);
    private static readonly string[] Fetchable = [EventSources.Directory, EventSources.SignIn, EventSources.Intune, EventSources.Unified];

    private readonly Database _database;
    private readonly JobStore _jobs;
    private readonly OmniAuditOptions _options;
    private readonly TimeProvider _time;

    internal EventFetch(Database database, JobStore jobs, OmniAuditOptions options, TimeProvider time) => (_database, _jobs, _options, _time) = (database, jobs, options, time);

    /// <summary>The sources that are read by the clock.</summary>
    public IReadOnlyList<string> Scheduled => _options.AdminOps.Sources;

    /// <summary>How often.</summary>
    public TimeSpan Interval => TimeSpan.FromMinutes(_options.AdminOps.IntervalMinutes);

    /// <summary>Starts a fetch of some hours back, beside the clock; while one that somebody asked for is under way for this source, it is that one. Operators may, and the product itself.</summary>
    /// <param name="source">directory, signin, intune or unified.</param>
    /// <param name="hours">1 to <see cref="MostHours"/>. The unified log reaches back 7 days only.</param>
    /// <returns>The job's id.</returns>
    /// <exception cref="IdentityRefusedException">The actor may not, there is no such source, the hours are out of range, or nothing is configured; says which.</exception>
    public async Task<string> StartAsync(string source, int hours, Actor by, CancellationToken cancellationToken)
    {
        if (by.Kind == ActorKind.Person && await _database.ReadAsync(db => OperatorDirectory.WhyNotAsync(db, by, Role.Operator, "Fetching audit events", cancellationToken), cancellationToken) is { } refused) throw new IdentityRefusedException(refused);
        if (!Fetchable.Contains(source)) throw new IdentityRefusedException($"source: there is none by this name. Allowed: {string.Join(", ", Fetchable)}.");
        if (hours is < 1 or > MostHours) throw new IdentityRefusedException($"hours: must be 1 to {MostHours}.");
        if (_options.AdminOps is not { TenantId.Length: > 0, ClientId.Length: > 0, ClientSecret.Length: > 0 })
            throw new IdentityRefusedException("No tenant is configured. Set ADMINOPS_TENANT_ID, ADMINOPS_CLIENT_ID and ADMINOPS_CLIENT_SECRET, or import a file.");
        if (await UnderWayAsync(source, asked: true, cancellationToken) is { } running) return running;
        return (await _jobs.EnqueueAsync("adminops", FetchJob.JobKind, JsonSerializer.SerializeToElement(new FetchArguments(source, hours)), by, null, cancellationToken)).JobId;
    }

    /// <summary>Starts the clock's fetch of a source if its time has come and none is under way. Safe to call at any time, in several processes.</summary>
    /// <param name="afterStart">The server has just started: what failed for good is tried once more, for its cause may have been put right.</param>
    /// <returns>The job's id; null when nothing was due.</returns>
    public async Task<string?> RunDueAsync(string source, bool afterStart, CancellationToken cancellationToken)
    {
        var row = await _database.ReadAsync(db => db.Set<SourceRow>().FirstOrDefaultAsync(s => s.Source == source, cancellationToken), cancellationToken);
        var now = _time.GetUtcNow();
        if (row is not null && !(afterStart && row.NextAt is null) && (row.NextAt is not { } at || at > now + Early)) return null;
        if (await UnderWayAsync(source, asked: false, cancellationToken) is not null) return null;
        // The key holds the time that is due: two processes that find it start one job.
        var key = string.Create(CultureInfo.InvariantCulture, $"{source}:{(row?.NextAt ?? row?.FinishedAt)?.ToUnixTimeMilliseconds() ?? 0}");
        while (true)
        {
            var job = await _jobs.EnqueueAsync("adminops", FetchJob.JobKind, JsonSerializer.SerializeToElement(new FetchArguments(source, null)), new Actor(ActorKind.System, "system:adminops", "OmniAudit"), key, cancellationToken);
            if (job.Status is JobStatus.Queued or JobStatus.Running) return job.JobId;
            // It ended without a word in the source's row: cancelled while it waited, or given up after several deaths. The next one goes on.
            key = $"{source}:after:{job.JobId}";
        }
    }

    /// <summary>What a fetch that has ended did; null for another kind of job, or one without an end.</summary>
    public static FetchCounts? CountsOf(JobView job)
    {
        if (job.Kind != FetchJob.JobKind || job.ResultRef is not { } text) return null;
        var numbers = text.Split(';').Select(p => p.Split('=')).Where(p => p.Length == 2 && int.TryParse(p[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)).ToDictionary(p => p[0], p => int.Parse(p[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        return new FetchCounts(numbers.GetValueOrDefault("read"), numbers.GetValueOrDefault("stored"), numbers.GetValueOrDefault("duplicates"), numbers.GetValueOrDefault("refused"));
    }

    /// <param name="asked">Only those that somebody asked for.</param>
    private Task<string?> UnderWayAsync(string source, bool asked, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        var jobs = await db.Set<JobRow>().Where(j => j.Kind == FetchJob.JobKind && (j.Status == JobStatus.Queued || j.Status == JobStatus.Running)).ToListAsync(cancellationToken);
        return jobs.FirstOrDefault(j => JsonSerializer.Deserialize<FetchArguments>(j.ArgumentsJson) is { } a && a.Source == source && (!asked || a.Hours is not null))?.JobId;
    }, cancellationToken);
}
