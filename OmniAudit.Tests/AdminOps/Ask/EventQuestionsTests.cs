using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Tests.AdminOps.Store;

namespace OmniAudit.Tests.AdminOps.Ask;

public sealed class EventQuestionsTests(EventQuestionsTests.Filled filled) : IClassFixture<EventQuestionsTests.Filled>
{
    /// <summary>One store, without a model, for all that only read.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        internal AskWorld World { get; private set; } = null!;

        public async Task InitializeAsync() => await FillAsync(World = await AskWorld.StartAsync());

        public Task DisposeAsync() => World.DisposeAsync().AsTask();
    }

    private static readonly DateTimeOffset Noon = EventWorld.Noon;

    [Theory]
    [InlineData("How many sign-ins failed yesterday?", "**3** events fit", 3)]
    [InlineData("How many sign-ins failed?", "**4** events fit", 4)]
    [InlineData("Who failed to sign in?", "anna@contoso.com 3, bob@contoso.com 1. **4** events fit.", 4)]
    [InlineData("What did bob do?", "**2** events fit, the last on 2026-11-20 12:00:00 UTC.", 2)]
    [InlineData("Did anyone create inbox rules?", "**Yes**: **1** event fits.", 1)]
    [InlineData("Did anna create inbox rules?", "**No**: no stored event fits.", 0)]
    [InlineData("When did anna first fail to sign in?", "Last on 2026-11-19 12:02:00 UTC", 3)]
    [InlineData("Where did anna sign in from?", "From 203.0.113.7 3.", 3)]
    [InlineData("What happened to the Finance team?", "**1** event fits", 1)]
    [InlineData("What did carl do?", "**1** event fits", 1)]
    [InlineData("Who frobnicated?", "**6** events fit", 6)]
    public async Task Question_WithoutModel_IsAnsweredByCounting(string question, string expected, int total)
    {
        var answer = await filled.World.AskAsync(question);

        Assert.Contains(expected, answer.Answer, StringComparison.Ordinal);
        Assert.Equal((total, false, "LLM_API_KEY not configured", null), ((int)answer.Total.Events, answer.LlmUsed, answer.LlmError, answer.Sent));
        Assert.Contains(answer.Counts, c => c.Value == "total" && c.Events == total);
        foreach (var stored in answer.Events) Assert.Contains($"[{stored.Id}]", answer.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Question_ThatActiveFiltersLeaveOut_SaysSo()
    {
        var answer = await filled.World.AskAsync("Who made inbox rules in Exchange?", new EventQuery { ExcludeServices = ["Exchange"] });

        Assert.Equal(0, answer.Total.Events);
        Assert.StartsWith("The active filters leave out Exchange.", answer.Answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Question_OfAnEmptyStore_SaysWhatToDo()
    {
        await using var world = await AskWorld.StartAsync("honest");

        Assert.StartsWith("No events are stored yet", (await world.AskAsync("How many failed?")).Answer, StringComparison.Ordinal);
        Assert.Null(await world.Questions.PreviewAsync("How many failed?", new EventQuery(), AskWorld.Agent, default));
        Assert.Empty(world.Model!.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(null)]
    public async Task Question_EmptyOrTooLong_IsRefusedByName(string? question)
    {
        var refused = await Assert.ThrowsAsync<EventQueryException>(() => filled.World.AskAsync(question ?? new string('x', 1001)));

        Assert.Equal("question", refused.Field);
    }

    [Fact]
    public async Task Question_WithModel_KeepsOurCountsAndSendsNoNames()
    {
        await using var world = await AskWorld.StartAsync("honest");
        await FillAsync(world);

        var answer = await world.AskAsync("How many times did Anna fail to sign in from 203.0.113.7?");

        Assert.Equal((true, null, 3L), (answer.LlmUsed, answer.LlmError, answer.Total.Events));
        Assert.Contains("**3** events fit", answer.Answer, StringComparison.Ordinal);
        Assert.Contains($"- anna@contoso.com did UserLoginFailed, outcome failure. [{answer.Events[0].Id}]", answer.Answer, StringComparison.Ordinal);
        var sent = Assert.Single(world.Model!.Requests);
        Assert.Equal((sent.System, sent.User), (answer.Sent!.System, answer.Sent.User));
        Assert.Contains("\"total\":3", sent.User, StringComparison.Ordinal);
        foreach (var original in new[] { "anna", "contoso", "203.0.113.7", answer.Events[0].Id }) Assert.DoesNotContain(original, sent.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Question_WithoutPseudonyms_SendsNames()
    {
        await using var world = await AskWorld.StartAsync("honest");
        world.Options.Pseudonyms = false;
        await FillAsync(world);

        var answer = await world.AskAsync("How many times did Anna fail to sign in?");

        Assert.True(answer.LlmUsed);
        Assert.Contains("anna@contoso.com", Assert.Single(world.Model!.Requests).User, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FirstOfMany_IsTheEarliest()
    {
        await using var world = await AskWorld.StartAsync();
        await world.AddAsync([.. Enumerable.Range(0, 500).Select(i => EventWorld.Event($"e-{i}", Noon.AddMinutes(-i)))]);
        await world.AddAsync(EventWorld.Event("oldest", Noon.AddDays(-90)));

        Assert.Contains("first on 2026-08-22 12:00:00 UTC", (await world.AskAsync("When was the first event?")).Answer, StringComparison.Ordinal);
    }

    private static Task<IReadOnlyList<string>> FillAsync(AskWorld world) => world.AddAsync(
        Login("f1", Noon.AddDays(-1), "anna@contoso.com"), Login("f2", Noon.AddDays(-1).AddMinutes(1), "anna@contoso.com"), Login("f3", Noon.AddDays(-1).AddMinutes(2), "anna@contoso.com"),
        Login("f4", Noon.AddDays(-3), "bob@contoso.com"), EventWorld.Event("r1", Noon, operation: "New-InboxRule", upn: "bob@contoso.com", target: "bob@contoso.com"),
        EventWorld.Event("g1", Noon.AddDays(-2), service: "AzureActiveDirectory", operation: "Add member to group", upn: "carl@contoso.com", target: "Finance team"));

    private static Modules.AdminOps.Events.IncomingEvent Login(string id, DateTimeOffset at, string upn) =>
        EventWorld.Event(id, at, "AzureActiveDirectory", "UserLoginFailed", EventOutcome.Failure, "Success", upn, ip: "203.0.113.7", target: "Office 365");
}
