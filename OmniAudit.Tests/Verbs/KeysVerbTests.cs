using System.Diagnostics;
using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;
using OmniAudit.Web;

namespace OmniAudit.Tests.Verbs;

/// <summary><c>keys</c>, as an operator types it beside a server at work.</summary>
public sealed class KeysVerbTests : IAsyncLifetime
{
    private TestApp _app = null!;

    public async Task InitializeAsync() => _app = await TestApp.StartAsync(o => (o.Receipts.Public, o.RateLimits.WritesPerMinute) = (true, 1000));

    public async Task DisposeAsync() => await _app.DisposeAsync();

    private Task<(int ExitCode, string Output, string Errors)> RunAsync(params string[] words) => ServerProcess.RunAsync(words, _app.Options.Data);

    private async Task<string> WriteAsync(string text)
    {
        var id = (await _app.CallAsync("probe.write_note", new { text })).GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await _app.DecideAsync(id, Decision.Approve);
        await _app.WaitForStateAsync(id, "executed");
        return (await _app.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: id), null, 10, default)).Items[0].ReceiptId;
    }

    private Task<List<string>> ChangesAsync() => _app.Get<Database>().ReadAsync(db => db.Set<ReceiptRow>().Where(r => r.Kind == ReceiptKind.LogKey).OrderBy(r => r.LeafIndex).Select(r => r.Target).ToListAsync(), default);

    private Task<List<string>> AuditedAsync(string deed) => _app.Get<Database>().ReadAsync(db => db.Set<CallRow>().Where(c => c.Tool == deed).Select(c => c.ActorSubject).ToListAsync(), default);

    private string LogFile(string name) => Path.Combine(_app.Options.Data, "log", name);

    [Fact]
    public async Task RotateLog_BesideAServer_IsTakenUpAndEverythingVerifies()
    {
        var early = await WriteAsync("before");
        var old = (await _app.Http.GetStringAsync("/log/vkey")).TrimEnd();
        Assert.Single(LogKeys.Parse(await _app.Http.GetStringAsync("/log/vkeys")).Spans);

        var (code, output, errors) = await RunAsync("keys", "rotate-log");

        Assert.True(code == 0, errors);
        var key = Assert.Single(await ChangesAsync());
        Assert.Contains($"The log's key: {key}", output, StringComparison.Ordinal);
        Assert.Contains($"Until now:     {old}", output, StringComparison.Ordinal);
        Assert.Contains("Both have signed the checkpoint of size 3", output, StringComparison.Ordinal);
        // The running server tells the new key before it has signed anything with it.
        Assert.Equal(key, (await _app.Http.GetStringAsync("/log/vkey")).TrimEnd());
        var late = await WriteAsync("after");
        Assert.Equal(NoteTrust.Signed, SignedNote.Parse(await _app.Http.GetStringAsync("/log/checkpoint")).Check(VerifierKey.Parse(key)));
        var list = await _app.Http.GetStringAsync("/log/vkeys");
        Assert.Equal([old, key], LogKeys.Parse(list).Spans.Select(s => s.Key.ToString()));
        foreach (var receipt in new[] { early, late }) Assert.Equal(Verdict.Valid, (await _app.Get<ReceiptQueries>().VerifyAsync(receipt, default)).Verdict);
        Assert.Equal("ok", (await _app.Get<ReceiptQueries>().VerifyLogAsync(default)).Reason);
        Assert.Equal(["system:command-line"], await AuditedAsync("keys.rotate_log"));

        (code, output, errors) = await RunAsync("verify", "--log");
        Assert.True(code == 0, output + errors);
        Assert.Contains("Its key was changed once, at size 3; the handover verifies.", output, StringComparison.Ordinal);
        (code, output, _) = await RunAsync("keys", "list");
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^log \(old\) .* sizes 0 to 3; only the public key is left", output);
        Assert.Matches(@"(?m)^log  .* from size 3 on", output);
        Assert.DoesNotContain((await File.ReadAllTextAsync(Path.Combine(_app.Options.Data, "master.key"))).TrimEnd(), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RotateLog_BrokenOffAfterItsCommit_IsFinishedByTheNextCallAndNotDoneTwice()
    {
        await WriteAsync("before");
        Directory.CreateDirectory(LogFile("vkey.next"));
        var (code, _, errors) = await RunAsync("keys", "rotate-log");
        Assert.Equal(1, code);
        Assert.Contains("could not be written", errors, StringComparison.Ordinal);
        Assert.Contains("if the key was changed already, that only finishes it", errors, StringComparison.Ordinal);
        var key = Assert.Single(await ChangesAsync());
        Directory.Delete(LogFile("vkey.next"));

        string output;
        (code, output, errors) = await RunAsync("keys", "rotate-log");
        Assert.True(code == 0, errors);
        Assert.Contains("had been changed by a call that was broken off", output, StringComparison.Ordinal);
        Assert.Equal([key], await ChangesAsync());
        Assert.Equal(key, (await File.ReadAllTextAsync(LogFile("vkey"))).TrimEnd());
        await WriteAsync("after");
        Assert.Equal(0, (await RunAsync("verify", "--log")).ExitCode);
    }

    [Fact]
    public async Task RotateLog_Killed_LeavesALogThatSignsAndVerifies()
    {
        await WriteAsync("before");
        var start = new ProcessStartInfo("dotnet", [typeof(OmniAuditServer).Assembly.Location, "keys", "rotate-log"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["OMNIAUDIT_DATA"] = _app.Options.Data;
        foreach (var (name, value) in TestDatabase.Settings(_app.Options.Data)) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        await Eventually.TrueAsync(async () => (await ChangesAsync()).Count == 1, "the change is committed");
        process.Kill();
        await process.WaitForExitAsync();

        await WriteAsync("meanwhile");
        Assert.Equal(0, (await RunAsync("verify", "--log")).ExitCode);
        Assert.Equal(0, (await RunAsync("keys", "rotate-log")).ExitCode);
        await WriteAsync("after");
        Assert.Equal((await ChangesAsync())[^1], (await File.ReadAllTextAsync(LogFile("vkey"))).TrimEnd());
        Assert.Equal(0, (await RunAsync("verify", "--log")).ExitCode);
    }

    [Fact]
    public async Task RotateLog_OfALogThatRefuses_ChangesNothing()
    {
        await WriteAsync("before");
        // The server publishes after the commit that the test saw.
        await Eventually.TrueAsync(() => Task.FromResult(new LogFiles(_app.Options.Data).Published().Size == 2), "the newest checkpoint is outside");
        await File.WriteAllTextAsync(LogFile("checkpoint"), "not a checkpoint\n", Encoding.UTF8);
        var (code, _, errors) = await RunAsync("keys", "rotate-log");
        Assert.Equal(1, code);
        Assert.Contains("is not a checkpoint", errors, StringComparison.Ordinal);
        Assert.Empty(await ChangesAsync());
    }

    [Fact]
    public async Task RotateMaster_BesideAServer_WrapsEverySecretAndKeepsTheOldKey()
    {
        await WriteAsync("before");
        var file = Path.Combine(_app.Options.Data, "master.key");
        var old = await File.ReadAllTextAsync(file);
        var secret = await _app.Get<SecretVault>().FindAsync("receipt-log-key", default);

        var (code, output, errors) = await RunAsync("keys", "rotate-master");
        Assert.True(code == 0, errors);
        if (!TestDatabase.IsSqlite)
        {
            // Other servers may need the next key's file first.
            Assert.Contains($"is in {file}.next. Nothing is sealed under it yet.", output, StringComparison.Ordinal);
            Assert.Contains("copy that file beside the master key of each", output, StringComparison.Ordinal);
            Assert.Equal(old, await File.ReadAllTextAsync(file));
            Assert.Contains("master (next)", (await RunAsync("keys", "list")).Output, StringComparison.Ordinal);
            (code, output, errors) = await RunAsync("keys", "rotate-master");
            Assert.True(code == 0, errors);
        }
        Assert.Matches(@"(?m)^[1-9]\d* secrets were wrapped anew\.", output);
        Assert.Contains("Remove it when the last of those is gone.", output, StringComparison.Ordinal);
        Assert.Equal(old, await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(_app.Options.Data, "master.key.old-*"))));
        Assert.NotEqual(old, await File.ReadAllTextAsync(file));
        Assert.Equal(["system:command-line"], await AuditedAsync("keys.rotate_master"));

        // The server reads on, and a new one starts.
        Assert.Equal(secret, await _app.Get<SecretVault>().FindAsync("receipt-log-key", default));
        await WriteAsync("after");
        (code, output, _) = await RunAsync("keys", "list");
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^master  .* [1-9]\d* sealed secrets", output);
        Assert.Matches(@"(?m)^master \(old\)  .* backups of the database from before", output);
        Assert.DoesNotContain((await File.ReadAllTextAsync(file)).TrimEnd(), output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RotateMaster_WhoseFilesCannotBeWritten_SaysSoAndKeepsEverySecretReadable()
    {
        var file = Path.Combine(_app.Options.Data, "master.key");
        Directory.CreateDirectory(file + ".next");
        var (code, _, errors) = await RunAsync("keys", "rotate-master");
        Assert.Equal(1, code);
        Assert.StartsWith("ENVELOPE_MASTER_KEY_FILE: ", errors, StringComparison.Ordinal);
        Assert.NotNull(await _app.Get<SecretVault>().FindAsync("receipt-log-key", default));
        Directory.Delete(file + ".next");
        Assert.Equal(0, (await RunAsync("keys", "rotate-master")).ExitCode);
    }
}
