using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using OmniAudit.Modules.Health;
using OmniAudit.Modules.Receipts;
using OmniAudit.Tests.SiteLint;
using OmniAudit.Tests.Observability;
using OmniAudit.Tests.Support;
using Quartz;

namespace OmniAudit.Tests.Endpoints;

/// <summary>/readyz: can this server do its work?</summary>
public sealed class ReadinessTests
{
    private static async Task<(HttpStatusCode Status, JsonElement Body)> AskAsync(TestApp app, string query = "")
    {
        using var response = await app.Http.GetAsync("/readyz" + query);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        return (response.StatusCode, JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement);
    }

    private static string Reason(JsonElement body, string check) => body.GetProperty("checks").GetProperty(check).GetString()!;

    [Fact]
    public async Task Ready_OfAHealthyServer_Is200AndNamesItsChecks()
    {
        await using var app = await TestApp.StartAsync();
        var (status, body) = await AskAsync(app);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"status":"ready","checks":{"database":"ok","objects":"ok","log":"ok","scheduler":"ok"}}""", body.GetRawText());
    }

    [Fact]
    public async Task Ready_WhenPartsFail_Is503WithTheirReasonsAndNoPath()
    {
        await using var app = await TestApp.StartAsync();
        await app.CallAsync("core.health");
        // The log refuses once its checkpoint is gone; objects cannot be written where a file stands; the scheduler is paused.
        File.WriteAllText(Path.Combine(app.Options.Data, "log", "checkpoint"), "not a checkpoint");
        await Assert.ThrowsAsync<LogRefusedException>(() => app.Get<ReceiptLog>().PublishAsync(CancellationToken.None));
        var objects = Path.Combine(app.Options.Data, "objects");
        if (Directory.Exists(objects)) Directory.Delete(objects, recursive: true);
        File.WriteAllText(objects, "in the way");
        await (await app.Get<ISchedulerFactory>().GetScheduler()).Standby();
        app.Time.Advance(TimeSpan.FromSeconds(2));

        var (status, body) = await AskAsync(app);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("not_ready", body.GetProperty("status").GetString());
        Assert.Equal("ok", Reason(body, "database"));
        Assert.StartsWith("checkpoint_unreadable: ", Reason(body, "log"), StringComparison.Ordinal);
        Assert.StartsWith("unavailable: ", Reason(body, "objects"), StringComparison.Ordinal);
        Assert.StartsWith("not_running: ", Reason(body, "scheduler"), StringComparison.Ordinal);
        Assert.DoesNotContain(app.Options.Data, body.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", body.GetRawText(), StringComparison.Ordinal);
        // The same is a series, and the process still lives.
        var metrics = PrometheusText.Parse(await app.Http.GetStringAsync("/metrics"));
        Assert.Equal((1d, 0d, 0d, 1d), (metrics["omniaudit_ready", ("check", "database")], metrics["omniaudit_ready", ("check", "log")], metrics["omniaudit_ready", ("check", "objects")], metrics["omniaudit_receipt_log_refused"]));
        Assert.Equal("""{"status":"ok"}""", await app.Http.GetStringAsync("/healthz"));
    }

    [Fact]
    public async Task Check_AskedManyTimes_RunsOnceASecond()
    {
        var (runs, time) = (0, new TestTime());
        var readiness = new Readiness([new ReadinessCheck("counted", _ => { Interlocked.Increment(ref runs); return Task.FromResult<string?>(null); })], time, NullLogger<Readiness>.Instance);

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => readiness.CheckAsync(default)));
        Assert.Equal(1, runs);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await readiness.CheckAsync(default)).IsReady);
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Check_ThatHangs_IsToldAndNotBegunAgain()
    {
        var (runs, hang, time) = (0, new TaskCompletionSource<string?>(), new TestTime());
        var readiness = new Readiness([new ReadinessCheck("slow", _ => { Interlocked.Increment(ref runs); return hang.Task; }) { Limit = TimeSpan.FromMilliseconds(50) }], time, NullLogger<Readiness>.Instance);

        Assert.Equal("timeout: it did not answer within 0 s", (await readiness.CheckAsync(default)).Checks[0].Reason);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.False((await readiness.CheckAsync(default)).IsReady);
        Assert.Equal(1, runs);
        hang.SetResult(null);
        await Eventually.TrueAsync(async () => (await readiness.CheckAsync(default)).IsReady, "ready again");
    }

    [Fact]
    public async Task Check_ThatThrows_SaysNothingOfTheException()
    {
        var readiness = new Readiness([new ReadinessCheck("broken", _ => throw new InvalidOperationException("SECRET"))], new TestTime(), NullLogger<Readiness>.Instance);
        Assert.Equal("failed: the server's log says why", Assert.Single((await readiness.CheckAsync(default)).Checks).Reason);
    }
}

/// <summary>The check that starts a browser.</summary>
[Collection(RealBrowser.Name)]
public sealed class BrowserReadinessTests
{
    [Fact]
    public async Task Browser_IsStartedOnlyWhereAsked()
    {
        await using var app = await TestApp.StartAsync();
        using var asked = JsonDocument.Parse(await app.Http.GetStringAsync("/readyz?check=browser"));
        Assert.Equal("ok", asked.RootElement.GetProperty("checks").GetProperty("browser").GetString());

        await using var without = await TestApp.StartAsync(o => o.SiteLint.ChromiumPath = "/nowhere/chromium");
        using var response = await without.Http.GetAsync("/readyz?check=browser");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("\"browser\":\"unavailable: ", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await without.Http.GetAsync("/readyz")).StatusCode);
    }
}
