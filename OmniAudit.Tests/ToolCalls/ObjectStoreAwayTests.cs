using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Storage.Objects;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ToolCalls;

/// <summary>The bucket is away: everybody who needs it is told so, with the setting to look at.</summary>
public sealed class ObjectStoreAwayTests : IAsyncLifetime
{
    private const string Code = "object_store_unavailable";
    private const string Settings = "S3_ENDPOINT_URL, S3_REGION_NAME";

    private FaultyS3 _server = null!;
    private TestApp _app = null!;
    private string _scan = "";
    private string _findings = "";

    public async Task InitializeAsync()
    {
        _server = await FaultyS3.StartAsync();
        _app = await TestApp.StartAsync(o => _server.Configure(o), services: s => s.AddSingleton<IJobHandler, StoringJob>());
        _scan = await FullScan.AddAsync(_app, "https://away.test");
        _findings = await SeededObjects.AddFindingsAsync(_app, await SeededObjects.AddEvidenceAsync(_app, "acme/away", "a log"), "acme/away");
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task ToolCall_ThatNeedsAnObject_AnswersTheCodeAndNamesTheSetting()
    {
        await _server.StopAsync();
        var answer = await _app.CallAsync("sitelint.get_report", new { scan_id = _scan });
        Assert.True(answer.GetProperty("isError").GetBoolean());
        var told = answer.GetProperty("structuredContent");
        Assert.Equal(Code, told.GetProperty("error").GetString());
        Assert.Contains(Settings, told.GetProperty("message").GetString(), StringComparison.Ordinal);
        // Where the store stands is not for every agent.
        Assert.DoesNotContain(_server.Url.Replace("http://", "", StringComparison.Ordinal).TrimEnd('/'), answer.GetRawText(), StringComparison.Ordinal);
        var row = (await _app.Get<AuditQueries>().ListAsync(new CallFilter("sitelint.get_report"), default))[0];
        Assert.Equal((CallStatus.Failed, Code, row.CallId), (row.Status, row.ErrorCode, told.GetProperty("reference").GetString()));
    }

    [Fact]
    public async Task Resource_ThatNeedsAnObject_IsAnErrorWithTheCode()
    {
        await _server.StopAsync();
        using var response = await _app.PostAsync("resources/read", new JsonObject { ["uri"] = $"omniaudit://reports/{_scan}" }, name: $"omniaudit://reports/{_scan}");
        var answer = await TestApp.ReadAsync(response);
        Assert.Contains(Code, answer.GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>The file was not written, and that is known: not an outcome that a person must find out.</summary>
    [Fact]
    public async Task ApprovedExport_IsSaidToBeNotDone()
    {
        var asked = (await _app.CallAsync("sitelint.export_report", new { scan_id = _scan, format = "json", destination = "a.json" })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await _server.StopAsync();
        await _app.DecideAsync(asked, Decision.Approve);
        var ended = await _app.WaitForStateAsync(asked, ApprovalState.Failed, ApprovalState.Unknown);
        Assert.Equal(ApprovalState.Failed, ended.Summary.State);
        Assert.Contains(Settings, ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_ThatCannotStore_FailsWithTheCode()
    {
        await _server.StopAsync();
        var jobId = (await _app.CallAsync("probe.start_job")).GetProperty("structuredContent").GetProperty("job_id").GetString()!;
        var ended = await Eventually.GetAsync(async () => (await _app.Get<JobStore>().FindAsync(jobId, default))!, j => j.Status is JobStatus.Completed or JobStatus.Failed, "the job ends");
        Assert.Equal(JobStatus.Failed, ended.Status);
        Assert.StartsWith($"{Code}: ", ended.Error, StringComparison.Ordinal);
        Assert.Contains(Settings, ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConsoleAndDownloads_SayThatTheStoreIsAway()
    {
        await _server.StopAsync();
        var page = await (await SendAsync($"/scans/{_scan}")).Content.ReadAsStringAsync();
        Assert.True(page.Contains("does not answer as it should", StringComparison.Ordinal), page);
        page = await (await SendAsync($"/findings/{_findings}")).Content.ReadAsStringAsync();
        Assert.True(page.Contains("The object store is away", StringComparison.Ordinal) && page.Contains(Settings, StringComparison.Ordinal), page);
        using var download = await SendAsync($"/scans/{_scan}/report/json");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, download.StatusCode);
        Assert.Contains(Code, await download.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private sealed class StoringJob(ObjectStore objects) : IJobHandler
    {
        public string Kind => "probe.job";

        public async Task<string> RunAsync(JobRun run, CancellationToken cancellationToken) => (await objects.PutAsync(new MemoryStream([1]), "", cancellationToken)).Reference;
    }

    private async Task<HttpResponseMessage> SendAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Cookie", await ConsoleCookie.ForAsync(_app.Services, "operator", Role.Admin) } } };
        return await _app.Http.SendAsync(request);
    }
}
