using System.Text;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.AdminOps.Rules.Sigma;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Tests.AdminOps.Store;

namespace OmniAudit.Tests.AdminOps.Rules;

/// <summary>Back-tests read no more of an event than the rule looks at, and find the same.</summary>
public sealed class RuleBackTestTests : IAsyncLifetime
{
    private static readonly string[] Names = ["source", "tenant", "service", "outcome", "result", "actor", "actor_key", "actor_kind", "ip", "record_type", "time", "operation", "code", "category", "target", "changed", "old", "new", "user_agent", "client_app", "geo", "correlation_id", "severity", "summary"];

    /// <summary>With something in every field.</summary>
    private static readonly IncomingEvent Filled = new(
        new AuditEvent("t-1", EventSources.Unified, "e-1", EventWorld.Noon, "Exchange", 8, "Policy", "Set-Mailbox.", EventOutcome.Failure, "Failed", "50126", new EventActor(ActorKinds.User, "id-7", "anna@contoso.com", "Anna", "10.0.0.7", 443, "curl/8"),
            [new EventTarget("t-7", "User", "Bob", "bob@contoso.com")], [new EventChange("Role", "Reader", "Owner")], "c-1", "Browser", "DE", "Anna made Bob an owner", "high", ["doubt"]),
        Encoding.UTF8.GetBytes("""{"Id":"e-1","UserId":"anna@contoso.com","Owner":"BOB@contoso.com"}"""));

    private RuleWorld _world = null!;

    public async Task InitializeAsync() => _world = await RuleWorld.CreateAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Fields_ThatNeedLittleOfAnEvent_ReadFromThatWhatTheyReadFromAll()
    {
        await _world.World.Events.AppendAsync([Filled], default);
        var (brief, all) = (await OneAsync(brief: true), await OneAsync(brief: false));
        // It is less: what it has not is not taken for nothing.
        Assert.ThrowsAny<Exception>(() => brief.Event.Targets.Count);
        Assert.Equal(("Bob", "Owner", "doubt"), (all.Event.Targets[0].Display, all.Event.Changes[0].New, all.Event.Doubts[0]));
        foreach (var name in Names)
        {
            var reader = FieldReaders.Find(SigmaDialect.Own, $"event.{name}");
            var values = reader.Values(new EventFields(all.Event, Filled.Raw));
            Assert.True(values.Count > 0 && values.All(v => !string.IsNullOrEmpty(v)), name);
            if (reader.Needs == EventPart.Brief) Assert.Equal(values, reader.Values(new EventFields(brief.Event, default)));
        }
        Assert.Equal(12, Names.Count(n => FieldReaders.Find(SigmaDialect.Own, $"event.{n}").Needs == EventPart.Brief));
    }

    [Theory]
    [InlineData("event.actor|endswith: contoso.com", 1)]
    [InlineData("event.actor|endswith: fabrikam.com", 0)]
    [InlineData("event.target: bob@contoso.com", 1)]
    [InlineData("event.changed: Role", 1)]
    [InlineData("raw.Owner: bob@contoso.com", 1)]
    // What a field is compared with is read as well.
    [InlineData("event.actor|fieldref: UserId", 1)]
    [InlineData("event.target|fieldref: Owner", 1)]
    [InlineData("event.actor|fieldref: event.target", 0)]
    [InlineData("event.actor|fieldref|endswith: Owner", 0)]
    public async Task Rule_FindsTheSame_InABackTestAndAsEventsComeIn(string item, int hits)
    {
        var rule = new EventRuleRequest { Enabled = true, Sigma = $"title: One\nlogsource: {{product: omniaudit}}\ndetection: {{a: {{{item}}}, condition: a}}\n" };
        await _world.AddAsync(rule);
        await _world.StoreAsync(Filled);
        Assert.Equal(hits, (await _world.ListAsync()).Count);
        var test = await _world.Rules.BackTestAsync(rule, EventWorld.Noon.AddDays(-1), EventWorld.Noon.AddDays(1), null, default);
        Assert.Equal((1, hits, hits), (test.Looked, test.Hits, test.Samples.Count));
        // Whatever the rule looked at, people are shown the event.
        Assert.All(test.Samples, s => Assert.Equal("Bob", s.Event.Targets[0].Display));
    }

    private async Task<StoredEvent> OneAsync(bool brief)
    {
        var found = new List<StoredEvent>();
        await foreach (var e in _world.World.Search.AllAsync(new EventQuery(), brief, default)) found.Add(e);
        return Assert.Single(found);
    }
}
