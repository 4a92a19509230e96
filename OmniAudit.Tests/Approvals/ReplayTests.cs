using System.Text.Json;
using Microsoft.Data.Sqlite;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>Everything that was said once is said again: at once, after a restart, and to an old copy of the database.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("omniaudit-replay-").FullName;
    private FakeGitHub _gitHub = null!;

    public async Task InitializeAsync() => _gitHub = await ApprovalWorld.NewGitHubAsync();

    public async Task DisposeAsync()
    {
        await _gitHub.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private Task<ApprovalWorld> StartAsync() => ApprovalWorld.StartAsync(_data, _gitHub);

    [Fact]
    public async Task Replayed_AtOnceAndAfterARestart_ItHasTheOneOutcome()
    {
        string done, token, denied, digest, receipt;
        await using (var world = await StartAsync())
        {
            (done, token) = await world.AskAsync("one", "key-1");
            digest = (await world.CardAsync(done)).PayloadSha256;
            Assert.True((await world.ApproveAsync(done)).Accepted);
            await world.App.WaitForStateAsync(done, ApprovalState.Executed);
            (denied, _) = await world.AskAsync("two", "key-2");
            Assert.True((await world.App.DecideAsync(denied, Decision.Deny, "not on a Friday")).Accepted);
            receipt = (await world.CallAsync("one", token)).GetProperty("receipt_id").GetString()!;
            await ReplayAsync(world);
        }
        await using (var world = await StartAsync()) await ReplayAsync(world);
        Assert.Equal((1, 1), (_gitHub.EffectsOf(done), _gitHub.Posts));
        Assert.Equal(0, (await ApprovalWorld.VerifyLogAsync(_data)).Code);
        SuiteReport.Add("Replay", ["decision, token, call, idempotency key; at once and after a restart: effects 1, sent 1"]);

        async Task ReplayAsync(ApprovalWorld world)
        {
            foreach (var decision in new[] { Decision.Approve, Decision.Deny })
            {
                var late = await world.App.Get<ApprovalDesk>().DecideAsync(done, decision, "again", digest, TestApp.Approver, CancellationToken.None);
                Assert.False(late.Accepted);
                Assert.Contains("Ada decided this at", late.Message, StringComparison.Ordinal);
            }
            Assert.False((await world.App.DecideAsync(denied, Decision.Approve)).Accepted);
            foreach (var answer in new[] { await world.CallAsync("one", token), await world.CallAsync("one", idempotencyKey: "key-1"), await world.CallAsync("one", token, "key-1") })
            {
                Assert.Equal(("executed", done, receipt), (ApprovalWorld.StatusIn(answer), ApprovalWorld.IdIn(answer), answer.GetProperty("receipt_id").GetString()));
            }
            var refused = await world.CallAsync("two", idempotencyKey: "key-2");
            Assert.Equal(("denied", denied), (ApprovalWorld.StatusIn(refused), ApprovalWorld.IdIn(refused)));
            Assert.Equal("idempotency_conflict", (await world.CallAsync("three", idempotencyKey: "key-1")).GetProperty("error").GetString());
            Assert.Equal("token_mismatch", (await world.CallAsync("three", token)).GetProperty("error").GetString());
            // Without token and key it is a new request, which nobody has decided.
            var (fresh, _) = await world.AskAsync("one");
            Assert.Equal(ApprovalState.Pending, await world.StateAsync(fresh));
            Assert.Equal("decision outcome", await world.KindsAsync(done));
            Assert.Equal("decision", await world.KindsAsync(denied));
        }
    }

    [Fact]
    public async Task StandingRule_BeyondItsUsesOrItsTime_IsNoApproval()
    {
        var agent = AgentDirectory.Anonymous;
        var used = new List<string>();
        await using (var world = await StartAsync())
        {
            Assert.NotNull((await AddRuleAsync(world, maxUses: 2)).Rule);
            for (var i = 0; i < 2; i++) used.Add(ApprovalWorld.IdIn(await world.CallAsync($"covered {i}")));
            foreach (var id in used) await world.App.WaitForStateAsync(id, ApprovalState.Executed);
            Assert.Equal(ApprovalState.Pending, await world.StateAsync((await world.AskAsync("one too many")).Id));
        }
        await using (var world = await StartAsync())
        {
            Assert.Equal(ApprovalState.Pending, await world.StateAsync((await world.AskAsync("after the restart")).Id));
            Assert.NotNull((await AddRuleAsync(world, maxUses: 5)).Rule);
            world.App.Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));
            Assert.Equal(ApprovalState.Pending, await world.StateAsync((await world.AskAsync("after its time")).Id));
            // The clock goes back to within its time: then it counts, for what is asked then.
            world.App.Time.Advance(TimeSpan.FromMinutes(-30));
            await world.App.WaitForStateAsync(ApprovalWorld.IdIn(await world.CallAsync("within its time")), ApprovalState.Executed);
        }
        Assert.Equal([1, 1], used.Select(_gitHub.EffectsOf));
        Assert.Equal(3, _gitHub.Posts);
        Assert.Equal(0, (await ApprovalWorld.VerifyLogAsync(_data)).Code);

        Task<(StandingRule? Rule, string Error)> AddRuleAsync(ApprovalWorld world, int maxUses) => world.App.Get<StandingRuleDesk>().AddAsync(
            new StandingRuleRequest(agent.Subject, agent.Name, "auditlens.create_issue", ApprovalWorld.Repository, JsonSerializer.SerializeToElement(new { }), TimeSpan.FromHours(1), maxUses), TestApp.Approver, CancellationToken.None);
    }

    /// <summary>In the old copy one request waits and one is approved and not run; in the world both have happened since.</summary>
    [Fact]
    public async Task OldDatabase_PutBack_RunsNothingAgainAndSaysWhy()
    {
        string waiting, approved, waitingToken, approvedToken;
        await using (var world = await StartAsync())
        {
            await world.App.Get<FreezeSwitch>().FreezeAsync("backup", TestApp.Approver, CancellationToken.None);
            (waiting, waitingToken) = await world.AskAsync("waiting", "key-w");
            (approved, approvedToken) = await world.AskAsync("approved", "key-a");
            Assert.True((await world.ApproveAsync(approved)).Accepted);
        }
        var copy = CopyDatabase();
        await using (var world = await StartAsync())
        {
            await world.App.Get<FreezeSwitch>().LiftAsync(TestApp.Approver, CancellationToken.None);
            Assert.True((await world.ApproveAsync(waiting)).Accepted);
            foreach (var id in new[] { waiting, approved }) await world.App.WaitForStateAsync(id, ApprovalState.Executed);
        }
        Assert.Equal(2, _gitHub.Posts);
        RestoreDatabase(copy);

        await using (var world = await StartAsync())
        {
            Assert.Equal("database_older", world.App.Get<ReceiptLog>().Refusal?.Reason);
            await world.App.Get<FreezeSwitch>().LiftAsync(TestApp.Approver, CancellationToken.None);
            Assert.Equal((ApprovalState.Pending, ApprovalState.Approved), (await world.StateAsync(waiting), await world.StateAsync(approved)));
            foreach (var decision in new[] { Decision.Approve, Decision.Deny })
            {
                var refused = await world.App.DecideAsync(waiting, decision, "again");
                Assert.False(refused.Accepted);
                Assert.Contains("An old copy of the database was restored", refused.Message, StringComparison.Ordinal);
            }
            await world.App.Get<ApprovedCallDispatcher>().ExecuteAsync(approved, CancellationToken.None);
            Assert.Equal("requires_confirmation", ApprovalWorld.StatusIn(await world.CallAsync("waiting", waitingToken)));
            Assert.Equal("requires_confirmation", ApprovalWorld.StatusIn(await world.CallAsync("waiting", idempotencyKey: "key-w")));
            world.App.Time.Advance(TimeSpan.FromHours(1));
            world.Wake();
            // A second start on it, looks and time change nothing either.
            Assert.Equal((ApprovalState.Pending, ApprovalState.Approved), (await world.StateAsync(waiting), await world.StateAsync(approved)));
        }
        Assert.Equal((1, 1, 2), (_gitHub.EffectsOf(waiting), _gitHub.EffectsOf(approved), _gitHub.Posts));
        var (code, says) = await ApprovalWorld.VerifyLogAsync(_data);
        Assert.Equal(VerifyCommand.ExitInvalid, code);
        Assert.Contains("database_older", says, StringComparison.Ordinal);
        Assert.NotEmpty(approvedToken);
        SuiteReport.Add("Replay", ["an old database put back: nothing signed, nothing run again; verify --log: INVALID (database_older)"]);
    }

    private string DatabasePath => Path.Combine(_data, "omniaudit.db");

    private string CopyDatabase()
    {
        var copy = Directory.CreateDirectory(Path.Combine(_data, "copy")).FullName;
        if (!TestDatabase.IsSqlite)
        {
            TestDatabase.CopyAsync(_data, copy).GetAwaiter().GetResult();
            return copy;
        }
        SqliteConnection.ClearPool(new SqliteConnection($"Data Source={DatabasePath}"));
        foreach (var file in Directory.EnumerateFiles(_data, "omniaudit.db*")) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        return copy;
    }

    private void RestoreDatabase(string copy)
    {
        if (!TestDatabase.IsSqlite)
        {
            TestDatabase.DropAsync(_data).GetAwaiter().GetResult();
            TestDatabase.CopyAsync(copy, _data).GetAwaiter().GetResult();
            return;
        }
        SqliteConnection.ClearPool(new SqliteConnection($"Data Source={DatabasePath}"));
        foreach (var file in Directory.EnumerateFiles(_data, "omniaudit.db*")) File.Delete(file);
        foreach (var file in Directory.EnumerateFiles(copy)) File.Copy(file, Path.Combine(_data, Path.GetFileName(file)));
    }
}
