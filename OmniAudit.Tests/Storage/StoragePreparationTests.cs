using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage;

[UnsupportedOSPlatform("windows")]
public sealed class StoragePreparationTests
{
    [Fact]
    public async Task PrepareAsync_NoDirectory_CreatesItForTheOwnerOnly()
    {
        await using var store = TestStore.Unprepared(o => o.Data = Path.Combine(o.Data, "new", "data"));
        await store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(store.Directory));
        Assert.Equal(["lock", "server.pid"], Directory.GetFileSystemEntries(store.Directory).Select(Path.GetFileName).Order().Where(n => !n!.Contains("migration", StringComparison.Ordinal) && !n.Contains("omniaudit", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task PrepareAsync_SecondServer_IsRefusedButACommandIsNot()
    {
        await using var store = await TestStore.CreateAsync();
        await store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default);
        await using (var other = store.SecondProcess())
        {
            var error = await Assert.ThrowsAsync<StorageStartException>(() => other.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default));
            Assert.Contains($"another server (process {Environment.ProcessId})", error.Message, StringComparison.Ordinal);
            await other.Get<StoragePreparation>().PrepareAsync(StorageUse.Command, default);
        }
        store.Get<StoragePreparation>().Dispose();
        await using var later = store.SecondProcess();
        await later.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default);
    }

