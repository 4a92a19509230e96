using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage;

[Trait(TestDatabase.SqliteOnly, "because it fills the disk of the database file")]
public sealed class FullDiskTests
{
    [SmallDiskFact]
    public async Task PrepareAsync_FullDisk_SaysSo()
    {
        using var disk = SmallDisk.Mount();
        await using var store = TestStore.Unprepared(o => o.Data = disk.Path);
        disk.Fill(leave: 0);
        var error = await Assert.ThrowsAsync<StorageStartException>(() => store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default));
        Assert.Equal($"OMNIAUDIT_DATA: the directory '{disk.Path}' cannot be written: the disk is full (ENOSPC).", error.Message);
        Assert.Equal(["ballast"], Directory.GetFiles(disk.Path).Select(Path.GetFileName));
        disk.Empty();
        await store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default);
    }

    [SmallDiskFact]
    public async Task PutAsync_DiskFillsUp_StoresNothingAndSaysSo()
    {
        using var disk = SmallDisk.Mount();
        await using var store = TestStore.Unprepared(o => o.ObjectStore.Root = disk.Path);
        var objects = store.Get<ObjectStore>();
        disk.Fill(leave: 100_000);
        var error = await Assert.ThrowsAsync<ObjectStoreUnavailableException>(() => objects.PutAsync(new MemoryStream(new byte[200_000]), "", default));
        Assert.StartsWith("OBJECT_STORE_ROOT: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("the disk is full (ENOSPC).", error.Message, StringComparison.Ordinal);
        Assert.Equal(["ballast"], Directory.GetFiles(disk.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        disk.Empty();
        Assert.Equal(200_000, (await objects.PutAsync(new MemoryStream(new byte[200_000]), "", default)).Size);
    }

    [SmallDiskFact]
    public async Task WriteAsync_DiskFillsUp_LeavesWhatWasCommittedAndGoesOnAfterwards()
    {
        using var disk = SmallDisk.Mount();
        await using (var store = await TestStore.CreateAsync(o => o.Database.ConnectionString = $"Data Source={disk.Path}/audit.db"))
        {
            await store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default);
            Task WriteAsync(string name, int size) => store.Database.WriteAsync(db => { db.Add(new SecretRow { Name = name, Ciphertext = new byte[size] }); return Task.CompletedTask; }, default);
            await WriteAsync("before", 1000);
            disk.Fill(leave: 20_000);
            store.ClosePool(); // as the pool itself does with connections that were idle for some minutes
            // At the insert or at the commit, as the file system has it.
            var error = await Assert.ThrowsAnyAsync<Exception>(() => WriteAsync("too-much", 100_000));
            Assert.True((error as SqliteException ?? error.InnerException) is SqliteException { SqliteErrorCode: 13 or 10 }, error.ToString());
            Assert.Equal(["before"], await store.Database.ReadAsync(db => db.Set<SecretRow>().Select(s => s.Name).ToListAsync(), default));
            disk.Empty();
            await WriteAsync("after", 1000);
            Assert.Equal(["after", "before"], await store.Database.ReadAsync(db => db.Set<SecretRow>().Select(s => s.Name).OrderBy(n => n).ToListAsync(), default));
        }
    }
}
