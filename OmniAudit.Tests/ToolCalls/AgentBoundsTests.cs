using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Observability;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.ToolCalls;

/// <summary>What an agent may use and touch, at the call and again when its write would be executed.</summary>
public sealed class AgentBoundsTests : IAsyncLifetime
{
    private const string Page = "http://127.0.0.1:9/";

    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o => (o.RateLimits.WritesPerMinute, o.Policy.UrlAllowlist) = (1000, ["127.0.0.1:9", "127.0.0.1:19", "127.0.0.12:9"]));
    public async Task DisposeAsync() => await _app.DisposeAsync();

    private AgentDirectory Agents => _app.Get<AgentDirectory>();

    private async Task<NewAgent> AddAsync(string name, AgentScopeText bounds, DateTimeOffset? expires = null) => await Agents.AddAsync(name, expires, Scope(bounds), OperatorDirectory.CommandLine, CancellationToken.None);

    private AgentScope Scope(AgentScopeText text)
    {
        var (scope, errors) = text.Parse(_app.Get<ToolCatalog>());
        Assert.Empty(errors);
        return scope!;
    }

    private async Task<JsonElement> CallAsync(NewAgent agent, string tool, object? arguments = null) => (await _app.CallAsync(tool, arguments, agent.Key)).GetProperty("structuredContent");

    private async Task AssertRefusedAsync(string code, string named, NewAgent agent, string tool, object? arguments = null)
    {
        var answer = await CallAsync(agent, tool, arguments);
        Assert.True(answer.TryGetProperty("error", out var error) && error.GetString() == code, answer.GetRawText());
        Assert.Contains(named, answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        var row = (await _app.Get<AuditQueries>().ListAsync(new CallFilter(Take: 1), CancellationToken.None))[0];
        Assert.Equal((tool, code, agent.Agent.Actor.Subject, agent.Agent.Name), (row.Tool, row.ErrorCode, row.ActorSubject, row.ActorName));
    }

    private async Task<string> ToolsOfAsync(string? key)
    {
        var answer = await McpMessage.Of("tools/list").WithKey(key).SendAsync(_app);
        return answer.Result.GetProperty("tools").GetRawText();
    }

    private static string[] NamesIn(string tools) => [.. JsonDocument.Parse(tools).RootElement.EnumerateArray().Select(t => t.GetProperty("name").GetString()!)];

    [Fact]
    public async Task Tools_OutsideTheSet_AreNeitherListedNorCallable()
    {
        var agent = await AddAsync("narrow", new AgentScopeText(Tools: "probe, core_health"));
        var list = await ToolsOfAsync(agent.Key);
        Assert.Equal(list, await ToolsOfAsync(agent.Key));
        var all = NamesIn(await ToolsOfAsync(null));
        Assert.Equal(all.Where(n => n.StartsWith("probe.", StringComparison.Ordinal) || n == "core.health"), NamesIn(list));

        Assert.Equal("hello", (await CallAsync(agent, "probe.read_note")).GetProperty("note").GetString());
        await AssertRefusedAsync("not_allowed", "--tools", agent, "core.get_job", new { job_id = "job_x" });
        await AssertRefusedAsync("not_allowed", "narrow (probe, core.health)", agent, "sitelint.get_scan", new { wrong = 1 });
    }

    [Fact]
    public async Task Tools_ForAReader_AreTheReadingOnes()
    {
        var agent = await AddAsync("reader", new AgentScopeText(ReadOnly: true));
        var reads = _app.Get<ToolCatalog>().All.Where(t => t.Risk == ToolRisk.Read).Select(t => t.Name);
        Assert.Equal(reads, NamesIn(await ToolsOfAsync(agent.Key)));
        await AssertRefusedAsync("not_allowed", "may only read", agent, "probe.write_note", new { text = "x" });
        await AssertRefusedAsync("not_allowed", "may only read", agent, "sitelint.start_scan", new { url = Page, profile = "standard", viewport_set = "desktop" });
        await AssertRefusedAsync("not_allowed", "--read-only", agent, "core.cancel_request", new { approval_id = "apr_x" });
        Assert.Equal(0, (await _app.Get<ApprovalQueries>().CountAsync(CancellationToken.None)).Pending);
    }

    [Fact]
    public async Task Budget_Spent_RefusesUntilTheOldestCallIsAMinuteOld()
    {
        var agent = await AddAsync("thrifty", new AgentScopeText(CallsPerMinute: "3"));
        var other = await AddAsync("other", new AgentScopeText(CallsPerMinute: "1"));
        await CallAsync(agent, "probe.read_note");
        await CallAsync(agent, "probe.read_note", new { wrong = 1 });
        _app.Time.Advance(TimeSpan.FromSeconds(30));
        await _app.CallAsync("probe.made_up", key: agent.Key);
        await AssertRefusedAsync("rate_limited", "3 calls a minute, over all tools. Try again in 30 s", agent, "probe.read_note");
        await AssertRefusedAsync("rate_limited", "--calls-per-minute", agent, "core.health");
        Assert.Equal("hello", (await CallAsync(other, "probe.read_note")).GetProperty("note").GetString());

        _app.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("hello", (await CallAsync(agent, "probe.read_note")).GetProperty("note").GetString());
        await Agents.SetScopeAsync("thrifty", s => s with { CallsPerMinute = 1 }, OperatorDirectory.CommandLine, CancellationToken.None);
        await AssertRefusedAsync("rate_limited", "Try again in 60 s", agent, "probe.read_note");
        var metrics = PrometheusText.Parse(await _app.Http.GetStringAsync("/metrics"));
        Assert.Equal(3, metrics["omniaudit_rate_limit_denied_total", ("bucket", "agent")]);
    }

    [Theory]
    [InlineData("acme/site", true)]
    [InlineData("ACME/Site", true)]
    [InlineData("acme/site2", false)]
    [InlineData("notacme/site", false)]
    [InlineData("open/anything", true)]
    [InlineData("open/", false)]
    [InlineData("reopen/anything", false)]
    [InlineData("open/a/b", false)]
    public async Task Repository_IsComparedAsAWhole(string repository, bool allowed)
    {
        var agent = await AddAsync("builder", new AgentScopeText(Repositories: "acme/site, open/*"));
        if (allowed) Assert.Equal(repository, (await CallAsync(agent, "probe.read_repository", new { repo = repository })).GetProperty("repo").GetString());
        else await AssertRefusedAsync("policy_denied", "repo: ", agent, "probe.read_repository", new { repo = repository });
        if (!allowed) await AssertRefusedAsync("policy_denied", "--repositories", agent, "probe.tag_repository", new { repo = repository, page = Page });
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/", true)]
    [InlineData("http://127.1:9/", true)]
    [InlineData("http://127.0.0.1:19/", false)]
    [InlineData("http://127.0.0.12:9/", false)]
    [InlineData("http://example.org/?127.0.0.1:9", false)]
    [InlineData("http://127.0.0.1:9@example.org/", false)]
    public async Task Url_IsComparedByItsParsedHost(string url, bool allowed)
    {
        var agent = await AddAsync("scanner", new AgentScopeText(Hosts: "127.0.0.1:9, *.example.com"));
        if (allowed) Assert.True((await CallAsync(agent, "probe.tag_repository", new { repo = "a/b", page = url })).GetProperty("requires_confirmation").GetBoolean());
        else await AssertRefusedAsync("policy_denied", "page: is outside the hosts of agent scanner", agent, "probe.tag_repository", new { repo = "a/b", page = url });
    }

    [Fact]
    public async Task Bounds_DoNotOpenWhatTheServerCloses()
    {
        var agent = await AddAsync("hopeful", new AgentScopeText(Hosts: "10.0.0.1:80, 127.0.0.1:9", Repositories: "acme/site"));
        await AssertRefusedAsync("policy_denied", "URL_ALLOWLIST", agent, "probe.tag_repository", new { repo = "acme/site", page = "http://10.0.0.1/" });
        await AssertRefusedAsync("policy_denied", "REPO_WRITE_ALLOWLIST", agent, "auditlens.create_issue", new { repo = "acme/site", title = "t", body = "b", labels = Array.Empty<string>() });
    }

    public static TheoryData<string, string> Changes => new()
    {
        { "tools", "is not among the tools" }, { "read-only", "may only read" }, { "repositories", "repo: is outside the repositories" }, { "hosts", "page: is outside the hosts" },
        { "revoke", "was revoked" }, { "expire", "has expired" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task ApprovedWrite_OfAnAgentNarrowedSince_IsNotSentAndSaysWhy(string change, string reason)
    {
        var agent = await AddAsync("asker", new AgentScopeText(), _app.Time.GetUtcNow().AddMinutes(1));
        var id = await AskAsync(agent);
        switch (change)
        {
            case "revoke": await Agents.RevokeAsync("asker", OperatorDirectory.CommandLine, CancellationToken.None); break;
            case "expire": _app.Time.Advance(TimeSpan.FromMinutes(1)); break;
            case "tools": await NarrowAsync(new AgentScopeText(Tools: "core")); break;
            case "read-only": await NarrowAsync(new AgentScopeText(ReadOnly: true)); break;
            case "repositories": await NarrowAsync(new AgentScopeText(Repositories: "acme/other")); break;
            default: await NarrowAsync(new AgentScopeText(Hosts: "example.com")); break;
        }
        Assert.True((await _app.DecideAsync(id, Decision.Approve)).Accepted);

        var end = await _app.WaitForStateAsync(id, ApprovalState.Failed, ApprovalState.Executed, ApprovalState.Unknown);
        Assert.Equal(ApprovalState.Failed, end.Summary.State);
        Assert.Contains(reason, end.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was sent", end.Error, StringComparison.Ordinal);
        Assert.Empty(_app.Get<ProbeEffects>().Notes);
        var receipts = (await _app.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: id), null, 10, CancellationToken.None)).Items;
        Assert.Equal([("outcome", "failed"), ("decision", "approved")], receipts.Select(r => (r.Kind, r.State)));

        Task NarrowAsync(AgentScopeText text) => Agents.SetScopeAsync("asker", _ => Scope(text), OperatorDirectory.CommandLine, CancellationToken.None);
    }

    [Fact]
    public async Task Write_NamesItsAgentInTheCallTheApprovalAndTheReceipts()
    {
        var agent = await AddAsync("release-bot", new AgentScopeText(Tools: "probe", Repositories: "acme/*", Hosts: "127.0.0.1"));
        var id = await AskAsync(agent);
        await Agents.RotateAsync("release-bot", OperatorDirectory.CommandLine, CancellationToken.None); // another key, the same agent
        await _app.DecideAsync(id, Decision.Approve);
        var card = (await _app.WaitForStateAsync(id, ApprovalState.Executed)).Summary;

        var subject = $"agent:{agent.Agent.AgentId}";
        Assert.Equal(("release-bot", subject), (card.RequesterName, card.RequesterSubject));
        var call = Assert.Single(await _app.Get<AuditQueries>().ListAsync(new CallFilter(Tool: "probe.tag_repository"), CancellationToken.None));
        Assert.Equal(("release-bot", subject, id), (call.ActorName, call.ActorSubject, call.ApprovalId));
        var receipts = (await _app.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: id), null, 10, CancellationToken.None)).Items;
        Assert.Equal([subject, subject], receipts.Select(r => r.Requester));
    }

    [Fact]
    public async Task BuiltInAgent_HasBoundsLikeAnyOther()
    {
        await Agents.SetScopeAsync("anonymous", _ => Scope(new AgentScopeText(Tools: "core.health")), OperatorDirectory.CommandLine, CancellationToken.None);
        Assert.Equal(["core.health"], NamesIn(await ToolsOfAsync(null)));
        Assert.Equal("not_allowed", (await _app.CallAsync("probe.read_note")).GetProperty("structuredContent").GetProperty("error").GetString());
        var shown = (await Agents.ListAllAsync(CancellationToken.None)).Select(a => (a.Name, a.IsBuiltIn, Agents.StateOf(a), a.Actor.Subject)).Take(2);
        Assert.Equal([("default", true, "off", "agent:default"), ("anonymous", true, "active", "agent:anonymous")], shown);
        await Assert.ThrowsAsync<IdentityRefusedException>(() => Agents.RevokeAsync("anonymous", OperatorDirectory.CommandLine, CancellationToken.None));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => Agents.RotateAsync("default", OperatorDirectory.CommandLine, CancellationToken.None));
    }

    [Fact]
    public async Task Session_OfAnAgentNarrowedSince_SeesItsNewBounds()
    {
        var agent = await AddAsync("longlived", new AgentScopeText());
        var session = (await McpMessage.Initialize("2025-11-25").WithKey(agent.Key).SendAsync(_app)).SessionId;
        await Agents.SetScopeAsync("longlived", s => s with { ReadOnly = true }, OperatorDirectory.CommandLine, CancellationToken.None);
        var call = await McpMessage.InSession(session, "2025-11-25", "tools/call", new JsonObject { ["name"] = "probe.write_note", ["arguments"] = new JsonObject { ["text"] = "x" } }).WithKey(agent.Key).SendAsync(_app);
        Assert.Equal("not_allowed", call.Result.GetProperty("structuredContent").GetProperty("error").GetString());
    }

    [Fact]
    public async Task Call_OfAnAgentWithoutItsScope_RunsNothing()
    {
        var outcome = await _app.Get<ToolCallRunner>().RunAsync("probe.read_note", default, new CallOrigin(AgentDirectory.Anonymous, "r", "forgot"), CancellationToken.None);
        Assert.IsType<ToolOutcome.Failed>(outcome);
    }

    private async Task<string> AskAsync(NewAgent agent) =>
        (await CallAsync(agent, "probe.tag_repository", new { repo = "acme/site", page = Page })).GetProperty("approval").GetProperty("id").GetString()!;
}
