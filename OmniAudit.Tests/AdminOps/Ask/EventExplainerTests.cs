using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Tests.AdminOps.Store;

namespace OmniAudit.Tests.AdminOps.Ask;

public sealed class EventExplainerTests
{
    private static readonly DateTimeOffset Noon = EventWorld.Noon;

    [Fact]
    public async Task Explain_UnknownId_IsNull()
    {
        await using var world = await AskWorld.StartAsync();

        Assert.Null(await world.Explainer.ExplainAsync("404", AskWorld.Agent, default));
        Assert.Null(await world.Explainer.PreviewAsync("404", AskWorld.Agent, default));
    }

    [Fact]
    public async Task Explain_WithoutKey_SaysSoAndExplainsFromTheStore()
    {
        await using var world = await AskWorld.StartAsync();
        var ids = await world.AddAsync([
            EventWorld.Event("rule", Noon, operation: "New-InboxRule", upn: "anna@contoso.com", ip: "203.0.113.7", changes: [new EventChange("ForwardTo", null, "<b>x</b>@evil.example")]),
            .. Enumerable.Range(1, 4).Select(i => EventWorld.Event($"mail-{i}", Noon.AddDays(-i), operation: "Send", upn: "anna@contoso.com", ip: "198.51.100.1", target: "carl@contoso.com"))]);

        var explained = (await world.Explainer.ExplainAsync(ids[0], AskWorld.Agent, default))!;

        Assert.Equal((false, "LLM_API_KEY not configured", false, null), (explained.LlmUsed, explained.LlmError, world.Explainer.IsEnabled, explained.Sent));
        Assert.Contains($"**What:** New-InboxRule in Exchange on 2026-11-20 12:00:00 UTC; it succeeded. [{ids[0]}]", explained.Text, StringComparison.Ordinal);
        Assert.Contains("ForwardTo: (none) → `<b>x</b>@evil.example`", explained.Text, StringComparison.Ordinal);
        Assert.Contains("anna@contoso.com, from 203.0.113.7; to bob@contoso.com", explained.Text, StringComparison.Ordinal);
        Assert.Contains("It is new for this actor: 4 other events of theirs", explained.Text, StringComparison.Ordinal);
        Assert.Contains("The address is new for them.", explained.Text, StringComparison.Ordinal);
        Assert.Contains("a usual sign of a mailbox that somebody else uses", explained.Text, StringComparison.Ordinal);
        Assert.Contains("**Next step:**", explained.Text, StringComparison.Ordinal);
        Assert.Equal(1, explained.RelatedCount);
    }

    /// <summary>The original looked for events of the same actor AND target, within 24 hours of now.</summary>
    [Fact]
    public async Task Explain_OldEvent_HasTheRelatedEventsOfItsOwnTimeByActorOrTarget()
    {
        await using var world = await AskWorld.StartAsync();
        var then = Noon.AddDays(-200);
        var ids = await world.AddAsync(
            EventWorld.Event("center", then, upn: "anna@contoso.com", target: "bob@contoso.com"),
            EventWorld.Event("same-actor", then.AddHours(-3), upn: "anna@contoso.com", target: "carl@contoso.com"),
            EventWorld.Event("same-target", then.AddHours(3), upn: "dora@contoso.com", target: "bob@contoso.com"),
            EventWorld.Event("neither", then.AddHours(1), upn: "dora@contoso.com", target: "carl@contoso.com"),
            EventWorld.Event("too-far", then.AddHours(25), upn: "anna@contoso.com", target: "bob@contoso.com"),
            EventWorld.Event("today", Noon, upn: "anna@contoso.com", target: "bob@contoso.com"));

        var explained = (await world.Explainer.ExplainAsync(ids[0], AskWorld.Agent, default))!;

        Assert.Equal(2, explained.RelatedCount);
        Assert.Equal(ids.Take(3).Order(StringComparer.Ordinal), explained.Cited.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Explain_WithModel_SendsTokensAndShowsNames()
    {
        await using var world = await AskWorld.StartAsync("honest");
        var ids = await world.AddAsync(
            EventWorld.Event("a", Noon, upn: "anna@contoso.com", display: "Anna Smith", target: "bob@contoso.com", ip: "203.0.113.7"), EventWorld.Event("b", Noon.AddHours(-1), upn: "anna@contoso.com", display: "Anna Smith", target: "carl@contoso.com"));

        var explained = (await world.Explainer.ExplainAsync(ids[0], AskWorld.Agent, default))!;

        Assert.Equal((true, null, 1, 0), (explained.LlmUsed, explained.LlmError, explained.RelatedCount, explained.Dropped));
        Assert.Contains($"- Anna Smith did Set-Mailbox, outcome success. [{ids[0]}]", explained.Text, StringComparison.Ordinal);
        Assert.Contains("**Counted in the store:**", explained.Text, StringComparison.Ordinal);
        Assert.Equal(ids, explained.Cited);
        var sent = Assert.Single(world.Model!.Requests);
        Assert.Equal((sent.System, sent.User), (explained.Sent!.System, explained.Sent.User));
        Assert.Equal((await world.Explainer.PreviewAsync(ids[0], AskWorld.Agent, default))!, explained.Sent);
        foreach (var original in new[] { "anna", "bob@", "contoso", "203.0.113.7", ids[0] }) Assert.DoesNotContain(original, sent.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("hangs")]
    [InlineData("500")]
    [InlineData("nonsense")]
    public async Task Explain_ModelThatFails_GivesTheSameExplanationAndSaysWhy(string kind)
    {
        await using var world = await AskWorld.StartAsync(kind);
        world.Options.TimeoutSeconds = 1;
        var ids = await world.AddAsync(EventWorld.Event("a", Noon));

        var explained = (await world.Explainer.ExplainAsync(ids[0], AskWorld.Agent, default))!;
        world.Options.ApiKey = "";
        var without = (await world.Explainer.ExplainAsync(ids[0], AskWorld.Agent, default))!;

        Assert.Equal((false, without.Text), (explained.LlmUsed, explained.Text));
        Assert.NotEmpty(explained.LlmError!);
        Assert.NotEqual(without.LlmError, explained.LlmError);
    }

    [Theory]
    [InlineData("Add member to role.", "privileged role gives the whole tenant")]
    [InlineData("Consent to application", "Attackers ask for it in place of a password")]
    [InlineData("UserLoginFailed", "password spraying")]
    [InlineData("New-InboxRule", "inbox rule")]
    [InlineData("Add-MailboxPermission", "Rights on a mailbox")]
    [InlineData("Update conditional access policy", "Conditional access decides")]
    [InlineData("AnonymousLinkCreated", "without signing in")]
    [InlineData("FileDownloaded", "taken out of the cloud")]
    [InlineData("HardDelete", "cannot be read again")]
    [InlineData("Set federation settings on domain", "signs in as anyone")]
    [InlineData("Something new", "none of the well-known ones")]
    public void Meaning_OfWellKnownOperations_IsKnown(string operation, string meaning) =>
        Assert.Contains(meaning, KnownOperations.Find(operation, EventOutcome.Failure).Meaning, StringComparison.Ordinal);
}
