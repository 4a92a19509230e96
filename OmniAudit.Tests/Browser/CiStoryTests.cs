using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

/// <summary>From a pull request's failed run to a draft of an issue, as a person does it.</summary>
[Collection(BrowserTests.Name)]
public sealed class CiStoryTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Person_WithAFailedRun_StoresItsEvidence_ReadsTheLog_AndComesToTheFinding()
    {
        await using var ci = await CiSite.StartAsync();
        await using var site = await ConsoleSite.StartAsync(chromium, settings: ci.Configure);
        var page = site.Page;
        await site.SignInAsync();

        await site.OpenAsync("/runs");
        await page.GetByLabel("Repository").FillAsync(CiSite.Repo);
        await page.GetByLabel("Pull request").FillAsync("12");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show runs" }).ClickAsync();
        await Expect(page.GetByText("runs of its head commit")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Row)).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Link, new() { Name = "Change 7" }).ClickAsync();
        await Expect(page.GetByText("None yet. Store a log")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Store log of test / linux" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "test / linux" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Store test-reports" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "test-reports" })).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Store old-reports" })).ToBeDisabledAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "test / linux" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "test linux.txt", Exact = true }).ClickAsync();
        await Expect(page.GetByText("3,000 lines")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Next error" }).ClickAsync();
        var error = page.Locator(".log-line.here");
        await Expect(error).ToContainTextAsync("expected 3, got 4");
        await Expect(error).ToBeInViewportAsync();
        await page.GetByLabel("Find").FillAsync("PASSED");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find", Exact = true }).ClickAsync();
        await Expect(page.GetByText("1 line matches")).ToBeVisibleAsync();
        await Expect(page.Locator(".log-line.here .a-green")).ToHaveTextAsync("PASSED");
        await Expect(page.Locator(".log-line.here .esc")).ToBeVisibleAsync();
        // Stored without it.
        await Expect(page.GetByText("ghp_0123")).ToHaveCountAsync(0);
        await Expect(page.GetByText("[redacted:github-token]").First).ToBeVisibleAsync();

        await page.GotoAsync($"/runs/{CiSite.Repo}/7");
        await site.LiveAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Read findings out of the evidence" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "2 findings" })).ToBeVisibleAsync();
        await page.GetByLabel("Mark").SelectOptionAsync("flaky");
        await Expect(page.GetByText("1 of 2 shown")).ToBeVisibleAsync();
        Assert.Contains("mark=flaky", page.Url, StringComparison.Ordinal);
        await page.GetByLabel("Mark").SelectOptionAsync("");
        await page.GetByRole(AriaRole.Link, new() { Name = "test_total" }).ClickAsync();
        await Expect(page.GetByText("expected 3, got 4").First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "line 1500" })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Draft an issue" }).ClickAsync();
        Assert.Contains("test_total", await page.GetByLabel("Title").InputValueAsync(), StringComparison.Ordinal);
        Assert.Empty(site.Complaints);
    }
}
