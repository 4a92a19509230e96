using Microsoft.Playwright;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.AdminOps;

namespace OmniAudit.Tests.Browser;

/// <summary>The pictures of the documentation. OMNIAUDIT_SCREENSHOTS=1 writes them to docs/images; otherwise the same walk only has to succeed.</summary>
[Collection(BrowserTests.Name)]
public sealed class ScreenshotTests(ChromiumFixture chromium)
{
    private static readonly bool Write = Environment.GetEnvironmentVariable("OMNIAUDIT_SCREENSHOTS") == "1";

    [Fact]
    public async Task Walk_QueueCardReceiptAndScan_ShowsEachPage()
    {
        await using var audited = await AuditedSite.StartAsync();
        await using var site = await ConsoleSite.StartAsync(chromium, new BrowserNewContextOptions { ColorScheme = ColorScheme.Light, ViewportSize = new() { Width = 1280, Height = 800 } }, AuditedSite.Allow(audited));
        var agent = await site.App.Get<AgentDirectory>().AddAsync("release-bot", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        var scan = await site.App.CallAsync("sitelint.start_scan", AuditedSite.Arguments(audited), agent.Key);
        var scanId = scan.GetProperty("structuredContent").GetProperty("scan_id").GetString()!;
        var done = await AskAsync(site, agent.Key, scanId, "json", "bakery/2026-11-report.json");
        await site.App.DecideAsync(done, Decision.Approve);
        var outcome = await site.App.WaitForStateAsync(done, ApprovalState.Executed);
        var denied = await AskAsync(site, agent.Key, scanId, "json", "report.json");
        await site.App.DecideAsync(denied, Decision.Deny, "Put it below bakery/, please.");
        var pending = await AskAsync(site, agent.Key, scanId, "zip", "bakery/2026-11-report.zip");
        await site.SignInAsync();

        await ShootAsync(site, "/ui", "overview");
        await ShootAsync(site, "/approvals?state=all", "approvals-queue");
        await ShootAsync(site, $"/approvals/{pending}", "approval-card");
        await ShootAsync(site, $"/scans/{scanId}", "scan");
        await site.OpenAsync($"/receipts/{outcome.OutcomeReceiptId}");
        await site.Page.GetByRole(AriaRole.Button, new() { Name = "Verify on the server" }).ClickAsync();
        await site.Page.Locator("[data-verdict=Valid]").WaitForAsync();
        await ShootAsync(site, null, "receipt");
        var role = await SampleEvents.FillAsync(site.App);
        await site.OpenAsync($"/adminops?event={role}");
        await site.Page.Locator("[data-drawer] ins").First.WaitForAsync();
        await ShootAsync(site, null, "events");
        await site.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await ShootAsync(site, $"/approvals/{pending}", "approval-card-dark");
        await site.Page.SetViewportSizeAsync(390, 844);
        await ShootAsync(site, $"/approvals/{pending}", "approval-card-phone");
    }

    private static async Task<string> AskAsync(ConsoleSite site, string key, string scanId, string format, string destination)
    {
        var answer = await site.App.CallAsync("sitelint.export_report", new { scan_id = scanId, format, destination }, key);
        return answer.GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
    }

    private static async Task ShootAsync(ConsoleSite site, string? path, string name)
    {
        if (path is not null) await site.OpenAsync(path);
        await site.Page.EvaluateAsync("document.fonts.ready");
        var picture = await site.Page.ScreenshotAsync(new() { Animations = ScreenshotAnimations.Disabled });
        Assert.InRange(picture.Length, 5_000, 200_000);
        if (!Write) return;
        var images = Path.Combine(Root(), "docs", "images");
        Directory.CreateDirectory(images);
        await File.WriteAllBytesAsync(Path.Combine(images, name + ".png"), picture);
    }

    private static string Root()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "OmniAudit.sln"))) return directory.FullName;
        }
        throw new InvalidOperationException("The solution's directory was not found.");
    }
}
