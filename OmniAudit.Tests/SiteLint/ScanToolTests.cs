using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.SiteLint;

/// <summary>The four tools and the console's queries, over stored reports; no browser.</summary>
public sealed class ScanToolTests
{
    private const string Site = "http://127.0.0.1:8081";

    [Fact]
    public async Task StartScan_EntryPaths_AreResolvedOnceInOrder()
    {
        await using var world = await WorldAsync();

        var answer = await world.Tool<StartScanTool>().RunAsync(Input() with { EntryPaths = ["/b", "a?q=1", $"{Site}/b#x", "/c/../d"], CrawlBudget = 2 }, ScanWorld.Call(), default);

        var arguments = JsonSerializer.Deserialize<ScanArguments>((await world.Jobs.FindAsync(answer.JobId, default))!.ArgumentsJson, ReportJson.Options)!;
        Assert.Equal([$"{Site}/b", $"{Site}/a?q=1", $"{Site}/d"], arguments.EntryUrls);
        Assert.Equal(3, arguments.CrawlBudget);
        Assert.Equal((JobStatus.Queued, "sitelint"), (answer.Status, answer.Module));
        Assert.Equal("scn_" + answer.JobId[4..], answer.ScanId);
    }

    [Theory]
    [InlineData("http://127.0.0.1:8082/")]
    [InlineData("https://127.0.0.1:8081/")]
    [InlineData("//evil.test/")]
    [InlineData("/\\evil.test/")]
    [InlineData("\\\\evil.test")]
    [InlineData("javascript:alert(1)")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://user@127.0.0.1:8081/")]
    public async Task StartScan_EntryPathThatLeavesTheOrigin_IsRefusedByItsPlace(string path)
    {
        await using var world = await WorldAsync();

        var refusal = await Assert.ThrowsAsync<ToolRefusedException>(() => world.Tool<StartScanTool>().RunAsync(Input() with { EntryPaths = ["/ok", path] }, ScanWorld.Call(), default));

        Assert.Equal("entry_paths[1]", refusal.Field);
    }

    [Fact]
    public async Task StartScan_WhatItCannotDo_IsRefusedByName()
    {
        await using var world = await WorldAsync();
        var screen = new StartScanTool.Screen { Name = "watch", Width = 300, Height = 300 };
        foreach (var (input, field, words) in new (StartScanTool.Input, string, string)[]
        {
            (Input() with { CrawlBudget = 0 }, "crawl_budget", "must be 1 to 50, is 0"),
            (Input() with { CrawlBudget = 10_000 }, "crawl_budget", "must be 1 to 50, is 10000"),
            (Input() with { Runs = 6 }, "runs", "must be 1 to 5"),
            (Input() with { PerTemplate = 0 }, "per_template", "must be 1 to 50"),
            (Input() with { Include = ["/ok", "docs/**"] }, "include[1]", "begin with /"),
            (Input() with { Exclude = [""] }, "exclude[0]", "1 to 200 characters"),
            (Input() with { ViewportSet = "custom" }, "viewports", "1 to 4 entries"),
            (Input() with { Viewports = [screen] }, "viewports", "viewport_set custom"),
            (Input() with { ViewportSet = "custom", Viewports = [screen, screen] }, "viewports", "names of their own"),
            (Input() with { ViewportSet = "custom", Viewports = [screen with { Width = 100_000 }] }, "viewports[0].width", "240 to 3840"),
            (Input() with { Budgets = new ScanBudgets([new BudgetRule(PerformanceScore: 101)]) }, "budgets.rules[0].performance_score", "0 to 100"),
            (Input() with { Budgets = new ScanBudgets([], WorstSeverity: "s9") }, "budgets.worst_severity", "s1, s2, s3, s4"),
            (Input() with { AuthProfile = "nobody" }, "auth_profile", "nothing is known by 'nobody'"),
            (Input() with { AuthProfileId = "aup_x" }, "auth_profile_id", "nothing is known by 'aup_x'"),
            (Input() with { BaselineScanId = "scn_x" }, "baseline_scan_id", "nothing is known by 'scn_x'"),
        })
        {
            var refusal = await Assert.ThrowsAsync<ToolRefusedException>(() => world.Tool<StartScanTool>().RunAsync(input, ScanWorld.Call(), default));
            Assert.Equal(field, refusal.Field);
            Assert.StartsWith(field + ": ", refusal.Message, StringComparison.Ordinal);
            Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task StartScan_Baseline_MustBeAFinishedScanOfTheSameSite()
    {
        await using var world = await ScanWorld.StartAsync([new Uri(Site).Authority, "127.0.0.1:8082"]);
        var finished = (await FinishedAsync(world, 1, 1)).ScanId;
        var waiting = (await world.SubmitAsync(Site)).ScanId;

        Task<ScanJobRef> StartAsync(string url, string baseline) => world.Tool<StartScanTool>().RunAsync(Input() with { Url = url, BaselineScanId = baseline }, ScanWorld.Call(), default);
        Assert.Equal("not_ready", (await Assert.ThrowsAsync<ToolRefusedException>(() => StartAsync(Site, waiting))).Code);
        var foreign = await Assert.ThrowsAsync<ToolRefusedException>(() => StartAsync("http://127.0.0.1:8082/", finished));
        Assert.Equal($"baseline_scan_id: {finished} is a scan of {Site}, not of http://127.0.0.1:8082. Scans are compared with earlier ones of the same origin only.", foreign.Message);
        Assert.Equal(JobStatus.Queued, (await StartAsync(Site + "/other", finished)).Status);
    }

    [Fact]
    public async Task StartScan_EverythingAsked_IsStoredWithTheJob()
    {
        await using var world = await WorldAsync();
        var budgets = new ScanBudgets([new BudgetRule("/shop/**", LcpMs: 2500)], NewFindings: 0);
        var answer = await world.Tool<StartScanTool>().RunAsync(
            Input() with { Profile = "deep", ViewportSet = "custom", Viewports = [new StartScanTool.Screen { Name = "watch", Width = 300, Height = 320, Scale = 2, Mobile = true }], Include = ["/a/**"], Exclude = ["/a/b"], PerTemplate = 2, IgnoreRobots = true, Runs = 3, CrawlBudget = 50, Budgets = budgets },
            ScanWorld.Call(), default);

        var arguments = JsonSerializer.Deserialize<ScanArguments>((await world.Jobs.FindAsync(answer.JobId, default))!.ArgumentsJson, ReportJson.Options)!;
        Assert.Equal((2, true, 3, 50), (arguments.PerTemplate, arguments.IgnoreRobots, arguments.Runs, arguments.CrawlBudget));
        Assert.Equal(["/a/**", "/a/b"], arguments.Include.Concat(arguments.Exclude));
        Assert.Equal(new Viewport("watch", 300, 320, 2, true), Assert.Single(arguments.Screens()));
        Assert.Equal(budgets.Rules, arguments.Budgets!.Rules);
        Assert.Equal(0, arguments.Budgets.NewFindings);
    }

    [Fact]
    public async Task StartScan_Twice_IsOneScanOnlyWithAKey()
    {
        await using var world = await WorldAsync();

        var plain = await world.SubmitAsync(Site);
        Assert.NotEqual(plain.JobId, (await world.SubmitAsync(Site)).JobId);
        var keyed = await world.SubmitAsync(Site, key: "k");
        Assert.Equal(keyed, await world.SubmitAsync(Site, key: "k"));
        Assert.Equal(3, (await world.Get<ScanQueries>().ListAsync(null, 10, default)).Scans.Count);
    }

    [Fact]
    public async Task GetScan_UnknownJob_IsRefused()
    {
        await using var world = await WorldAsync();
        var refusal = await Assert.ThrowsAsync<ToolRefusedException>(() => world.Tool<GetScanTool>().RunAsync(new GetScanTool.Input { JobId = "job_x" }, ScanWorld.Call(), default));
        Assert.Equal(("not_found", "job_id"), (refusal.Code, refusal.Field));
    }

    [Fact]
    public async Task GetReport_UnknownOrUnfinishedScan_SaysWhatToDo()
    {
        await using var world = await WorldAsync();
        var queued = await world.SubmitAsync(Site);

        var unknown = await Assert.ThrowsAsync<ToolRefusedException>(() => ReportAsync(world, "scn_x", "json"));
        var early = await Assert.ThrowsAsync<ToolRefusedException>(() => ReportAsync(world, queued.ScanId, "json"));

        Assert.Equal("not_found", unknown.Code);
        Assert.Equal("not_ready", early.Code);
        Assert.Contains(queued.JobId, early.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetReport_LargeReport_IsCutAndSaysSo()
    {
        await using var world = await WorldAsync();
        var scan = await FinishedAsync(world, findings: 2_000, pages: 100);

        var answer = await ReportAsync(world, scan.ScanId, null);

        // About 2,000 tokens.
        Assert.InRange(JsonSerializer.SerializeToUtf8Bytes(answer, ToolJson.Options).Length, 4_000, 8_000);
        Assert.True(answer.Report!.CutOff);
        Assert.Contains("of 2000 findings", answer.Report.LeftOut, StringComparison.Ordinal);
        Assert.Equal((2_000, 100), (answer.Report.FindingsTotal, answer.Report.PagesTotal));
        Assert.InRange(answer.Report.Findings.Count, 8, 1_000);
        Assert.Equal(answer.SizeBytes, (await ReadAsync(world, answer.ReportRef)).Length);
        Assert.False((await ReportAsync(world, (await FinishedAsync(world, 3, 1)).ScanId, "json")).Report!.CutOff);
    }

    [Fact]
    public async Task GetReport_Zip_HoldsReportAndPicturesWithTheirHashesAndNeverVaries()
    {
        await using var world = await WorldAsync();
        var scan = await FinishedAsync(world, 3, 2);

        var answer = await ReportAsync(world, scan.ScanId, "zip");

        var bytes = await ReadAsync(world, answer.ReportRef);
        Assert.Equal((answer.SizeBytes, answer.Sha256), (bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        using var archive = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal(["report.json", "report.html", "findings.sarif", "junit.xml", "summary.md", "network.csv", "screenshots/001-desktop.png", "screenshots/002-desktop.png", "manifest.json"], archive.Entries.Select(e => e.FullName));
        using var manifest = await JsonDocument.ParseAsync(archive.GetEntry("manifest.json")!.Open());
        foreach (var file in manifest.RootElement.GetProperty("files").EnumerateArray())
        {
            await using var entry = archive.GetEntry(file.GetProperty("name").GetString()!)!.Open();
            Assert.Equal(file.GetProperty("sha256").GetString(), Convert.ToHexStringLower(await SHA256.HashDataAsync(entry)));
        }
        var row = (await world.Get<ReportStore>().FindAsync(scan.ScanId, default))!;
        row.ZipRef = null;
        Assert.Equal(answer.Sha256, (await world.Get<ReportStore>().ArchiveAsync(row, default)).Sha256);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("zip")]
    [InlineData("html")]
    [InlineData("sarif")]
    [InlineData("junit")]
    [InlineData("markdown")]
    public async Task ExportReport_NewFile_IsWrittenWholeAndOnce(string format)
    {
        await using var world = await WorldAsync();
        var scan = await FinishedAsync(world, 3, 1);

        var first = await ExportAsync(world, scan.ScanId, format, "acme/report.out");
        var second = await ExportAsync(world, scan.ScanId, format, "acme/report.out");

        var bytes = await File.ReadAllBytesAsync(Path.Combine(world.Exports, "acme", "report.out"));
        Assert.Equal(new ExportReportTool.Output("acme/report.out", Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length, false), first);
        Assert.Equal(first with { AlreadyThere = true }, second);
        Assert.Single(Directory.GetFiles(Path.Combine(world.Exports, "acme")));
    }

    [Fact]
    public async Task ExportReport_FileWithOtherContent_IsNotReplaced()
    {
        await using var world = await WorldAsync();
        var scan = await FinishedAsync(world, 3, 1);
        Directory.CreateDirectory(world.Exports);
        await File.WriteAllTextAsync(Path.Combine(world.Exports, "mine.json"), "precious");

        Assert.Equal("file_exists", (await Assert.ThrowsAsync<ToolRefusedException>(() => ExportAsync(world, scan.ScanId, "json", "mine.json"))).Code);
        Assert.Equal("precious", await File.ReadAllTextAsync(Path.Combine(world.Exports, "mine.json")));
    }

    [Theory]
    [InlineData("../out.json")]
    [InlineData("/tmp/out.json")]
    [InlineData("link/out.json")]
    [InlineData("linked.json")]
    public async Task ExportReport_OutsideTheRoot_IsRefusedAgainWhenItIsWritten(string destination)
    {
        await using var world = await WorldAsync();
        var scan = await FinishedAsync(world, 3, 1);
        Directory.CreateDirectory(world.Exports);
        var outside = Directory.CreateTempSubdirectory("outside-");
        Directory.CreateSymbolicLink(Path.Combine(world.Exports, "link"), outside.FullName);
        File.CreateSymbolicLink(Path.Combine(world.Exports, "linked.json"), Path.Combine(outside.FullName, "target"));

        var refusal = await Assert.ThrowsAsync<ToolRefusedException>(() => ExportAsync(world, scan.ScanId, "json", destination));

        Assert.Equal(("policy_denied", "destination"), (refusal.Code, refusal.Field));
        Assert.Empty(outside.GetFileSystemInfos());
        outside.Delete(recursive: true);
    }

    [Fact]
    public void Export_Declaration_SaysWhatItWillDo()
    {
        var definition = ExportReportTool.Definition;
        var input = new ExportReportTool.Input { ScanId = "scn_1", Format = "zip", Destination = "a/b.zip" };

        Assert.Equal(ToolRisk.Write, definition.Risk);
        Assert.Equal(new PolicyTarget(PolicySubject.ExportPath, "destination", "a/b.zip"), Assert.Single(definition.Policy.Targets(input)));
        Assert.Equal("write the archive (report in every format, and screenshots) of scan scn_1 to the file a/b.zip in the exports directory", definition.Intent!(input));
        Assert.Equal(new PolicyTarget(PolicySubject.Url, "url", Site), Assert.Single(StartScanTool.Definition.Policy.Targets(Input())));
    }

    [Fact]
    public async Task Queries_ListAndFind_PageByKeyAndOpenOnlyOwnObjects()
    {
        await using var world = await WorldAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++) ids.Add((await FinishedAsync(world, 1, 1)).ScanId);
        var queries = world.Get<ScanQueries>();

        var seen = new List<string>();
        string? before = null;
        do
        {
            var page = await queries.ListAsync(before, 2, default);
            seen.AddRange(page.Scans.Select(s => s.ScanId));
            before = page.Before;
        }
        while (before is not null);
        Assert.Equal(ids.OrderDescending(StringComparer.Ordinal), seen);

        var detail = (await queries.FindAsync(ids[0], default))!;
        var shot = detail.Report!.Pages[0].Screenshot!.Reference;
        var foreign = await world.Get<ReportStore>().PutAsync("foreign"u8.ToArray(), "text/plain", default);
        await using var own = (await queries.OpenObjectAsync(ids[0], shot, default))?.Content;
        Assert.NotNull(own);
        Assert.Null(await queries.OpenObjectAsync(ids[0], foreign.Reference, default));
        Assert.Null(await queries.OpenObjectAsync("scn_x", shot, default));
        Assert.Null(await queries.FindAsync("scn_x", default));
    }

    private static Task<ScanWorld> WorldAsync() => ScanWorld.StartAsync([new Uri(Site).Authority]);

    private static StartScanTool.Input Input() => new() { Url = Site, Profile = "standard", ViewportSet = "desktop" };

    private static Task<GetReportTool.Output> ReportAsync(ScanWorld world, string scanId, string? format) =>
        world.Tool<GetReportTool>().RunAsync(new GetReportTool.Input { ScanId = scanId, Format = format }, ScanWorld.Call(), default);

    private static Task<ExportReportTool.Output> ExportAsync(ScanWorld world, string scanId, string format, string destination) =>
        world.Tool<ExportReportTool>().RunAsync(new ExportReportTool.Input { ScanId = scanId, Format = format, Destination = destination }, ScanWorld.Call(), default);

    private static async Task<byte[]> ReadAsync(ScanWorld world, string reference)
    {
        await using var stream = await world.Get<ReportStore>().OpenAsync(reference, default);
        using var memory = new MemoryStream();
        await stream.CopyToAsync(memory);
        return memory.ToArray();
    }

    /// <summary>A scan whose report is stored, as the job would leave it.</summary>
    private static async Task<ScanJobRef> FinishedAsync(ScanWorld world, int findings, int pages)
    {
        var scan = await world.SubmitAsync(Site);
        var reports = world.Get<ReportStore>();
        var list = new List<ReportPage>();
        for (var i = 0; i < pages; i++)
        {
            var png = await reports.PutAsync([1, 2, 3, (byte)i], "image/png", default);
            list.Add(new ReportPage { Url = $"{Site}/{i}", Viewport = "desktop", Outcome = PageOutcome.Audited, Screenshot = new ReportScreenshot(png.Reference, png.Sha256, png.Size, null) });
        }
        var set = new FindingSet();
        for (var i = 0; i < findings; i++) set.Add($"{Site}/", "desktop", new Sighting($"axe/rule-{i}", "s2", "accessibility", $"Title {i}", 1, "Mend it.", "p", "<p>"), []);
        var at = DateTimeOffset.UnixEpoch;
        await reports.SaveAsync(new ScanReport
        {
            ScanId = scan.ScanId, Url = Site, Profile = "standard", ViewportSet = "desktop", StartedAt = at, FinishedAt = at, Browser = new ReportBrowser("1", true, null),
            Summary = new ReportSummary(pages, findings, 0, findings, 0, 0, 0), Pages = list, Findings = set.ToList(), Network = new ReportNetwork(0, 0, 0, []),
        }, default);
        return scan;
    }
}
