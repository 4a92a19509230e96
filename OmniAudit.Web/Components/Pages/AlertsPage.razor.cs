using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Alerts;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The alerts that wait, by severity; its filters are in the address.</summary>
public sealed partial class AlertsPage
{
    private const int PageSize = 50;
    private static readonly (string Value, string Label)[] Choices =
        [("", "Waiting"), (AlertStates.Open, "Open"), (AlertStates.Acknowledged, "Acknowledged"), (AlertStates.Closed, "Closed"), (AlertStates.Suppressed, "Suppressed"), ("all", "All")];

    private AlertPage _page = new([], null);
    private AlertCounts _counts = new(0, 0, 0, 0, 0);
    private (string Tone, string Text)? _answer;

    [Inject] private EventAlerts Alerts { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "state")] public string? State { get; set; }
    [SupplyParameterFromQuery(Name = "severity")] public string? Severity { get; set; }
    [SupplyParameterFromQuery(Name = "rule")] public string? Rule { get; set; }
    [SupplyParameterFromQuery(Name = "event")] public string? EventId { get; set; }
    [SupplyParameterFromQuery(Name = "q")] public string? Text { get; set; }
    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    private bool Filtered => new[] { State, Severity, Rule, EventId, Text }.Any(v => !string.IsNullOrEmpty(v));

    private (string Severity, int Count)[] Severities => [("s1", _counts.S1), ("s2", _counts.S2), ("s3", _counts.S3), ("s4", _counts.S4)];

    protected override bool Concerns(Change change) => change.Topic == Topics.Alerts;

    protected override async Task LoadAsync()
    {
        _counts = await Alerts.CountAsync(Left);
        _page = await Alerts.ListAsync(new AlertQuery(Choices.Any(c => c.Value == State) ? State : null, Severity, Rule, Text, EventId), PageSize, Before, Left);
    }

    private string With(string name, string? value) => Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { [name] = value, ["before"] = null });

    private async Task MoveAsync(EventAlert alert, string state)
    {
        if (await CurrentPersonAsync() is not { } person)
        {
            _answer = ("bad", "Your session has ended. Sign in again; nothing was done.");
            return;
        }
        try
        {
            await RecordedAsync("adminops.handle_alert", person, () => Alerts.SetStateAsync(alert.AlertId, state, "", person, Left));
            _answer = ("good", $"{alert.RuleName} is {state}.");
        }
        catch (Exception refused) when (refused is IdentityRefusedException or KeyNotFoundException)
        {
            _answer = ("bad", refused.Message);
        }
        await LoadAsync();
    }
}
