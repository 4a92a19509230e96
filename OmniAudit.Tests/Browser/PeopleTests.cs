using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class PeopleTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Agent_AddedThenRevoked_CanCallInBetweenOnly()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await site.OpenAsync("/people");

        await site.Page.GetByLabel("Name of a new agent").FillAsync("release-bot");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Add and show its key" }).ClickAsync();
        var key = await site.Page.Locator("#new-key").InnerTextAsync();
        var answer = await site.App.CallAsync("probe.read_note", key: key.Trim());
        await site.OpenAsync("/connect");
        await Expect(site.Page.Locator("#first-call")).ToContainTextAsync("called probe.read_note as release-bot");
        await site.OpenAsync("/people");
        var shownAgain = await site.Page.ContentAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke release-bot" }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke release-bot for good" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Cell, new() { Name = "revoked" })).ToBeVisibleAsync();

        Assert.Contains("hello", answer.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(key.Trim(), shownAgain, StringComparison.Ordinal);
        using var refused = await site.App.PostAsync("tools/list", [], key.Trim());
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task Agent_NameTaken_SaysSoAndKeepsIt()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await site.OpenAsync("/people");

        for (var time = 0; time < 2; time++)
        {
            await site.Page.GetByLabel("Name of a new agent").FillAsync("release-bot");
            await site.Page.GetByRole(AriaRole.Button, new() { Name = "Add and show its key" }).ClickAsync();
            await Expect(site.Page.Locator("#new-key")).ToBeVisibleAsync();
        }

        await Expect(site.Page.Locator("#agent-error")).ToContainTextAsync("release-bot");
        await Expect(site.Page.GetByLabel("Name of a new agent")).ToHaveValueAsync("release-bot");
    }
}
