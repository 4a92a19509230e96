using System.Net;
using System.Net.WebSockets;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Security;

namespace OmniAudit.Tests.Security;

/// <summary>Nobody but a person decides: everything that can be reached is tried without a person's session, and a waiting request stays as it is.</summary>
public sealed class DecisionSurfaceTests : IAsyncLifetime
{
    /// <summary>What needs no person's session, and why that decides nothing. Everything else must ask for one; a new endpoint without either fails.</summary>
    internal static readonly Dictionary<string, string> Public = new(StringComparer.Ordinal)
    {
        ["/"] = "says what this server is",
        ["/healthz"] = "lives or not",
        ["/readyz"] = "can work or why not, in fixed words",
        ["/metrics"] = "figures without names",
        ["/health"] = "a page for people; for programs whether the database answers",
        ["/api/version"] = "says which version this is",
        ["/api/health"] = "lives or not",
        ["/api/config/auth"] = "where one signs in",
        ["/api/config/features"] = "whether a model may be asked",
        ["/api/events"] = "read only for a session or an agent's key, which ApiCall asks for; so are the next",
        ["/api/events/{id}"] = "one event",
        ["/api/filter-options"] = "values to filter by",
        ["/api/summary"] = "counts",
        ["/api/source-health"] = "how the sources stand",
        ["/api/ask"] = "answers from events",
        ["/api/events/{id}/explain"] = "the same of one event",
        ["/api/events/{id}/tags"] = "changes nothing without a person's session of a role, which ApiCall asks for; so do the next",
        ["/api/events/{id}/comments"] = "the same",
        ["/api/fetch-audit-logs"] = "the same",
        ["/api/rules"] = "the same; agents may read them",
        ["/api/rules/{id}"] = "the same",
        ["/ui/state"] = "jobs and receipts, read only, for a session or an agent's key",
        ["/{**path:file}"] = "files of wwwroot that are newer than the build; not in a published server",
        ["/mcp"] = "the agents' own surface; walked tool by tool below",
        ["/mcp/sse"] = "the same surface over the older transport: opens a session",
        ["/mcp/messages/"] = "messages of such a session",
        ["/.well-known/oauth-protected-resource"] = "says whose tokens /mcp takes",
        ["/.well-known/oauth-protected-resource/mcp"] = "the same, where RFC 9728 puts it",
        ["/signin/oidc/start"] = "sends a browser to the provider",
        ["/signin/oidc"] = "turns a person's sign-in at the provider into a session",
        ["/signin/oidc/out"] = "sends a browser to the provider's sign-out",
        ["/signin/passkey/options"] = "a challenge for a passkey, which decides nothing",
        ["/signin/passkey"] = "turns a person's passkey into a session",
        ["/signin"] = "turns a person's link or password into a session",
    };

