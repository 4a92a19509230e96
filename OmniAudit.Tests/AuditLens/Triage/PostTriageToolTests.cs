using System.Text.Json;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AuditLens.Triage;

public sealed class PostTriageToolTests(TriageWorld world) : IClassFixture<TriageWorld>
{
    private readonly TestApp _app = world.App;
    private readonly FakeRepository _repository = TriageRepository.Fill(world.Repository());

    private static string Text(JsonElement answer, string name) => answer.GetProperty(name).GetString()!;

    private int Posts => world.GitHub.Requests.Count(r => r.Method == "POST" && r.Path.EndsWith("/issues/7/comments", StringComparison.Ordinal) && r.Path.Contains(_repository.FullName, StringComparison.Ordinal));

    private List<string> Comments => [.. _repository.Comments.Where(c => c.Issue == 7).Select(c => c.Json["body"]!.GetValue<string>())];

    private async Task<string> AskAsync(string draftId, int version = 1)
    {
        var asked = await world.CallAsync("auditlens.post_triage", new { repo = _repository.FullName, draft_id = draftId, version });
        Assert.True(asked.TryGetProperty("approval", out var approval), asked.GetRawText());
        return Text(approval, "id");
    }

    [Fact]
    public async Task Comment_Approved_IsTheVersionsTextOnceWithItsMarker()
    {
        var (draftId, markdown) = await world.TriageAsync(_repository);
        var id = await AskAsync(draftId);
        var card = (await _app.Get<ApprovalQueries>().FindAsync(id, default))!;
        Assert.Equal(markdown, Text(JsonDocument.Parse(card.Payload).RootElement, "body"));
        Assert.Contains(draftId, card.Summary.Intent, StringComparison.Ordinal);
        Assert.Empty(Comments);

        // A later version changes nothing about what was asked for.
        Assert.Equal(2, (await _app.Get<TriageDesk>().SaveAsync(draftId, 1, "Edited", TestApp.Approver, default)).Version);
        Assert.True((await _app.DecideAsync(id, Decision.Approve)).Accepted);
        var done = await _app.WaitForStateAsync(id, ApprovalState.Executed);
        Assert.Equal($"{markdown}\n\n<!-- omniaudit-op:{id} -->", Assert.Single(Comments));
        Assert.Equal(1, Posts);
        Assert.Contains("issuecomment", done.ResultJson, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"version":2}""", "version")]
    [InlineData("""{"draft_id":"tri_none"}""", "draft_id")]
    [InlineData("""{"body":"other words"}""", "body")]
    [InlineData("""{"repo":"evil/site"}""", "repo")]
    [InlineData("""{"repo":"acme/shop-40"}""", "draft_id")]
    public async Task Ask_WithAWrongArgument_NamesIt(string change, string field)
    {
        var (draftId, _) = await world.TriageAsync(_repository);
        var arguments = new Dictionary<string, object> { ["repo"] = _repository.FullName, ["draft_id"] = draftId, ["version"] = 1 };
        foreach (var property in JsonDocument.Parse(change).RootElement.EnumerateObject()) arguments[property.Name] = property.Value;
        var answer = await world.CallAsync("auditlens.post_triage", arguments);
        Assert.True(answer.TryGetProperty("errors", out var errors), answer.GetRawText());
        Assert.Equal(field, Text(errors[0], "field"));
    }

    [Fact]
    public async Task Comment_OfAHeadThatMoved_IsHeldBack()
    {
        var (draftId, _) = await world.TriageAsync(_repository);
        var id = await AskAsync(draftId);
        _repository.Pulls[0]["head"]!["sha"] = "00000000000000000000000000000000000000bb";
        await _app.DecideAsync(id, Decision.Approve);
        await Eventually.GetAsync(async () => (await _app.Get<ApprovalQueries>().FindAsync(id, default))!, a => a.Summary.Held is { } held && held.Contains("head of the pull request", StringComparison.Ordinal), "held");
        Assert.Equal(0, Posts);
    }

    public static TheoryData<string> Faults => [.. Enum.GetNames<PostFaultKind>().Except([nameof(PostFaultKind.Hang), nameof(PostFaultKind.SlowBody)])];

    /// <summary>Whatever breaks, the comment is sent once, and what became of it is found by its marker.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Comment_UnderEveryFault_IsPostedOnce(string kind)
    {
        var (draftId, _) = await world.TriageAsync(_repository);
        var tool = _app.Get<ToolCatalog>().Find("auditlens.post_triage")!;
        var input = tool.Parse(await tool.PrepareAsync(_app.Services, JsonSerializer.SerializeToElement(new { repo = _repository.FullName, draft_id = draftId, version = 1 }), default));
        var call = new ToolCall("cal_1", new Actor(ActorKind.Agent, "agent:a", "a"), "r", Modules.Storage.Ids.New("apr", _app.Time));
        var fault = world.GitHub.BreakNextPosts(Enum.Parse<PostFaultKind>(kind));
        await Assert.ThrowsAnyAsync<Exception>(() => tool.RunAsync(_app.Services, input, call, default));
        Assert.Equal(1, Posts);
        fault.Release();
        var committed = kind is nameof(PostFaultKind.CommitThenDrop) or nameof(PostFaultKind.ServerErrorAfterCommit) or nameof(PostFaultKind.TooManyRequestsAfterCommit) or nameof(PostFaultKind.CutOffBody) or nameof(PostFaultKind.NonsenseBody) or nameof(PostFaultKind.LateCommit);
        if (committed) await Eventually.GetAsync(() => Task.FromResult(Comments.Count), c => c == 1, "the comment");
        // A limit is over by then.
        _app.Time.Advance(TimeSpan.FromHours(2));
        var found = await tool.FindEffectAsync(_app.Services, input, call, default);
        Assert.Equal((committed, committed ? 1 : 0, 1), (found is not null, Comments.Count, Posts));
    }
}
