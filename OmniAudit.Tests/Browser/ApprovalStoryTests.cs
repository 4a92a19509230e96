using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class ApprovalStoryTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Queue_NewRequest_AppearsWithoutReload()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await site.OpenAsync("/approvals");
        await Expect(site.Page.GetByText("Nothing waits for you.")).ToBeVisibleAsync();

        await site.AskAsync("live");
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "write the note 'live'" }).WaitForAsync();

        await Expect(site.Page).ToHaveTitleAsync("(1) Approvals · OmniAudit");
        await Expect(site.Page.Locator("[data-pending]")).ToHaveTextAsync("1 waiting");
        await Expect(site.Page.Locator("[data-announce]")).ToContainTextAsync("New approval: anonymous wants to write the note 'live'");
    }

    [Fact]
    public async Task Approve_FromTheQueue_RunsOnceAndShowsOutcomeAndReceipts()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var approval = await site.AskAsync("approved");
        await site.SignInAsync();
        await site.OpenAsync("/approvals");

        await site.Page.GetByRole(AriaRole.Link, new() { Name = "write the note 'approved'" }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve and write note" }).ClickAsync();

        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Done", Exact = true })).ToBeVisibleAsync();
        Assert.Equal(["approved"], site.App.Get<ProbeEffects>().Notes);
        var detail = (await site.App.Get<ApprovalQueries>().FindAsync(approval, CancellationToken.None))!;
        Assert.StartsWith("operator", detail.Summary.DecidedByName, StringComparison.OrdinalIgnoreCase);
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Receipt of the outcome" }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Verify on the server" }).ClickAsync();
        await Expect(site.Page.Locator("[data-verdict=Valid]")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Deny_WithReason_RunsNothingAndTheAgentReadsTheReason()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var asked = await site.App.CallAsync("probe.write_note", new { text = "denied" });
        var ticket = asked.GetProperty("structuredContent").GetProperty("approval");
        await site.SignInAsync();
        await site.OpenAsync("/approvals/" + ticket.GetProperty("id").GetString());

        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Deny…" }).ClickAsync();
        await Expect(site.Page.GetByLabel("Why not?")).ToBeFocusedAsync();
        await site.Page.GetByLabel("Why not?").FillAsync("Wrong notebook: use the blue one");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Deny with this reason" }).ClickAsync();

        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Denied", Exact = true })).ToBeVisibleAsync();
        var again = await site.App.CallAsync("probe.write_note", new { text = "denied", confirmation_token = ticket.GetProperty("token").GetString() });
        Assert.Contains("Wrong notebook: use the blue one", again.GetRawText(), StringComparison.Ordinal);
        Assert.Empty(site.App.Get<ProbeEffects>().Notes);
    }

    [Fact]
    public async Task Card_DecidedElsewhere_ShowsItLiveAndTakesNoSecondDecision()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var approval = await site.AskAsync("raced");
        await site.SignInAsync();
        await site.OpenAsync("/approvals/" + approval);
        await Expect(site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve and write note" })).ToBeEnabledAsync();

        await site.App.DecideAsync(approval, Decision.Deny, "no");

        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Denied", Exact = true })).ToBeVisibleAsync();
        await Expect(site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve and write note" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Approve_AfterTheSessionWasEndedElsewhere_DecidesNothing()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var approval = await site.AskAsync("late");
        await site.SignInAsync();
        await site.OpenAsync("/approvals/" + approval);
        // As another process does it, of which this one hears nothing: the page looks as before.
        await site.App.Get<Database>().WriteAsync(db => db.Set<OperatorRow>().Where(o => o.UserName == "operator").ExecuteUpdateAsync(s => s.SetProperty(o => o.SecurityStamp, "another")), CancellationToken.None);

        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve and write note" }).ClickAsync();

        await Expect(site.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "Your session has ended" })).ToBeVisibleAsync();
        Assert.Equal(ApprovalState.Pending, (await site.App.Get<ApprovalQueries>().FindAsync(approval, CancellationToken.None))!.Summary.State);
        await site.Page.GotoAsync("/approvals");
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Connection_LostAndServerRestarted_IsSaidAndHealsByItself()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await site.OpenAsync("/approvals");

        await site.RestartAsync(() => Expect(site.Page.GetByText("The connection to the server was lost.")).ToBeVisibleAsync());
        await site.AskAsync("after the restart");

        await Expect(site.Page.GetByRole(AriaRole.Link, new() { Name = "write the note 'after the restart'" })).ToBeVisibleAsync(new() { Timeout = 40_000 });
        await Expect(site.Page.GetByText("The connection to the server was lost.")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Card_DecidedFromTwoBrowsersAndTwoHundredCallsAtOnce_RunsOnce()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var approval = await site.AskAsync("contested");
        await site.SignInAsync();
        await site.OpenAsync("/approvals/" + approval);
        await using var second = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = site.App.Url.ToString() });
        var page = await second.NewPageAsync();
        await page.GotoAsync(await site.NewLinkAsync("second"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in as second" }).Or(page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" })).ClickAsync();
        await page.GetByLabel("New password").FillAsync(ConsoleSite.Password);
        await page.GetByLabel("Once more").FillAsync(ConsoleSite.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save the password" }).ClickAsync();
        await page.Locator("[data-live=true]").WaitForAsync();
        await page.GotoAsync("/approvals/" + approval);
        await page.Locator("[data-live=true]").WaitForAsync();

        var clicks = new[] { site.Page, page }.Select(p => p.GetByRole(AriaRole.Button, new() { Name = "Approve and write note" }).DispatchEventAsync("click"));
        var calls = Enumerable.Range(0, 200).Select(_ => Task.Run(() => site.App.DecideAsync(approval, Decision.Approve)));
        var decisions = Task.WhenAll(calls);
        await Task.WhenAll(clicks);
        var accepted = (await decisions).Count(d => d.Accepted);

        foreach (var p in new[] { site.Page, page }) await Expect(p.GetByRole(AriaRole.Heading, new() { Name = "Done" })).ToBeVisibleAsync();
        Assert.InRange(accepted, 0, 1);
        Assert.Equal(["contested"], site.App.Get<ProbeEffects>().Notes);
        var receipts = (await site.App.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: approval), null, 10, CancellationToken.None)).Items;
        Assert.Equal(["outcome", "decision"], receipts.Select(r => r.Kind));
    }

    [Fact]
    public async Task ToolForm_OfAWrite_GoesToTheQueueAndItsAskerCannotApprove()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await site.OpenAsync("/tools/probe.write_note");

        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send for approval" }).ClickAsync();
        await Expect(site.Page.Locator("#arg-text-error")).ToContainTextAsync("is required");
        await site.Page.Locator("#arg-text").FillAsync("mine");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Send for approval" }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Open the request" }).ClickAsync();

        await Expect(site.Page.GetByText("You asked for this yourself; another person must decide it.")).ToBeVisibleAsync();
        await Expect(site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve and write note" })).ToBeDisabledAsync();
    }

    [Fact]
    public async Task Keyboard_ListsAndSearch_NeedNoMouse()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.AskAsync("first");
        var newest = await site.AskAsync("second");
        await site.SignInAsync();
        await site.OpenAsync("/approvals");

        await site.Page.Keyboard.PressAsync("j");
        await site.Page.Keyboard.PressAsync("j");
        await site.Page.Keyboard.PressAsync("k");
        await Expect(site.Page.GetByRole(AriaRole.Link, new() { Name = "write the note 'second'" })).ToBeFocusedAsync();
        await site.Page.Keyboard.PressAsync("?");
        await Expect(site.Page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await site.Page.Keyboard.PressAsync("Escape");
        await site.Page.Keyboard.PressAsync("/");
        await site.Page.Keyboard.TypeAsync(newest);
        await site.Page.Keyboard.PressAsync("Enter");

        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("write the note 'second'");
        await site.Page.Keyboard.PressAsync("a");
        Assert.Empty(site.App.Get<ProbeEffects>().Notes);
    }
}
