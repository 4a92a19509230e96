using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Tests.Receipts;

public class ReceiptLogTests
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Open_OnAnEmptyDatabase_PublishesTheEmptyLogAndItsKey()
    {
        using var store = new ReceiptStore(origin: "");
        var log = await store.OpenAsync();
        var key = VerifierKey.Parse(File.ReadAllText(store.VkeyPath).TrimEnd('\n'));
        Assert.Equal(log.Vkey, key.ToString());
        Assert.StartsWith("omniaudit.local/", key.Name, StringComparison.Ordinal);
        Assert.Equal(0UL, Checkpoint.Parse(SignedNote.Parse(File.ReadAllText(store.CheckpointPath)).Text).Size);
        Assert.Equal(Verdict.Valid, (await store.VerifyLogAsync()).Verdict);
    }

    [Fact]
    public async Task Open_Again_KeepsOriginAndKey()
    {
        using var store = new ReceiptStore(origin: "");
        var first = await store.OpenAsync();
        await store.AppendAsync(first, 2);
        var second = await store.OpenAsync();
        Assert.Equal(first.Vkey, second.Vkey);
        await store.AppendAsync(second, 2);
        var result = await store.VerifyLogAsync();
        Assert.Equal((Verdict.Valid, 4UL), (result.Verdict, result.Size));
    }

    [Fact]
    public async Task Append_BeforeOpen_IsRefused()
    {
        using var store = new ReceiptStore();
        var log = store.NewLog();
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Database.WriteAsync(db => log.AppendAsync(db, ReceiptStore.Entry("apr_1"), None), None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Append_SeveralInOneTransaction_MakesOneUnbrokenLog(bool saveBetween)
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 3);
        var appended = await store.Database.WriteAsync(
            async db =>
            {
                var receipts = new List<AppendedReceipt>();
                for (var i = 0; i < 6; i++)
                {
                    receipts.Add(await log.AppendAsync(db, ReceiptStore.Entry("apr_same"), None));
                    if (saveBetween) await db.SaveChangesAsync();
                }
                return receipts;
            },
            None);
        await log.PublishAsync(None);
        Assert.Equal([3, 4, 5, 6, 7, 8], appended.Select(r => r.Index));
        Assert.All(appended, r => Assert.StartsWith("rcp_", r.ReceiptId, StringComparison.Ordinal));
        var result = await store.VerifyLogAsync();
        Assert.Equal((Verdict.Valid, 9UL), (result.Verdict, result.Size));
        var last = await store.Database.ReadAsync(db => db.Set<ReceiptRow>().SingleAsync(r => r.LeafIndex == 8), None);
        Assert.Equal(appended[4].Sha256, ReceiptLeaf.Parse(last.Bytes).PreviousSha256);
    }

    [Fact]
    public async Task Append_InATransactionThatFails_LeavesNothing()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 2);
        await Assert.ThrowsAsync<TimeoutException>(() => store.Database.WriteAsync(
            async db =>
            {
                await log.AppendAsync(db, ReceiptStore.Entry("apr_lost"), None);
                throw new TimeoutException();
            },
            None));
        await log.PublishAsync(None);
        var after = await store.AppendAsync(log, 1, "apr_next");
        Assert.Equal(2, after[0].Index);
        Assert.Equal((Verdict.Valid, 3UL), await OutcomeAsync(store));
    }

    [Fact]
    public async Task Append_FromManyCallersAtOnce_KeepsTheOrder()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        var receipts = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(async () =>
        {
            var receipt = await store.Database.WriteAsync(db => log.AppendAsync(db, ReceiptStore.Entry($"apr_{i % 7}"), None), None);
            await log.PublishAsync(None);
            return receipt;
        })));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => (long)i), receipts.Select(r => r.Index).Order());
        Assert.Equal((Verdict.Valid, 60UL), await OutcomeAsync(store));
        Assert.Equal(60UL, PublishedSize(store));
    }

    [Fact]
    public async Task Append_Then_Publish_TellsOpenPages()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        var changes = new List<Change>();
        using var subscription = store.Changes.Subscribe(changes.Add);
        var receipt = (await store.AppendAsync(log, 1))[0];
        await log.PublishAsync(None);
        Assert.Equal([new Change(Topics.Receipts, receipt.ReceiptId)], changes);
    }

    [Fact]
    public async Task Open_AfterACrashBetweenCommitAndPublish_PublishesWhatWasCommitted()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 2);
        await store.Database.WriteAsync(db => log.AppendAsync(db, ReceiptStore.Entry("apr_crash"), None), None);
        Assert.Equal(2UL, PublishedSize(store));
        await store.OpenAsync();
        Assert.Equal(3UL, PublishedSize(store));
        Assert.Equal((Verdict.Valid, 3UL), await OutcomeAsync(store));
    }

    [Fact]
    public async Task Open_AfterACrashInTheMiddleOfPublishing_IgnoresTheHalfWrittenFile()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 2);
        File.WriteAllText(store.CheckpointPath + ".next", "omniaudit.exa");
        var again = await store.OpenAsync();
        await store.AppendAsync(again, 1);
        Assert.Equal(3UL, PublishedSize(store));
        Assert.False(File.Exists(store.CheckpointPath + ".next"));
    }

    [Fact]
    public async Task Publish_WhileAnotherProcessPublishes_WaitsForIt()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.Database.WriteAsync(db => log.AppendAsync(db, ReceiptStore.Entry("apr_1"), None), None);
        Task publishing;
        using (new FileStream(store.PathOf("log/lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            publishing = log.PublishAsync(None);
            Assert.False(publishing.IsCompleted);
            Assert.Equal(0UL, PublishedSize(store));
        }
        await publishing;
        Assert.Equal(1UL, PublishedSize(store));
    }

    [Fact]
    public async Task Publish_ThatCannotWrite_LosesNothingAndCatchesUp()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        Directory.CreateDirectory(store.CheckpointPath + ".next");
        await Assert.ThrowsAnyAsync<Exception>(() => store.AppendAsync(log, 1));
        Directory.Delete(store.CheckpointPath + ".next");
        Assert.Null(log.Refusal);
        await store.AppendAsync(log, 1, "apr_next");
        Assert.Equal(2UL, PublishedSize(store));
        Assert.Equal((Verdict.Valid, 2UL), await OutcomeAsync(store));
    }

    [Fact]
    public async Task Publish_WhenTheFileVanishedAtRunTime_WritesItAgain()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 2);
        File.Delete(store.CheckpointPath);
        await log.PublishAsync(None);
        Assert.Equal(2UL, PublishedSize(store));
    }

    [Fact]
    public async Task Open_WithAnOldDatabaseRestored_IsRefusedAndSignsNothing()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 3);
        var old = store.CopyDatabase();
        await store.AppendAsync(log, 2, "apr_later");
        var published = File.ReadAllText(store.CheckpointPath);
        store.RestoreDatabase(old);

        var restarted = store.NewLog();
        var refusal = await Assert.ThrowsAsync<LogRefusedException>(() => restarted.OpenAsync(None));
        Assert.Equal("database_older", refusal.Reason);
        Assert.Contains("5 receipts were published, and only 3", refusal.Message, StringComparison.Ordinal);
        var append = await Assert.ThrowsAsync<LogRefusedException>(() => store.AppendAsync(restarted, 1));
        Assert.Equal("database_older", append.Reason);
        Assert.Equal(published, File.ReadAllText(store.CheckpointPath));
        Assert.Equal("database_older", (await store.VerifyLogAsync()).Reason);
        // The server that ran on while the file was swapped under it refuses as well.
        Assert.Equal("database_older", (await Assert.ThrowsAsync<LogRefusedException>(() => store.AppendAsync(log, 1))).Reason);
    }

    [Fact]
    public async Task Open_WithAnotherHistoryOfTheSameKey_IsRefused()
    {
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        await store.AppendAsync(log, 3);
        var old = store.CopyDatabase();
        await store.AppendAsync(log, 1, "apr_real");
        var published = File.ReadAllText(store.CheckpointPath);
        store.RestoreDatabase(old);
        // The fork is only signed because the checkpoint outside was wound back together with the database.
        File.WriteAllText(store.CheckpointPath, await store.Database.ReadAsync(db => db.Set<LogCheckpointRow>().Where(c => c.Size == 3).Select(c => c.Note).SingleAsync(), None));
        await store.AppendAsync(await store.OpenAsync(), 3, "apr_fork");
        File.WriteAllText(store.CheckpointPath, published);

        var refusal = await Assert.ThrowsAsync<LogRefusedException>(() => store.NewLog().OpenAsync(None));
        Assert.Equal("database_inconsistent", refusal.Reason);
        Assert.Equal("published_differs", (await store.VerifyLogAsync()).Reason);
    }

    [Fact]
    public async Task Open_WithTheCheckpointOutsideGone_IsRefusedUntilItIsBack()
    {
        using var store = new ReceiptStore();
        await store.AppendAsync(await store.OpenAsync(), 2);
        var published = File.ReadAllText(store.CheckpointPath);
        File.Delete(store.CheckpointPath);
        var log = store.NewLog();
        Assert.Equal("checkpoint_missing", (await Assert.ThrowsAsync<LogRefusedException>(() => log.OpenAsync(None))).Reason);
        Assert.Equal((Verdict.Incomplete, "published_missing"), await ReasonAsync(store));
        File.WriteAllText(store.CheckpointPath, published);
        await log.OpenAsync(None);
        Assert.Null(log.Refusal);
        await store.AppendAsync(log, 1);
    }

    [Fact]
    public async Task Open_WithACheckpointThatIsNotThisLogs_IsRefused()
    {
        using var store = new ReceiptStore();
        await store.AppendAsync(await store.OpenAsync(), 2);
        File.WriteAllText(store.CheckpointPath, ReferenceLog.Checkpoint(ReferenceLog.Leaves(2)));
        Assert.Equal("checkpoint_foreign", (await Assert.ThrowsAsync<LogRefusedException>(() => store.NewLog().OpenAsync(None))).Reason);
        File.WriteAllText(store.CheckpointPath, "garbage");
        Assert.Equal("checkpoint_unreadable", (await Assert.ThrowsAsync<LogRefusedException>(() => store.NewLog().OpenAsync(None))).Reason);
    }

    [Fact]
    public async Task Open_WithAnotherOrigin_IsRefused()
    {
        using var store = new ReceiptStore();
        await store.OpenAsync();
        store.Options.Receipts.Origin = "omniaudit.example/other";
        Assert.Equal("origin_changed", (await Assert.ThrowsAsync<LogRefusedException>(() => store.NewLog().OpenAsync(None))).Reason);
    }

    [Fact]
    public async Task Open_WithAnOriginThatIsNoKeyName_IsRefused()
    {
        using var store = new ReceiptStore("has a space");
        Assert.Equal("key_unusable", (await Assert.ThrowsAsync<LogRefusedException>(() => store.NewLog().OpenAsync(None))).Reason);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task Log_AfterAnyMixOfCommitsRollbacksLostPublishesAndRestarts_IsWhole(int seed)
    {
        var random = new Random(seed);
        using var store = new ReceiptStore();
        var log = await store.OpenAsync();
        var committed = new List<string>();
        for (var step = 0; step < 40; step++)
        {
            var before = PublishedSize(store);
            switch (random.Next(4))
            {
                case 0:
                    log = await store.OpenAsync();
                    Assert.Equal((ulong)committed.Count, PublishedSize(store));
                    break;
                case 1:
                    await log.PublishAsync(None);
                    Assert.Equal((ulong)committed.Count, PublishedSize(store));
                    break;
                default:
                    var fails = random.Next(4) == 0;
                    var ids = new List<string>();
                    var work = store.Database.WriteAsync(
                        async db =>
                        {
                            for (var i = random.Next(1, 4); i > 0; i--) ids.Add((await log.AppendAsync(db, ReceiptStore.Entry($"apr_{random.Next(5)}"), None)).ReceiptId);
                            if (fails) throw new TimeoutException();
                        },
                        None);
                    if (fails) await Assert.ThrowsAsync<TimeoutException>(() => work);
                    else await work;
                    if (!fails) committed.AddRange(ids);
                    break;
            }
            Assert.InRange(PublishedSize(store), before, (ulong)committed.Count);
        }
        log = await store.OpenAsync();
        Assert.Equal((Verdict.Valid, (ulong)committed.Count), await OutcomeAsync(store));
        var page = await store.Queries(log).ListAsync(new ReceiptFilter(), null, ReceiptQueries.MaxPageSize, None);
        Assert.Equal(committed.AsEnumerable().Reverse(), page.Items.Select(i => i.ReceiptId));
        foreach (var id in committed) Assert.Equal("ok", (await store.Queries(log).VerifyAsync(id, None)).Reason);
    }

    private static ulong PublishedSize(ReceiptStore store) => Checkpoint.Parse(SignedNote.Parse(File.ReadAllText(store.CheckpointPath)).Text).Size;

    private static async Task<(Verdict, ulong?)> OutcomeAsync(ReceiptStore store)
    {
        var result = await store.VerifyLogAsync();
        return (result.Verdict, result.Size);
    }

    private static async Task<(Verdict, string)> ReasonAsync(ReceiptStore store)
    {
        var result = await store.VerifyLogAsync();
        return (result.Verdict, result.Reason);
    }
}
