using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Store;

/// <summary>Events are kept once and whole.</summary>
public sealed class EventStoreTests : IAsyncLifetime
{
    private EventWorld _world = null!;

    public async Task InitializeAsync() => _world = await EventWorld.CreateAsync();
    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Append_TheSameRecordAgain_StoresItOnce()
    {
        var first = await _world.Events.AppendAsync([EventWorld.Event("a"), EventWorld.Event("b"), EventWorld.Event("a")], default);
        var again = await _world.Events.AppendAsync([EventWorld.Event("b"), EventWorld.Event("c")], default);
        Assert.Equal((2, 1), (first.Stored.Count, first.Duplicates));
        Assert.Equal((1, 1), (again.Stored.Count, again.Duplicates));
        Assert.Equal(3, (await _world.Search.CountAsync(new EventQuery(), default)).Events);
        Assert.Equal(3, await _world.Disk.Database.ReadAsync(db => db.Set<EventArrivalRow>().CountAsync(), default));
    }

    [Fact]
    public async Task Append_TwoProcessesAtOnce_StoreEachRecordOnce()
    {
        await using var second = new EventWorld(_world.Disk.SecondProcess());
        var events = Enumerable.Range(0, 300).Select(i => EventWorld.Event($"e{i}", EventWorld.Noon.AddMilliseconds(i % 7))).ToList();
        var results = await Task.WhenAll(events.Chunk(50).SelectMany(chunk => new[] { _world.Events.AppendAsync(chunk, default), second.Events.AppendAsync(chunk, default) }));
        Assert.Equal((300, 300), (results.Sum(r => r.Stored.Count), results.Sum(r => r.Duplicates)));
        Assert.Equal(300, results.SelectMany(r => r.Stored).Distinct().Count());
    }