    /// <summary>A status that says: not without a person's session. 400 is a form without its antiforgery token or an unreadable frame.</summary>
    private static readonly HttpStatusCode[] Refusals =
        [HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.Redirect, HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed];

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    private TestApp _app = null!;
    private HttpClient _http = null!;
    private string _ownKey = "";
    private string _otherKey = "";
    private string _id = "";
    private string _token = "";
    private string _before = "";

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(o => (o.Mcp.AuthMode, o.RateLimits.WritesPerMinute) = ("api_key", 100_000));
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = _app.Url };
        _ownKey = (await _app.Get<AgentDirectory>().AddAsync("asker", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None)).Key;
        _otherKey = (await _app.Get<AgentDirectory>().AddAsync("other", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None)).Key;
        var answer = (await _app.CallAsync("probe.write_note", new { text = "waiting" }, _ownKey)).GetProperty("structuredContent");
        (_id, _token) = (answer.GetProperty("approval").GetProperty("id").GetString()!, answer.GetProperty("confirmation_token").GetString()!);
        _before = await SnapshotAsync();
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    private List<RouteEndpoint> Routes => [.. _app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    private static bool IsAsset(RouteEndpoint route) => route.Metadata.GetMetadata<StaticAssetDescriptor>() is not null;

    private static string PathOf(RouteEndpoint route) => "/" + route.RoutePattern.RawText!.TrimStart('/');

    [Fact]
    public void Endpoints_AllAreForPersonsOrPublicForAReason()
    {
        var routes = Routes;
        Assert.Contains(routes, r => PathOf(r) == "/approvals/{ApprovalId}");
        Assert.Contains(routes, IsAsset);
        foreach (var route in routes)
        {
            if (IsAsset(route))
            {
                Assert.Equal(["GET", "HEAD"], route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Order());
                continue;
            }
            var open = route.Metadata.GetMetadata<IAllowAnonymous>() is not null;
            var forPersons = route.Metadata.GetOrderedMetadata<IAuthorizeData>().Any(a => a.Policy == ConsoleSetup.Policy);
            Assert.True(Public.ContainsKey(PathOf(route)) || (forPersons && !open), $"{PathOf(route)} has no rule here: does it need a person's session, or is it public, and why?");
        }
        // A line that matches nothing would hide the next endpoint of that name.
        Assert.Empty(Public.Keys.Except(routes.Select(PathOf)));
    }

    [Fact]
    public async Task Endpoints_CalledByEveryMethodWithoutAPerson_LeaveTheRequestAsItIs()
    {
        var calls = 0;
        foreach (var route in Routes.Where(r => !IsAsset(r)).DistinctBy(PathOf))
        {
            var path = string.Join('/', PathOf(route).Split('/').Select(part => part.StartsWith('{') ? _id : part));
            foreach (var method in Methods)
            foreach (var credentials in new[] { "", "key", "bearer" })
            foreach (var form in method == "POST" ? new[] { false, true } : [false])
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), $"{path}?approvalId={_id}&id={_id}");
                if (method is "POST" or "PUT" or "PATCH" or "DELETE")
                {
                    var said = new Dictionary<string, string> { ["approvalId"] = _id, ["approval_id"] = _id, ["id"] = _id, ["decision"] = "approve", ["_handler"] = "approve", ["confirmation_token"] = _token };
                    request.Content = form ? new FormUrlEncodedContent(said) : new StringContent(JsonSerializer.Serialize(said), Encoding.UTF8, "application/json");
                }
                if (credentials == "key") request.Headers.Add("X-Api-Key", _ownKey);
                if (credentials == "bearer") request.Headers.Add("Authorization", $"Bearer {_otherKey}");
                using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
                calls++;
                var what = $"{method} {path} with {credentials}: {(int)response.StatusCode}";
                if (Public.ContainsKey(PathOf(route))) Assert.True((int)response.StatusCode < 500, what);
                else Assert.True(Refusals.Contains(response.StatusCode), what);
            }
        }
        await AssertUntouchedAsync();
        SuiteReport.Add("Nobody but a person decides", [$"{calls} HTTP calls over {Routes.Count(r => !IsAsset(r))} endpoints without a person's session: the waiting request is unchanged"]);
    }

    /// <summary>A page's circuit is where people decide. Nobody gets one without their session, whatever they would call on it.</summary>
    [Fact]
    public async Task Hubs_CannotBeReachedWithoutAPerson()
    {
        var hubs = Routes.Where(r => r.Metadata.GetMetadata<HubMetadata>() is not null).ToList();
        var type = Assert.Single(hubs.Select(h => h.Metadata.GetMetadata<HubMetadata>()!.HubType).Distinct());
        Assert.Equal("ComponentHub", type.Name);
        Assert.All(hubs, h => Assert.StartsWith("/_blazor", PathOf(h), StringComparison.Ordinal));
        var methods = type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(m => !m.IsVirtual || m.GetBaseDefinition() == m).Select(m => m.Name).ToList();
        Assert.Contains("UpdateRootComponents", methods);
        Assert.Contains("BeginInvokeDotNetFromJS", methods);

        foreach (var (header, value) in new[] { ("X-Api-Key", _ownKey), ("Authorization", $"Bearer {_ownKey}"), ("X-Nothing", "") })
        {
            using var negotiate = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
            negotiate.Headers.Add(header, value);
            using var refused = await _http.SendAsync(negotiate);
            Assert.Contains(refused.StatusCode, Refusals);
            foreach (var method in methods)
            {
                using var frame = new HttpRequestMessage(HttpMethod.Post, $"/_blazor?id={_id}")
                {
                    Content = new StringContent("{\"protocol\":\"blazorpack\",\"version\":1}\u001e" + JsonSerializer.Serialize(new { type = 1, target = method, arguments = new[] { _id } }) + "\u001e"),
                };
                frame.Headers.Add(header, value);
                using var answer = await _http.SendAsync(frame);
                Assert.Contains(answer.StatusCode, Refusals);
            }
            using var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader(header, value);
            await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new UriBuilder(_app.Url) { Scheme = "ws", Path = "/_blazor" }.Uri, CancellationToken.None));
        }
        await AssertUntouchedAsync();
        SuiteReport.Add("Nobody but a person decides", [$"{methods.Count} methods of the pages' hub: no connection without a person's session"]);
    }

    [Fact]
    public async Task Tools_CalledWithTheRequestsId_DecideNothing()
    {
        var tools = (await McpMessage.Of("tools/list").WithKey(_ownKey).SendAsync(_app)).Result.GetProperty("tools").EnumerateArray().ToList();
        Assert.True(tools.Count > 8);
        foreach (var key in new[] { _otherKey, _ownKey })
        {
            foreach (var tool in tools)
            {
                var name = tool.GetProperty("name").GetString()!;
                // The one tool that may touch a request: its requester's own. Tried by the other agent here, by its own below.
                if (name == "core.cancel_request" && key == _ownKey) continue;
                // A test's own, which answers when the test says so.
                if (name == "probe.hold_line") continue;
                foreach (var withToken in new[] { false, true })
                {
                    var message = McpMessage.Call(name, ArgumentsFor(tool.GetProperty("inputSchema"), withToken));
                    // Words that a client writes itself; they prove nothing about a person.
                    message.Params["inputResponses"] = new JsonObject { ["approval"] = new JsonObject { ["action"] = "accept", ["content"] = new JsonObject { ["approved"] = true, ["approval_id"] = _id } } };
                    Assert.Equal(HttpStatusCode.OK, (await message.WithKey(key).SendAsync(_app)).Status);
                }
            }
            foreach (var method in new[] { "approvals/decide", "approvals/approve", "elicitation/create", "tasks/result", "core.approve" })
                Assert.Equal(HttpStatusCode.NotFound, (await McpMessage.Of(method, new JsonObject { ["approval_id"] = _id, ["decision"] = "approve", ["action"] = "accept" }).WithKey(key).SendAsync(_app)).Status);
            // Its own call again, with its token: the agent's word is no decision.
            var follow = (await _app.CallAsync("probe.write_note", new { text = "waiting", confirmation_token = _token }, key)).GetProperty("structuredContent");
            Assert.Equal(key == _ownKey ? "requires_confirmation" : "unknown_token", follow.GetProperty(key == _ownKey ? "status" : "error").GetString());
        }
        await AssertUntouchedAsync();

        var withdrawn = (await _app.CallAsync("core.cancel_request", new { approval_id = _id }, _ownKey)).GetProperty("structuredContent");
        Assert.Equal((true, ApprovalState.Cancelled), (withdrawn.GetProperty("withdrawn").GetBoolean(), withdrawn.GetProperty("state").GetString()));
        Assert.Empty(_app.Get<ProbeEffects>().Notes);
    }

    /// <summary>The walks would be worth nothing if the request could not be decided at all.</summary>
    [Fact]
    public async Task Request_ThatWasWalkedOver_APersonStillDecides()
    {
        Assert.True((await _app.DecideAsync(_id, Decision.Approve)).Accepted);
        await _app.WaitForStateAsync(_id, ApprovalState.Executed);
        Assert.NotEqual(_before, await SnapshotAsync());
    }

    private JsonObject ArgumentsFor(JsonElement schema, bool withToken)
    {
        var arguments = new JsonObject();
        foreach (var property in schema.GetProperty("properties").EnumerateObject())
        {
            if (property.Name == "confirmation_token" && !withToken) continue;
            arguments[property.Name] = property.Name == "confirmation_token" ? _token
                : property.Value.TryGetProperty("enum", out var allowed) ? JsonNode.Parse(allowed[0].GetRawText())
                : property.Value.GetProperty("type").GetString() switch
                {
                    "integer" or "number" => 1,
                    "boolean" => false,
                    "array" => new JsonArray(_id),
                    "object" => new JsonObject { ["approval_id"] = _id },
                    _ => _id,
                };
        }
        return arguments;
    }

    private async Task AssertUntouchedAsync()
    {
        Assert.Equal(_before, await SnapshotAsync());
        Assert.Empty(_app.Get<ProbeEffects>().Notes);
    }

    /// <summary>The request, its votes and versions, every receipt about it, the freeze switch and the rules, byte for byte.</summary>
    private Task<string> SnapshotAsync() => _app.Get<Database>().ReadAsync(async db => JsonSerializer.Serialize(new
    {
        row = await db.Set<ApprovalRow>().SingleAsync(a => a.ApprovalId == _id),
        votes = await db.Set<ApprovalVoteRow>().CountAsync(),
        versions = await db.Set<ApprovalPayloadRow>().CountAsync(),
        receipts = await db.Set<ReceiptRow>().CountAsync(r => r.OperationId == _id),
        freezes = await db.Set<FreezeRow>().CountAsync(),
        rules = await db.Set<ApprovalRuleRow>().CountAsync(),
        standing = await db.Set<StandingRuleRow>().CountAsync(),
    }), CancellationToken.None);
}
