using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Identities;

public sealed class AgentDirectoryTests
{
    [Fact]
    public async Task AddAsync_NewAgent_IsFoundByItsKeyWhichIsStoredNowhere()
    {
        await using var store = await TestStore.CreateAsync();
        var agents = store.Get<AgentDirectory>();
        var added = await agents.AddAsync("ci-bot", null, AgentScope.Everything, OperatorDirectory.CommandLine, default);
        Assert.Matches("^oak_[A-Za-z0-9_-]{43}$", added.Key);
        Assert.StartsWith("agt_", added.Agent.AgentId, StringComparison.Ordinal);
        Assert.StartsWith(added.Agent.KeyPrefix, added.Key, StringComparison.Ordinal);
        Assert.Equal(new Caller(new Actor(ActorKind.Agent, $"agent:{added.Agent.AgentId}", "ci-bot"), AgentScope.Everything), await agents.FindByKeyAsync(added.Key, default));
        var row = await store.Database.ReadAsync(db => db.Set<AgentRow>().SingleAsync(), default);
        Assert.Equal(10, row.KeyPrefix.Length);
        Assert.DoesNotContain(added.Key[10..], System.Text.Json.JsonSerializer.Serialize(row), StringComparison.Ordinal);
        Assert.NotEqual(added.Key, (await agents.AddAsync("other", null, AgentScope.Everything, OperatorDirectory.CommandLine, default)).Key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("oak_")]
    [InlineData("{key}x")]
    [InlineData("{KEY}")]
    [InlineData("prefix{key}")]
    public async Task FindByKeyAsync_AnotherKey_FindsNobody(string text)
    {
        await using var store = await TestStore.CreateAsync();
        var agents = store.Get<AgentDirectory>();
        var key = (await agents.AddAsync("a", null, AgentScope.Everything, OperatorDirectory.CommandLine, default)).Key;
        Assert.Null(await agents.FindByKeyAsync(text.Replace("{key}", key, StringComparison.Ordinal).Replace("{KEY}", key.ToUpperInvariant(), StringComparison.Ordinal), default));
    }

    [Fact]
    public async Task FindByKeyAsync_ConfiguredKey_IsTheDefaultAgent()
    {
        await using var store = await TestStore.CreateAsync(o => o.Mcp.ApiKey = "the-configured-key");
        var agents = store.Get<AgentDirectory>();
        Assert.Equal(new Caller(AgentDirectory.Default, AgentScope.Everything), await agents.FindByKeyAsync("the-configured-key", default));
        Assert.Null(await agents.FindByKeyAsync("the-configured-keY", default));
        await using var without = await TestStore.CreateAsync();
        Assert.Null(await without.Get<AgentDirectory>().FindByKeyAsync("", default));
    }

    [Fact]
    public async Task RevokeAsync_HereAndInAnotherProcess_EndsTheKey()
    {
        await using var store = await TestStore.CreateAsync();
        await using var command = store.SecondProcess();
        var agents = store.Get<AgentDirectory>();
        var first = await agents.AddAsync("first", null, AgentScope.Everything, OperatorDirectory.CommandLine, default);
        var second = await agents.AddAsync("second", null, AgentScope.Everything, OperatorDirectory.CommandLine, default);
        Assert.NotNull(await agents.FindByKeyAsync(first.Key, default));
        Assert.NotNull(await agents.FindByKeyAsync(second.Key, default));

        await agents.RevokeAsync("first", OperatorDirectory.CommandLine, default);
        Assert.Null(await agents.FindByKeyAsync(first.Key, default));
        var revoked = await command.Get<AgentDirectory>().RevokeAsync(second.Agent.AgentId, OperatorDirectory.CommandLine, default);
        store.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await agents.FindByKeyAsync(second.Key, default));

        Assert.Equal(revoked, await agents.RevokeAsync("second", OperatorDirectory.CommandLine, default));
        Assert.All(await agents.ListAsync(default), a => Assert.NotNull(a.RevokedAt));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => agents.RevokeAsync("third", OperatorDirectory.CommandLine, default));
    }

    [Fact]
    public async Task FindByKeyAsync_AfterTheExpiry_FindsNobodyAtOnce()
    {
        await using var store = await TestStore.CreateAsync();
        var agents = store.Get<AgentDirectory>();
        var added = await agents.AddAsync("guest", store.Clock.GetUtcNow().AddSeconds(1), AgentScope.Everything, OperatorDirectory.CommandLine, default);
        Assert.NotNull(await agents.FindByKeyAsync(added.Key, default));
        store.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await agents.FindByKeyAsync(added.Key, default));
    }

    [Fact]
    public async Task FindByKeyAsync_OftenUsed_NotesTheUseOnceAMinute()
    {
        await using var store = await TestStore.CreateAsync();
        var agents = store.Get<AgentDirectory>();
        var added = await agents.AddAsync("busy", null, AgentScope.Everything, OperatorDirectory.CommandLine, default);
        async Task<DateTimeOffset?> LastUsed() => (await agents.ListAsync(default))[0].LastUsedAt;
        Assert.Null(await LastUsed());
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => agents.FindByKeyAsync(added.Key, default)));
        var first = await LastUsed();
        Assert.Equal(store.Clock.GetUtcNow(), first);
        store.Clock.Advance(TimeSpan.FromSeconds(59));
        await agents.FindByKeyAsync(added.Key, default);
        Assert.Equal(first, await LastUsed());
        store.Clock.Advance(TimeSpan.FromSeconds(1));
        await agents.FindByKeyAsync(added.Key, default);
        Assert.Equal(store.Clock.GetUtcNow(), await LastUsed());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("-dash")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("äöü")]
    [InlineData("default")]
    [InlineData("anonymous")]
    [InlineData("taken")]
    [InlineData("a1234567890123456789012345678901234567890123456789012345678901234")]
    public async Task AddAsync_NameNotAllowed_IsRefused(string name)
    {
        await using var store = await TestStore.CreateAsync();
        var agents = store.Get<AgentDirectory>();
        await agents.AddAsync("taken", null, AgentScope.Everything, OperatorDirectory.CommandLine, default);
        await agents.RevokeAsync("taken", OperatorDirectory.CommandLine, default);
        await Assert.ThrowsAsync<IdentityRefusedException>(() => agents.AddAsync(name, null, AgentScope.Everything, OperatorDirectory.CommandLine, default));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => agents.AddAsync("late", store.Clock.GetUtcNow(), AgentScope.Everything, OperatorDirectory.CommandLine, default));
        Assert.Single(await agents.ListAsync(default));
    }

    [Fact]
    public async Task SetScopeAsync_HereAndInAnotherProcess_CountsWithinTwoSeconds()
    {
        await using var store = await TestStore.CreateAsync();
        await using var command = store.SecondProcess();
        var agents = store.Get<AgentDirectory>();
        var changed = new List<string>();
        using var listening = store.Get<ChangeFeed>().Subscribe(c => { if (c.Topic == Topics.Agents) changed.Add(c.Id); });
        var added = await agents.AddAsync("narrowed", null, AgentScope.Everything, OperatorDirectory.CommandLine, default);
        Assert.Equal(AgentScope.Everything, (await agents.FindByKeyAsync(added.Key, default))!.Scope);

        await agents.SetScopeAsync("narrowed", s => s with { ReadOnly = true }, OperatorDirectory.CommandLine, default);
        Assert.True((await agents.FindByKeyAsync(added.Key, default))!.Scope.ReadOnly);
        var second = await command.Get<AgentDirectory>().SetScopeAsync(added.Agent.AgentId, s => s with { ToolSets = ["core", "probe.read_note"], CallsPerMinute = 5, Repositories = ["a/*"], Hosts = ["*.b"] }, OperatorDirectory.CommandLine, default);
        store.Clock.Advance(TimeSpan.FromSeconds(2));
        var seen = (await agents.FindByKeyAsync(added.Key, default))!.Scope;

        Assert.Equal(new AgentScope(true, ["core", "probe.read_note"], 5, ["a/*"], ["*.b"]), seen);
        Assert.Equal(seen, second.Scope);
        Assert.Equal([added.Agent.AgentId, added.Agent.AgentId, added.Agent.AgentId], changed);
    }

    [Fact]
    public async Task RotateAsync_GivesANewKeyAndEndsTheOldOne()
    {
        await using var store = await TestStore.CreateAsync();
        var agents = store.Get<AgentDirectory>();
        var old = await agents.AddAsync("rotating", store.Clock.GetUtcNow().AddDays(1), AgentScope.Everything, OperatorDirectory.CommandLine, default);
        Assert.NotNull(await agents.FindByKeyAsync(old.Key, default));
        var made = await agents.RotateAsync("rotating", OperatorDirectory.CommandLine, default);

        Assert.Null(await agents.FindByKeyAsync(old.Key, default));
        Assert.Equal(old.Agent.Actor, (await agents.FindByKeyAsync(made.Key, default))!.Actor);
        Assert.Equal(old.Agent.ExpiresAt, made.Agent.ExpiresAt);
        store.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Contains("--expires-in-days", (await Assert.ThrowsAsync<IdentityRefusedException>(() => agents.RotateAsync("rotating", OperatorDirectory.CommandLine, default))).Message, StringComparison.Ordinal);
        await agents.SetExpiryAsync("rotating", null, OperatorDirectory.CommandLine, default);
        Assert.NotNull(await agents.FindByKeyAsync(made.Key, default));
        await agents.RevokeAsync("rotating", OperatorDirectory.CommandLine, default);
        Assert.Contains("for good", (await Assert.ThrowsAsync<IdentityRefusedException>(() => agents.RotateAsync("rotating", OperatorDirectory.CommandLine, default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BuiltInAgents_AreListedBeforeTheirFirstUseAndKeepTheirBounds()
    {
        await using var store = await TestStore.CreateAsync(o => (o.Mcp.ApiKey, o.Mcp.AuthMode) = ("the-configured-key", "api_key"));
        var agents = store.Get<AgentDirectory>();
        Assert.Equal([("default", "active"), ("anonymous", "off")], (await agents.ListAllAsync(default)).Select(a => (a.Name, agents.StateOf(a))));
        Assert.Empty(await agents.ListAsync(default));
        await agents.SetScopeAsync("default", s => s with { ReadOnly = true }, OperatorDirectory.CommandLine, default);
        Assert.Equal(new Caller(AgentDirectory.Default, AgentScope.Everything with { ReadOnly = true }), await agents.FindByKeyAsync("the-configured-key", default));
        Assert.Equal(store.Clock.GetUtcNow(), (await agents.FindAsync("default", default))!.LastUsedAt);
        Assert.Null((await agents.FindAsync("anonymous", default))!.LastUsedAt);
        await agents.FindAnonymousAsync(default);
        Assert.NotNull((await agents.FindAsync("anonymous", default))!.LastUsedAt);
    }

    [Theory]
    [InlineData("tools", "sitelnt", "sitelint.start_scan")]
    [InlineData("tools", "core.", "core.health")]
    [InlineData("calls-per-minute", "0", "1 to 100000")]
    [InlineData("calls-per-minute", "many", "1 to 100000")]
    [InlineData("calls-per-minute", "-1", "1 to 100000")]
    [InlineData("repositories", "acme", "owner/name")]
    [InlineData("repositories", "*/*", "owner/name")]
    [InlineData("repositories", "a/b/c", "owner/name")]
    [InlineData("hosts", "http://a.b", "no scheme")]
    [InlineData("hosts", "a*.b", "*.example.com")]
    [InlineData("hosts", "a.b:99999", "*.example.com")]
    public void ScopeText_WithAWrongEntry_NamesTheOptionAndWhatIsAllowed(string option, string entry, string allowed)
    {
        var catalog = ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly);
        var text = option switch
        {
            "tools" => new AgentScopeText(Tools: "core, " + entry),
            "calls-per-minute" => new AgentScopeText(CallsPerMinute: entry),
            "repositories" => new AgentScopeText(Repositories: "acme/*," + entry),
            _ => new AgentScopeText(Hosts: "example.com," + entry),
        };
        var (scope, errors) = text.Parse(catalog);
        Assert.Null(scope);
        var error = Assert.Single(errors);
        Assert.Equal(option, error.Field);
        Assert.Contains($"'{entry}'", error.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ScopeText_OfAScope_ReadsBackAsTheSame()
    {
        var scope = new AgentScope(true, ["core", "sitelint.get_scan"], 60, ["acme/*", "a/b"], ["*.example.com", "[::1]:8080"]);
        Assert.Equal(scope, AgentScopeText.Of(scope).Parse(ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly)).Scope);
        Assert.Equal(AgentScope.Everything, AgentScopeText.Of(AgentScope.Everything).Parse(ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly)).Scope);
    }
}
