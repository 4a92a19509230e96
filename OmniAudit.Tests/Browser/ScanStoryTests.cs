using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class ScanStoryTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Scan_StartedFromTheForm_ShowsFindingsAndScreenshots()
    {
        await using var audited = await AuditedSite.StartAsync();
        await using var site = await ConsoleSite.StartAsync(chromium, settings: options =>
        {
            AuditedSite.Allow(audited)(options);
            options.SiteLint.AsyncMode = true;
        });
        await site.SignInAsync();
        await site.OpenAsync("/scans");

        await site.Page.Locator("#arg-url").FillAsync(audited.Url + "/");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Start the scan" }).ClickAsync();

        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Findings" })).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(site.Page.Locator("[data-state=completed]")).ToBeVisibleAsync();
        Assert.InRange(await site.Page.Locator("table.list").First.Locator("tbody tr").CountAsync(), 3, 100);
        await Expect(site.Page.GetByRole(AriaRole.Img, new() { NameRegex = new("mobile screenshot", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)) })).ToBeVisibleAsync();
        var loaded = await site.Page.EvaluateAsync<bool>("async () => { const all = [...document.querySelectorAll('.shots img')]; for (const i of all) { i.loading = 'eager'; await i.decode(); } return all.every(i => i.naturalWidth > 0); }");
        Assert.True(loaded);
    }

    [Fact]
    public async Task Scan_OfADeniedAddress_SaysWhyAtTheFieldAndKeepsIt()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();
        await site.OpenAsync("/scans");

        await site.Page.Locator("#arg-url").FillAsync("http://127.0.0.1:9/");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Start the scan" }).ClickAsync();

        await Expect(site.Page.Locator("#arg-url-error")).ToContainTextAsync("URL_ALLOWLIST");
        await Expect(site.Page.Locator("#arg-url")).ToHaveValueAsync("http://127.0.0.1:9/");
    }
}
