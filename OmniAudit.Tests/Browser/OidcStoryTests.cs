using Microsoft.Playwright;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.Clients;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

/// <summary>A person, a browser, the console and a real OIDC provider.</summary>
[Collection(BrowserTests.Name)]
public sealed class OidcStoryTests(ChromiumFixture chromium, OidcProvider provider) : IClassFixture<OidcProvider>
{
    [Fact]
    public async Task Person_SignsInAtTheProvider_ChangesRole_IsExpired_AndSignsOutOfBoth()
    {
        await using var site = await ConsoleSite.StartAsync(chromium, settings: provider.ForConsole);
        await provider.RegisterAsync(site.App.Url);
        await provider.UserAsync("ada", "Ada Lovelace", "omni-approvers");
        var page = site.Page;

        await page.GotoAsync("/approvals");
        await EnterAsync(page);
        await page.GetByLabel("Login").FillAsync("ada");
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Approvals", Exact = true })).ToBeVisibleAsync();
        await Expect(page.Locator(".who")).ToContainTextAsync("Ada Lovelace");
        Assert.Equal(Role.Approver, await RoleAsync(site));

        // The session ends with its time; the provider still knows her, with another group.
        await provider.UserAsync("ada", "Ada Lovelace", "omni-viewers");
        site.App.Time.Advance(TimeSpan.FromHours(8.1));
        await page.GotoAsync("/approvals");
        await EnterAsync(page);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Approvals", Exact = true })).ToBeVisibleAsync();
        Assert.Equal(Role.Viewer, await RoleAsync(site));

        await site.LiveAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Leave" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await page.GotoAsync("/approvals");
        await EnterAsync(page);
        await Expect(page.GetByLabel("Login")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Person_InTheWrongGroup_ReadsWhichGroupsMayEnter()
    {
        await using var site = await ConsoleSite.StartAsync(chromium, settings: provider.ForConsole);
        await provider.RegisterAsync(site.App.Url);
        await provider.UserAsync("mallory", "Mallory", "some-others");

        await site.Page.GotoAsync("/ui");
        await EnterAsync(site.Page);
        await site.Page.GetByLabel("Login").FillAsync("mallory");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();

        await Expect(site.Page.GetByText("omni-approvers (approver)")).ToBeVisibleAsync();
        await Expect(site.Page.GetByLabel("User name")).ToBeVisibleAsync();
        var faults = new List<string>();
        await EveryPageTests.JudgeAsync(site, "/signin?problem=norole", faults);
        Assert.Empty(faults);
        Assert.Empty(site.Complaints);
    }

    private static Task EnterAsync(IPage page) => page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Test ID" }).ClickAsync();

    private static async Task<Role> RoleAsync(ConsoleSite site) => (await site.App.Get<OperatorDirectory>().FindAsync("ada", CancellationToken.None))!.Role;
}
