using Microsoft.Playwright;
using OmniAudit.Tests.AdminOps;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

/// <summary>A person looks for what was done, and what came of it, as they do it.</summary>
[Collection(BrowserTests.Name)]
public sealed class ExplorerStoryTests(ChromiumFixture chromium)
{
    /// <summary>A directory for pictures to look at; none are taken without it.</summary>
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("OMNIAUDIT_LOOK");

    [Fact]
    public async Task Person_FindsAChange_ReadsItsDiff_TagsAndCommentsIt_AndTakesTheEventsAway()
    {
        await using var site = await ConsoleSite.StartAsync(chromium, new BrowserNewContextOptions { ViewportSize = new() { Width = 1400, Height = 900 }, AcceptDownloads = true, Permissions = ["clipboard-read", "clipboard-write"] });
        var page = site.Page;
        var faults = new List<string>();
        await site.SignInAsync();
        await site.OpenAsync("/adminops");
        await Expect(page.GetByText("No events yet.")).ToBeVisibleAsync();
        await LookAsync(site, faults, "empty");

        // What comes in while nothing is there appears.
        var role = await SampleEvents.FillAsync(site.App);
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(22);
        await page.ReloadAsync();
        await site.LiveAsync();
        await Expect(page.Locator("[data-total]")).ToHaveTextAsync("22 events");
        await Expect(page.GetByText("Set-Mailbox")).ToHaveCountAsync(0);
        Assert.Contains("not_service=Exchange", page.Url, StringComparison.Ordinal);
        await EveryPageTests.JudgeAsync(site, "the list", faults);
        await LookAsync(site, faults, "list");

        // A filter, by keyboard.
        await page.Keyboard.PressAsync("/");
        await Expect(page.Locator("#event-search")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("administrator");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-chip=q]")).ToContainTextAsync("Words: administrator");
        await page.Locator("#event-search").BlurAsync();
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("Enter");

        // The event beside the list.
        var drawer = page.Locator("[data-drawer]");
        await Expect(drawer.GetByRole(AriaRole.Heading, new() { Name = "Add member to role" })).ToBeFocusedAsync();
        Assert.Contains($"event={role}", page.Url, StringComparison.Ordinal);
        await Expect(drawer.Locator("[data-change=Assigned] ins").Last).ToContainTextAsync("global-admin");
        await Expect(drawer.Locator("[data-change=Reason] del")).ToContainTextAsync("old");
        await Expect(drawer.Locator("[data-change=Reason] .esc")).ToBeVisibleAsync();
        await Expect(drawer.Locator(".related")).ToContainTextAsync("same act");
        await Expect(drawer.GetByText("had no zone, read as UTC")).ToBeVisibleAsync();
        await EveryPageTests.JudgeAsync(site, "the drawer", faults);
        await LookAsync(site, faults, "drawer");
        await drawer.Locator("#event-note-tag").FillAsync("Suspicious, ticket-7");
        await drawer.Locator("[data-action=tag]").ClickAsync();
        await Expect(drawer.GetByRole(AriaRole.List, new() { Name = "Tags" })).ToContainTextAsync("ticket-7");
        await drawer.Locator("#event-note-comment").FillAsync("Asked Grace: it was not her.\nRevoked.");
        await drawer.Locator("[data-action=comment]").ClickAsync();
        await Expect(drawer.GetByText("Asked Grace: it was not her.")).ToBeVisibleAsync();
        await drawer.Locator("[data-copy-url]").ClickAsync();
        await Expect(drawer.Locator("[data-copied]")).ToHaveTextAsync("Copied");
        Assert.Contains("\"id\":\"role-1\"", await page.EvaluateAsync<string>("navigator.clipboard.readText()"), StringComparison.Ordinal);
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await EveryPageTests.JudgeAsync(site, "the drawer in the dark", faults);
        await LookAsync(site, faults, "drawer-dark");

        await drawer.GetByRole(AriaRole.Heading, new() { Name = "Add member to role" }).FocusAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(drawer).ToHaveCountAsync(0);
        await Expect(page.Locator("tr[data-row] .lead a")).ToBeFocusedAsync();
        await Expect(page.Locator("tr[data-row]")).ToContainTextAsync("suspicious");

        // The chip is taken away; − on a service leaves it out, and is remembered; + on a failure narrows.
        await page.Locator("[data-chip=q]").ClickAsync();
        await Expect(page.Locator("tr[data-row]")).ToHaveCountAsync(22);
        await page.GetByRole(AriaRole.Link, new() { Name = "Without service SignIn" }).ClickAsync();
        await Expect(page.Locator("[data-total]")).ToHaveTextAsync("15 events");
        await page.GetByRole(AriaRole.Link, new() { Name = "Only outcome failure" }).ClickAsync();
        await Expect(page.Locator("[data-outcome=failure]")).ToHaveCountAsync(3);
        await Expect(page.Locator(".events [data-outcome=success]")).ToHaveCountAsync(0);
        await EveryPageTests.JudgeAsync(site, "the list in the dark", faults);
        await LookAsync(site, faults, "list-dark");

        // A file of just these.
        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator("[data-export=csv]").ClickAsync());
        var lines = (await File.ReadAllTextAsync((await download.PathAsync())!)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.All(lines[1..], l => Assert.Contains(",failure,", l, StringComparison.Ordinal));

        await site.OpenAsync("/adminops");
        await Expect(page.Locator("[data-total]")).ToHaveTextAsync("15 events");
        await Expect(page.Locator("[data-chip=outcome]")).ToHaveCountAsync(0);
        await Expect(page.Locator("[data-chip=not_service]")).ToHaveCountAsync(3);

        // Live: on top, and not while somebody is in the list.
        await page.Mouse.MoveAsync(5, 5);
        await page.Locator("[data-action=tail]").ClickAsync();
        await Expect(page.Locator("[data-tail]")).ToContainTextAsync("Waiting for events");
        await SampleEvents.AddAsync(site.App, SampleEvents.Of("live-1", site.App.Time.GetUtcNow(), operation: "Delete user"));
        await Expect(page.Locator("tr.fresh")).ToContainTextAsync("Delete user");
        await page.Locator("tr.fresh").HoverAsync();
        await SampleEvents.AddAsync(site.App, SampleEvents.Of("live-2", site.App.Time.GetUtcNow(), operation: "Delete group"));
        await Expect(page.Locator("[data-tail]")).ToContainTextAsync("Paused while you are in the list");
        await Expect(page.GetByText("Delete group")).ToHaveCountAsync(0);
        await page.Locator("h1").HoverAsync();
        await Expect(page.Locator("tr.fresh")).ToHaveCountAsync(2);

        // Nothing found names the filter that is in the way.
        await site.OpenAsync("/adminops?range=7d&service=Directory&outcome=partial");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "without Outcome: partial" })).ToBeVisibleAsync();
        await site.OpenAsync("/adminops?range=7d&limit=0&outcome=maybe");
        await Expect(page.Locator("[data-problems]")).ToContainTextAsync("limit: '0' is no number");
        await EveryPageTests.JudgeAsync(site, "problems", faults);

        await page.SetViewportSizeAsync(390, 844);
        foreach (var path in new[] { "/adminops", $"/adminops?range=all&event={role}", $"/adminops/events/{role}" })
        {
            await site.OpenAsync(path);
            await Expect(page.GetByText("Add member to role").First).ToBeVisibleAsync();
            Assert.True(await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= 390, path);
            await EveryPageTests.JudgeAsync(site, path, faults);
            await LookAsync(site, faults, "phone" + path.Length);
        }
        Assert.Empty(faults);
        Assert.Empty(site.Complaints);
    }

    private static async Task LookAsync(ConsoleSite site, List<string> faults, string name)
    {
        if (Pictures is null) return;
        Directory.CreateDirectory(Pictures);
        await File.WriteAllLinesAsync(Path.Combine(Pictures, "faults.txt"), faults);
        await site.Page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, name + ".png"), Animations = ScreenshotAnimations.Disabled });
    }
}
