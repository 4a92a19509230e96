using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ModelContextProtocol.Client;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Clients;
using OmniAudit.Tests.Support;
using OmniAudit.Web;

namespace OmniAudit.Tests.Verbs;

/// <summary>MCP over standard input and output, on the data of a server that runs beside it.</summary>
public sealed partial class StdioVerbTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("omniaudit-test-").FullName;
    private TestApp _app = null!;
    private string _scanId = "";

    public async Task InitializeAsync()
    {
        _app = await StartAsync();
        _scanId = await FinishedScanAsync();
    }

    private Task<TestApp> StartAsync() => TestApp.StartAsync(data: _data);

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private string[] Command => [typeof(OmniAuditServer).Assembly.Location, "mcp-stdio"];

    private Dictionary<string, string?> Settings => new(StringComparer.Ordinal)
    {
        ["OMNIAUDIT_DATA"] = _app.Options.Data, ["APP_PORT"] = _app.Url.Port.ToString(), ["LOG_FORMAT"] = "plain",
    };

    private async Task<string> FinishedScanAsync()
    {
        var (reports, jobId) = (_app.Get<ReportStore>(), Ids.New("job", _app.Time));
        await reports.EnsureAsync(jobId, ScanArguments.From("http://127.0.0.1:9/", "quick", "desktop", null, null), CancellationToken.None);
        var at = DateTimeOffset.UnixEpoch;
        await reports.SaveAsync(new ScanReport
        {
            ScanId = ScanRow.IdOf(jobId), Url = "http://127.0.0.1:9/", Profile = "quick", ViewportSet = "desktop", StartedAt = at, FinishedAt = at, Browser = new ReportBrowser("1", true, null),
            Summary = new ReportSummary(0, 0, 0, 0, 0, 0, 0), Pages = [], Findings = [], Network = new ReportNetwork(0, 0, 0, []),
        }, CancellationToken.None);
        return ScanRow.IdOf(jobId);
    }

    /// <summary>Asks for an export, has it approved, and hears the outcome; returns all that was answered.</summary>
    private async Task<string> ExportAsync(string destination, Func<string, Dictionary<string, object?>, Task<JsonElement>> call)
    {
        var report = await call("sitelint.get_report", new(StringComparer.Ordinal) { ["scan_id"] = _scanId });
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal) { ["scan_id"] = _scanId, ["format"] = "json", ["destination"] = destination };
        var asked = await call("sitelint.export_report", arguments);
        var id = asked.GetProperty("approval").GetProperty("id").GetString()!;
        Assert.StartsWith(_app.Url.ToString(), asked.GetProperty("approval").GetProperty("url").GetString(), StringComparison.Ordinal);
        Assert.True((await _app.DecideAsync(id, Decision.Approve)).Accepted);
        await _app.WaitForStateAsync(id, ApprovalState.Executed);
        arguments["confirmation_token"] = asked.GetProperty("confirmation_token").GetString();
        var done = await call("sitelint.export_report", arguments);
        Assert.Equal("executed", done.GetProperty("status").GetString());
        Assert.StartsWith("rcp_", done.GetProperty("receipt_id").GetString(), StringComparison.Ordinal);
        // The digest of the arguments goes with the destination, which differs.
        return Digest().Replace(Mcp.Golden.Normal(new JsonArray(Node(report), Node(asked), Node(done))).Replace(destination, "<file>", StringComparison.Ordinal), "\"args_sha256\": \"<digest>\"");

        static JsonNode? Node(JsonElement element) => JsonNode.Parse(element.GetRawText());
    }

    [GeneratedRegex(@"""args_sha256"": ""[0-9a-f]{64}""", RegexOptions.NonBacktracking)]
    private static partial Regex Digest();

    [Fact]
    public async Task Export_OverStdioAndHttp_ByBothSdks_IsAnsweredAlike()
    {
        var (url, stdio) = (new Uri(_app.Url, "/mcp"), new StdioClientTransport(new StdioClientTransportOptions { Command = "dotnet", Arguments = Command, EnvironmentVariables = Settings }));
        await using var overStdio = await McpClient.CreateAsync(stdio);
        await using var overHttp = await McpClient.CreateAsync(new HttpClientTransport(new HttpClientTransportOptions { Endpoint = url, TransportMode = HttpTransportMode.StreamableHttp }));
        await using var npm = await NpmClient.ConnectByStdioAsync("dotnet", Command, Settings!);

        var expected = await ExportAsync("http.json", async (tool, arguments) => JsonSerializer.SerializeToElement((await overHttp.CallToolAsync(tool, arguments)).StructuredContent));
        Assert.Equal(expected, await ExportAsync("stdio.json", async (tool, arguments) => JsonSerializer.SerializeToElement((await overStdio.CallToolAsync(tool, arguments)).StructuredContent)));
        Assert.Equal(expected, await ExportAsync("npm.json", async (tool, arguments) => (await npm.CallAsync(tool, arguments)).GetProperty("structuredContent")));
        Assert.Contains(await overStdio.ListResourcesAsync(), r => r.Uri == Mcp.McpAppsTests.Uri && r.MimeType == Mcp.McpAppsTests.MimeType);
        Assert.Equal(CardOf(await overHttp.ReadResourceAsync(Mcp.McpAppsTests.Uri)), CardOf(await overStdio.ReadResourceAsync(Mcp.McpAppsTests.Uri)));
        // The same catalogue, and every call on record.
        Assert.Equal((await npm.ListToolsAsync()).EnumerateArray().Select(t => t.GetProperty("name").GetString()), (await overStdio.ListToolsAsync()).Select(t => t.Name));
        Assert.Equal(9, (await _app.Get<AuditQueries>().ListAsync(new CallFilter(), CancellationToken.None)).Count(c => c.Tool.StartsWith("sitelint.", StringComparison.Ordinal)));
    }

    private static string CardOf(ModelContextProtocol.Protocol.ReadResourceResult read)
    {
        var card = Assert.IsType<ModelContextProtocol.Protocol.TextResourceContents>(Assert.Single(read.Contents));
        Assert.Equal(Mcp.McpAppsTests.MimeType, card.MimeType);
        return card.Text;
    }

    [Fact]
    public async Task Output_IsNothingButProtocol_AndTheConsoleHearsOfTheRequestAtOnce()
    {
        var agent = await _app.Get<AgentDirectory>().AddAsync("by-stdio", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        using var process = Start("--agent", "by-stdio");
        var heard = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = _app.Get<ChangeFeed>().Subscribe(change => { if (change is { Topic: Topics.Approvals, Elsewhere: true }) heard.TrySetResult(change.Id); });
        string[] lines =
        [
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"raw","version":"1"}}}""",
            """{"jsonrpc":"2.0","method":"notifications/initialized"}""",
            """this is no message""",
            """{"jsonrpc":"2.0","id":2,"method":"no/such"}""",
            $$"""{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"sitelint_export_report","arguments":{"scan_id":"{{_scanId}}","format":"json","destination":"raw.json"} } }""",
        ];
        var answers = new Dictionary<int, JsonElement>();
        foreach (var line in lines) await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
        while (!answers.ContainsKey(3)) Read((await process.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Patience))!);
        var id = answers[3].GetProperty("result").GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        Assert.Equal(id, await heard.Task.WaitAsync(Eventually.Patience));
        Assert.Equal($"agent:{agent.Agent.AgentId}", (await _app.Get<ApprovalQueries>().FindAsync(id, CancellationToken.None))!.Summary.RequesterSubject);

        process.StandardInput.Close();
        foreach (var line in (await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)) Read(line);
        await process.WaitForExitAsync().WaitAsync(Eventually.Patience);
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(-32601, answers[2].GetProperty("error").GetProperty("code").GetInt32());

        void Read(string line)
        {
            var message = JsonDocument.Parse(line).RootElement;
            Assert.Equal("2.0", message.GetProperty("jsonrpc").GetString());
            if (message.TryGetProperty("id", out var number) && number.ValueKind == JsonValueKind.Number) answers[number.GetInt32()] = message;
        }
    }

    [Fact]
    public async Task Request_WithoutAServer_SaysSoAndIsExecutedByTheNextOne()
    {
        Assert.True(_app.Get<ServerPresence>().IsRunning);
        await _app.DisposeAsync();
        Assert.False(new ServerPresence(_app.Options).IsRunning);
        await using var client = await McpClient.CreateAsync(new StdioClientTransport(new StdioClientTransportOptions { Command = "dotnet", Arguments = Command, EnvironmentVariables = Settings }));
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal) { ["scan_id"] = _scanId, ["format"] = "json", ["destination"] = "later.json" };
        var asked = await CallAsync();
        Assert.Contains("No OmniAudit server is running", asked.GetProperty("message").GetString(), StringComparison.Ordinal);
        arguments["confirmation_token"] = asked.GetProperty("confirmation_token").GetString();
        Assert.Equal("requires_confirmation", (await CallAsync()).GetProperty("status").GetString());

        _app = await StartAsync();
        Assert.DoesNotContain("No OmniAudit server", (await CallAsync()).GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.True((await _app.DecideAsync(asked.GetProperty("approval").GetProperty("id").GetString()!, Decision.Approve)).Accepted);
        Assert.Equal("executed", (await CallAsync()).GetProperty("status").GetString());

        async Task<JsonElement> CallAsync() => JsonSerializer.SerializeToElement((await client.CallToolAsync("sitelint.export_report", arguments)).StructuredContent);
    }

    [Theory]
    [InlineData("APP_PORT", "many", "APP_PORT")]
    [InlineData("MCP_AUTH_MODE", "api_key", "OMNIAUDIT_KEY")]
    [InlineData("OMNIAUDIT_KEY", "oak_wrong", "OMNIAUDIT_KEY")]
    [InlineData("OMNIAUDIT_AGENT", "nobody", "nobody")]
    public async Task Start_WithWrongSettingsOrWithoutAnAllowedAgent_EndsWith78AndSaysWhy(string variable, string value, string named)
    {
        var settings = Settings.ToDictionary(s => s.Key, s => s.Value!, StringComparer.Ordinal);
        settings[variable] = value;
        var (exit, output, errors) = await ServerProcess.RunAsync(["mcp-stdio"], _app.Options.Data, settings);
        Assert.Equal((78, ""), (exit, output));
        Assert.Contains(named, errors, StringComparison.Ordinal);
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [.. Command, .. arguments]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var (name, value) in Settings) start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
