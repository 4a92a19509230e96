using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.AdminOps.Store;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps;

/// <summary>The HTTP interface of the Admin Operations Center 1.4: what it answers, to whom, and how it refuses.</summary>
public sealed class EventApiTests : IAsyncLifetime
{
    private TestApp _app = null!;
    private string _operator = "", _viewer = "", _key = "";

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(o => o.Mcp.AuthMode = "api_key");
        (_operator, _viewer) = (await ConsoleCookie.ForAsync(_app.Services, "olga", Role.Operator), await ConsoleCookie.ForAsync(_app.Services, "vera", Role.Viewer));
        _key = (await _app.Get<AgentDirectory>().AddAsync("reader", null, AgentScope.Everything with { ToolSets = ["adminops"] }, OperatorDirectory.CommandLine, default)).Key;
        var now = _app.Time.GetUtcNow();
        await _app.Get<EventStore>().AppendAsync(
        [
            EventWorld.Event("e1", now.AddHours(-3), "Exchange", "Set-Mailbox", upn: "anna@contoso.com", raw: """{"Id":"e1","Operation":"Set-Mailbox"}"""),
            EventWorld.Event("e2", now.AddHours(-2), "AzureActiveDirectory", "UserLoginFailed", EventOutcome.Failure, "Success", "bob@contoso.com"),
            EventWorld.Event("e/3 ä", now.AddHours(-1), "Teams", "MemberAdded", EventOutcome.Unknown, null, "anna@contoso.com"),
        ], default);
    }

    public Task DisposeAsync() => _app.DisposeAsync().AsTask();

    [Fact]
    public async Task Events_AreListedWithTheNamesOfAoc_PagedAndFiltered()
    {
        var first = await GetAsync("/api/events?limit=2");
        Assert.Equal(3, first.GetProperty("total").GetInt64());
        Assert.Equal(["MemberAdded", "UserLoginFailed"], first.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("operation").GetString()));
        var item = first.GetProperty("items")[1];
        foreach (var name in new[] { "id", "timestamp", "service", "operation", "result", "actor_display", "actor_upn", "target_displays", "display_category", "display_summary", "tags", "outcome" }) Assert.True(item.TryGetProperty(name, out _), name);
        // Its result field says Success; it failed.
        Assert.Equal(("Success", "failure"), (item.GetProperty("result").GetString(), item.GetProperty("outcome").GetString()));
        Assert.EndsWith("Z", item.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
        var second = await GetAsync($"/api/events?limit=2&cursor={first.GetProperty("next_cursor").GetString()}");
        Assert.Equal(["Set-Mailbox"], second.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("operation").GetString()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next_cursor").ValueKind);

        Assert.Equal(2, (await GetAsync("/api/events?actor=anna")).GetProperty("items").GetArrayLength());
        Assert.Equal(1, (await GetAsync("/api/events?selectedServices=Teams,Yammer")).GetProperty("total").GetInt64());
        Assert.Equal(1, (await GetAsync("/api/events?exclude_services=Teams&excludeServices=exchange")).GetProperty("total").GetInt64());
        Assert.Equal(1, (await GetAsync("/api/events?result=failure")).GetProperty("total").GetInt64());
        Assert.Equal(["AzureActiveDirectory", "Exchange", "Teams"], (await GetAsync("/api/filter-options")).GetProperty("services").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(3, (await GetAsync("/api/summary")).GetProperty("total").GetInt64());
    }

    [Theory]
    [InlineData("/api/events?limit=0", "limit: must be a whole number from 1 to 1000.")]
    [InlineData("/api/events?limit=1001", "limit:")]
    [InlineData("/api/events?limit=ten", "limit:")]
    [InlineData("/api/events?start=yesterday", "start: must be a time")]
    [InlineData("/api/events?start=1601-01-01T00:00:00Z", "start: must be a time")]
    [InlineData("/api/events?start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z", "end: must be after start.")]
    [InlineData("/api/events?outcome=good", "outcome: must be")]
    [InlineData("/api/events?cursor=x", "cursor:")]
    [InlineData("/api/events?search=.*", "search: has no letter or digit")]
    [InlineData("/api/fetch-audit-logs?hours=0", "hours: must be a whole number from 1 to 720.")]
    [InlineData("/api/fetch-audit-logs?hours=721", "hours:")]
    public async Task Parameters_ThatCannotBe_AreRefusedByName(string path, string message)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, path, _operator);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith(message, body.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Event_IsReadWithItsRecord_ByEitherId()
    {
        var read = await GetAsync("/api/events/e1");
        Assert.Equal("""{"Id":"e1","Operation":"Set-Mailbox"}""", read.GetProperty("raw_text").GetString());
        Assert.Equal("e1", read.GetProperty("raw").GetProperty("Id").GetString());
        Assert.Equal("e1", (await GetAsync($"/api/events/{read.GetProperty("id").GetString()}")).GetProperty("source_id").GetString());
        Assert.Equal("e/3 ä", (await GetAsync($"/api/events/{Uri.EscapeDataString("e/3 ä")}")).GetProperty("source_id").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, "/api/events/404", _operator)).Status);
    }

    [Fact]
    public async Task Notes_AreForPeopleWithTheRole_AndLeaveATrail()
    {
        var (status, body) = await SendAsync(HttpMethod.Patch, "/api/events/e1/tags", _operator, new { tags = new[] { "VIP", "vip", "phish" } });
        Assert.Equal((HttpStatusCode.OK, "phish,vip"), (status, string.Join(',', body.GetProperty("tags").EnumerateArray().Select(t => t.GetString()))));
        Assert.Equal(1, (await GetAsync("/api/events?includeTags=vip")).GetProperty("total").GetInt64());
        Assert.Equal(2, (await GetAsync("/api/events?exclude_tags=vip")).GetProperty("total").GetInt64());
        (status, body) = await SendAsync(HttpMethod.Post, "/api/events/e1/comments", _operator, new { text = "seen" });
        Assert.Equal((HttpStatusCode.OK, "seen", "olga"), (status, body.GetProperty("comments")[0].GetProperty("text").GetString(), body.GetProperty("comments")[0].GetProperty("author").GetString()));

        foreach (var (path, method, content) in new (string, HttpMethod, object)[] { ("tags", HttpMethod.Patch, new { tags = new[] { "a" } }), ("comments", HttpMethod.Post, new { text = "a" }) })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(method, $"/api/events/e1/{path}", _viewer, content)).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(method, $"/api/events/e1/{path}", null, content, _key)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(method, $"/api/events/e1/{path}", null, content)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(method, $"/api/events/404/{path}", _operator, content)).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(method, $"/api/events/e1/{path}", _operator, new { })).Status);
            Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(method, $"/api/events/e1/{path}", _operator, content, from: "https://evil.example")).Status);
        }
        (status, body) = await SendAsync(HttpMethod.Patch, "/api/events/e1/tags", _operator, new { tags = new[] { new string('x', 10_000) } });
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("tags: ", body.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("phish,vip", string.Join(',', (await GetAsync("/api/events/e1")).GetProperty("tags").EnumerateArray().Select(t => t.GetString())));

        var calls = (await _app.Get<AuditQueries>().ListAsync(new CallFilter(), default)).Where(c => c.Tool == "adminops.tag_event").Select(c => c.Status).ToList();
        Assert.Contains(CallStatus.Succeeded, calls);
        Assert.True(calls.Count(c => c == CallStatus.Refused) >= 5, $"{calls.Count} calls were recorded");
    }

    [Theory]
    [InlineData("/api/events")]
    [InlineData("/api/events/e1")]
    [InlineData("/api/filter-options")]
    [InlineData("/api/summary")]
    [InlineData("/api/source-health")]
    public async Task Reading_IsForPeopleAndForAgentsWithTheTools(string path)
    {
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, path, _viewer)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, path, null, key: _key)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, path, null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, path, null, key: "wrong")).Status);
        var other = (await _app.Get<AgentDirectory>().AddAsync("other", null, AgentScope.Everything with { ToolSets = ["sitelint"] }, OperatorDirectory.CommandLine, default)).Key;
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Get, path, null, key: other)).Status);
    }

    [Fact]
    public async Task Asking_AnswersWithoutAModel_AndSaysWhy()
    {
        var (status, body) = await SendAsync(HttpMethod.Post, "/api/events/e2/explain", _operator, new { });
        Assert.Equal((HttpStatusCode.OK, false), (status, body.GetProperty("llm_used").GetBoolean()));
        Assert.NotEmpty(body.GetProperty("explanation").GetString()!);
        Assert.True(body.GetProperty("related_count").GetInt32() >= 0);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Post, "/api/events/404/explain", _operator, new { })).Status);
        (status, body) = await SendAsync(HttpMethod.Post, "/api/ask", null, new { question = "How many events failed?", services = new[] { "AzureActiveDirectory" } }, _key);
        Assert.Equal((HttpStatusCode.OK, 1L, false), (status, body.GetProperty("total").GetInt64(), body.GetProperty("llm_used").GetBoolean()));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Post, "/api/ask", _operator, new { question = "" })).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Post, "/api/ask", _operator, new { question = 7 })).Status);
        Assert.False((await GetAsync("/api/config/features")).GetProperty("ai_features_enabled").GetBoolean());
    }

    [Fact]
    public async Task Service_SaysWhatItIs()
    {
        Assert.NotEmpty((await GetAsync("/api/version")).GetProperty("version").GetString()!);
        Assert.Equal("ok", (await GetAsync("/health")).GetProperty("status").GetString());
        Assert.True((await GetAsync("/api/config/auth")).GetProperty("auth_enabled").GetBoolean());
        var sources = (await GetAsync("/api/source-health")).GetProperty("sources").EnumerateArray().Select(s => s.GetProperty("source").GetString());
        Assert.Equal(["directory", "signin", "unified", "intune"], sources);
        var (status, body) = await SendAsync(HttpMethod.Get, "/api/fetch-audit-logs", _operator);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("ADMINOPS_TENANT_ID", body.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Get, "/api/fetch-audit-logs", _viewer)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(HttpMethod.Get, "/api/fetch-audit-logs", null, key: _key)).Status);
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        var (status, body) = await SendAsync(HttpMethod.Get, path, _operator);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {body}");
        return body;
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(HttpMethod method, string path, string? cookie, object? content = null, string? key = null, string? from = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (cookie is not null) request.Headers.Add("Cookie", cookie);
        if (key is not null) request.Headers.Add("X-Api-Key", key);
        if (from is not null) request.Headers.Add("Origin", from);
        if (content is not null) request.Content = JsonContent.Create(content);
        using var response = await _app.Http.SendAsync(request);
        return (response.StatusCode, await TestApp.ReadAsync(response));
    }
}
