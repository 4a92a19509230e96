using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Webhooks;
using OmniAudit.Tests.SiteLint;
using OmniAudit.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Browser;

/// <summary>What holds on every page: nobody is shut out by how it looks, it fits a phone, and it asks nobody else for anything.</summary>
[Collection(BrowserTests.Name)]
public sealed class EveryPageTests(ChromiumFixture chromium)
{
    /// <summary>One visit of every page answers all of it: opening them is what takes long.</summary>
    [Fact]
    public async Task Pages_InBothThemesAndOnAPhone_ShutNobodyOut_AndAskNobodyElse()
    {
        await using var audited = await AuditedSite.StartAsync();
        await using var ci = await CiSite.StartAsync();
        await using var site = await ConsoleSite.StartAsync(chromium, new BrowserNewContextOptions { ColorScheme = ColorScheme.Light, ViewportSize = new() { Width = 1280, Height = 900 } }, AuditedSite.Allow(audited) + ci.Configure);
        var faults = new List<string>();
        await site.Page.GotoAsync("/signin");
        await JudgeEveryWayAsync(site, "/signin", faults);
        await site.Page.GotoAsync(await site.NewLinkAsync());
        await JudgeEveryWayAsync(site, "/signin?token", faults);
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in as operator" }).ClickAsync();
        await JudgeEveryWayAsync(site, "/account/password", faults);
        await site.ChoosePasswordAsync();
        await site.LiveAsync();
        foreach (var path in await FilledPagesAsync(site, audited, ci))
        {
            await site.OpenAsync(path);
            await JudgeEveryWayAsync(site, path, faults);
        }
        Assert.Empty(faults);
        var own = site.App.Url.Authority;
        Assert.DoesNotContain(site.Requests, r => new Uri(r) is { Scheme: not "data" } uri && uri.Authority != own);
        Assert.Empty(site.Complaints);
    }

    [Fact]
    public async Task Theme_Toggled_StaysAfterReload()
    {
        await using var site = await ConsoleSite.StartAsync(chromium, new BrowserNewContextOptions { ColorScheme = ColorScheme.Light });
        await site.SignInAsync();
        var light = await BackgroundAsync(site);

        await site.Page.Locator("[data-theme-toggle]").ClickAsync();
        await site.Page.Locator("[data-theme-toggle]").ClickAsync();
        await site.OpenAsync("/approvals");

        await Expect(site.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        Assert.NotEqual(light, await BackgroundAsync(site));
    }

    [Fact]
    public async Task NotFound_UnknownAddress_SaysSoWithTheConsoleAround()
    {
        await using var site = await ConsoleSite.StartAsync(chromium);
        await site.SignInAsync();

        var answer = await site.Page.GotoAsync("/no/such/page");

        Assert.Equal(404, answer!.Status);
        await Expect(site.Page.GetByRole(AriaRole.Heading, new() { Name = "There is nothing here" })).ToBeVisibleAsync();
        await Expect(site.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" })).ToBeVisibleAsync();
    }

    private static Task<string> BackgroundAsync(ConsoleSite site) => site.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");

    /// <summary>All that axe knows, of the page as it stands.</summary>
    internal static async Task JudgeAsync(ConsoleSite site, string path, List<string> faults) => Add(await site.Page.RunAxe(), path, faults);

    /// <summary>Everything that axe knows in light; in dark what differs there, the colours; on a phone that nothing sticks out.</summary>
    private static async Task JudgeEveryWayAsync(ConsoleSite site, string path, List<string> faults)
    {
        await JudgeAsync(site, path, faults);
        var light = await BackgroundAsync(site);
        await site.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        if (await BackgroundAsync(site) == light) faults.Add($"{path}: is not dark");
        Add(await site.Page.RunAxe(new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "rule", Values = ["color-contrast"] } }), $"{path} in the dark", faults);
        await site.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
        await site.Page.SetViewportSizeAsync(390, 844);
        var width = await site.Page.EvaluateAsync<int>("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)");
        if (width > 390) faults.Add($"{path}: is {width} wide on a phone");
        await site.Page.SetViewportSizeAsync(1280, 900);
    }

    private static void Add(AxeResult result, string path, List<string> faults) =>
        faults.AddRange(result.Violations.Select(v => $"{path}: {v.Id} ({v.Help}): {string.Join(" | ", v.Nodes.Select(n => n.Html).Take(3))}"));

    /// <summary>Every page of the console, with something on it.</summary>
    private static async Task<IReadOnlyList<string>> FilledPagesAsync(ConsoleSite site, TestSite audited, CiSite ci)
    {
        var executed = await site.AskAsync("done\nwith a second line and a hidden \u202E character");
        await site.App.DecideAsync(executed, Decision.Approve);
        var detail = await site.App.WaitForStateAsync(executed, ApprovalState.Executed);
        var denied = await site.AskAsync("denied");
        await site.App.DecideAsync(denied, Decision.Deny, "Not today");
        var pending = await site.AskAsync("waiting, with a link to https://xn--pypal-4ve.com/" + new string('x', 300), new { text = "waiting https://xn--pypal-4ve.com/" + new string('x', 300), tags = new[] { "one", "two" }, copies = 2 });
        var scan = await site.App.CallAsync("sitelint.start_scan", AuditedSite.Arguments(audited));
        var scanId = scan.GetProperty("structuredContent").GetProperty("scan_id").GetString();
        var full = await FullScan.AddAsync(site.App, audited.Url, "A title that holds <b>markup</b>");
        var webhooks = site.App.Get<WebhookQueries>();
        await site.App.Get<WebhookDesk>().SendTestAsync((await webhooks.TargetsAsync(CancellationToken.None))[0].Key, TestApp.Approver, CancellationToken.None);
        var jobId = scan.GetProperty("structuredContent").GetProperty("job_id").GetString();
        var role = await AdminOps.SampleEvents.FillAsync(site.App);
        return
        [
            "/ui", "/approvals", "/approvals?state=all", "/approvals?state=unknown", $"/approvals/{pending}", $"/approvals/{executed}", $"/approvals/{denied}", "/approvals/apr_none",
            "/triage", "/triage/new?repo=acme/shop&pr=7", "/triage/tri_none",
            "/scans", "/scans/new?url=http://127.0.0.1:9/", $"/scans/{scanId}", $"/scans/{full}", $"/scans/{full}?tab=pages", $"/scans/{full}?tab=compare", $"/scans/{full}?tab=crawl", $"/scans/{full}/findings/fnd_new", $"/scans/{full}/pages/1",
            "/releases", "/releases/new", "/releases/apr_none", "/schedules", "/auth-profiles", "/releases/notes", "/releases/notes/nts_none", $"/jobs/{jobId}", "/tools", "/tools/probe.write_note", "/tools/sitelint.start_scan", "/receipts", $"/receipts/{detail.OutcomeReceiptId}", "/audit", "/audit?status=refused", "/people", $"/people/{(await site.App.Get<OperatorDirectory>().FindAsync("operator", CancellationToken.None))!.OperatorId}", "/account", "/denied?need=admin", "/agents", "/policies", "/connect", "/health", "/adminops", $"/adminops?range=all&event={role}", $"/adminops/events/{role}", "/adminops/coverage", "/adminops/import", "/webhooks", "/webhooks?state=dead",
            .. await ci.FillAsync(site.App), .. await AdminOps.Rules.FilledRules.FillAsync(site.App),
        ];
    }
}
