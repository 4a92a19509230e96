using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

[Collection(BrowserTests.Name)]
public sealed class DecideStoryTests(ChromiumFixture chromium)
{
    private static readonly Actor Grace = new(ActorKind.Person, "person:opr_grace", "Grace");
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("OMNIAUDIT_STORY_PICTURES");

    [Fact]
    public async Task TwoApprovers_EditBetweenThem_CountsAnewAndABatchIsAllOrNothing()
    {
        await using var site = await ConsoleSite.StartAsync(chromium, settings: o => o.Approvals.Rules = [ApprovalRule.Parse("name=two tool=probe.* require=2 anyone").Rule!]);
        await site.App.AddPersonAsync(Grace);
        var approval = await site.AskAsync("notes", new { text = "# Notes\n\nShips the **new** oven.\n\n- warm\n- round\n\n[more](https://bakery.example/)", copies = 2, tags = new[] { "one", "two" } });
        await site.SignInAsync();
        await site.OpenAsync("/approvals/" + approval);

        // The first approval runs nothing, and everybody who looks sees it.
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve (1 of 2)" }).ClickAsync();
        await Expect(site.Page.Locator("dd[data-progress]")).ToContainTextAsync("1 of 2");
        await Expect(site.Page.Locator("#approve-obstacle")).ToContainTextAsync("You have approved this; it waits for others");
        Assert.Empty(site.App.Get<ProbeEffects>().Notes);

        // An edit makes version 2, which nobody has approved.
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Edit before approving…" }).ClickAsync();
        await Expect(site.Page.Locator("#arg-tags")).ToHaveValueAsync("one\ntwo");
        await site.Page.Locator("#arg-copies").FillAsync("9");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Save as version 2" }).ClickAsync();
        await Expect(site.Page.Locator("#arg-copies-error")).ToBeVisibleAsync();
        await ShootAsync(site, "edit");
        await site.Page.Locator("#arg-copies").FillAsync("3");
        await site.Page.Locator("#arg-text").FillAsync("# Notes\n\nShips the **old** oven.\n\n- warm\n- round\n\n[more](https://bakery.example/)");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Save as version 2" }).ClickAsync();
        await Expect(site.Page.Locator("dd[data-version]")).ToContainTextAsync("2, edited by operator", new() { IgnoreCase = true });
        await Expect(site.Page.Locator("dd[data-progress]")).ToContainTextAsync("0 of 2");
        await JudgeAsync(site, "card");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "What changed" }).ClickAsync();
        await Expect(site.Page.Locator(".diff ins").First).ToHaveTextAsync("3");
        await JudgeAsync(site, "changed");

        // The same again can be allowed in advance; that decides nothing about this one.
        await site.Page.GetByText("Also allow the next ones like this…").ClickAsync();
        await JudgeAsync(site, "standing");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Make a standing rule" }).ClickAsync();
        await Expect(site.Page.Locator("[data-standing] .notice.good")).ToContainTextAsync("1 use until");
        Assert.Equal(1, Assert.Single(await site.App.Get<StandingRuleDesk>().ListAsync(10, CancellationToken.None)).MaxUses);

        // Two people approve what is there now; the page shows the other's approval without being touched, and then the end.
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve (1 of 2)" }).ClickAsync();
        await Expect(site.Page.Locator("dd[data-progress]")).ToContainTextAsync("1 of 2");
        await site.App.DecideAsync(approval, Decision.Approve, person: Grace);
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "Done", Exact = true })).ToBeVisibleAsync();
        Assert.StartsWith("# Notes\n\nShips the **old** oven.", Assert.Single(site.App.Get<ProbeEffects>().Notes), StringComparison.Ordinal);

        // A batch of three, of which one is decided while the others are read: none is decided, and it is named.
        var stale = await site.AskAsync("one");
        await site.AskAsync("two");
        await site.AskAsync("three");
        await site.OpenAsync("/approvals");
        await site.AskAsync("four");
        await Expect(site.Page.Locator("[data-new]")).ToHaveTextAsync("1 new: show");
        await Expect(site.Page.Locator("tbody tr")).ToHaveCountAsync(3);
        await site.Page.Keyboard.PressAsync("j");
        await site.Page.Keyboard.PressAsync("x");
        await Expect(site.Page.Locator("[data-choose]").First).ToBeCheckedAsync();
        await site.Page.Locator("[data-choose]").Nth(1).CheckAsync();
        await site.Page.Locator("[data-choose]").Nth(2).CheckAsync();
        await JudgeAsync(site, "queue");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve 3…" }).ClickAsync();
        await site.App.DecideAsync(stale, Decision.Deny, "no", Grace);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve these 3 requests" }).ClickAsync();
        await Expect(site.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = $"Nothing was decided, because of {stale}" })).ToBeVisibleAsync();
        await JudgeAsync(site, "batch");
        await site.Page.Locator($"[data-item={stale}]").GetByRole(AriaRole.Button).ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Approve these 2 requests" }).ClickAsync();
        await Expect(site.Page.GetByText("2 requests: approved by you.")).ToBeVisibleAsync();
        await Expect(site.Page.Locator("td [data-progress]").Nth(1)).ToHaveTextAsync("1 of 2");
        Assert.Single(site.App.Get<ProbeEffects>().Notes);
    }

    [Fact]
    public async Task Card_PayloadOfAMegabyte_IsWholeAndAnswersClicks()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        var text = string.Join('\n', Enumerable.Range(0, 40_000).Select(i => $"line {i} of the long one"))[..990_000] + "THE END";
        var approval = await site.AskAsync("long", new { text });
        await site.SignInAsync();
        await site.OpenAsync("/approvals/" + approval);

        Assert.EndsWith("THE END", await site.Page.Locator(".payload pre").TextContentAsync(), StringComparison.Ordinal);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Deny…" }).ClickAsync();
        await Expect(site.Page.GetByLabel("Why not?")).ToBeFocusedAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Back" }).ClickAsync();
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Edit before approving…" }).ClickAsync();
        // More than SignalR takes by default: the connection must survive what a person pastes.
        await site.Page.Locator("#arg-text").EvaluateAsync("(box, text) => { box.value = text; box.dispatchEvent(new Event('change', { bubbles: true })); }", text[..400_000]);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Save as version 2" }).ClickAsync();
        await Expect(site.Page.Locator("dd[data-version]")).ToBeVisibleAsync();
    }

    private static async Task JudgeAsync(ConsoleSite site, string name)
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await site.Page.EmulateMediaAsync(new() { ColorScheme = scheme });
            Assert.Empty((await site.Page.RunAxe()).Violations.Select(v => $"{name}, {scheme}: {v.Id} ({v.Help}): {string.Join(" | ", v.Nodes.Select(n => n.Html).Take(3))}"));
            await ShootAsync(site, $"{name}-{scheme}");
        }
        if (Pictures is null) return;
        var size = site.Page.ViewportSize!;
        await site.Page.SetViewportSizeAsync(390, 844);
        await ShootAsync(site, $"{name}-phone");
        await site.Page.SetViewportSizeAsync(size.Width, size.Height);
    }

    private static async Task ShootAsync(ConsoleSite site, string name)
    {
        if (Pictures is not null) await site.Page.ScreenshotAsync(new() { Path = Path.Combine(Pictures, name + ".png"), FullPage = true });
    }
}