    [Fact]
    public async Task PrepareAsync_LockHolderKilled_LockIsFree()
    {
        await using var store = await TestStore.CreateAsync();
        var file = Path.Combine(store.Directory, "lock");
        var start = new ProcessStartInfo("/usr/bin/flock") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { "--no-fork", file, "/bin/sh", "-c", "echo held; exec sleep 600" }) start.ArgumentList.Add(argument);
        using var holder = Process.Start(start)!;
        Assert.Equal("held", await holder.StandardOutput.ReadLineAsync());
        await Assert.ThrowsAsync<StorageStartException>(() => store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default));
        holder.Kill(entireProcessTree: true);
        await holder.WaitForExitAsync();
        await store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default);
    }

    [Fact]
    public async Task PrepareAsync_DirectoryThatCannotBeWritten_SaysSo()
    {
        await using var store = TestStore.Unprepared(o => o.Data = "/proc/omniaudit");
        var error = await Assert.ThrowsAsync<StorageStartException>(() => store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default));
        Assert.StartsWith("OMNIAUDIT_DATA: the directory '/proc/omniaudit' cannot be written", error.Message, StringComparison.Ordinal);
    }

    [Trait(TestDatabase.SqliteOnly, "because it is about the database file")]
    [Fact]
    public async Task PrepareAsync_FileThatIsNoDatabase_IsLeftAsItIs()
    {
        await using var store = TestStore.Unprepared();
        var file = Path.Combine(store.Directory, "omniaudit.db");
        await File.WriteAllTextAsync(file, "these are somebody's holiday notes, not a database");
        var error = await Assert.ThrowsAsync<StorageStartException>(() => store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default));
        Assert.StartsWith("DATABASE_URL: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("is not a SQLite database", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("these are", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Trait(TestDatabase.SqliteOnly, "because it is about the database file")]
    [Fact]
    public async Task PrepareAsync_DamagedDatabase_SaysSo()
    {
        await using var store = await TestStore.CreateAsync();
        store.ClosePool();
        var file = Path.Combine(store.Directory, "omniaudit.db");
        await using (var stream = new FileStream(file, FileMode.Open, FileAccess.Write)) // the header stays, the first page's tree goes
        {
            stream.Position = 100;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(new string('x', 3000)));
        }
        var error = await Assert.ThrowsAsync<StorageStartException>(() => store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default));
        Assert.Contains("damaged", error.Message, StringComparison.Ordinal);
    }

    [Trait(TestDatabase.SqliteOnly, "because it is about the database file")]
    [Fact]
    public async Task PrepareAsync_DatabaseThatCannotBeWritten_SaysSo()
    {
        await using var store = await TestStore.CreateAsync();
        store.Options.Database.ConnectionString = "Data Source=omniaudit.db;Mode=ReadOnly"; // permissions do not stop root
        await using var other = store.SecondProcess();
        var error = await Assert.ThrowsAsync<StorageStartException>(() => other.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default));
        Assert.StartsWith($"DATABASE_URL: the database '{store.Directory}/omniaudit.db' is read-only", error.Message, StringComparison.Ordinal);
    }

    [Trait(TestDatabase.SqliteOnly, "because it is about the database file")]
    [Fact]
    public async Task Connections_Always_AreDurableAndCheckForeignKeys()
    {
        await using var store = await TestStore.CreateAsync();
        await store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default);
        async Task<string> Pragma(string name) => await store.Database.ReadAsync(async db =>
        {
            await db.Database.OpenConnectionAsync();
            await using var command = db.Database.GetDbConnection().CreateCommand();
            command.CommandText = $"PRAGMA {name}";
            return $"{await command.ExecuteScalarAsync()}";
        }, default);
        Assert.Equal("wal", await Pragma("journal_mode"));
        Assert.Equal("2", await Pragma("synchronous"));
        Assert.Equal("1", await Pragma("foreign_keys"));
        Assert.Equal("10000", await Pragma("busy_timeout"));
    }

    [Fact]
    public async Task WriteAsync_TwoProcessesReadingThenWriting_LosesNoUpdate()
    {
        await using var store = await TestStore.CreateAsync();
        await using var other = store.SecondProcess();
        await store.Database.WriteAsync(db => { db.Add(new SecretRow { Name = "counter", Ciphertext = [0, 0] }); return Task.CompletedTask; }, default);
        // A deferred transaction would read first and then fail with SQLITE_BUSY_SNAPSHOT when the other has written meanwhile.
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => (i % 2 == 0 ? store : other).Database.WriteAsync(async db =>
        {
            var row = await db.Set<SecretRow>().SingleAsync();
            row.Ciphertext = BitConverter.GetBytes((short)(BitConverter.ToInt16(row.Ciphertext) + 1));
        }, default))));
        Assert.Equal(200, BitConverter.ToInt16((await store.Database.ReadAsync(db => db.Set<SecretRow>().SingleAsync(), default)).Ciphertext));
    }

    [Fact]
    public async Task WriteAsync_WorkThrows_LeavesNothing()
    {
        await using var store = await TestStore.CreateAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Database.WriteAsync(async db =>
        {
            db.Add(new SecretRow { Name = "half" });
            await db.SaveChangesAsync();
            throw new InvalidOperationException("after the insert");
        }, default));
        Assert.Equal(0, await store.Database.ReadAsync(db => db.Set<SecretRow>().CountAsync(), default));
    }

    [Fact]
    public async Task ReadAsync_WhileAWriterIsAtWork_DoesNotWait()
    {
        await using var store = await TestStore.CreateAsync();
        await store.Database.WriteAsync(async db =>
        {
            db.Add(new SecretRow { Name = "unseen" });
            await db.SaveChangesAsync();
            Assert.Equal(0, await store.Database.ReadAsync(reader => reader.Set<SecretRow>().CountAsync(), default));
        }, default);
        Assert.Equal(1, await store.Database.ReadAsync(reader => reader.Set<SecretRow>().CountAsync(), default));
    }

    [Fact]
    public async Task PrepareAsync_ServerStarts_SweepsTheSpool()
    {
        await using var store = await TestStore.CreateAsync();
        var spool = Directory.CreateDirectory(Path.Combine(store.Directory, "objects", "spool")).FullName;
        var file = Path.Combine(spool, "left.tmp");
        await File.WriteAllTextAsync(file, "x");
        File.SetLastWriteTimeUtc(file, store.Clock.GetUtcNow().UtcDateTime.AddHours(-2));
        await store.Get<StoragePreparation>().PrepareAsync(StorageUse.Server, default);
        Assert.False(File.Exists(file));
        Assert.NotNull(store.Get<ObjectStore>());
    }
}
