using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.AdminOps.Ask;
using OmniAudit.Tests.AdminOps.Ingest;
using OmniAudit.Tests.AdminOps.Store;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps;

/// <summary>What clients of the Admin Operations Center 1.4 call that changes something, reaches out or comes over MCP; what they read is in <see cref="EventApiTests"/>.</summary>
public sealed class AocContractTests : IAsyncLifetime
{
    private MicrosoftStandIn _microsoft = null!;
    private ModelStandIn _model = null!;
    private TestApp _app = null!;
    private string _operator = "", _viewer = "", _key = "";

    public async Task InitializeAsync()
    {
        (_microsoft, _model) = (await MicrosoftStandIn.StartAsync(), await ModelStandIn.StartAsync());
        _app = await TestApp.StartAsync(o =>
        {
            _microsoft.Configure(o, []);
            o.Mcp.AuthMode = "api_key";
            (o.Ai.Enabled, o.Ai.ApiKey, o.Ai.BaseUrl, o.Ai.Name, o.Ai.TimeoutSeconds) = (true, "k", _model.Url, "500", 5);
        }, services: s => s.AddSingleton(IngestWorld.Quick));
        _microsoft.Time = _app.Time;
        (_operator, _viewer) = (await ConsoleCookie.ForAsync(_app.Services, "olga", Role.Operator), await ConsoleCookie.ForAsync(_app.Services, "vera", Role.Viewer));
        _key = (await _app.Get<AgentDirectory>().AddAsync("reader", null, AgentScope.Everything with { ToolSets = ["adminops"] }, OperatorDirectory.CommandLine, default)).Key;
        var now = _app.Time.GetUtcNow();
        await _app.Get<EventStore>().AppendAsync(
        [
            EventWorld.Event("e1", now.AddHours(-3), "Exchange", "Set-Mailbox", upn: "anna@contoso.com", raw: """{"Id":"e1","Operation":"Set-Mailbox"}"""),
            EventWorld.Event("e2", now.AddHours(-2), "Teams", "MemberAdded", upn: "bob@contoso.com"),
        ], default);
    }

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        await _microsoft.DisposeAsync();
        await _model.DisposeAsync();
    }

    [Fact]
    public async Task Rules_AreMadeChangedAndDeleted_ByPeopleWithTheRole()
    {
        var rule = new { name = "Mailbox changed", severity = "s3", enabled = true, conditions = new[] { new { field = "operation", op = "is", values = new[] { "Set-Mailbox" } } } };
        var (status, body) = await SendAsync(HttpMethod.Post, "/api/rules", _operator, rule);
        Assert.Equal((HttpStatusCode.Created, "Mailbox changed"), (status, body.GetProperty("name").GetString()));
        var id = body.GetProperty("id").GetString()!;
        (status, body) = await SendAsync(HttpMethod.Put, $"/api/rules/{id}", _operator, new { name = "Renamed", severity = "s2", rule.conditions });
        Assert.Equal((HttpStatusCode.OK, "Renamed", "s2", false), (status, body.GetProperty("name").GetString(), body.GetProperty("severity").GetString(), body.GetProperty("enabled").GetBoolean()));
        (status, body) = await SendAsync(HttpMethod.Get, "/api/rules", _viewer);
        Assert.Equal("Renamed", Assert.Single(body.GetProperty("rules").EnumerateArray(), r => r.GetProperty("id").GetString() == id).GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, "/api/rules", null, key: _key)).Status);

        (status, body) = await SendAsync(HttpMethod.Post, "/api/rules", _operator, new { name = "x", conditions = new[] { new { field = "colour", op = "is", values = new[] { "red" } } } });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("conditions[0].field: ", body.GetProperty("message").GetString(), StringComparison.Ordinal);
        foreach (var (method, path) in new[] { (HttpMethod.Post, "/api/rules"), (HttpMethod.Put, $"/api/rules/{id}"), (HttpMethod.Delete, $"/api/rules/{id}") })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(method, path, null, rule)).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(method, path, _viewer, rule)).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(method, path, null, rule, _key)).Status);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Put, "/api/rules/none", _operator, rule)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Delete, "/api/rules/none", _operator)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Delete, $"/api/rules/{id}", _operator)).Status);
        Assert.DoesNotContain((await SendAsync(HttpMethod.Get, "/api/rules", _viewer)).Body.GetProperty("rules").EnumerateArray(), r => r.GetProperty("id").GetString() == id);
    }

    [Fact]
    public async Task Fetch_StartsAJobForEachSource_AndTheEventsAreThere()
    {
        IngestWorld.Fill(_microsoft, _app.Time.GetUtcNow(), "directory", 30);
        var (status, body) = await SendAsync(HttpMethod.Get, "/api/fetch-audit-logs", _operator);
        Assert.Equal((HttpStatusCode.Accepted, 168), (status, body.GetProperty("hours").GetInt32()));
        Assert.Equal(["directory", "unified", "intune"], body.GetProperty("jobs").EnumerateObject().Select(j => j.Name));
        await Eventually.TrueAsync(async () => (await SendAsync(HttpMethod.Get, "/api/events?sources=directory", _operator)).Body.GetProperty("total").GetInt64() == 30, "the directory's events are stored");
    }

    [Fact]
    public async Task Explain_WhenTheModelFails_ExplainsAndGivesNothingOfItsAnswerAway()
    {
        var (status, body) = await SendAsync(HttpMethod.Post, "/api/events/e1/explain", _operator, new { });
        Assert.Equal((HttpStatusCode.OK, false), (status, body.GetProperty("llm_used").GetBoolean()));
        Assert.NotEmpty(body.GetProperty("explanation").GetString()!);
        Assert.NotEmpty(body.GetProperty("llm_error").GetString()!);
        Assert.DoesNotContain(ModelStandIn.Leak, body.GetRawText(), StringComparison.Ordinal);
        Assert.True((await SendAsync(HttpMethod.Get, "/api/config/features", null)).Body.GetProperty("ai_features_enabled").GetBoolean());
    }

    [Fact]
    public async Task Tools_ByTheirFormerNames_AnswerWithIdsThatTheNextOneTakes()
    {
        var found = await CallAsync("search_events", new { entity = "anna", services = new[] { "Exchange" }, days = 7, limit = 20 });
        var id = Assert.Single(found.GetProperty("events").EnumerateArray()).GetProperty("event_id").GetString();
        Assert.Contains("\"Id\":\"e1\"", (await CallAsync("get_event", new { event_id = id })).GetProperty("raw").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, (await CallAsync("get_summary", new { days = 7 })).GetProperty("total").GetInt64());
        Assert.Contains("2", (await CallAsync("ask", new { question = "How many events were there?", days = 7 })).GetProperty("answer").GetString(), StringComparison.Ordinal);
        // AOC handed these to the database as expressions.
        var refused = await _app.CallAsync("search_events", new { operation = "(a+)+$[" }, _key);
        Assert.True(!refused.TryGetProperty("isError", out var isError) || !isError.GetBoolean() || refused.GetRawText().Contains("operation: ", StringComparison.Ordinal), refused.GetRawText());
    }

    private async Task<JsonElement> CallAsync(string tool, object arguments)
    {
        var result = await _app.CallAsync(tool, arguments, _key);
        Assert.True(!result.TryGetProperty("isError", out var wrong) || !wrong.GetBoolean(), result.GetRawText());
        return result.GetProperty("structuredContent");
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpMethod method, string path, string? cookie, object? content = null, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (cookie is not null) request.Headers.Add("Cookie", cookie);
        if (key is not null) request.Headers.Add("X-Api-Key", key);
        if (content is not null) request.Content = JsonContent.Create(content);
        using var response = await _app.Http.SendAsync(request);
        return (response.StatusCode, await TestApp.ReadAsync(response));
    }
}
