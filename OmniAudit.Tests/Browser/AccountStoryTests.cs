using Microsoft.Playwright;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

/// <summary>People, roles and passkeys, as they are seen in a real browser.</summary>
[Collection(BrowserTests.Name)]
public sealed class AccountStoryTests(ChromiumFixture chromium)
{
    /// <summary>Chromium's own authenticator (CDP WebAuthn): a platform authenticator that keeps discoverable credentials and verifies its user.</summary>
    [Fact]
    public async Task Passkey_AddedUsedRemoved_SignsInOnlyInBetween()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var page = site.Page;
        var cdp = await page.Context.NewCDPSessionAsync(page);
        await cdp.SendAsync("WebAuthn.enable");
        await cdp.SendAsync("WebAuthn.addVirtualAuthenticator", new() { ["options"] = new { protocol = "ctap2", transport = "internal", hasResidentKey = true, hasUserVerification = true, isUserVerified = true, automaticPresenceSimulation = true } });
        var origin = $"http://localhost:{site.App.Url.Port}"; // browsers have no passkeys for addresses

        await page.GotoAsync(origin + await site.NewLinkAsync("grace", Role.Viewer));
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a passkey instead" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Your account" })).ToBeVisibleAsync();
        await site.LiveAsync();
        await Expect(page.Locator("[data-passkey]")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-role]")).ToHaveTextAsync("viewer");

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview" })).ToBeVisibleAsync();

        await page.GotoAsync(origin + "/account");
        await site.LiveAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove Passkey" }).ClickAsync();
        await Expect(page.Locator("[data-passkey]")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Expect(page.Locator("[data-passkey-message]")).ToContainTextAsync("was not accepted");
        Assert.DoesNotContain(site.Complaints, c => c.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Role_ChangedWhileAPageIsOpen_HoldsAtOnceInIt()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var id = await site.AskAsync();
        await site.SignInAsync("grace", Role.Approver);
        await site.OpenAsync($"/approvals/{id}");
        var approve = site.Page.Locator("[data-action=approve]");
        await Expect(approve).ToBeEnabledAsync();
        var operators = site.App.Get<OperatorDirectory>();
        var grace = (await operators.FindAsync("grace", CancellationToken.None))!;

        await operators.SetRoleAsync(grace.OperatorId, Role.Viewer, TestApp.Approver, CancellationToken.None);
        await Expect(approve).ToBeDisabledAsync();
        await Expect(site.Page.Locator("#obstacle")).ToHaveTextAsync("Deciding needs the role approver; you are viewer. An admin can change it.");
        await Expect(site.Page.Locator("[data-role]")).ToHaveTextAsync("viewer");
        await Expect(site.Page.Locator("[data-freeze]")).ToBeDisabledAsync();
        await site.Page.GotoAsync($"/people/{grace.OperatorId}");
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "This page is not for your role" })).ToBeVisibleAsync();
        await site.LiveAsync();

        await operators.DisableAsync(grace.OperatorId, TestApp.Approver, CancellationToken.None);
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Person_AddedByAnAdmin_GetsALinkOnceAndTheRoleTheyWereGiven()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await site.OpenAsync("/people");
        await site.Page.GetByText("Add a person").ClickAsync();
        await site.Page.GetByLabel("User name").FillAsync("Linus");
        await site.Page.GetByLabel("Role", new() { Exact = true }).SelectOptionAsync("operator");
        await site.Page.Locator("[data-action=add-person]").ClickAsync();
        await Expect(site.Page.Locator("#new-link")).ToContainTextAsync("/signin?token=");
        await Expect(site.Page.Locator("[data-person=linus]")).ToContainTextAsync("operator");

        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Change linus" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Linus" })).ToBeVisibleAsync();
        await site.Page.GetByLabel("Role", new() { Exact = true }).SelectOptionAsync("approver");
        await site.Page.Locator("[data-action=save-role]").ClickAsync();
        await Expect(site.Page.GetByText("role: operator, now approver")).ToBeVisibleAsync();
        Assert.Equal(Role.Approver, (await site.App.Get<OperatorDirectory>().FindAsync("linus", CancellationToken.None))!.Role);
    }
}
