using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
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
        var added = await agents.AddAsync("ci-bot", null, default);
        Assert.Matches("^oak_[A-Za-z0-9_-]{43}$", added.Key);
        Assert.StartsWith("agt_", added.Agent.AgentId, StringComparison.Ordinal);
        Assert.StartsWith(added.Agent.KeyPrefix, added.Key, StringComparison.Ordinal);
        Assert.Equal(new Actor(ActorKind.Agent, $"agent:{added.Agent.AgentId}", "ci-bot"), await agents.FindByKeyAsync(added.Key, default));
        var row = await store.Database.ReadAsync(db => db.Set<AgentRow>().SingleAsync(), default);
        Assert.Equal(10, row.KeyPrefix.Length);
        Assert.DoesNotContain(added.Key[10..], System.Text.Json.JsonSerializer.Serialize(row), StringComparison.Ordinal);
        Assert.NotEqual(added.Key, (await agents.AddAsync("other", null, default)).Key);
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
        var key = (await agents.AddAsync("a", null, default)).Key;
        Assert.Null(await agents.FindByKeyAsync(text.Replace("{key}", key, StringComparison.Ordinal).Replace("{KEY}", key.ToUpperInvariant(), StringComparison.Ordinal), default));
    }

    [Fact]
    public async Task FindByKeyAsync_ConfiguredKey_IsTheDefaultAgent()
    {
        await using var store = await TestStore.CreateAsync(o => o.Mcp.ApiKey = "the-configured-key");
        var agents = store.Get<AgentDirectory>();
        Assert.Equal(AgentDirectory.Default, await agents.FindByKeyAsync("the-configured-key", default));
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
        var first = await agents.AddAsync("first", null, default);
        var second = await agents.AddAsync("second", null, default);
        Assert.NotNull(await agents.FindByKeyAsync(first.Key, default));
        Assert.NotNull(await agents.FindByKeyAsync(second.Key, default));

        await agents.RevokeAsync("first", default);
        Assert.Null(await agents.FindByKeyAsync(first.Key, default));
        var revoked = await command.Get<AgentDirectory>().RevokeAsync(second.Agent.AgentId, default);
        store.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await agents.FindByKeyAsync(second.Key, default));

        Assert.Equal(revoked, await agents.RevokeAsync("second", default));
        Assert.All(await agents.ListAsync(default), a => Assert.NotNull(a.RevokedAt));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => agents.RevokeAsync("third", default));
    }

    [Fact]
    public async Task FindByKeyAsync_AfterTheExpiry_FindsNobodyAtOnce()
    {
        await using var store = await TestStore.CreateAsync();
        var agents = store.Get<AgentDirectory>();
        var added = await agents.AddAsync("guest", store.Clock.GetUtcNow().AddSeconds(1), default);
        Assert.NotNull(await agents.FindByKeyAsync(added.Key, default));
        store.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await agents.FindByKeyAsync(added.Key, default));
    }

    [Fact]
    public async Task FindByKeyAsync_OftenUsed_NotesTheUseOnceAMinute()
    {
        await using var store = await TestStore.CreateAsync();
        var agents = store.Get<AgentDirectory>();
        var added = await agents.AddAsync("busy", null, default);
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
        await agents.AddAsync("taken", null, default);
        await agents.RevokeAsync("taken", default);
        await Assert.ThrowsAsync<IdentityRefusedException>(() => agents.AddAsync(name, null, default));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => agents.AddAsync("late", store.Clock.GetUtcNow(), default));
        Assert.Single(await agents.ListAsync(default));
    }
}
