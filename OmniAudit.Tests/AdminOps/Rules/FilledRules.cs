using OmniAudit.Modules.AdminOps.Alerts;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Tests.AdminOps.Store;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Rules;

/// <summary>Rules and an alert of an event, for tests that look at pages.</summary>
internal static class FilledRules
{
    /// <returns>The addresses of pages that show them.</returns>
    public static async Task<IReadOnlyList<string>> FillAsync(TestApp app)
    {
        var rules = app.Get<EventRules>();
        var rule = await rules.CreateAsync(RuleWorld.On("Set-Mailbox") with { Name = "Mailbox <b>changed</b> \u202E" }, TestApp.Approver, default);
        await rules.CreateAsync(new EventRuleRequest { Sigma = "title: Dead\nauthor: Somebody\nlogsource: {product: azure, service: activitylogs}\ndetection: {a: {b: c}, condition: a}" }, TestApp.Approver, default);
        var stored = await app.Get<EventStore>().AppendAsync([EventWorld.Event("rules-1")], default);
        var alert = await Eventually.GetAsync(async () => (await app.Get<EventAlerts>().ListAsync(new AlertQuery(), 10, null, default)).Alerts, a => a.Count > 0, "an alert");
        return
        [
            "/adminops/rules", "/adminops/rules?new=form", "/adminops/rules?new=sigma", $"/adminops/rules?edit={rule.RuleId}", $"/adminops/rules?from_event={EventId.Text(stored.Stored[0])}", "/adminops/alerts",
            "/adminops/alerts?state=suppressed", $"/adminops/alerts/{alert[0].AlertId}", "/adminops/alerts/none",
        ];
    }
}
