using Microsoft.AspNetCore.Builder;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint;

[Collection(RealBrowser.Name)]
public sealed class VerifyFindingTests
{
    private const string Head = "<!doctype html><html lang='en'><head><title>T</title></head><body><h1>H</h1>";

    [Fact]
    public async Task Finding_OnTheLivePage_IsThereGoneOrUnknown()
    {
        var (body, status) = (Head + "<p>Moved</p><div><img src='/x.gif?2' class='logo'></div>", 200);
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", () => Microsoft.AspNetCore.Http.Results.Content(body, "text/html", statusCode: status)));
        await using var world = await ScanWorld.StartAsync([site.Authority]);
        var scanId = (await world.SubmitAsync(site.Url + "/", "desktop", "quick")).ScanId;
        var report = new ReportMaker(site.Url).Page("/").Fault("/", "axe/image-alt", "body > img", "<img src=\"/x.gif?1\" class=\"logo\">").Fault("/", "performance/lcp", category: "performance").Make(scanId);
        await world.Get<ReportStore>().SaveAsync(report, default);
        var image = report.Findings.First(f => f.Rule == "axe/image-alt").FindingId;

        var there = await VerifyAsync(world, scanId, image);
        Assert.Equal(("still_present", 1, 200), (there.Status, there.OccurrencesNow, there.HttpStatus));
        Assert.Contains("x.gif?2", there.Evidence, StringComparison.Ordinal);

        Volatile.Write(ref body, Head + "<img src='/x.gif' class='logo' alt='Logo'>");
        Assert.Equal("gone", (await VerifyAsync(world, scanId, image)).Status);

        (body, status) = ("down", 503);
        var down = await VerifyAsync(world, scanId, image);
        Assert.Equal(("could_not_tell", "http_error"), (down.Status, down.Outcome));
        Assert.Contains("503", down.Reason, StringComparison.Ordinal);

        Assert.Contains("throttled", (await VerifyAsync(world, scanId, report.Findings.First(f => f.Rule == "performance/lcp").FindingId)).Reason, StringComparison.Ordinal);
        Assert.Equal("not_found", (await Assert.ThrowsAsync<ToolRefusedException>(() => VerifyAsync(world, scanId, "fnd_x"))).Code);
        var bound = ScanWorld.Call() with { WhyNotVisit = url => $"{url} is outside the hosts of agent a" };
        Assert.Equal("not_allowed", (await Assert.ThrowsAsync<ToolRefusedException>(() => VerifyAsync(world, scanId, image, bound))).Code);
        Console.WriteLine($"verify_finding: {there.DurationMs} ms");
    }

    [Fact]
    public async Task Finding_OfASiteThatIsNoLongerAllowed_IsRefused()
    {
        await using var world = await ScanWorld.StartAsync(["127.0.0.1:9"]);
        var scanId = (await world.SubmitAsync("http://127.0.0.1:9/", "desktop", "quick")).ScanId;
        var report = new ReportMaker("http://10.0.0.5").Page("/").Fault("/", "axe/label", "input", "<input>").Make(scanId);
        await world.Get<ReportStore>().SaveAsync(report, default);

        var refused = await Assert.ThrowsAsync<ToolRefusedException>(() => VerifyAsync(world, scanId, report.Findings[0].FindingId));
        Assert.Equal(("policy_denied", "finding_id"), (refused.Code, refused.Field));
    }

    [Fact]
    public async Task Finding_OfASignedInScan_IsRefusedToAnAgentThatMayNotUseTheProfile()
    {
        await using var world = await ScanWorld.StartAsync(["127.0.0.1:9"]);
        await People.AddAsync(world.Get<Database>(), TestApp.Approver, "", Role.Admin);
        var profile = await world.Get<AuthProfiles>().AddAsync(
            "shop", new AuthShape(["http://127.0.0.1:9"]) { Cookies = ["sid"] }, new Dictionary<string, string> { ["cookie:sid"] = "some-value" }, TestApp.Approver, default);
        var scanId = (await world.SubmitAsync("http://127.0.0.1:9/", "desktop", "quick")).ScanId;
        var report = new ReportMaker("http://127.0.0.1:9").Page("/").Fault("/", "axe/label", "input", "<input>").Make(scanId) with { Auth = new ReportAuth(profile.ProfileId, "shop") };
        await world.Get<ReportStore>().SaveAsync(report, default);

        var refused = await Assert.ThrowsAsync<ToolRefusedException>(() => VerifyAsync(world, scanId, report.Findings[0].FindingId));
        Assert.Equal(("not_allowed", "finding_id"), (refused.Code, refused.Field));
        Assert.Contains("'shop' is not open to agent Test agent", refused.Message, StringComparison.Ordinal);
    }

    private static Task<VerifyFindingTool.Output> VerifyAsync(ScanWorld world, string scanId, string findingId, ToolCall? call = null) =>
        world.Tool<VerifyFindingTool>().RunAsync(new VerifyFindingTool.Input { ScanId = scanId, FindingId = findingId }, call ?? ScanWorld.Call(), default);
}
