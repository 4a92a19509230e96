using System.Net;
using System.Text.Json;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Endpoints;

/// <summary>What programs ask the server itself.</summary>
public sealed class ServiceEndpointsTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly TestApp _app = shared.App;

    private async Task<JsonElement> GetAsync(string path)
    {
        using var response = await _app.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    [Fact]
    public async Task Root_AskedByAProgram_NamesTheServiceAndItsEndpoints()
    {
        var root = await GetAsync("/");
        Assert.Equal(("OmniAudit", "test"), (root.GetProperty("name").GetString(), root.GetProperty("env").GetString()));
        Assert.Equal(
            """{"mcp":"/mcp","console":"/ui","state":"/ui/state","health":"/healthz","ready":"/readyz","metrics":"/metrics"}""",
            root.GetProperty("endpoints").GetRawText());
        foreach (var endpoint in root.GetProperty("endpoints").EnumerateObject())
        {
            using var response = await _app.Http.GetAsync(endpoint.Value.GetString());
            Assert.NotEqual(HttpStatusCode.NotFound, response.StatusCode);
        }
    }

    [Fact]
    public async Task Root_AskedByABrowser_LeadsToTheConsole()
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = _app.Url };
        client.DefaultRequestHeaders.Add("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        using var response = await client.GetAsync("/");
        Assert.Equal((HttpStatusCode.Redirect, "/ui"), (response.StatusCode, response.Headers.Location?.ToString()));
    }

    [Fact]
    public async Task Health_OfALivingServer_IsOk() => Assert.Equal("""{"status":"ok"}""", (await GetAsync("/healthz")).GetRawText());

    [Theory]
    [InlineData("/")]
    [InlineData("/healthz")]
    [InlineData("/metrics")]
    [InlineData("/ui/state")]
    [InlineData("/nowhere")]
    public async Task Response_OfAnyEndpoint_CarriesARequestIdAndNoServerName(string path)
    {
        using var response = await _app.Http.GetAsync(path);
        Assert.Matches("^[0-9a-f]{32}$", response.Headers.GetValues("x-request-id").Single());
        Assert.Empty(response.Headers.Server);
    }

    [Fact]
    public async Task State_HasTheLast25JobsAnd50ReceiptsNewestFirst()
    {
        await _app.Get<Database>().WriteAsync(db =>
        {
            for (var i = 0; i < 27; i++)
                db.Add(new JobRow { JobId = $"job_{i:00}", Module = "probe", Kind = "probe.job", Status = JobStatus.Completed, Progress = 1, ResultRef = "ref", RequestedBy = "agent:x", RequestedByName = "x", CreatedAt = _app.Time.GetUtcNow() });
            return Task.CompletedTask;
        }, CancellationToken.None);
        for (var i = 0; i < 26; i++)
        {
            var id = (await _app.CallAsync("probe.write_note", new { text = $"n{i}" })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
            await _app.DecideAsync(id, Decision.Approve);
            await _app.WaitForStateAsync(id, "executed");
        }

        var state = await GetAsync("/ui/state");
        var jobs = state.GetProperty("jobs").EnumerateArray().ToList();
        Assert.Equal(Enumerable.Range(2, 25).Reverse().Select(i => $"job_{i:00}"), jobs.Select(j => j.GetProperty("job_id").GetString()));
        Assert.Equal(["job_id", "module", "status", "progress", "step", "started_at", "finished_at", "result_ref", "error"], jobs[0].EnumerateObject().Select(p => p.Name));

        var receipts = state.GetProperty("receipts").EnumerateArray().ToList();
        Assert.Equal(50, receipts.Count);
        Assert.Equal(["receipt_id", "operation", "inputs_hash", "actor", "created_at", "result_ref", "kind", "state", "approval_id"], receipts[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(("probe.write_note", "agent:anonymous"), (receipts[0].GetProperty("operation").GetString(), receipts[0].GetProperty("actor").GetString()));
        Assert.Matches("^[0-9a-f]{64}$", receipts[0].GetProperty("inputs_hash").GetString());
        var times = receipts.ConvertAll(r => r.GetProperty("created_at").GetDateTimeOffset());
        Assert.Equal(times.OrderDescending(), times);
    }
}
