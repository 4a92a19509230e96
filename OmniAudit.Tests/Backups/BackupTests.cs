using System.Diagnostics;
using System.Globalization;
using System.Text;
using OmniAudit.Modules.Backups;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;
using OmniAudit.Web;

namespace OmniAudit.Tests.Backups;

/// <summary>backup and restore of the default store, as an operator runs them beside a server at work.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    private readonly string _place = Directory.CreateTempSubdirectory("omniaudit-backup-").FullName;
    private TestApp _app = null!;

    private string Target => Path.Combine(_place, "backup");
    private string Restored => Path.Combine(_place, "data");

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o => o.RateLimits.WritesPerMinute = 100_000);

    public async Task DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_place, recursive: true);
    }

    private async Task<string> BackUpAsync(bool withKey = false, OmniAuditOptions? options = null)
    {
        await using var told = new StringWriter(CultureInfo.InvariantCulture);
        await Backup.WriteAsync(options ?? _app.Options, Target, withKey, told, CancellationToken.None);
        return told.ToString();
    }

    private async Task<string> RestoreAsync()
    {
        await using var told = new StringWriter(CultureInfo.InvariantCulture);
        await Restore.ReadAsync(Target, Restored, told, CancellationToken.None);
        return told.ToString();
    }

    private static async Task<string> RefusedAsync(Func<Task> deed) => (await Assert.ThrowsAsync<BackupRefusedException>(deed)).Message;

    /// <summary>Asks for a write, approves it, and gives its receipts once they are answered.</summary>
    private static async Task<IReadOnlyList<string>> WriteAsync(TestApp app, string text)
    {
        var id = (await app.CallAsync("probe.write_note", new { text })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await app.DecideAsync(id, Decision.Approve);
        await app.WaitForStateAsync(id, "executed");
        return [.. (await app.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: id), null, 10, default)).Items.Select(r => r.ReceiptId)];
    }

    private static async Task<(int Code, string Words)> VerifyLogAsync(string data)
    {
        await using var told = new StringWriter(CultureInfo.InvariantCulture);
        return (await VerifyCommand.VerifyLogAsync(data, "", null, told, CancellationToken.None), told.ToString());
    }

    [Fact]
    public async Task Backup_WhileWritesRun_RestoresToALogThatVerifiesAndHasEveryReceiptAnsweredBefore()
    {
        var content = Encoding.UTF8.GetBytes("a report");
        var stored = await _app.Get<ObjectStore>().PutAsync(new MemoryStream(content), "text/plain", default);
        var answered = new List<string>();
        for (var i = 0; i < 5; i++) answered.AddRange(await WriteAsync(_app, $"before {i}"));
        var (stop, running) = (false, new TaskCompletionSource());
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var i = 0; !Volatile.Read(ref stop); i++)
            {
                await WriteAsync(_app, $"meanwhile {w} {i}");
                running.TrySetResult();
            }
        })).ToList();
        await running.Task;

        var told = await BackUpAsync(withKey: true);
        Volatile.Write(ref stop, true);
        await Task.WhenAll(writers);

        Assert.Equal(10, answered.Count);
        Assert.Contains("receipts (log VALID), 1 objects", told, StringComparison.Ordinal);
        Assert.Contains("The master key is in it", told, StringComparison.Ordinal);
        Assert.Contains("receipts (log VALID), 1 objects", await RestoreAsync(), StringComparison.Ordinal);
        var (code, words) = await VerifyLogAsync(Restored);
        Assert.True(code == 0, words);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Restored, "master.key")));

        // A server goes on from it: every receipt is there, the object opens, the log signs.
        await using (var again = await TestApp.StartAsync(o => o.RateLimits.WritesPerMinute = 100_000, Restored))
        {
            foreach (var receipt in answered) Assert.NotNull(await again.Get<ReceiptQueries>().GetAsync(receipt, default));
            await using var opened = await again.Get<ObjectStore>().OpenAsync(stored.Reference, default);
            using var read = new StreamReader(opened);
            Assert.Equal("a report", await read.ReadToEndAsync());
            Assert.Equal(2, (await WriteAsync(again, "after")).Count);
        }
        Assert.Equal(0, (await VerifyLogAsync(Restored)).Code);
    }

    [Fact]
    public async Task Backup_ByDefault_LeavesTheKeyOutAndSaysSo()
    {
        await WriteAsync(_app, "one");
        Assert.Contains("The master key is NOT in it.", await BackUpAsync(), StringComparison.Ordinal);
        Assert.Equal(["backup.json", "log", "objects", "omniaudit.db"], Directory.EnumerateFileSystemEntries(Target).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("put the master key to", await RestoreAsync(), StringComparison.Ordinal);
        Assert.Equal(["log", "objects", "omniaudit.db"], Directory.EnumerateFileSystemEntries(Restored).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Backup_OfAnotherEngine_BacksUpNothingAndSaysWhatDoes()
    {
        var options = new OmniAuditOptions { Data = _app.Options.Data };
        options.Database.Provider = "postgresql";
        Assert.Contains("Use that engine's own backup", await RefusedAsync(() => BackUpAsync(options: options)), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_place));
    }

    [Fact]
    public async Task Backup_WhereSomethingIsOrInsideTheStore_IsRefused()
    {
        Directory.CreateDirectory(Target);
        Assert.Contains("is there already and was left as it is", await RefusedAsync(() => BackUpAsync()), StringComparison.Ordinal);
        var inside = Path.Combine(_app.Options.Data, "objects", "backup");
        Assert.Contains("lies in the store itself", await RefusedAsync(() => Backup.WriteAsync(_app.Options, inside, false, TextWriter.Null, default)), StringComparison.Ordinal);
        var empty = new OmniAuditOptions { Data = Path.Combine(_place, "nowhere") };
        Assert.Contains("there is no database", await RefusedAsync(() => Backup.WriteAsync(empty, Target + "2", false, TextWriter.Null, default)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_OfADatabaseOlderThanItsCheckpoint_IsRefusedAndLeavesNothing()
    {
        await WriteAsync(_app, "one");
        await BackUpAsync();
        await WriteAsync(_app, "two");
        // As if an old copy had been put back under a newer log.
        var data = Path.Combine(_place, "old");
        Directory.CreateDirectory(Path.Combine(data, "log"));
        File.Copy(Path.Combine(Target, "omniaudit.db"), Path.Combine(data, "omniaudit.db"));
        foreach (var name in new[] { "checkpoint", "vkey" }) File.Copy(Path.Combine(_app.Options.Data, "log", name), Path.Combine(data, "log", name));

        Assert.Contains("database_older", await RefusedAsync(() => Backup.WriteAsync(new OmniAuditOptions { Data = data }, Path.Combine(_place, "second"), false, TextWriter.Null, default)), StringComparison.Ordinal);
        Assert.Equal(["backup", "old"], Directory.EnumerateFileSystemEntries(_place).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [SmallDiskFact]
    public async Task Backup_OnADiskWithoutRoom_IsRefusedBeforeAnythingIsWritten()
    {
        using var disk = SmallDisk.Mount();
        Assert.Contains("free, and the backup needs up to", await RefusedAsync(() => Backup.WriteAsync(_app.Options, Path.Combine(disk.Path, "backup"), false, TextWriter.Null, default)), StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Fact]
    public async Task Backup_Killed_LeavesNothingThatLooksLikeOne()
    {
        var objects = Path.Combine(_app.Options.Data, "objects", "sha256", "00");
        Directory.CreateDirectory(objects);
        await using (var large = File.Create(Path.Combine(objects, new string('0', 64)))) large.SetLength(512L << 20);
        var start = new ProcessStartInfo("dotnet", [typeof(OmniAuditServer).Assembly.Location, "backup", Target]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMNIAUDIT_DATA"] = _app.Options.Data;
        using var process = Process.Start(start)!;
        await Eventually.TrueAsync(() => Task.FromResult(Directory.EnumerateDirectories(_place).Any(d => Directory.Exists(Path.Combine(d, "objects")))), "objects are being copied");
        process.Kill();
        await process.WaitForExitAsync();

        var part = Assert.Single(Directory.EnumerateFileSystemEntries(_place));
        Assert.Matches(@"^\.backup\.[0-9a-f]{8}\.part$", Path.GetFileName(part));
        Assert.Contains("is no backup, or one that was broken off", await RefusedAsync(() => Restore.ReadAsync(part, Restored, TextWriter.Null, default)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Restored));
    }

    [Fact]
    public async Task Restore_OverAnything_IsRefused()
    {
        await BackUpAsync();
        Directory.CreateDirectory(Restored);
        await File.WriteAllTextAsync(Path.Combine(Restored, "notes.txt"), "mine");
        Assert.Contains("is not empty ('notes.txt' is there)", await RefusedAsync(RestoreAsync), StringComparison.Ordinal);
        File.Delete(Path.Combine(Restored, "notes.txt"));
        Directory.CreateDirectory(Path.Combine(Restored, ".restore-0badcafe.part"));
        Assert.Contains("remains of a restore that was broken off", await RefusedAsync(RestoreAsync), StringComparison.Ordinal);
        Directory.Delete(Path.Combine(Restored, ".restore-0badcafe.part"));
        await RestoreAsync();
    }

    [Theory]
    [InlineData("omniaudit.db", "was changed")]
    [InlineData("backup.json", "is no backup")]
    [InlineData("log", "is missing in the backup")]
    [InlineData("objects", "objects")]
    public async Task Restore_OfADamagedBackup_LeavesNothing(string what, string words)
    {
        await _app.Get<ObjectStore>().PutAsync(new MemoryStream([1, 2, 3]), "", default);
        await BackUpAsync();
        var path = Path.Combine(Target, what);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else if (what == "backup.json") File.Delete(path);
        else await using (var file = new FileStream(path, FileMode.Append)) file.WriteByte(0);

        Assert.Contains(words, await RefusedAsync(RestoreAsync), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Restored));
    }

    [Fact]
    public async Task Verbs_AsAnOperatorTypesThem_DoBoth()
    {
        await WriteAsync(_app, "one");
        var (code, output, errors) = await ServerProcess.RunAsync(["backup", Target], _app.Options.Data);
        Assert.True(code == 0, errors);
        Assert.Contains("2 receipts (log VALID)", output, StringComparison.Ordinal);
        (code, output, errors) = await ServerProcess.RunAsync(["restore", Target, "--to", Restored], _app.Options.Data);
        Assert.True(code == 0, errors);
        Assert.Contains("2 receipts (log VALID)", output, StringComparison.Ordinal);
        Assert.Equal(1, (await ServerProcess.RunAsync(["restore", Target, "--to", Restored], _app.Options.Data)).ExitCode);
    }
}