    [Fact]
    public async Task Append_InTheTransactionOfAnother_IsUndoneWithIt()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _world.Disk.Database.WriteAsync(async db =>
        {
            await _world.Events.AppendAsync(db, _world.Events.Prepare([EventWorld.Event()]));
            throw new InvalidOperationException("cut off");
        }, default));
        Assert.Empty(await _world.FindAsync(new EventQuery { Search = "bob" }));
        Assert.Equal(0, (await _world.Search.CountAsync(new EventQuery(), default)).Events);
        await _world.Events.AppendAsync([EventWorld.Event()], default);
        Assert.Single(await _world.FindAsync(new EventQuery { Search = "bob" }));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "Spaced" :  1.0e5, "Ünï":"\u00e9\ud83d\ude00" }""")]
    public async Task Record_ReadBack_IsTheSameBytes(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text + new string(' ', 500));
        var stored = await _world.Events.AppendAsync([EventWorld.Event() with { Raw = bytes }], default);
        Assert.Equal(bytes, await _world.Search.RawAsync(EventId.Text(stored.Stored[0]), default));
    }

    [Fact]
    public async Task Record_ChangedOnDisk_IsNotGivenOut()
    {
        var stored = await _world.Events.AppendAsync([EventWorld.Event()], default);
        await _world.Disk.Database.WriteAsync(db => db.Set<EventRawRow>().ExecuteUpdateAsync(set => set.SetProperty(r => r.Content, new byte[] { 1 }).SetProperty(r => r.Packed, false)), default);
        await Assert.ThrowsAsync<InvalidDataException>(() => _world.Search.RawAsync(EventId.Text(stored.Stored[0]), default));
    }

    [Fact]
    public async Task Event_ReadBack_IsWhatWasStored()
    {
        var e = EventWorld.Event("x", correlation: "c-1", ip: "2001:db8::1", changes: [new EventChange("Forwarding", "no", "yes")]);
        await _world.Events.AppendAsync([e], default);
        var read = await _world.Search.FindAsync("x", default);
        Assert.Equivalent(e.Event, read!.Event, strict: true);
        Assert.Equal(read.Id, (await _world.Search.FindAsync(read.Id, default))!.Id);
        Assert.Null(await _world.Search.FindAsync("y", default));
        Assert.Null(await _world.Search.FindAsync("../x' OR 1=1", default));
    }

    [Fact]
    public async Task Record_OfAMegabyte_IsKeptWholeAndFoundByItsWords()
    {
        var raw = $$"""{"Id":"big","Text":"{{string.Join(' ', Enumerable.Range(0, 130_000).Select(i => $"w{i}"))}}"}""";
        var stored = await _world.Events.AppendAsync([EventWorld.Event("big", raw: raw)], default);
        Assert.True(raw.Length > 900_000);
        Assert.Single(await _world.FindAsync(new EventQuery { Search = "w17" }));
        Assert.Equal(raw.Length, (await _world.Search.RawAsync(EventId.Text(stored.Stored[0]), default))!.Length);
    }

    [Fact]
    public async Task Notes_AreKeptAsWritten_OrRefusedByName()
    {
        var people = _world.Disk.Get<OperatorDirectory>();
        var (operators, viewer) = (await PersonAsync(people, "olga", Role.Operator), await PersonAsync(people, "vera", Role.Viewer));
        await _world.Events.AppendAsync([EventWorld.Event("n")], default);
        Assert.Equal(["phish", "vip user"], await _world.Notes.TagAsync("n", [" VIP user", "phish", "PHISH", ""], operators, default));
        Assert.Equal(["phish", "vip user"], (await _world.Search.FindAsync("n", default))!.Tags);
        Assert.Contains("10000 characters", (await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Notes.TagAsync("n", [new string('x', 10_000)], operators, default))).Message, StringComparison.Ordinal);
        Assert.StartsWith("tags: an event has at most", (await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Notes.TagAsync("n", [.. Enumerable.Range(0, 31).Select(i => $"t{i}")], operators, default))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Notes.TagAsync("n", ["a"], viewer, default));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => _world.Notes.TagAsync("nobody", ["a"], operators, default));
        Assert.Equal(["phish", "vip user"], (await _world.Search.FindAsync("n", default))!.Tags);

        await _world.Notes.CommentAsync("n", " first ", operators, default);
        await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Notes.CommentAsync("n", "  ", operators, default));
        await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Notes.CommentAsync("n", "x", viewer, default));
        Assert.Equal([("first", "olga")], (await _world.Notes.CommentsAsync("n", default)).Select(c => (c.Text, c.ByName)));
    }

    [Fact]
    public async Task Retention_DeletesWhatIsOld_WithAllThatBelongsToIt_ButWhatIsHeld()
    {
        var now = _world.Disk.Clock.GetUtcNow();
        var olga = await PersonAsync(_world.Disk.Get<OperatorDirectory>(), "olga", Role.Operator);
        await _world.Events.AppendAsync([.. Enumerable.Range(0, 700).Select(i => EventWorld.Event($"old{i}", now.AddDays(-400).AddSeconds(i))), EventWorld.Event("held", now.AddDays(-500)), EventWorld.Event("young", now.AddDays(-10))], default);
        await _world.Notes.TagAsync("held", ["legal-hold"], olga, default);
        await _world.Notes.TagAsync("old3", ["x"], olga, default);
        await _world.Notes.CommentAsync("old3", "gone with it", olga, default);
        using var retention = new EventRetention(_world.Disk.Database, _world.Disk.Get<ChangeFeed>(), _world.Disk.Options, _world.Disk.Clock, NullLogger<EventRetention>.Instance);
        Assert.Equal(700, await retention.RunAsync(default));
        Assert.Equal(0, await retention.RunAsync(default));
        Assert.Equal(["young", "held"], await _world.FindAsync(new EventQuery { Search = "contoso" }));
        Assert.Equal(["young", "held"], await _world.FindAsync(new EventQuery()));
        var facets = await _world.Search.FacetsAsync(new EventQuery(), 100, default);
        Assert.Equal(2, facets.Total.Events);
        Assert.Equal([("Exchange", 2)], facets.Services.Select(s => (s.Value, s.Events)));
        var left = await _world.Disk.Database.ReadAsync(async db => (Raw: await db.Set<EventRawRow>().CountAsync(), Tags: await db.Set<EventTagRow>().CountAsync(), Comments: await db.Set<EventCommentRow>().CountAsync(), Hours: await db.Set<EventCountRow>().Where(c => c.Step == CountStep.Hour).SumAsync(c => c.Events), Days: await db.Set<ActorCountRow>().Where(c => c.ServiceId == EventCounts.EveryService).SumAsync(c => c.Events)), default);
        Assert.Equal((2, 1, 0, 2L, 2L), left);

        // The same record may come again, and has its id again.
        var again = await _world.Events.AppendAsync([EventWorld.Event("old3", now.AddDays(-400).AddSeconds(3))], default);
        Assert.Single(again.Stored);
    }

    [Fact]
    [Trait(TestDatabase.SqliteOnly, "because the files of a server do not shrink with their rows")]
    public async Task Retention_BySize_DeletesTheOldestFirst()
    {
        await _world.Events.AppendAsync([.. Enumerable.Range(0, 1500).Select(i => EventWorld.Event($"e{i}", EventWorld.Noon.AddSeconds(i), note: new string('x', 300 + i)))], default);
        using var retention = new EventRetention(_world.Disk.Database, _world.Disk.Get<ChangeFeed>(), _world.Disk.Options, _world.Disk.Clock, NullLogger<EventRetention>.Instance);
        var bytes = await retention.BytesAsync(default);
        Assert.Equal(0, await retention.ShrinkAsync(bytes, default));
        var deleted = await retention.ShrinkAsync(bytes * 3 / 4, default);
        Assert.InRange(deleted, 500, 1000);
        Assert.Equal($"e{deleted}", (await _world.FindAsync(new EventQuery(), 1000))[^1]);
        Assert.True(await retention.BytesAsync(default) <= bytes * 3 / 4);
    }

    private static async Task<Actor> PersonAsync(OperatorDirectory people, string name, Role role)
    {
        var person = await people.AddAsync(name, null, role, OperatorDirectory.CommandLine, default);
        return new Actor(ActorKind.Person, $"person:{person.OperatorId}", name);
    }
}
