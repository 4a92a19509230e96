using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint;

/// <summary>What happens to a scan when something goes wrong.</summary>
[Collection(RealBrowser.Name)]
public sealed class ScanJobTests
{
    private const string Good = "<!doctype html><html lang='en'><title>Good</title><h1>Good</h1>";

    [Fact]
    public async Task Job_BrowserKilledAtWork_FailsWithAReasonAndLeavesNoProcess()
    {
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", async (HttpContext context) =>
        {
            foreach (var browser in Browsers()) browser.Kill();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }));
        await using var world = await ScanWorld.StartAsync([site.Authority]);

        var submitted = await world.SubmitAsync(site.Url);
        var job = await world.RunJobAsync(submitted.JobId);

        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Contains("browser ended unexpectedly", job.Error, StringComparison.Ordinal);
        Assert.NotEmpty(site.Hits);
        await NoBrowserIsLeftAsync();
        Assert.Null((await world.Get<ReportStore>().FindAsync(submitted.ScanId, default))!.ReportRef);
    }

    [Fact]
    public async Task Job_ServerStopsAtWork_EndsTheBrowserAndIsDoneAfreshAfterTheRestart()
    {
        var reached = new TaskCompletionSource();
        var slow = true;
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", async (HttpContext context) =>
        {
            if (Volatile.Read(ref slow))
            {
                reached.TrySetResult();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync(Good);
        }));
        await using var world = await ScanWorld.StartAsync([site.Authority]);
        var submitted = await world.SubmitAsync(site.Url, "desktop");

        using var stopping = new CancellationTokenSource();
        var running = world.RunJobAsync(submitted.JobId, stopping.Token);
        await reached.Task.WaitAsync(Eventually.Patience);
        await stopping.CancelAsync();
        Assert.Equal(JobStatus.Running, (await running).Status);
        await NoBrowserIsLeftAsync();
        Assert.Null((await world.Get<ReportStore>().FindAsync(submitted.ScanId, default))!.ReportRef);

        Volatile.Write(ref slow, false);
        Assert.Equal([submitted.JobId], await world.Get<JobRunner>().RecoverAsync(default));
        var job = await world.RunJobAsync(submitted.JobId);

        Assert.Equal((JobStatus.Completed, 2), (job.Status, job.Attempt));
        var report = await world.Get<ReportStore>().LoadAsync(job.ResultRef!, default);
        Assert.Equal("Good", Assert.Single(report.Pages).Title);
        await NoBrowserIsLeftAsync();
    }

    [Fact]
    public async Task Job_DiedAfterTheReportWasStored_AnswersThatReportWithoutScanningAgain()
    {
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", () => TestSite.Html(Good)));
        await using var world = await ScanWorld.StartAsync([site.Authority]);
        var submitted = await world.SubmitAsync(site.Url, "desktop", "quick");
        var first = await world.RunJobAsync(submitted.JobId);
        var visits = site.Hits.Count;

        await world.Get<Database>().WriteAsync(db => db.Set<JobRow>().ExecuteUpdateAsync(set => set.SetProperty(j => j.Status, JobStatus.Queued).SetProperty(j => j.ResultRef, (string?)null)), default);
        var second = await world.RunJobAsync(submitted.JobId);

        Assert.NotNull(first.ResultRef);
        Assert.Equal(first.ResultRef, second.ResultRef);
        Assert.Equal(visits, site.Hits.Count);
    }

    [Fact]
    public async Task Job_WithoutAChromium_FailsAndNamesTheSettingAndTheRemedy()
    {
        await using var site = await TestSite.StartAsync(_ => { });
        await using var world = await ScanWorld.StartAsync([site.Authority], change: o => o.SiteLint.ChromiumPath = "/nowhere/chromium");

        var job = await world.RunJobAsync((await world.SubmitAsync(site.Url)).JobId);

        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Contains("SiteLint:ChromiumPath names '/nowhere/chromium'", job.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_ChromiumThatDoesNotStart_FailsWithAReason()
    {
        await using var site = await TestSite.StartAsync(_ => { });
        await using var world = await ScanWorld.StartAsync([site.Authority], change: o => o.SiteLint.ChromiumPath = "/bin/false");

        var job = await world.RunJobAsync((await world.SubmitAsync(site.Url)).JobId);

        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Contains("Chromium at /bin/false did not start", job.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://10.0.0.5/", "address_denied")]
    [InlineData("http://169.254.169.254/latest/", "metadata_denied")]
    public async Task Job_RedirectToADeniedTarget_FailsAndSaysWhere(string target, string code)
    {
        await using var site = await TestSite.StartAsync(app => app.MapGet("/", () => Results.Redirect(target)));
        await using var world = await ScanWorld.StartAsync([site.Authority, "*"]);

        var job = await world.RunJobAsync((await world.SubmitAsync(site.Url, "desktop")).JobId);

        Assert.Equal(JobStatus.Failed, job.Status);
        Assert.Contains("Nothing could be audited", job.Error, StringComparison.Ordinal);
        Assert.Contains(code == "metadata_denied" ? "metadata service" : "10.0.0.5 is a private address", job.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_NameThatTurnedPrivateWhileItWaited_FailsBeforeABrowserStarts()
    {
        var address = IPAddress.Parse("93.184.216.34");
        await using var world = await ScanWorld.StartAsync([], (_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([address]), o => o.SiteLint.ChromiumPath = "/nowhere/chromium");
        var submitted = await world.SubmitAsync("http://rebind.test/");
        address = IPAddress.Loopback;

        Assert.Contains("rebind.test resolves to 127.0.0.1", (await world.RunJobAsync(submitted.JobId)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scan_OneBadPageAmongGoodOnes_CostsOnlyItsOwnResult()
    {
        var deadPort = Ports.Free();
        await using var site = await TestSite.StartAsync(app =>
        {
            app.MapGet("/", () => TestSite.Html(Good + "<a href=/error>e</a><a href=/empty>x</a><a href=/away>a</a><a href=/private>p</a><a href=/text>t</a><a href=/alert>l</a><a href=/good>g</a>"));
            app.MapGet("/error", () => Results.Content("broken", "text/html", statusCode: 500));
            app.MapGet("/empty", () => Results.StatusCode(404));
            app.MapGet("/away", () => Results.Redirect($"http://127.0.0.1:{deadPort}/"));
            app.MapGet("/private", () => Results.Redirect("http://10.0.0.5/"));
            app.MapGet("/text", () => Results.Text("plain"));
            app.MapGet("/alert", () => TestSite.Html(Good + "<script>for (let i = 0; i < 20; i++) alert(i); window.open('/good'); document.querySelectorAll = null; JSON.stringify = () => '[]'</script>"));
            app.MapGet("/good", () => TestSite.Html(Good));
        });
        await using var world = await ScanWorld.StartAsync([site.Authority, $"127.0.0.1:{deadPort}", "*"]);

        var report = await world.ScanAsync(site.Url + "/", "desktop", "quick", budget: 8);

        Assert.Equal(
            ["/ audited", "/error http_error", "/empty http_error", "/away unreachable", "/private blocked", "/text not_html", "/alert audited", "/good audited"],
            report.Pages.Select(p => $"{new Uri(p.Url).AbsolutePath} {p.Outcome}"));
        Assert.Contains("10.0.0.5 is a private address", report.Pages[4].Reason, StringComparison.Ordinal);
        Assert.Contains(report.Findings, f => f.Rule == "availability/http-status" && f.Severity == "s1" && f.PageUrl.EndsWith("/error", StringComparison.Ordinal));
        Assert.Contains(report.Network.Hops, h => !h.Allowed && h.Host == "10.0.0.5");
    }

    [Fact]
    public async Task Scan_Progress_NamesPagesAndViewportsAndNeverFalls()
    {
        await using var site = await TestSite.StartAsync(ScanTests.FaultySite);
        await using var world = await ScanWorld.StartAsync([site.Authority]);
        var told = new List<(double Progress, string Step)>();

        var arguments = ScanArguments.From(site.Url, "quick", "desktop_mobile", ["/", "/about"], null);
        await world.Get<ScanRunner>().RunAsync("scn_x", arguments, (progress, step) => { told.Add((progress, step)); return Task.CompletedTask; }, default);

        Assert.Contains(told, t => t.Step == "page 1 of 2, desktop");
        Assert.Contains(told, t => t.Step == "page 2 of 2, mobile");
        Assert.Equal(told.Select(t => t.Progress).Order(), told.Select(t => t.Progress));
        Assert.Equal(1, told[^1].Progress);
    }

    /// <summary>Chromium's processes below this one. Tests with browsers never run at the same time.</summary>
    internal static List<Process> Browsers()
    {
        var parents = new Dictionary<int, int>();
        foreach (var directory in Directory.GetDirectories("/proc").Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0])))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(directory, "stat"));
                // The name stands in brackets and may hold anything; the parent is the second field after it.
                parents[int.Parse(Path.GetFileName(directory))] = int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile.
            }
        }
        return [.. Process.GetProcesses().Where(p => p.ProcessName.StartsWith("chrom", StringComparison.Ordinal) && IsBelow(p.Id))];

        bool IsBelow(int id)
        {
            for (var steps = 0; steps < 50 && id > 1; steps++)
            {
                if (id == Environment.ProcessId) return true;
                id = parents.GetValueOrDefault(id);
            }
            return false;
        }
    }

    /// <summary>A killed process is gone once its parent has heard of it; that takes a moment.</summary>
    internal static Task NoBrowserIsLeftAsync() => Eventually.TrueAsync(() => Task.FromResult(Browsers().TrueForAll(p => IsZombie(p.Id))), "no browser is left");

    private static bool IsZombie(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return stat[stat.LastIndexOf(')') + 2] == 'Z';
        }
        catch (IOException)
        {
            return true;
        }
    }
}
