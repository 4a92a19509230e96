using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.SiteLint;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class ScanStoryTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Scan_StartedFromTheForm_ShowsFindingsAndBothViewports()
    {
        await using var audited = await AuditedSite.StartAsync();
        await using var site = await ConsoleSite.StartAsync(chromium, settings: AuditedSite.Allow(audited));
        await site.SignInAsync();

        await StartAsync(site, audited.Url + "/", "standard");

        await Expect(site.Page.Locator("[data-state=completed]")).ToBeVisibleAsync();
        Assert.InRange(await site.Page.Locator("table.findings tr[data-row]").CountAsync(), 3, 100);
        await site.Page.GetByRole(AriaRole.Navigation, new() { Name = "Parts of the report" }).GetByRole(AriaRole.Link, new() { Name = "Pages" }).ClickAsync();
        await site.Page.Locator(".page-card figcaption a").ClickAsync();
        await Expect(site.Page.Locator(".visit-view")).ToHaveCountAsync(2);
        await Expect(site.Page.GetByRole(AriaRole.Img, new() { Name = "mobile screenshot of " + audited.Url + "/" })).ToBeVisibleAsync();
        var loaded = await site.Page.EvaluateAsync<bool>("async () => { const all = [...document.querySelectorAll('.visit-view img')]; for (const i of all) { i.loading = 'eager'; await i.decode(); } return all.every(i => i.naturalWidth > 0); }");
        Assert.True(loaded);
    }

    [Fact]
    public async Task Scan_MadeTwice_IsComparedAndAFindingBecomesAnIssueDraft()
    {
        var fault = "";
        await using var audited = await TestSite.StartAsync(app =>
        {
            app.MapGet("/", () => TestSite.Html($"<!doctype html><html lang=\"en\"><head><title>Shop</title></head><body><main><h1>Shop</h1>{fault}</main></body></html>"));
            app.MapGet("/favicon.ico", () => Results.NotFound());
        });
        await using var gitHub = await FakeGitHub.StartAsync();
        gitHub.AddRepository("acme/shop");
        await using var site = await ConsoleSite.StartAsync(chromium, settings: options =>
        {
            gitHub.Configure(options, "acme/shop");
            options.Policy.UrlAllowlist = [.. options.Policy.UrlAllowlist, audited.Authority];
        });
        await site.SignInAsync();
        await StartAsync(site, audited.Url + "/", "quick");
        await Expect(site.Page.Locator("[data-state=completed]")).ToBeVisibleAsync();
        var first = new Uri(site.Page.Url).Segments[^1];

        fault = "<img src=\"/favicon.ico\">";
        await StartAsync(site, audited.Url + "/", "quick", first);
        await Expect(site.Page.Locator("[data-state=completed]")).ToBeVisibleAsync();
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Before and after" }).ClickAsync();
        await site.Page.Locator(".findings-short").First.GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(site.Page.Locator("header.page .badge.warn").Filter(new() { HasText = "new" })).ToBeVisibleAsync();
        await site.Page.Locator("[data-action=draft]").ClickAsync();
        await Expect(site.Page.Locator("#issue-repo")).ToHaveValueAsync("acme/shop");
        await site.Page.Locator("[data-action=send-issue]").ClickAsync();
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Open the request" }).ClickAsync();

        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("in acme/shop");
        await Expect(site.Page.Locator("[data-state=pending]").First).ToBeVisibleAsync();
        Assert.Equal(0, gitHub.Posts);
        Assert.Empty(site.Complaints);
    }

    [Fact]
    public async Task Scan_OfASiteThatHangs_IsWatchedAndCancelled()
    {
        await using var audited = await TestSite.StartAsync(app => app.MapGet("/", context => Task.Delay(Timeout.Infinite, context.RequestAborted)));
        await using var site = await ConsoleSite.StartAsync(chromium, settings: AuditedSite.Allow(audited));
        await site.SignInAsync();

        await StartAsync(site, audited.Url + "/", "quick");
        await Expect(site.Page.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await Expect(site.Page.Locator("main table .badge")).ToHaveTextAsync("looking");
        await site.Page.Locator("[data-action=cancel]").ClickAsync();
        await site.Page.Locator("[data-action=cancel-confirm]").ClickAsync();

        await Expect(site.Page.Locator("[data-state=failed]")).ToBeVisibleAsync();
        await Expect(site.Page.Locator(".notice.bad")).ToContainTextAsync("Cancelled by");
    }

    [Fact]
    public async Task Scan_OfADeniedAddress_SaysWhyWhileTypingAndAtTheFieldAndKeepsIt()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await site.OpenAsync("/scans/new");

        await site.Page.Locator("#scan-url").FillAsync("http://127.0.0.1:9/");
        await Expect(site.Page.Locator("#scan-url-verdict")).ToContainTextAsync("URL_ALLOWLIST");
        await site.Page.Locator("[data-action=start]").ClickAsync();

        await Expect(site.Page.Locator("#scan-url-error")).ToContainTextAsync("URL_ALLOWLIST");
        await Expect(site.Page.Locator("#scan-url")).ToHaveValueAsync("http://127.0.0.1:9/");
    }

    private static async Task StartAsync(ConsoleSite site, string url, string preset, string? baseline = null)
    {
        await site.OpenAsync("/scans/new");
        await site.Page.Locator("#scan-url").FillAsync(url);
        await Expect(site.Page.Locator("#scan-url-verdict")).ToContainTextAsync("may visit it");
        await site.Page.Locator($"[data-preset={preset}]").ClickAsync();
        // What it chose may move the button below.
        await Expect(site.Page.Locator($"[data-preset={preset}]")).ToHaveAttributeAsync("aria-pressed", "true");
        if (baseline is not null)
        {
            await site.Page.GetByText("Sign-in, baseline, runs").ClickAsync();
            await site.Page.Locator("#scan-baseline").SelectOptionAsync(baseline);
        }
        await site.Page.Locator("[data-action=start]").ClickAsync();
        await site.Page.WaitForURLAsync("**/scans/scn_*");
    }
}
