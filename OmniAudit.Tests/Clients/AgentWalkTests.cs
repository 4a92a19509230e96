using Microsoft.AspNetCore.Builder;
using OmniAudit.Modules.Receipts;
using OmniAudit.Tests.Browser;
using OmniAudit.Tests.SiteLint;
using OmniAudit.Tests.Support;
using static Microsoft.Playwright.Assertions;

namespace OmniAudit.Tests.Clients;

/// <summary>The whole path of the product: a real client asks, a person approves in a real browser, the receipt verifies offline.</summary>
[Collection(BrowserTests.Name)]
public sealed class AgentWalkTests(ChromiumFixture chromium)
{
    [Fact]
    public async Task Agent_ScansAndExports_OnlyAfterAPersonApproved_AndTheReceiptVerifies()
    {
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapGet("/", () => TestSite.Html("<!doctype html><html lang=en><title>Shop</title><h1>Shop</h1><img src=/logo.png><a href=/about>About</a>"));
            app.MapGet("/about", () => TestSite.Html("<!doctype html><html lang=en><title>About</title><h1>About</h1>"));
        });
        await using var console = await ConsoleSite.StartAsync(chromium, settings: o => o.Policy.UrlAllowlist = [site.Authority]);
        await using var agent = await NpmClient.ConnectAsync(console.App.Url);

        var names = (await agent.ListToolsAsync()).EnumerateArray().Select(t => t.GetProperty("name").GetString()!).ToList();
        Assert.Contains("sitelint.export_report", names);

        // Scan, and read the report.
        var scan = (await agent.CallAsync("sitelint.start_scan", new { url = site.Url + "/", profile = "standard", viewport_set = "desktop_mobile", crawl_budget = 2 })).GetProperty("structuredContent");
        var jobId = scan.GetProperty("job_id").GetString()!;
        var job = await Eventually.GetAsync(async () => (await agent.CallAsync("core.get_job", new { job_id = jobId })).GetProperty("structuredContent"), j => j.GetProperty("status").GetString() is "completed" or "failed", "the scan ends");
        Assert.Equal("completed", job.GetProperty("status").GetString());
        var scanId = scan.GetProperty("scan_id").GetString()!;
        var report = await agent.CallAsync("sitelint.get_report", new { scan_id = scanId });
        Assert.Contains("image-alt", report.GetRawText(), StringComparison.Ordinal);

        // Ask for the export: nothing happens, with and without the token.
        var file = Path.Combine(console.App.Options.ReportsRoot.Length > 0 ? console.App.Options.ReportsRoot : Path.Combine(console.App.Options.Data, "exports"), "shop", "report.json");
        var export = new Dictionary<string, object> { ["scan_id"] = scanId, ["format"] = "json", ["destination"] = "shop/report.json" };
        var asked = (await agent.CallAsync("sitelint.export_report", export)).GetProperty("structuredContent");
        Assert.Equal((true, "requires_confirmation"), (asked.GetProperty("requires_confirmation").GetBoolean(), asked.GetProperty("status").GetString()));
        export["confirmation_token"] = asked.GetProperty("confirmation_token").GetString()!;
        Assert.Equal("requires_confirmation", (await agent.CallAsync("sitelint.export_report", export)).GetProperty("structuredContent").GetProperty("status").GetString());
        Assert.False(File.Exists(file));

        // A person approves, in the browser, at the address the agent was given.
        await console.SignInAsync();
        await console.OpenAsync(new Uri(asked.GetProperty("approval").GetProperty("url").GetString()!).PathAndQuery);
        await console.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Approve and export report" }).ClickAsync();
        await Expect(console.Page.GetByRole(Microsoft.Playwright.AriaRole.Heading, new() { Name = "Done" })).ToBeVisibleAsync();

        // The same call now has the outcome; again, the same receipt, and nothing is written.
        var done = (await agent.CallAsync("sitelint.export_report", export)).GetProperty("structuredContent");
        Assert.Equal("shop/report.json", done.GetProperty("path").GetString());
        var written = File.GetLastWriteTimeUtc(file);
        var again = (await agent.CallAsync("sitelint.export_report", export)).GetProperty("structuredContent");
        Assert.Equal(done.GetProperty("receipt_id").GetString(), again.GetProperty("receipt_id").GetString());
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
        Assert.Equal(done.GetProperty("size_bytes").GetInt64(), new FileInfo(file).Length);

        await VerifyByCommandAsync(console.App, done.GetProperty("receipt_id").GetString()!);
    }

    /// <summary>The verify verb, as a process of its own, on nothing but the downloaded files and the public key.</summary>
    private static async Task VerifyByCommandAsync(TestApp app, string receiptId)
    {
        var download = (await app.Get<ReceiptQueries>().DownloadAsync(receiptId, CancellationToken.None))!;
        var status = await app.Get<ReceiptQueries>().GetStatusAsync(CancellationToken.None);
        var directory = Directory.CreateTempSubdirectory("omniaudit-verify-").FullName;
        try
        {
            var receipt = Path.Combine(directory, receiptId + ".json");
            var proof = Path.Combine(directory, receiptId + ".tlog-proof");
            await File.WriteAllBytesAsync(receipt, download.Receipt.ToArray());
            await File.WriteAllTextAsync(proof, download.Proof);
            var valid = await ServerProcess.RunAsync(["verify", receipt, "--key", status.Vkey!], Path.Combine(directory, "elsewhere"));
            Assert.True(valid.ExitCode == 0, valid.Output + valid.Errors);

            var bytes = await File.ReadAllBytesAsync(receipt);
            bytes[bytes.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(receipt, bytes);
            var invalid = await ServerProcess.RunAsync(["verify", receipt, "--key", status.Vkey!], Path.Combine(directory, "elsewhere"));
            Assert.True(invalid.ExitCode == 1, invalid.Output + invalid.Errors);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
