using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Alerts;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One alert: what it is about, its events, its history, and what to do about it.</summary>
public sealed partial class AlertDetailPage
{
    private const int MostShown = 50;

    private EventAlertDetail? _detail;
    private List<StoredEvent> _events = [];
    private (string Tone, string Text)? _answer;
    private string _reason = "";
    private DateTime _until;
    private bool _wholeRule;

    [Inject] private EventAlerts Alerts { get; set; } = null!;
    [Inject] private EventSearch Events { get; set; } = null!;

    [Parameter] public string AlertId { get; set; } = "";

    protected override bool Concerns(Change change) => change.Topic == Topics.Alerts && (change.Id.Length == 0 || change.Id == AlertId);

    protected override void OnInitialized()
    {
        var tomorrow = Time.GetUtcNow().UtcDateTime.AddDays(1);
        _until = new DateTime(tomorrow.Year, tomorrow.Month, tomorrow.Day, tomorrow.Hour, 0, 0, DateTimeKind.Unspecified);
    }

    protected override async Task LoadAsync()
    {
        _detail = await Alerts.FindAsync(AlertId, Left);
        _events = await Events.ListAsync([.. _detail?.EventIds.Take(MostShown) ?? []], Left);
    }

    private Task MoveAsync(string state) => ActAsync(person => Alerts.SetStateAsync(AlertId, state, _reason, person, Left), state == AlertStates.Open ? "The alert is open again." : $"The alert is {state}.");

    private Task SnoozeAsync() => ActAsync(
        person => Alerts.SnoozeAsync(AlertId, new DateTimeOffset(DateTime.SpecifyKind(_until, DateTimeKind.Utc)), _reason, _wholeRule, person, Left), $"Snoozed until {_until:yyyy-MM-dd HH:mm} UTC.");

    private Task WakeAsync() => ActAsync(person => Alerts.WakeAsync(AlertId, person, Left), "The snooze has ended.");

    private async Task ActAsync(Func<Actor, Task> act, string done)
    {
        if (await CurrentPersonAsync() is not { } person)
        {
            _answer = ("bad", "Your session has ended. Sign in again; nothing was done.");
            return;
        }
        try
        {
            await RecordedAsync("adminops.handle_alert", person, () => act(person));
            (_answer, _reason) = (("good", done), "");
        }
        catch (Exception refused) when (refused is IdentityRefusedException or KeyNotFoundException)
        {
            _answer = ("bad", refused.Message);
        }
        await LoadAsync();
    }
}
