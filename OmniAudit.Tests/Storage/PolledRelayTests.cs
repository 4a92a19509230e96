using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage;

/// <summary>What SQL Server's processes tell each other by, on the database at hand.</summary>
public sealed class PolledRelayTests
{
    [Fact]
    public async Task Changes_OfAnotherProcess_AreHeardOnceAndOnesOwnAreNot()
    {
        await using var store = await TestStore.CreateAsync();
        await using var beside = store.SecondProcess();
        using var stop = new CancellationTokenSource();
        // Told long ago: no business of who begins to listen now.
        await store.Database.WriteAsync(
            async db =>
            {
                db.Add(new ChangeRow { Process = "gone", Topic = Topics.Jobs, Subject = "job_old", At = DateTimeOffset.UnixEpoch });
                await db.SaveChangesAsync();
            }, default);
        var (one, other) = (new PolledRelay(store.Database, store.Get<ChangeFeed>(), TimeProvider.System, NullLogger.Instance), new PolledRelay(beside.Database, beside.Get<ChangeFeed>(), TimeProvider.System, NullLogger.Instance));
        var heard = new List<Change>();
        using var subscription = store.Get<ChangeFeed>().Subscribe(change => { lock (heard) if (change.Elsewhere) heard.Add(change); });
        Task[] running = [one.ListenAsync(stop.Token), one.SendAsync(stop.Token), other.SendAsync(stop.Token)];

        store.Get<ChangeFeed>().Publish(Topics.Jobs, "job_own");
        // Until it is heard at all: the first look may come after the first telling.
        await Eventually.TrueAsync(() =>
        {
            beside.Get<ChangeFeed>().Publish(Topics.Approvals, "apr_1");
            lock (heard) return Task.FromResult(heard.Count > 0);
        }, "a change is heard");
        beside.Get<ChangeFeed>().Publish(Topics.Approvals, "apr_2");
        await Eventually.TrueAsync(() => { lock (heard) return Task.FromResult(heard.Exists(c => c.Id == "apr_2")); }, "the next is heard");
        lock (heard)
        {
            Assert.All(heard, c => Assert.Equal(Topics.Approvals, c.Topic));
            Assert.Single(heard, c => c.Id == "apr_2");
        }
        Assert.False(await store.Database.ReadAsync(db => db.Set<ChangeRow>().AnyAsync(c => c.Subject == "job_old"), default));
        await stop.CancelAsync();
        await Task.WhenAll(running);
    }

    [Fact]
    public async Task Database_ThatIsAway_IsAskedAgain()
    {
        await using var store = await TestStore.CreateAsync();
        await using var beside = store.SecondProcess();
        await store.Database.WriteAsync(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE changes RENAME TO away"), default);
        using var stop = new CancellationTokenSource();
        var heard = 0;
        using var subscription = store.Get<ChangeFeed>().Subscribe(_ => Interlocked.Increment(ref heard));
        Task[] running = [
            new PolledRelay(store.Database, store.Get<ChangeFeed>(), TimeProvider.System, NullLogger.Instance).ListenAsync(stop.Token),
            new PolledRelay(beside.Database, beside.Get<ChangeFeed>(), TimeProvider.System, NullLogger.Instance).SendAsync(stop.Token)];
        beside.Get<ChangeFeed>().Publish(Topics.Jobs, "job_lost");
        await store.Database.WriteAsync(db => db.Database.ExecuteSqlRawAsync("ALTER TABLE away RENAME TO changes"), default);
        await Eventually.TrueAsync(() =>
        {
            beside.Get<ChangeFeed>().Publish(Topics.Jobs, "job_1");
            return Task.FromResult(Volatile.Read(ref heard) > 0);
        }, "the relay goes on");
        await stop.CancelAsync();
        await Task.WhenAll(running);
    }
}
