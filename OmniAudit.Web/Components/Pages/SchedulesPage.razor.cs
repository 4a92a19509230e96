using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Schedules;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Scans by the clock: when, what, and how they went.</summary>
public sealed partial class SchedulesPage
{
    private static readonly (string Cron, string Label)[] Often =
    [
        ("0 0 6 ? * MON-FRI", "every working day at six"), ("0 0 6 ? * *", "every day at six"), ("0 0 6 ? * MON", "every Monday at six"), ("0 0 * ? * *", "every hour"), ("0 0 6 1 * ?", "on the first of every month"),
    ];

    private IReadOnlyList<ScanSchedule> _schedules = [];
    private IReadOnlyList<ScheduleChange> _changes = [];
    private Dictionary<string, IReadOnlyList<double>> _trends = [];
    private IReadOnlyList<FieldError> _errors = [];
    private (string Tone, string Text, string? ScanId)? _answer;
    private ScanSchedule? _editing;
    private CronPreview? _preview;
    private string _name = "", _cron = Often[0].Cron, _zone = "", _often = Often[0].Cron;
    private string? _removing;
    private bool _saving;
    private int _formKey;

    [Inject] private ScanSchedules Schedules { get; set; } = null!;
    [Inject] private ScanQueries Scans { get; set; } = null!;

    private bool MayChange => IsLive && Role >= Role.Operator;

    protected override bool Concerns(Change change) => change.Topic == Topics.Schedules;

    protected override async Task LoadAsync()
    {
        _schedules = await Schedules.ListAsync(Left);
        _changes = await Schedules.ChangesAsync(null, 20, Left);
        _trends = [];
        foreach (var schedule in _schedules) _trends[schedule.ScheduleId] = Curve(await Scans.TrendAsync(null, schedule.ScheduleId, 60, Left));
        Preview();
    }

    /// <summary>One line: of the viewport that the newest scan looked with first.</summary>
    private static List<double> Curve(IReadOnlyList<ScanTrendPoint> points) =>
        points.Count == 0 ? [] : [.. points.Where(p => p.Viewport == points[0].Viewport).Select(p => p.Performance).OfType<double>()];

    private void Preview() => _preview = Schedules.Preview(_cron, _zone, 3);

    private void OftenChosen()
    {
        if (_often.Length > 0) _cron = _often;
        Preview();
    }

    private void Edit(ScanSchedule? schedule)
    {
        (_editing, _errors, _answer) = (schedule, [], null);
        (_name, _cron, _zone) = schedule is null ? ("", Often[0].Cron, "") : (schedule.Name, schedule.Cron, schedule.TimeZone);
        _often = Often.Any(o => o.Cron == _cron) ? _cron : "";
        // Another form: what stood in the fields belongs to another schedule.
        _formKey++;
        Preview();
    }

    private async Task SaveAsync(JsonElement arguments)
    {
        if (_saving) return;
        (_saving, _errors) = (true, []);
        try
        {
            var request = new ScheduleRequest(_name, arguments, _cron, _zone, _editing?.Enabled ?? true);
            await ActAsync(async person =>
            {
                var saved = _editing is { } edited ? await Schedules.ChangeAsync(edited.ScheduleId, request, person, Left) : await Schedules.AddAsync(request, person, Left);
                Edit(null);
                return ($"{saved.Name} is saved.", null);
            }, refused => _errors = [new FieldError(refused.Field, Said(refused))]);
        }
        finally
        {
            _saving = false;
        }
    }

    /// <summary>Without the field's wire name: it stands at the field.</summary>
    private static string Said(ScheduleRefusedException refused) =>
        refused.Field.Length > 0 && refused.Message.StartsWith(refused.Field + ": ", StringComparison.Ordinal) ? refused.Message[(refused.Field.Length + 2)..] : refused.Message;

    private Task RunAsync(ScanSchedule schedule) => ActAsync(async person => ($"{schedule.Name} has started.", await Schedules.RunNowAsync(schedule.ScheduleId, person, Left)));

    private Task ToggleAsync(ScanSchedule schedule) => ActAsync(async person =>
    {
        var changed = await Schedules.SetEnabledAsync(schedule.ScheduleId, !schedule.Enabled, person, Left);
        return ($"{changed.Name} is {(changed.Enabled ? "on" : "off")}.", null);
    });

    private Task RemoveAsync(ScanSchedule schedule) => ActAsync(async person =>
    {
        await Schedules.RemoveAsync(schedule.ScheduleId, person, Left);
        if (_editing?.ScheduleId == schedule.ScheduleId) Edit(null);
        return ($"{schedule.Name} was removed; its scans stay.", null);
    });

    private async Task ActAsync(Func<Actor, Task<(string Text, string? ScanId)>> act, Action<ScheduleRefusedException>? refused = null)
    {
        (_removing, _answer) = (null, null);
        if (await CurrentPersonAsync() is not { } person) _answer = ("bad", "Your session has ended. Sign in again; nothing was done.", null);
        else
        {
            try
            {
                var (text, scanId) = await act(person);
                _answer = ("good", text, scanId);
            }
            catch (ScheduleRefusedException refusal)
            {
                if (refused is null) _answer = ("bad", refusal.Message, null);
                else refused(refusal);
            }
        }
        await LoadAsync();
    }

    private string Error(string field) => string.Join(' ', _errors.Where(e => e.Field == field).Select(e => e.Message));

    private string? Invalid(string field) => _errors.Any(e => e.Field == field) ? "true" : null;

    private string InZone(DateTimeOffset at)
    {
        var zone = TimeZoneInfo.TryFindSystemTimeZoneById(_zone.Trim(), out var found) ? found : TimeZoneInfo.Utc;
        return $"{TimeZoneInfo.ConvertTime(at, zone):ddd yyyy-MM-dd HH:mm}";
    }
}
