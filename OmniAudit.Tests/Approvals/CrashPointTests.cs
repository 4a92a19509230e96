using System.Collections.Concurrent;
using System.Diagnostics;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>
/// The real server in a process of its own, dead by SIGKILL at every point of a request's life, and started again on the
/// same data: nothing happens twice, nothing that was answered is lost, and the log goes on from what it had published.
/// </summary>
[Collection(ApprovalSuite.Name)]
public sealed class CrashPointTests : IAsyncLifetime
{
    // On a shared database each dead server is waited for, 25 s in which nothing happens.
    private static readonly int AtOnce = TestDatabase.IsSqlite ? 2 : 6;

    private readonly string _root = Directory.CreateTempSubdirectory("omniaudit-crash-").FullName;
    private FakeGitHub _earlier = null!;
    private string _done = "";
    private string _waiting = "";
    private string _victim = "";

    /// <summary>What every point begins with: a data directory in which one request was executed and two wait, all answered to their agent.</summary>
    public async Task InitializeAsync()
    {
        _earlier = await ApprovalWorld.NewGitHubAsync();
        await using var world = await ApprovalWorld.StartAsync(Template, _earlier);
        (_done, _) = await world.AskAsync("done");
        Assert.True((await world.ApproveAsync(_done)).Accepted);
        await world.App.WaitForStateAsync(_done, ApprovalState.Executed);
        (_waiting, _) = await world.AskAsync("waiting");
        (_victim, _) = await world.AskAsync("victim");
    }

