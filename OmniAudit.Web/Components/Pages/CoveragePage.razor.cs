using System.Globalization;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>How the sources of audit events stand, what of each day was read, and the ledger that proves it.</summary>
public sealed partial class CoveragePage
{
    private const int Days = 8;

    private IReadOnlyList<SourceState> _sources = [];
    private IReadOnlyList<CoverageDay> _days = [];
    private IReadOnlyList<CoverageEntry>? _ledger;
    private Dictionary<string, JobView> _jobs = [];
    private bool _configured;
    private int _hours = EventFetch.DefaultHours;
    private string? _problem;
    private string _check = "";

    [Inject] private SourceHealth Health { get; set; } = null!;
    [Inject] private CoverageQueries Coverage { get; set; } = null!;
    [Inject] private EventFetch Fetch { get; set; } = null!;
    [Inject] private JobQueries Jobs { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "day")] public string? DayText { get; set; }
    [SupplyParameterFromQuery(Name = "feed")] public string? Feed { get; set; }

    protected override bool Concerns(Change change) => change.Topic is Topics.EventSources or Topics.Jobs;

    protected override async Task LoadAsync()
    {
        _configured = Options.AdminOps is { TenantId.Length: > 0, ClientId.Length: > 0, ClientSecret.Length: > 0 };
        _sources = await Health.ListAsync(Left);
        _days = [.. (await Coverage.DaysAsync(Days, Left)).Where(d => d.Feed.Length > 0)];
        _ledger = DateOnly.TryParseExact(DayText, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? await Coverage.LedgerAsync(day, string.IsNullOrEmpty(Feed) ? null : Feed, Left) : null;
        var jobs = new Dictionary<string, JobView>(StringComparer.Ordinal);
        foreach (var source in _sources)
            if (source.JobId is { } id && await Jobs.FindAsync(id, Left) is { } job) jobs[source.Source] = job;
        _jobs = jobs;
    }

    private async Task FetchAsync(string source)
    {
        _problem = null;
        if (await CurrentPersonAsync() is not { } person)
        {
            _problem = "Your session has ended. Sign in again; nothing was started.";
            return;
        }
        try
        {
            await RecordedAsync("adminops.fetch", person, () => Fetch.StartAsync(source, _hours, person, Left));
            await LoadAsync();
        }
        catch (IdentityRefusedException refused)
        {
            _problem = refused.Message;
        }
    }

    private async Task VerifyAsync()
    {
        var check = await Coverage.VerifyAsync(Left);
        _check = check.Broken is { } number ? $"Broken at row {number}: it or a row before it was changed." : $"All {check.Rows:N0} rows fit.";
    }

    private static (string Word, string Icon, string Tone) Look(SourceState source) => source switch
    {
        { JobId: not null } => ("reading", "play", "info"),
        { State: "ok" } => ("ok", "check", "good"),
        { State: "failing" } => ("failing", "alert", "warn"),
        { State: "stopped" } => ("stopped", "cross", "bad"),
        { State: "never" } => ("not read yet", "clock", ""),
        _ => ("off", "pause", ""),
    };

    private static string Tone(string state) => state switch { "complete" => "good", "partial" => "warn", _ => "" };

    private static string Icon(string state) => state switch { "complete" => "check", "partial" => "alert", _ => "pause" };

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Span(CoverageGap gap) => gap.Blob is null
        ? string.Create(CultureInfo.InvariantCulture, $"{gap.From.UtcDateTime:HH:mm} to {(gap.To.UtcDateTime.TimeOfDay == TimeSpan.Zero ? "24:00" : gap.To.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture))}:")
        : string.Create(CultureInfo.InvariantCulture, $"a blob of {gap.From.UtcDateTime:HH:mm}:");
}
