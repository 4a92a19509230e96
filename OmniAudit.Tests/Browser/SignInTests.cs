using System.Net;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class SignInTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task SignIn_ByLinkWithADeepLink_AsksForAPasswordAndOpensTheCard()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var approval = await site.AskAsync("deep");
        await site.Page.GotoAsync($"/approvals/{approval}");
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        var returnUrl = new Uri(site.Page.Url).Query;

        await site.Page.GotoAsync(await site.NewLinkAsync() + "&" + returnUrl.TrimStart('?'));
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();
        await site.Page.GotoAsync("/ui");
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Choose a password" })).ToBeVisibleAsync();
        await site.Page.GoBackAsync();
        await site.ChoosePasswordAsync();

        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Agent anonymous wants to write the note 'deep'");
    }

    [Fact]
    public async Task SignIn_ShortPassword_IsRefusedWithTheReason()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.Page.GotoAsync(await site.NewLinkAsync());
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();
        await site.Page.EvalOnSelectorAllAsync("input", "all => all.forEach(i => i.removeAttribute('minlength'))");

        await site.ChoosePasswordAsync("short");

        await Expect(site.Page.Locator("#password-error")).ToContainTextAsync("12");
    }

    [Fact]
    public async Task SignIn_LinkUsedTwice_SaysSoTheSecondTime()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var link = await site.NewLinkAsync();
        await site.Page.GotoAsync(link);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();
        await site.ChoosePasswordAsync();
        await site.LiveAsync();

        await site.Page.GotoAsync(link);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();

        await Expect(site.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "used" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task SignIn_LinkOnlyFetched_IsNotSpent()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var link = await site.NewLinkAsync();
        for (var preview = 0; preview < 3; preview++) Assert.Equal(HttpStatusCode.OK, (await site.App.Http.GetAsync(link)).StatusCode);

        await site.Page.GotoAsync(link);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();

        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Choose a password" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task SignOut_ThenPassword_OpensTheConsoleAgain()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();

        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await site.Page.GotoAsync("/approvals");
        await Expect(site.Page).ToHaveURLAsync(new Uri(site.App.Url, "/signin?returnUrl=%2Fapprovals").ToString());

        await site.Page.GetByLabel("User name").FillAsync("operator");
        await site.Page.GetByLabel("Password").FillAsync("wrong password here");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(site.Page.GetByLabel("User name")).ToHaveValueAsync("operator");
        await site.Page.GetByLabel("Password").FillAsync(ConsoleSite.Password);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Approvals", Exact = true })).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("/ui")]
    [InlineData("/approvals")]
    [InlineData("/receipts/vkey")]
    [InlineData("/scans/scn_x/object?ref=x")]
    [InlineData("/tools")]
    [InlineData("/_blazor/negotiate")]
    public async Task Console_WithoutSession_ShowsNothing(string path)
    {
        await using var app = await Support.TestApp.StartAsync();
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = app.Url };

        using var answer = await http.SendAsync(new HttpRequestMessage(path.StartsWith("/_blazor", StringComparison.Ordinal) ? HttpMethod.Post : HttpMethod.Get, path) { Headers = { { "X-Api-Key", "oak_whatever" } } });

        Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized || (answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.ToString().Contains("/signin", StringComparison.Ordinal)), answer.ToString());
    }
}