    public async Task DisposeAsync()
    {
        await _earlier.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    private string Template => Path.Combine(_root, "template");

    [Fact]
    public async Task Kill_AtEveryPointOfARequestsLife_NothingTwiceNothingLostLogGoesOn()
    {
        var clock = Stopwatch.StartNew();
        var lines = new ConcurrentDictionary<string, string>();
        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(CrashPoint.All, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (point, _) =>
        {
            try
            {
                lines[point.Name] = await RunAsync(point);
            }
            catch (Exception failure)
            {
                failures.Enqueue($"{point.Name}: {failure}");
            }
        });
        SuiteReport.Add("Crash: SIGKILL at every point, started again on the same data",
        [
            $"{"killed",-36}{"found",-10}{"then",-10}effects  sent  lost  log",
            .. CrashPoint.All.Select(p => lines.GetValueOrDefault(p.Name, $"{p.Name,-36}FAILED")),
            "effects: of the request that was cut off; of each of the others exactly 1. lost: requests that an answer had named",
            $"{lines.Count} of {CrashPoint.All.Count} points in {clock.Elapsed.TotalSeconds:0} s",
        ]);
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
    }

    private async Task<string> RunAsync(CrashPoint point)
    {
        var data = Path.Combine(_root, Guid.NewGuid().ToString("N"));
        CopyDirectory(Template, data);
        if (!TestDatabase.IsSqlite) await TestDatabase.CopyAsync(Template, data);
        await using var gitHub = await ApprovalWorld.NewGitHubAsync();
        var published = new List<string> { await PublishedAsync(data) };
        var fault = await CrashAsync(point, data, gitHub);
        published.Add(await PublishedAsync(data));
        // What a death between writing the new checkpoint and renaming it leaves behind.
        if (point.Trap.EndsWith("publish-before", StringComparison.Ordinal)) await File.WriteAllTextAsync(Path.Combine(data, "log", "checkpoint.next"), "omniaudit.lo");

        string found, then;
        string? victim;
        // What an answer has named: none of it may be lost.
        var asked = new List<string> { _done, _waiting, _victim };
        await using (var world = await ApprovalWorld.StartAsync(data, gitHub))
        {
            (found, victim) = await FindAsync(world, point);
            then = found;
            if (found == "unknown")
            {
                fault?.Release();
                if (fault is not null) await Eventually.TrueAsync(() => Task.FromResult(gitHub.EffectsOf(victim!) == 1), "GitHub commits late");
                for (var looks = 0; looks < 2 && then == "unknown"; looks++) then = (await world.LookAgainAsync(victim!, world.App.Time.Advance)).State;
                Assert.Equal(fault is null ? "unknown" : "executed", then);
                Assert.Equal(fault is null ? 0 : 1, gitHub.EffectsOf(victim!));
                Assert.Equal(fault is null ? "decision outcome" : "decision outcome settlement", await world.KindsAsync(victim!));
            }
            // What never got its answer is asked for again, and everything that waits is decided: life goes on.
            victim ??= (await world.AskAsync(TitleAt(point))).Id;
            if (!asked.Contains(victim)) asked.Add(victim);
            foreach (var id in asked)
            {
                if (await world.StateAsync(id) == "pending") Assert.True((await world.ApproveAsync(id)).Accepted);
                var end = await world.App.WaitForStateAsync(id, ApprovalState.Executed, ApprovalState.Unknown);
                Assert.Equal(id == victim && then == "unknown" ? "unknown" : "executed", end.Summary.State);
            }
            then = await world.StateAsync(victim);
            published.Add(await PublishedAsync(data));
            foreach (var older in published) await ProveAsync(world.App, data, older, published[^1]);
            Assert.Equal("decision outcome", await world.KindsAsync(_done));
            Assert.Equal("decision outcome", await world.KindsAsync(_waiting));
        }
        var effects = asked.Select(id => gitHub.EffectsOf(id) + _earlier.EffectsOf(id)).ToList();
        Assert.Equal(asked.Select(id => id != victim || then == "executed" ? 1 : 0), effects);
        var posts = gitHub.Requests.Count(r => r.Method == "POST" && r.Body.Contains(victim, StringComparison.Ordinal));
        Assert.InRange(posts, then == "executed" ? 1 : 0, 1);
        var (code, says) = await ApprovalWorld.VerifyLogAsync(data);
        Assert.True(code == VerifyCommand.ExitValid, says);
        return $"{point.Name,-36}{found,-10}{then,-10}{effects[asked.IndexOf(victim)],-9}{posts,-6}0     VALID";
    }

    private static bool IsSubmit(CrashPoint point) => point.Trap.StartsWith("submit", StringComparison.Ordinal);

    private static string TitleAt(CrashPoint point) => IsSubmit(point) ? "newcomer" : "victim";

    /// <summary>Submits or approves until the server is dead.</summary>
    private async Task<PostFault?> CrashAsync(CrashPoint point, string data, FakeGitHub gitHub)
    {
        var fault = point.Fault is { } kind ? gitHub.BreakNextPosts(kind) : null;
        await using (var server = await DyingServer.StartAsync(point.Trap.Length > 0 ? point.Trap : "none:none", armed: false, data, gitHub))
        {
            await server.ArmAsync();
            if (IsSubmit(point)) await Assert.ThrowsAsync<HttpRequestException>(() => server.AskAsync(TitleAt(point)));
            else await server.ApproveAsync(_victim);
            if (fault is not null)
            {
                await fault.Reached;
                await server.KillAsync();
            }
            await server.DieAsync();
        }
        if (point.SecondTrap.Length == 0) return fault;
        await using var again = await DyingServer.StartAsync(point.SecondTrap, armed: true, data, gitHub);
        await again.DieAsync();
        return fault;
    }

    /// <summary>The request as it is once nothing moves by itself any more.</summary>
    private static async Task<(string State, string? Id)> FindAsync(ApprovalWorld world, CrashPoint point)
    {
        var all = await world.App.Get<ApprovalQueries>().ListAsync(new ApprovalFilter(), CancellationToken.None);
        var victim = all.SingleOrDefault(a => a.Intent.Contains(TitleAt(point), StringComparison.Ordinal))?.ApprovalId;
        if (victim is null)
        {
            Assert.Equal("absent", point.State);
            return ("absent", null);
        }
        await world.App.WaitForStateAsync(victim, point.State);
        if (point.State == "unknown") await world.LookedAsync(victim, 1);
        Assert.Equal((point.State, point.Effects, point.History), (await world.StateAsync(victim), world.GitHub.EffectsOf(victim), await world.KindsAsync(victim)));
        // An agent whose connection broke asks again and is given the same card, not a second one.
        if (point.State == "pending") Assert.Equal(victim, (await world.AskAsync(TitleAt(point))).Id);
        return (point.State, victim);
    }

    private static Task<string> PublishedAsync(string data) => File.ReadAllTextAsync(Path.Combine(data, "log", "checkpoint"));

    /// <summary>The log that <paramref name="newer"/> signs continues the one that <paramref name="older"/> signed.</summary>
    private static async Task ProveAsync(TestApp app, string data, string older, string newer)
    {
        var key = VerifierKey.Parse((await File.ReadAllTextAsync(Path.Combine(data, "log", "vkey"))).TrimEnd());
        var (first, second) = (LogFiles.Open(older, key)!, LogFiles.Open(newer, key)!);
        Assert.True(first.Size <= second.Size, $"The checkpoint went back from {first.Size} to {second.Size}.");
        var proof = await app.Get<Database>().ReadAsync(
            db => LogTree.ProofAsync(db, MerkleTree.ConsistencyProof(first.Size, second.Size), new Dictionary<TreeNode, byte[]>(), CancellationToken.None), CancellationToken.None);
        Assert.True(MerkleTree.VerifyConsistency(first.Size, first.Root, second.Size, second.Root, proof));
    }

    private static void CopyDirectory(string from, string to)
    {
        foreach (var directory in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from)) Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, directory)));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories)) File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
    }
}
