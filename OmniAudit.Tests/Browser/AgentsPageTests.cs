using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class AgentsPageTests(ChromiumFixture chromium)
{
    private static Task<int> SetRoleAsync(ConsoleSite site, Role role) => site.App.Get<Database>().WriteAsync(
        db => db.Set<OperatorRow>().Where(o => o.UserName == "operator").ExecuteUpdateAsync(s => s.SetProperty(o => o.Role, role)), CancellationToken.None);

    private static ILocator Row(ConsoleSite site, string name) => site.Page.GetByRole(AriaRole.Row).Filter(new() { Has = site.Page.GetByText(name, new() { Exact = true }) });

    [Fact]
    public async Task Agent_AddedWithBoundsConnectedChangedRotatedAndRevoked_IsWhatThePageSays()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await SetRoleAsync(site, Role.Admin);
        await site.OpenAsync("/agents");
        await Expect(site.Page.GetByText("No agent has a key of its own.")).ToBeVisibleAsync();

        await site.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("release-bot");
        await site.Page.Locator("summary", new() { HasText = "Bounds" }).ClickAsync();
        await site.Page.GetByLabel("Tools").FillAsync("probe, nonsense");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Add and show its key" }).ClickAsync();
        await Expect(site.Page.GetByText("'nonsense' is neither a module nor a tool")).ToBeVisibleAsync();
        await site.Page.GetByLabel("Tools").FillAsync("probe");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Add and show its key" }).ClickAsync();
        var key = (await site.Page.Locator("#new-key").InnerTextAsync()).Trim();
        await Expect(Row(site, "release-bot")).ToContainTextAsync("tools probe");
        await Expect(Row(site, "release-bot")).ToContainTextAsync("active");

        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Connect a client with it" }).ClickAsync();
        await Expect(site.Page.Locator("#first-call")).ToContainTextAsync("Waiting for the first call of release-bot");
        await site.App.PostAsync("tools/list", [], key);
        await Expect(site.Page.Locator("#first-call")).ToContainTextAsync("release-bot has connected");
        await site.App.CallAsync("probe.read_note", key: key);
        await Expect(site.Page.Locator("#first-call")).ToContainTextAsync("test-agent 1.0 called probe.read_note as release-bot");
        Assert.DoesNotContain(key, await site.Page.ContentAsync(), StringComparison.Ordinal);

        await site.OpenAsync("/agents");
        await Expect(Row(site, "release-bot")).ToContainTextAsync("1 call");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Change the bounds of release-bot" }).ClickAsync();
        await site.Page.Locator("#edit-tools").FillAsync("core");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Save the bounds" }).ClickAsync();
        await Expect(Row(site, "release-bot")).ToContainTextAsync("tools core");
        Assert.Contains("not_allowed", (await site.App.CallAsync("probe.read_note", key: key)).GetRawText(), StringComparison.Ordinal);
        await Expect(Row(site, "release-bot")).ToContainTextAsync("2 calls");

        await site.Page.GetByRole(AriaRole.Button, new() { Name = "New key for release-bot" }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Replace the key of release-bot" }).ClickAsync();
        await Expect(site.Page.Locator("#new-key")).Not.ToHaveTextAsync(key);
        var second = (await site.Page.Locator("#new-key").InnerTextAsync()).Trim();
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await site.App.PostAsync("tools/list", [], key)).StatusCode);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await site.App.PostAsync("tools/list", [], second)).StatusCode);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke release-bot" }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke release-bot for good" }).ClickAsync();
        await Expect(Row(site, "release-bot")).ToContainTextAsync("revoked");
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, (await site.App.PostAsync("tools/list", [], second)).StatusCode);
        await Row(site, "release-bot").GetByRole(AriaRole.Link, new() { Name = "2 calls" }).ClickAsync();
        await Expect(site.Page.GetByText("Only calls of release-bot")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Agents_ForWhoIsNoAdmin_CanBeSeenAndNotChanged()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await SetRoleAsync(site, Role.Admin);
        await site.OpenAsync("/agents");
        await SetRoleAsync(site, Role.Approver);
        // The page was opened by an admin, and has not heard of the change: its form is still there.
        await site.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("sneaky");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Add and show its key" }).ClickAsync();
        await Expect(site.Page.GetByText("needs the role admin")).ToBeVisibleAsync();

        site.App.Get<ChangeFeed>().Publish(Topics.People, (await site.App.Get<OperatorDirectory>().FindAsync("operator", CancellationToken.None))!.OperatorId);
        await Expect(site.Page.GetByRole(AriaRole.Button, new() { Name = "Add and show its key" })).ToHaveCountAsync(0);
        await Expect(site.Page.GetByText("whoever calls without a key")).ToBeVisibleAsync();
        Assert.Empty(await site.App.Get<AgentDirectory>().ListAsync(CancellationToken.None));
    }
}
