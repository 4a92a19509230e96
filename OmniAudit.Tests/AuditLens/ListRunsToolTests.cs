using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Tests.GitHub;

namespace OmniAudit.Tests.AuditLens;

public sealed class ListRunsToolTests(EvidenceWorld world) : IClassFixture<EvidenceWorld>
{
    private readonly FakeRepository _repository = world.Repository();

    private Task<JsonElement> ListAsync(object arguments) => world.CallAsync("auditlens.list_runs", arguments);

    [Fact]
    public async Task Runs_OfAPullRequestFromAFork_AreThoseOfItsHeadCommit()
    {
        // GitHub's own list on the run is empty for a fork.
        _repository.Runs.Add(FakeGitHub.Run(8, "other", "main", "success"));
        _repository.Runs.Add(FakeGitHub.Run(9, EvidenceWorld.Sha, "topic", "success", attempt: 2));
        _repository.Pulls.Add(FakeGitHub.Pull(5, EvidenceWorld.Sha, headOwner: "stranger"));

        var answer = await ListAsync(new { repo = _repository.FullName, pr_number = 5 });

        Assert.Equal([7, 9], answer.GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("run_id").GetInt64()).Order());
        Assert.Equal(EvidenceWorld.Sha, answer.GetProperty("head_sha").GetString());
        Assert.Contains("pr_number", await world.RefusedAsync("pr_number", "auditlens.list_runs", new { repo = _repository.FullName, pr_number = 6 }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_BeyondTheLimit_AreSaidToBeLeftOut()
    {
        for (var i = 100; i < 160; i++) _repository.Runs.Add(FakeGitHub.Run(i));
        var answer = await ListAsync(new { repo = _repository.FullName });
        Assert.Equal(20, answer.GetProperty("count").GetInt32());
        Assert.NotEmpty(answer.GetProperty("message").GetString()!);
        Assert.Equal(50, (await ListAsync(new { repo = _repository.FullName, limit = 50, branch = "main" })).GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData("failure", true)]
    [InlineData("timed_out", true)]
    [InlineData("cancelled", true)]
    [InlineData("startup_failure", true)]
    [InlineData("action_required", true)]
    [InlineData("success", false)]
    [InlineData("neutral", false)]
    [InlineData("skipped", false)]
    [InlineData("stale", false)]
    [InlineData(null, false)]
    public void Conclusion_CountsAsFailure(string? conclusion, bool failed) => Assert.Equal(failed, CiRuns.IsFailure(conclusion));

    [Fact]
    public async Task Run_ByItsId_HasItsJobsOfAllAttemptsAndItsArtifacts()
    {
        _repository.Jobs[7] = [FakeGitHub.Job(1, 7, "lint", "success"), FakeGitHub.Job(2, 7, "build", "timed_out"), FakeGitHub.Job(3, 7, "build", "success", attempt: 2)];
        // As in GitHub's own example.
        _repository.Jobs[7][0].Remove("created_at");
        EvidenceWorld.AddArtifact(_repository, 70, "reports", EvidenceWorld.Zip(("a", "b")));

        var answer = await ListAsync(new { repo = _repository.FullName, run_id = 7 });

        var jobs = answer.GetProperty("jobs").EnumerateArray().ToList();
        Assert.Equal(["build 1 True", "build 2 False", "lint 1 False"], jobs.Select(j => $"{j.GetProperty("name").GetString()} {j.GetProperty("attempt").GetInt32()} {j.GetProperty("failed").GetBoolean()}"));
        Assert.Equal("Test", jobs[0].GetProperty("failed_steps")[0].GetString());
        Assert.Equal("reports", answer.GetProperty("artifacts")[0].GetProperty("name").GetString());
    }

    [Fact]
    public async Task Run_WithNothingButItsId_IsListed()
    {
        _repository.Runs.Add(new JsonObject { ["id"] = 11 });
        Assert.Contains(11, (await ListAsync(new { repo = _repository.FullName })).GetProperty("runs").EnumerateArray().Select(r => r.GetProperty("run_id").GetInt64()));
    }

    [Fact]
    public async Task Repository_ThatIsNotThere_IsRefusedByName() =>
        await world.RefusedAsync("repo", "auditlens.list_runs", new { repo = "acme/never" });
}
