using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.GitHub;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class ReleaseStoryTests(ChromiumFixture chromium)
{
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("OMNIAUDIT_STORY_PICTURES");

    private static readonly Modules.Tools.Actor Grace = new(Modules.Tools.ActorKind.Person, "person:opr_grace", "Grace");

    [Fact]
    public async Task Release_DryRunThenApprovedWithAnUploadThatFailsOnce_IsPublishedAndVerified()
    {
        await using var gitHub = await FakeGitHub.StartAsync();
        var repository = gitHub.AddRepository("acme/oven");
        repository.Commits["main"] = FakeGitHub.Commit("c0ffee0000000000000000000000000000000001");
        await using var site = await ConsoleSite.StartAsync(chromium, settings: o =>
        {
            gitHub.Configure(o, "acme/oven");
            o.GitHub.UploadUrl = gitHub.Url;
        });
        await site.App.AddPersonAsync(Grace);
        var files = Directory.CreateDirectory(Path.Combine(site.App.Options.Data, "release-assets"));
        foreach (var name in new[] { "oven-1.0.tar.gz", "oven-1.0.zip", "oven-1.0.txt" }) await File.WriteAllTextAsync(Path.Combine(files.FullName, name), $"the bytes of {name}");
        var fault = gitHub.BreakUpload(first: 2);
        await site.SignInAsync();

        await site.OpenAsync("/releases/new");
        await site.Page.GetByLabel("Tag", new() { Exact = true }).FillAsync("v1..0");
        await site.Page.GetByLabel("Notes (Markdown)").FillAsync("Bakes **evenly**.");
        foreach (var name in new[] { "oven-1.0.tar.gz", "oven-1.0.zip", "oven-1.0.txt" }) await site.Page.GetByLabel(name).CheckAsync();
        await site.Page.GetByLabel("Add a statement signed by this server's receipt log").CheckAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Dry run" }).ClickAsync();
        await Expect(site.Page.Locator("#release-tag-error")).ToContainTextAsync("is no name that git takes");
        await JudgeAsync(site, "release-wrong");

        await site.Page.GetByLabel("Tag", new() { Exact = true }).FillAsync("v1.0.0");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Dry run" }).ClickAsync();
        await Expect(site.Page.Locator("[data-dry-run] li")).ToHaveCountAsync(8);
        Assert.All(gitHub.Requests, r => Assert.Equal("GET", r.Method));
        await JudgeAsync(site, "release-dry-run");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Ask for approval now" }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Follow it here" }).ClickAsync();
        await Expect(site.Page.GetByText("Nothing was sent: it waits for a decision.")).ToBeVisibleAsync();
        var id = site.Page.Url.Split('/')[^1];

        // Another person approves; the page shows each asset without being touched.
        Assert.True((await site.App.DecideAsync(id, Decision.Approve, person: Grace)).Accepted);
        await Expect(site.Page.Locator("[data-published]")).ToBeVisibleAsync();
        await Expect(site.Page.Locator("tr[data-asset]")).ToHaveCountAsync(5);
        Assert.Equal(1, fault.Happened);
        Assert.False(Assert.Single(repository.Releases).Draft);
        await JudgeAsync(site, "release-done");

        await site.Page.GetByRole(AriaRole.Link, new() { Name = "Verify its assets" }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Verify v1.0.0" }).ClickAsync();
        await Expect(site.Page.Locator("[data-verified]")).ToHaveTextAsync("5 of 5 assets are what they are said to be.");
        await Expect(site.Page.Locator("tr[data-asset='oven-1.0.zip']")).ToContainTextAsync("agrees");
        await JudgeAsync(site, "release-verified");
        // On a phone nothing scrolls sideways.
        await site.Page.SetViewportSizeAsync(390, 844);
        await JudgeAsync(site, "release-phone");
        foreach (var path in new[] { null, $"/releases/{id}", "/releases/new" })
        {
            if (path is not null) await site.OpenAsync(path);
            Assert.True(await site.Page.EvaluateAsync<int>("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)") <= 390, path);
        }
        await site.OpenAsync("/releases");
        await Expect(site.Page.Locator("tr[data-row]")).ToContainTextAsync("published");
        await JudgeAsync(site, "releases");
        Assert.Empty(site.Complaints);
    }

    private static async Task JudgeAsync(ConsoleSite site, string name)
    {
        if (Pictures is not null) await site.Page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, name + ".png"), FullPage = true });
        var found = (await site.Page.RunAxe()).Violations;
        Assert.True(found.Length == 0, $"{name}: {string.Join("; ", found.Select(v => $"{v.Id}: {string.Join(", ", v.Nodes.Select(n => n.Html))}"))}");
    }
}
