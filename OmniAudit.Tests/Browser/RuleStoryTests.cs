using Microsoft.Playwright;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Tests.AdminOps.Store;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

/// <summary>A person makes a rule of an event, tries it, and settles what it finds.</summary>
[Collection(BrowserTests.Name)]
public sealed class RuleStoryTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Person_MakesARuleOfAnEvent_TriesIt_AndSnoozesItsAlert()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var (page, faults, now) = (site.Page, new List<string>(), site.App.Time.GetUtcNow());
        var events = site.App.Get<EventStore>();
        var stored = await events.AppendAsync([.. Enumerable.Range(0, 30).Select(i => EventWorld.Event($"e{i}", now.AddHours(-i), operation: "Add-MailboxPermission"))], default);
        await site.SignInAsync();
        await site.OpenAsync($"/adminops/rules?from_event={EventId.Text(stored.Stored[0])}");
        await site.LiveAsync();
        await Expect(page.Locator("#rule-condition-0-values")).ToHaveValueAsync("Add-MailboxPermission");

        await page.GetByRole(AriaRole.Button, new() { Name = "Back-test", Exact = true }).ClickAsync();
        await Expect(page.Locator(".back-test")).ToContainTextAsync("30 events");
        await Expect(page.Locator(".day-chart rect")).ToHaveCountAsync(30);
        await Expect(page.Locator(".rule-form .badge").GetByText("fires")).ToBeVisibleAsync();
        await EveryPageTests.JudgeAsync(site, "the form", faults);

        await page.Locator("#rule-name").FillAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the rule" }).ClickAsync();
        await Expect(page.Locator("#rule-error")).ToContainTextAsync("name: give the rule a name");
        await page.Locator("#rule-name").FillAsync("Mailbox access");
        await page.Locator("#rule-severity").SelectOptionAsync("s1");
        await page.Locator("#rule-enabled").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the rule" }).ClickAsync();
        await Expect(page.GetByText("Mailbox access is saved and on.")).ToBeVisibleAsync();
        await EveryPageTests.JudgeAsync(site, "the list", faults);

        await site.OpenAsync("/adminops/alerts");
        await site.LiveAsync();
        await Expect(page.GetByText("No alert waits.")).ToBeVisibleAsync();
        await events.AppendAsync([EventWorld.Event("new", now, operation: "Add-MailboxPermission")], default);
        await page.GetByRole(AriaRole.Link, new() { Name = "Mailbox access" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Mailbox access" })).ToBeVisibleAsync();
        await Expect(page.Locator(".facts")).ToContainTextAsync("anna.schmidt@contoso.com");
        await EveryPageTests.JudgeAsync(site, "the alert", faults);

        await page.GetByRole(AriaRole.Button, new() { Name = "Snooze" }).ClickAsync();
        await Expect(page.GetByText("reason: say in a few words why")).ToBeVisibleAsync();
        await page.Locator("#alert-reason").FillAsync("planned migration");
        await page.GetByRole(AriaRole.Button, new() { Name = "Snooze" }).ClickAsync();
        await Expect(page.GetByText("planned migration").First).ToBeVisibleAsync();
        await site.OpenAsync("/adminops/alerts");
        await Expect(page.GetByText("No alert waits.")).ToBeVisibleAsync();
        await site.OpenAsync("/adminops/alerts?state=suppressed");
        await Expect(page.Locator("tr[data-row]")).ToContainTextAsync("planned migration");
        Assert.Empty(faults);
    }
}
