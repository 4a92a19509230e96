using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Clients;
using OmniAudit.Tests.SiteLint;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ToolCalls;

/// <summary>The real process, killed with SIGKILL while it works, started again on the same data directory.</summary>
[Collection(Browser.BrowserTests.Name)]
public sealed class CrashTests : IAsyncLifetime
{
    private readonly string _data = Path.Combine(Path.GetTempPath(), $"omniaudit-crash-{Guid.NewGuid():N}");
    private readonly int _port = Ports.Free();
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TestSite _site = null!;
    private int _slowHits;

    public async Task InitializeAsync() => _site = await TestSite.StartAsync(app =>
    {
        app.MapGet("/", () => TestSite.Html("<!doctype html><html lang=en><title>Small</title><h1>Small</h1>"));
        app.MapGet("/slow", async (CancellationToken aborted) =>
        {
            Interlocked.Increment(ref _slowHits);
            await _release.Task.WaitAsync(aborted);
            return TestSite.Html("<!doctype html><html lang=en><title>Slow</title><h1>Slow</h1>");
        });
    });

    public async Task DisposeAsync()
    {
        await _site.DisposeAsync();
        if (Directory.Exists(_data)) Directory.Delete(_data, recursive: true);
    }

    private Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(_data, _port, new Dictionary<string, string>
    {
        ["URL_ALLOWLIST"] = _site.Authority, ["SITELINT_ASYNC_MODE"] = "true", ["GITHUB_WRITE_RATE_LIMIT_PER_MINUTE"] = "1000",
    });

    private static async Task<string> ScanAsync(NpmClient agent, string url)
    {
        var answer = (await agent.CallAsync("sitelint.start_scan", new { url, profile = "quick", viewport_set = "desktop" })).GetProperty("structuredContent");
        return answer.GetProperty("scan_id").GetString()! + " " + answer.GetProperty("job_id").GetString()!;
    }

    private static Task<System.Text.Json.JsonElement> JobAsync(NpmClient agent, string jobId, params string[] states) => Eventually.GetAsync(
        async () => (await agent.CallAsync("core.get_job", new { job_id = jobId })).GetProperty("structuredContent"), j => states.Contains(j.GetProperty("status").GetString()), $"job {jobId} {string.Join('/', states)}");

    private async Task AssertLogVerifiesAsync()
    {
        var (exitCode, output, errors) = await ServerProcess.RunAsync(["verify", "--log"], _data);
        Assert.True(exitCode == 0, output + errors);
    }

    [Fact]
    public async Task Kill_WhileAScanRuns_TheScanIsResumedAfterTheRestart()
    {
        string jobId;
        await using (var server = await StartAsync())
        await using (var agent = await NpmClient.ConnectAsync(server.Url))
        {
            jobId = (await ScanAsync(agent, _site.Url + "/slow")).Split(' ')[1];
            await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref _slowHits) > 0), "the scan loads the slow page");
            await server.KillAsync();
        }
        _release.SetResult();
        await using (var server = await StartAsync())
        await using (var agent = await NpmClient.ConnectAsync(server.Url))
        {
            var job = await JobAsync(agent, jobId, "completed", "failed");
            Assert.Equal("completed", job.GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task Kill_WhileApprovedExportsRun_EachHappenedOnceOrIsVisiblyUnknown_AndTheLogVerifies()
    {
        const int Rounds = 5;
        var random = new Random(20261121);
        string scanId;
        await using (var server = await StartAsync())
        await using (var agent = await NpmClient.ConnectAsync(server.Url))
        {
            var scan = (await ScanAsync(agent, _site.Url + "/")).Split(' ');
            Assert.Equal("completed", (await JobAsync(agent, scan[1], "completed", "failed")).GetProperty("status").GetString());
            scanId = scan[0];
        }
        var approvals = new List<string>();
        for (var round = 0; round < Rounds; round++)
        {
            await using var server = await StartAsync();
            await using var agent = await NpmClient.ConnectAsync(server.Url);
            for (var i = 0; i < 4; i++)
            {
                var asked = (await agent.CallAsync("sitelint.export_report", new { scan_id = scanId, format = "json", destination = $"r{round}/{i}.json" })).GetProperty("structuredContent");
                approvals.Add(asked.GetProperty("approval").GetProperty("id").GetString()!);
            }
            await ApproveBesideTheServerAsync(approvals[^4..]);
            // The dispatcher looks once a second: the kill falls before, between or after the executions.
            using var moment = new PeriodicTimer(TimeSpan.FromMilliseconds(random.Next(1, 1300)));
            await moment.WaitForNextTickAsync();
            await server.KillAsync();
        }

        await using (var last = await StartAsync())
        {
            await using var store = await OpenStoreAsync();
            var queries = store.GetRequiredService<ApprovalQueries>();
            for (var n = 0; n < approvals.Count; n++)
            {
                var card = await Eventually.GetAsync(async () => (await queries.FindAsync(approvals[n], CancellationToken.None))!, a => ApprovalState.IsFinal(a.Summary.State), $"approval {approvals[n]} ends");
                var file = Path.Combine(_data, "exports", $"r{n / 4}", $"{n % 4}.json");
                Assert.Contains(card.Summary.State, new[] { ApprovalState.Executed, ApprovalState.Unknown });
                if (card.Summary.State == ApprovalState.Executed) Assert.True(File.Exists(file));
                var receipts = (await store.GetRequiredService<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: approvals[n]), null, 10, CancellationToken.None)).Items;
                // An unknown outcome may have been settled meanwhile, by the effect that was found.
                var kinds = receipts.Select(r => r.Kind).ToList();
                if (card.Summary.State == ApprovalState.Executed && kinds.Remove("settlement")) Assert.Equal(2, kinds.Count);
                Assert.Equal(["outcome", "decision"], kinds);
            }
        }
        await AssertLogVerifiesAsync();
    }

    /// <summary>The same store in this process, as a verb beside the server has it.</summary>
    private async Task<ServiceProvider> OpenStoreAsync()
    {
        var settings = SettingsLoader.Load(new Microsoft.Extensions.Configuration.ConfigurationBuilder().Build(), new Dictionary<string, string>([new("OMNIAUDIT_DATA", _data), .. TestDatabase.Settings(_data)]));
        var store = new ServiceCollection().AddLogging().AddOmniAudit(settings.Options).BuildServiceProvider();
        await OmniAuditModules.StartAsync(store, StorageUse.Command, CancellationToken.None);
        return store;
    }

    private async Task ApproveBesideTheServerAsync(IEnumerable<string> approvals)
    {
        await using var store = await OpenStoreAsync();
        await store.GetRequiredService<ReceiptLog>().OpenAsync(CancellationToken.None);
        await People.AddAsync(store.GetRequiredService<Database>(), TestApp.Approver);
        foreach (var id in approvals)
        {
            var card = (await store.GetRequiredService<ApprovalQueries>().FindAsync(id, CancellationToken.None))!;
            var result = await store.GetRequiredService<ApprovalDesk>().DecideAsync(id, Decision.Approve, "", card.PayloadSha256, TestApp.Approver, CancellationToken.None);
            Assert.True(result.Accepted, result.Message);
        }
    }
}
