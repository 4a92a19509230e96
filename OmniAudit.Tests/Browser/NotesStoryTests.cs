using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.ReleaseButler;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

/// <summary>A person builds notes, puts them together otherwise, and changes a word.</summary>
[Collection(BrowserTests.Name)]
public sealed class NotesStoryTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Notes_Built_AreRegroupedEditedAndSaved()
    {
        await using var gitHub = await FakeGitHub.StartAsync();
        var repository = gitHub.AddRepository("acme/site");
        NotesWorld.Between(repository, "v1.0.0", "v1.1.0", [NotesWorld.Commit(1, "feat(doors)!: new doors (#4)\n\nBREAKING CHANGE: the old ones are gone"), NotesWorld.Commit(2, "fix(windows): a <b>crack</b>", "bob"), NotesWorld.Commit(3, "Merge branch 'x'")]);
        repository.Comparisons.Values.Single().Commits[2].Remove("parents");
        NotesWorld.Merged(repository, 4, 1);
        await using var site = await ConsoleSite.StartAsync(chromium, settings: o => gitHub.Configure(o));
        await site.SignInAsync();
        await site.OpenAsync("/releases/notes?repo=acme/site");
        var page = site.Page;

        await Expect(page.GetByText("2 tags to choose from.")).ToBeVisibleAsync();
        await Expect(page.GetByText("No notes yet.")).ToBeVisibleAsync();
        Assert.Empty((await page.RunAxe()).Violations.Select(v => v.Id));
        await page.GetByLabel("From tag").FillAsync("v9");
        await page.GetByLabel("Release tag, there already or new").FillAsync("v1.1.0");
        await page.Locator("[data-action=build-notes]").ClickAsync();
        await Expect(page.Locator("#notes-from-error")).ToContainTextAsync("acme/site has no tag, branch or commit 'v9'");
        Assert.Contains("from=v9", page.Url, StringComparison.Ordinal);
        await page.GetByLabel("From tag").FillAsync("");
        await page.Locator("[data-action=build-notes]").ClickAsync();

        await Expect(page.Locator("[data-accounting]")).ToContainTextAsync("3 of 3 commits accounted: 2 on 2 lines, 1 excluded.");
        await Expect(page.Locator(".md")).ToContainTextAsync("the old ones are gone");
        await Expect(page.GetByRole(AriaRole.Row, new() { Name = "a merge without changes of its own" })).ToBeVisibleAsync();
        var use = await page.GetByRole(AriaRole.Link, new() { Name = "Use in a release" }).GetAttributeAsync("href");
        Assert.StartsWith("/releases/new?repo=acme%2Fsite&notes=nts_", use, StringComparison.Ordinal);
        Assert.EndsWith("&tag=v1.1.0", use, StringComparison.Ordinal);
        Assert.Empty((await page.RunAxe()).Violations.Select(v => v.Id));

        var requests = gitHub.Requests.Count;
        await page.GetByLabel("Group by").SelectOptionAsync("scope");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Preview, not saved" })).ToBeVisibleAsync();
        await Expect(page.Locator(".md")).ToContainTextAsync("windows");
        await page.Locator("[data-action=save-preview]").ClickAsync();
        await Expect(page.GetByText("Version 2 is saved.")).ToBeVisibleAsync();

        await page.Locator("[data-action=edit-notes]").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Edit the text" })).ToBeFocusedAsync();
        await page.GetByLabel("Markdown").FillAsync("# Doors\n\nThe old ones are **gone**.");
        await Expect(page.Locator(".md strong", new() { HasText = "gone" })).ToBeVisibleAsync();
        Assert.Empty((await page.RunAxe()).Violations.Select(v => v.Id));
        await page.Locator("[data-action=save-notes]").ClickAsync();
        await Expect(page.GetByText("Version 3 is saved.")).ToBeVisibleAsync();
        await Expect(page.Locator("pre.block")).ToContainTextAsync("# Doors");
        Assert.Equal(requests, gitHub.Requests.Count);

        await page.GetByRole(AriaRole.Link, new() { Name = "Version 1", Exact = true }).ClickAsync();
        await Expect(page.Locator(".md")).ToContainTextAsync("the old ones are gone");
        await site.OpenAsync("/releases/notes");
        await page.SetViewportSizeAsync(390, 844);
        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, 390);
        await page.GetByRole(AriaRole.Link, new() { Name = "acme/site" }).ClickAsync();
        await Expect(page.Locator("[data-accounting]")).ToBeVisibleAsync();
        Assert.InRange(await page.EvaluateAsync<int>("document.documentElement.scrollWidth"), 1, 390);
        Assert.Empty(site.Complaints);
    }
}
