using System.Runtime.Versioning;
using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Storage.Secrets;

[UnsupportedOSPlatform("windows")]
public sealed class SecretVaultTests
{
    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    [Fact]
    public async Task SetAsync_Secret_IsFoundAgainByAnotherProcessAndNotInTheFiles()
    {
        await using var store = await TestStore.CreateAsync();
        await store.Get<SecretVault>().SetAsync("profile/1", Bytes("cookie=very-secret-value"), default);
        await store.Get<SecretVault>().SetAsync("profile/1", Bytes("cookie=very-secret-value2"), default);
        await using var other = store.SecondProcess();
        Assert.Equal("cookie=very-secret-value2", Encoding.UTF8.GetString((await other.Get<SecretVault>().FindAsync("profile/1", default))!));
        Assert.Null(await other.Get<SecretVault>().FindAsync("profile/2", default));
        foreach (var file in Directory.GetFiles(store.Directory)) Assert.DoesNotContain("very-secret", await ReadSharedAsync(file), StringComparison.Ordinal);
        Assert.True(await other.Get<SecretVault>().RemoveAsync("profile/1", default));
        Assert.Null(await store.Get<SecretVault>().FindAsync("profile/1", default));
    }

    [Fact]
    public async Task GetOrCreateAsync_FiftyCallersOverTwoProcesses_AllGetOneValue()
    {
        await using var store = await TestStore.CreateAsync();
        await using var other = store.SecondProcess();
        var values = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() =>
            (i % 2 == 0 ? store : other).Get<SecretVault>().GetOrCreateAsync("log-key", () => Bytes($"made by {i}"), default))));
        Assert.Single(values.Select(Encoding.UTF8.GetString).Distinct());
    }

    [Fact]
    public async Task MasterKeyFile_CreatedAtTheFirstSecret_IsTheOwnersOnly()
    {
        await using var store = await TestStore.CreateAsync(o => o.Secrets.MasterKeyFile = "keys/master");
        await store.Get<SecretVault>().CheckAsync(default);
        var file = Path.Combine(store.Directory, "keys", "master");
        Assert.False(File.Exists(file));
        await store.Get<SecretVault>().SetAsync("a", Bytes("b"), default);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(32, Convert.FromBase64String(await File.ReadAllTextAsync(file)).Length);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public async Task MasterKeyFile_Missing_IsRefusedAndNotReplaced()
    {
        await using var store = await TestStore.CreateAsync();
        await store.Get<SecretVault>().SetAsync("a", Bytes("b"), default);
        var file = Path.Combine(store.Directory, "master.key");
        File.Move(file, file + ".saved");
        await using var other = store.SecondProcess();
        await AssertRefusedAsync(other.Get<SecretVault>(), "is missing, but");
        Assert.False(File.Exists(file));
        File.Move(file + ".saved", file);
        await other.Get<SecretVault>().CheckAsync(default);
        Assert.Equal(Bytes("b"), await other.Get<SecretVault>().FindAsync("a", default));
    }

    [Fact]
    public async Task MasterKeyFile_AnotherKey_IsRefused()
    {
        await using var store = await TestStore.CreateAsync();
        await store.Get<SecretVault>().SetAsync("a", Bytes("b"), default);
        await File.WriteAllTextAsync(Path.Combine(store.Directory, "master.key"), Convert.ToBase64String(new byte[32]));
        await using var other = store.SecondProcess();
        await AssertRefusedAsync(other.Get<SecretVault>(), "was sealed under");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not base64 !")]
    [InlineData("c2hvcnQ=")]
    public async Task MasterKeyFile_Malformed_IsRefused(string text)
    {
        await using var store = await TestStore.CreateAsync();
        var file = Path.Combine(store.Directory, "master.key");
        await File.WriteAllTextAsync(file, text);
        File.SetUnixFileMode(file, UnixFileMode.UserRead);
        var error = await Assert.ThrowsAsync<MasterKeyException>(() => store.Get<SecretVault>().SetAsync("a", Bytes("b"), default));
        Assert.Contains("32 bytes as base64", error.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(file));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public async Task MasterKeyFile_OpenToOthers_IsRefusedWithTheRemedy(UnixFileMode extra)
    {
        await using var store = await TestStore.CreateAsync();
        await store.Get<SecretVault>().SetAsync("a", Bytes("b"), default);
        var file = Path.Combine(store.Directory, "master.key");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | extra);
        await using var other = store.SecondProcess();
        await AssertRefusedAsync(other.Get<SecretVault>(), $"chmod 600 '{file}'");
    }

    [Fact]
    public async Task FindAsync_AnyFieldAltered_Throws()
    {
        await using var store = await TestStore.CreateAsync();
        var vault = store.Get<SecretVault>();
        Action<SecretRow>[] changes =
        [
            r => r.Ciphertext[0] ^= 1, r => r.Ciphertext[^1] ^= 1, r => r.Nonce[0] ^= 1, r => r.KeyNonce[0] ^= 1, r => r.WrappedKey[3] ^= 1,
            r => r.Ciphertext = [], r => r.Nonce = [],
        ];
        foreach (var change in changes)
        {
            await vault.SetAsync("a", Bytes("b"), default);
            await store.Database.WriteAsync(async db => { var row = await db.Set<SecretRow>().SingleAsync(); change(row); db.Update(row); db.Entry(row).State = EntityState.Modified; }, default);
            var error = await Assert.ThrowsAsync<SecretDamagedException>(() => vault.FindAsync("a", default));
            Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task FindAsync_RowUnderAnotherName_Throws()
    {
        await using var store = await TestStore.CreateAsync();
        var vault = store.Get<SecretVault>();
        await vault.SetAsync("low", Bytes("b"), default);
        await store.Database.WriteAsync(db => db.Set<SecretRow>().ExecuteUpdateAsync(s => s.SetProperty(r => r.Name, "high")), default);
        await Assert.ThrowsAsync<SecretDamagedException>(() => vault.FindAsync("high", default));
    }

    /// <summary>Two servers on one database, each with a key file of its own, as replicas without a shared mount have it.</summary>
    [Fact]
    public async Task RotateMasterKeyAsync_NextKeyCopiedToTheOtherServerFirst_IsNoticedByNobody()
    {
        await using var store = await TestStore.CreateAsync();
        var vault = store.Get<SecretVault>();
        await vault.SetAsync("a", Bytes("b"), default);
        var (key, elsewhere) = (Path.Combine(store.Directory, "master.key"), Path.Combine(store.Directory, "other.key"));
        File.Copy(key, elsewhere);
        var other = new SecretVault(store.Database, new OmniAuditOptions { Data = store.Directory, Secrets = { MasterKeyFile = elsewhere } });
        Assert.Equal(Bytes("b"), await other.FindAsync("a", default));

        Assert.True(await vault.PrepareRotationAsync(default));
        Assert.False(await vault.PrepareRotationAsync(default));
        // Nothing is sealed under it, so the other server misses nothing yet.
        Assert.Equal(Bytes("b"), await other.FindAsync("a", default));
        File.Copy(key + ".next", elsewhere + ".next");
        Assert.Equal(1, await vault.RotateMasterKeyAsync(10, default));
        Assert.Equal(Bytes("b"), await other.FindAsync("a", default));
        await other.SetAsync("c", Bytes("d"), default);
        Assert.Equal(Bytes("d"), await vault.FindAsync("c", default));
        // There it ends with the files: nothing is left to wrap.
        Assert.Equal(0, await other.RotateMasterKeyAsync(10, default));
        Assert.Equal(await File.ReadAllTextAsync(key), await File.ReadAllTextAsync(elsewhere));
        Assert.False(File.Exists(elsewhere + ".next"));
        Assert.Equal((await vault.StatusAsync(default)).Id, (await other.StatusAsync(default)).Id);
    }

    [Fact]
    public async Task RotateMasterKeyAsync_OtherServerWithoutTheNewKey_RefusesNamingItsFileAndHealsWithoutARestart()
    {
        await using var store = await TestStore.CreateAsync();
        var vault = store.Get<SecretVault>();
        await vault.SetAsync("a", Bytes("b"), default);
        var (key, elsewhere) = (Path.Combine(store.Directory, "master.key"), Path.Combine(store.Directory, "other.key"));
        File.Copy(key, elsewhere);
        var other = new SecretVault(store.Database, new OmniAuditOptions { Data = store.Directory, Secrets = { MasterKeyFile = elsewhere } });
        Assert.Equal(Bytes("b"), await other.FindAsync("a", default));
        await vault.RotateMasterKeyAsync(10, default);

        foreach (var deed in new Func<Task>[] { () => other.FindAsync("a", default), () => other.SetAsync("c", Bytes("d"), default), () => other.CheckAsync(default), () => other.RotateMasterKeyAsync(10, default), () => other.PrepareRotationAsync(default) })
        {
            var refused = await Assert.ThrowsAsync<MasterKeyException>(deed);
            Assert.Contains($"the file '{elsewhere}' holds the master key", refused.Message, StringComparison.Ordinal);
            Assert.Contains("copy its key file over this one", refused.Message, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(elsewhere + ".next"));
        File.Copy(key, elsewhere, overwrite: true);
        Assert.Equal(Bytes("b"), await other.FindAsync("a", default));
        await other.SetAsync("c", Bytes("d"), default);
        Assert.Equal(Bytes("d"), await vault.FindAsync("c", default));
    }

    [Fact]
    public async Task RotateMasterKeyAsync_WhileOthersReadAndWrite_KeepsEverySecretReadable()
    {
        await using var store = await TestStore.CreateAsync();
        var vault = store.Get<SecretVault>();
        for (var i = 0; i < 20; i++) await vault.SetAsync($"s{i}", Bytes($"value {i}"), default);
        await using var other = store.SecondProcess();
        var before = await File.ReadAllTextAsync(Path.Combine(store.Directory, "master.key"));
        using var done = new CancellationTokenSource();
        var readers = Task.Run(async () =>
        {
            for (var i = 0; !done.IsCancellationRequested; i++)
            {
                Assert.Equal($"value {i % 20}", Encoding.UTF8.GetString((await other.Get<SecretVault>().FindAsync($"s{i % 20}", default))!));
                await other.Get<SecretVault>().SetAsync($"new{i}", Bytes($"new value {i}"), default);
            }
            return 0;
        });
        Assert.True(await vault.RotateMasterKeyAsync(3, default) >= 20);
        await done.CancelAsync();
        await readers;

        Assert.NotEqual(before, await File.ReadAllTextAsync(Path.Combine(store.Directory, "master.key")));
        Assert.False(File.Exists(Path.Combine(store.Directory, "master.key.next")));
        var old = Assert.Single(Directory.GetFiles(store.Directory, "master.key.old-*"));
        Assert.Equal(before, await File.ReadAllTextAsync(old));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(old));
        Assert.Single(await store.Database.ReadAsync(db => db.Set<SecretRow>().Select(s => s.MasterKeyId).Distinct().ToListAsync(), default));
        await using var later = store.SecondProcess();
        foreach (var name in await store.Database.ReadAsync(db => db.Set<SecretRow>().Select(s => s.Name).ToListAsync(), default))
        {
            Assert.NotNull(await later.Get<SecretVault>().FindAsync(name, default));
        }
    }

    [Fact]
    public async Task RotateMasterKeyAsync_BrokenOff_IsCarriedOn()
    {
        await using var store = await TestStore.CreateAsync();
        for (var i = 0; i < 5; i++) await store.Get<SecretVault>().SetAsync($"s{i}", Bytes($"value {i}"), default);
        // What a kill after the first batch leaves behind: the next key's file, and rows under both keys.
        var next = MasterKey.Create(Path.Combine(store.Directory, "master.key.next"));
        var current = MasterKey.Read(Path.Combine(store.Directory, "master.key"))!;
        await store.Database.WriteAsync(async db => current.Rewrap(await db.Set<SecretRow>().FirstAsync(), next), default);

        await using var other = store.SecondProcess();
        var vault = other.Get<SecretVault>();
        for (var i = 0; i < 5; i++) Assert.Equal($"value {i}", Encoding.UTF8.GetString((await vault.FindAsync($"s{i}", default))!));
        await vault.SetAsync("late", Bytes("sealed under the next key"), default);
        Assert.Equal(4, await vault.RotateMasterKeyAsync(100, default));
        Assert.Equal(next.Id, MasterKey.Read(Path.Combine(store.Directory, "master.key"))!.Id);
        Assert.Equal("value 3", Encoding.UTF8.GetString((await store.Get<SecretVault>().FindAsync("s3", default))!));
        Assert.Equal("sealed under the next key", Encoding.UTF8.GetString((await store.Get<SecretVault>().FindAsync("late", default))!));
    }

    private static async Task AssertRefusedAsync(SecretVault vault, string part)
    {
        Func<Task>[] calls =
        [
            () => vault.CheckAsync(default),
            () => vault.FindAsync("a", default),
            () => vault.SetAsync("b", Bytes("c"), default),
            () => vault.GetOrCreateAsync("c", () => Bytes("d"), default),
            () => vault.RotateMasterKeyAsync(10, default),
        ];
        foreach (var call in calls)
        {
            var error = await Assert.ThrowsAsync<MasterKeyException>(call);
            Assert.StartsWith("ENVELOPE_MASTER_KEY_FILE: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<string> ReadSharedAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }
}
