using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Mcp;

namespace OmniAudit.Tests.Mcp;

/// <summary>What agents are told of without asking: by a listen stream since 2026-07-28, by a session's GET stream before.</summary>
public sealed class McpSubscriptionsTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Tag = "io.modelcontextprotocol/subscriptionId";

    private readonly TestApp _app = shared.App;

    private static JsonObject Wanted(object notifications) => new() { ["notifications"] = JsonSerializer.SerializeToNode(notifications) };

    private Task<EventReader> ListenAsync(object notifications, string? key = null, JsonNode? id = null) =>
        EventReader.OpenAsync(_app, McpMessage.Of("subscriptions/listen", Wanted(notifications)).WithKey(key).With(m => m.Json!["id"] = id ?? 7));

    private static (string? Method, string? Uri, string? Tag) Read(JsonElement message)
    {
        var parameters = message.GetProperty("params");
        return (message.GetProperty("method").GetString(), parameters.TryGetProperty("uri", out var uri) ? uri.GetString() : null, parameters.TryGetProperty("_meta", out var meta) ? meta.GetProperty(Tag).GetRawText() : null);
    }

    private async Task<string> AskAsync(string text, string? key = null) =>
        (await _app.CallAsync("probe.write_note", new { text }, key)).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;

    [Fact]
    public async Task Listen_AcknowledgesFirst_ThenTellsOfWhatWasAskedForOnly()
    {
        var mine = await AskAsync("watched");
        var other = await AskAsync("not watched");
        var uri = $"omniaudit://approvals/{mine}";
        await using var stream = await ListenAsync(new { resourceSubscriptions = new[] { uri, "omniaudit://approvals/apr_none" }, toolsListChanged = false }, id: "listen-1");

        var first = await stream.NextAsync();
        Assert.Equal(("notifications/subscriptions/acknowledged", null, "\"listen-1\""), Read(first));
        var accepted = first.GetProperty("params").GetProperty("notifications");
        Assert.Equal($$"""{"resourceSubscriptions":["{{uri}}"]}""", accepted.GetRawText());

        _app.Get<ChangeFeed>().Publish(Topics.Agents, "");
        await _app.DecideAsync(other, Decision.Deny, "no");
        await _app.DecideAsync(mine, Decision.Deny, "no");
        Assert.Equal(("notifications/resources/updated", uri, "\"listen-1\""), Read(await stream.NextAsync()));
    }

    [Fact]
    public async Task Listen_ToAScan_IsToldOfItsJob()
    {
        var job = await SeededScan.AddJobAsync(_app, "https://watched.example", JobStatus.Running);
        var report = $"omniaudit://reports/{ScanRow.IdOf(job)}";
        await using var stream = await ListenAsync(new { resourceSubscriptions = new[] { report } });
        await stream.NextAsync();
        _app.Get<ChangeFeed>().Publish(Topics.Jobs, "job_other");
        _app.Get<ChangeFeed>().Publish(Topics.Jobs, job);
        Assert.Equal(("notifications/resources/updated", report, "7"), Read(await stream.NextAsync()));
    }

    [Fact]
    public async Task Listen_ToAnotherAgentsRequest_IsNotGranted()
    {
        var owner = await _app.Get<AgentDirectory>().AddAsync("listen-owner", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        var uri = $"omniaudit://approvals/{await AskAsync("mine alone", owner.Key)}";
        await using var foreign = await ListenAsync(new { resourceSubscriptions = new[] { uri } });
        Assert.Equal("{}", (await foreign.NextAsync()).GetProperty("params").GetProperty("notifications").GetRawText());
        await using var own = await ListenAsync(new { resourceSubscriptions = new[] { uri } }, owner.Key);
        Assert.Contains(uri, (await own.NextAsync()).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listen_ToLists_IsToldWhenTheCallersOwnBoundsChange()
    {
        var agent = await _app.Get<AgentDirectory>().AddAsync("list-watcher", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None);
        await using var stream = await ListenAsync(new { toolsListChanged = true, resourcesListChanged = true }, agent.Key);
        Assert.Equal("""{"toolsListChanged":true,"resourcesListChanged":true}""", (await stream.NextAsync()).GetProperty("params").GetProperty("notifications").GetRawText());
        _app.Get<ChangeFeed>().Publish(Topics.Agents, "agt_another");
        _app.Get<ChangeFeed>().Publish(Topics.Agents, agent.Agent.AgentId);
        Assert.Equal(("notifications/tools/list_changed", null, "7"), Read(await stream.NextAsync()));
        Assert.Equal(("notifications/resources/list_changed", null, "7"), Read(await stream.NextAsync()));
        _app.Get<ChangeFeed>().Publish(Topics.Agents, "");
        Assert.Equal("notifications/tools/list_changed", Read(await stream.NextAsync()).Method);
    }

    [Fact]
    public async Task Listen_UntilTheServerStops_EndsWithAResultThatIsTagged()
    {
        await using var app = await TestApp.StartAsync();
        await using var stream = await EventReader.OpenAsync(app, McpMessage.Of("subscriptions/listen", Wanted(new { toolsListChanged = true })));
        await stream.NextAsync();
        app.Get<IHostApplicationLifetime>().StopApplication();
        var end = await stream.NextAsync();
        Assert.Equal(7, end.GetProperty("result").GetProperty("_meta").GetProperty(Tag).GetInt32());
        Assert.Null(await stream.LineAsync());
    }

    [Fact]
    public async Task Session_ThatSubscribed_IsToldOnItsGetStreamUntilItUnsubscribes()
    {
        var session = (await McpMessage.Initialize("2025-11-25").SendAsync(_app)).SessionId;
        var (watched, left) = (await AskAsync("session watched"), await AskAsync("session left"));
        await using var stream = await EventReader.OpenAsync(_app, McpMessage.Without(HttpMethod.Get, session, "2025-11-25"));
        foreach (var id in new[] { left, watched }) _ = (await SendAsync("resources/subscribe", $"omniaudit://approvals/{id}")).Result;
        _ = (await SendAsync("resources/unsubscribe", $"omniaudit://approvals/{left}")).Result;
        Assert.Equal(-32002, (await SendAsync("resources/subscribe", "omniaudit://approvals/apr_none")).Error.GetProperty("code").GetInt32());

        await _app.DecideAsync(left, Decision.Deny, "no");
        await _app.DecideAsync(watched, Decision.Deny, "no");
        Assert.Equal(("notifications/resources/updated", $"omniaudit://approvals/{watched}", null), Read(await stream.NextAsync()));
        _app.Get<ChangeFeed>().Publish(Topics.Agents, "");
        Assert.Equal("notifications/tools/list_changed", Read(await stream.NextAsync()).Method);

        Task<McpAnswer> SendAsync(string method, string uri) => McpMessage.InSession(session, "2025-11-25", method, new JsonObject { ["uri"] = uri }).SendAsync(_app);
    }

    [Fact]
    public async Task Session_ThatWatchesTooMuch_IsRefusedByName()
    {
        var session = (await McpMessage.Initialize("2025-11-25").SendAsync(_app)).SessionId;
        var scan = await SeededScan.AddAsync(_app, "https://toomany.example", findings: McpSubscriptions.MostResources + 1);
        var ids = (await _app.Get<ScanQueries>().FindAsync(scan, CancellationToken.None))!.Report!.Findings.Select(f => f.FindingId).ToList();
        McpAnswer? answer = null;
        foreach (var id in ids) answer = await McpMessage.InSession(session, "2025-11-25", "resources/subscribe", new JsonObject { ["uri"] = $"omniaudit://scans/{scan}/findings/{id}" }).SendAsync(_app);
        Assert.Contains("uri", answer!.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(-32602, answer.Error.GetProperty("code").GetInt32());
    }

    [Fact]
    public async Task KeepAlive_WhileNothingIsSent_WritesCommentsBetweenWholeEvents()
    {
        var time = new HandTimers();
        using var sink = new MemoryStream();
        await using (var stream = new McpEventStream(time, sink))
        {
            await stream.WriteAsync("data: 1\n\n"u8.ToArray());
            time.GoOff();
            await stream.WriteAsync("data: 2\n\n"u8.ToArray());
            await stream.FlushAsync();
        }
        time.GoOff();
        Assert.Equal("data: 1\n\n:\n\ndata: 2\n\n", Encoding.UTF8.GetString(sink.ToArray()));
    }
}
