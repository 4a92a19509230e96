using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.AdminOps.Store;

namespace OmniAudit.Tests.AdminOps.Rules;

/// <summary>Rules as people keep, import, check and try them.</summary>
public sealed class EventRulesTests : IAsyncLifetime
{
    private RuleWorld _world = null!;

    public async Task InitializeAsync() => _world = await RuleWorld.CreateAsync();
    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Rule_KeptChangedAndRemoved_LeavesItsTrail()
    {
        var rule = await _world.AddAsync(RuleWorld.On("Set-Mailbox"));
        Assert.Equivalent(RuleWorld.On("Set-Mailbox"), (await _world.Rules.FindAsync(rule.RuleId, default))!.Request);
        await _world.Rules.UpdateAsync(rule.RuleId, rule.Request with { Name = "Other", Severity = "s1" }, RuleWorld.Ada, default);
        await _world.Rules.SetEnabledAsync(rule.RuleId, false, RuleWorld.Ada, default);
        await _world.StoreAsync(RuleWorld.Event("a"));
        Assert.Empty(await _world.ListAsync("all"));
        await _world.Rules.DeleteAsync(rule.RuleId, RuleWorld.Ada, default);
        Assert.Empty(await _world.Rules.ListAsync(default));
        Assert.Equal(["removed", "switched off", "changed, on", "added, on"], (await _world.Rules.ChangesAsync(rule.RuleId, 10, default)).Select(c => c.What));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => _world.Rules.UpdateAsync(rule.RuleId, rule.Request, RuleWorld.Ada, default));
        Assert.Contains("needs the role operator", (await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Rules.CreateAsync(rule.Request, RuleWorld.Vic, default))).Message, StringComparison.Ordinal);
    }

    public static TheoryData<EventRuleRequest, string> Bad() => new()
    {
        { RuleWorld.On("a") with { Name = " " }, "name" },
        { RuleWorld.On("a") with { Severity = "bad" }, "severity" },
        { RuleWorld.On("a") with { Conditions = [] }, "conditions" },
        { RuleWorld.On("a") with { Conditions = [new("nonsense", "is", ["x"])] }, "conditions[0].field" },
        { RuleWorld.On("a") with { Conditions = [new("actor", "like", ["x"])] }, "conditions[0].op" },
        { RuleWorld.On("a") with { Conditions = [new("actor", "is", [" "])] }, "conditions[0].values" },
        { RuleWorld.On("a") with { Conditions = [new("ip", "in_network", ["here"])] }, "conditions[0].values" },
        { RuleWorld.On("a", 1), "threshold.count" },
        { RuleWorld.On("a", 5, 0), "threshold.minutes" },
        { RuleWorld.On("a") with { GroupMinutes = 0 }, "group_minutes" },
        { RuleWorld.On("a") with { GroupBy = ["nonsense"] }, "group_by[0]" },
        { RuleWorld.On("a") with { Exclusions = [new("", [new("actor", "is", ["x"])])] }, "exclusions[0].why" },
        { new EventRuleRequest { Sigma = "title: x\nlogsource: {product: azure}\ndetection: {a: {b|c: d}, condition: a}" }, "sigma.detection.a.b|c" },
        { new EventRuleRequest { Sigma = "title: x\nlogsource: {product: azure}\ndetection: {a: {b: d}, condition: c}" }, "sigma.detection.condition" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Rule_ThatCannotBeKept_IsRefusedNamingTheField(EventRuleRequest request, string field) =>
        Assert.Equal(field, (await Assert.ThrowsAsync<RuleRefusedException>(() => _world.AddAsync(request))).Field);

    [Theory]
    [InlineData("actor", "is", "ANNA@contoso.com", true)]
    [InlineData("actor", "is_not", "anna@contoso.com", false)]
    [InlineData("target", "starts", "bob", true)]
    [InlineData("operation", "contains", "mail", true)]
    [InlineData("operation", "ends", "box", true)]
    [InlineData("operation", "is", "Set-*", false)]
    [InlineData("operation", "matches", "set-*", true)]
    [InlineData("outcome", "is", "success", true)]
    [InlineData("source", "is", "unified", true)]
    [InlineData("changed", "is", "Forwarding", true)]
    [InlineData("new", "contains", "evil", true)]
    [InlineData("ip", "in_network", "10.0.0.0/8", true)]
    [InlineData("ip", "in_network", "10.1.2.4", false)]
    [InlineData("word", "contains", "secret*word", true)]
    [InlineData("word", "is_not", "secret*word", false)]
    [InlineData("raw.Id", "is", "a", true)]
    [InlineData("client_app", "not_there", "", true)]
    [InlineData("ip", "there", "", true)]
    public async Task Form_EachFieldAndComparison_FindsItsEvents(string field, string op, string value, bool found)
    {
        await _world.World.Events.AppendAsync([EventWorld.Event("a", upn: "anna@contoso.com", ip: "10.1.2.3", note: "a secret*word here", changes: [new EventChange("Forwarding", null, "evil.example")])], default);
        var test = await TestAsync(RuleWorld.On("x") with { Conditions = [new RuleCondition(field, op, [value])] });
        Assert.Equal(found ? 1 : 0, test.Hits);
    }

    private Task<BackTest> TestAsync(EventRuleRequest request, int days = 1, Action<BackTestProgress>? progress = null) =>
        _world.Rules.BackTestAsync(request, EventWorld.Noon.AddHours(-12).AddDays(1 - days), EventWorld.Noon.AddHours(12), progress, default);

    [Fact]
    public async Task BackTest_CountsByDayAndKeepsNothing()
    {
        await _world.World.Events.AppendAsync([.. Enumerable.Range(0, 300).Select(i => RuleWorld.Event($"e{i}", -i * 30, operation: i % 3 == 0 ? "Set-Mailbox" : "Other"))], default);
        var shares = new System.Collections.Concurrent.ConcurrentBag<double>();
        var rule = RuleWorld.On("Set-Mailbox") with { Exclusions = [new RuleExclusion("not this one", [new RuleCondition("raw.Id", "is", ["e0"])])] };
        var test = await TestAsync(rule, 8, p => shares.Add(p.Share));
        Assert.Equal((100L, 99L, 1L, true), (test.Looked, test.Hits, test.Excluded, test.Whole));
        Assert.Equal((8, 99L, 20), (test.Days.Count, test.Days.Sum(d => d.Hits), test.Samples.Count));
        Assert.Equal("e3", test.Samples[0].Event.SourceId);
        Assert.Equal(99, test.Alerts);
        Assert.InRange(shares.Max(), 0.99, 1);
        // As many alerts as ingest raises.
        var counted = RuleWorld.On("Set-Mailbox", 3, 200);
        var expected = (await TestAsync(counted, 8)).Alerts;
        await _world.AddAsync(counted);
        await _world.Engine.DrainAsync(default);
        Assert.Equal(expected, (await _world.ListAsync()).Count);
        Assert.Equal("to", (await Assert.ThrowsAsync<RuleRefusedException>(() => TestAsync(rule, -1))).Field);
        Assert.Equal("from", (await Assert.ThrowsAsync<RuleRefusedException>(() => TestAsync(rule, 500))).Field);
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _world.Rules.BackTestAsync(rule, EventWorld.Noon.AddDays(-8), EventWorld.Noon, null, stopped.Token));
    }

    [Fact]
    public async Task BackTest_OfSomebody_LooksIntoTheirEventsOnly()
    {
        await _world.World.Events.AppendAsync([.. Enumerable.Range(0, 60).Select(i => RuleWorld.Event($"e{i}", -i, upn: $"person{i % 6}@contoso.com", operation: i % 2 == 0 ? "Set-Mailbox" : "Other"))], default);
        EventRuleRequest Rule(params RuleCondition[] conditions) => RuleWorld.On("x") with { Conditions = conditions };
        var test = await TestAsync(Rule(new RuleCondition("actor", "is", ["PERSON2@contoso.com ", "nobody@contoso.com", "person4@contoso.com"])));
        Assert.Equal((20L, 20L), (test.Looked, test.Hits));
        test = await TestAsync(Rule(new RuleCondition("operation", "is", ["Other"]), new RuleCondition("actor", "is", ["person3@contoso.com"])));
        Assert.Equal((10L, 10L), (test.Looked, test.Hits));
        // What the index cannot say, it is not asked for.
        foreach (var (op, value, hits) in new[] { ("is_not", "person2@contoso.com", 50L), ("starts", "person2", 10L), ("matches", "person?@contoso.com", 60L), ("is", new string('a', 600), 0L) })
        {
            test = await TestAsync(Rule(new RuleCondition("actor", op, [value])));
            Assert.Equal((op, 60L, hits), (op, test.Looked, test.Hits));
        }
    }

    [Fact]
    public async Task Import_OfSeveral_TakesEachByItself()
    {
        const string Yaml = """
            title: One
            id: 11111111-1111-1111-1111-111111111111
            author: Somebody
            level: critical
            logsource: {product: m365}
            detection: {a: {Operation: Set-Mailbox}, condition: a}
            ---
            title: Broken
            logsource: {product: m365}
            detection: {a: {Operation|sounds_like: x}, condition: a}
            ---
            title: Base
            name: base
            logsource: {product: m365}
            detection: {a: {Operation: Set-Mailbox}, condition: a}
            ---
            title: Thrice
            correlation: {type: event_count, rules: [base], group-by: [UserId], timespan: 1h, condition: {gte: 3}}
            ---
            title: Lonely
            correlation: {type: event_count, rules: [nobody], timespan: 1h, condition: {gte: 3}}
            ---
            title: Not Anna
            logsource: {product: m365}
            filter: {rules: any, anna: {UserId: anna@contoso.com}, condition: not anna}
            """;
        var outcomes = await _world.Rules.ImportAsync(Yaml, RuleWorld.Ada, default);
        Assert.Equal(["One created", "Broken refused", "Base part", "Thrice created", "Lonely refused", "Not Anna created"], outcomes.Select(o => $"{o.Title} {o.Outcome}"));
        Assert.Contains("'sounds_like' is not one of Sigma 2.1", outcomes[1].Problem, StringComparison.Ordinal);
        Assert.Contains("there is no rule 'nobody'", outcomes[4].Problem, StringComparison.Ordinal);
        var rules = await _world.Rules.ListAsync(default);
        var one = rules.Single(r => r.Name == "One");
        Assert.Equal(("s1", "Somebody", "11111111-1111-1111-1111-111111111111", false, "sigma"), (one.Severity, one.Author, one.SigmaId, one.Enabled, one.Kind));
        Assert.Equal(["correlation", "filter", "sigma"], rules.Select(r => r.Kind).Order());
        Assert.Equal("updated", (await _world.Rules.ImportAsync(Yaml.Split("---")[0], RuleWorld.Ada, default))[0].Outcome);

        foreach (var rule in rules) await _world.Rules.SetEnabledAsync(rule.RuleId, true, RuleWorld.Ada, default);
        await _world.StoreAsync([.. Enumerable.Range(0, 6).Select(i => RuleWorld.Event($"e{i}", i, upn: i < 3 ? "anna@contoso.com" : "bob@contoso.com"))]);
        Assert.Equal(["One bob@contoso.com 3", "Thrice bob@contoso.com 3"], (await _world.ListAsync()).Select(a => $"{a.RuleName} {a.Group[0].Value} {a.Events}").Order());

        Assert.Equal("sigma", (await Assert.ThrowsAsync<RuleRefusedException>(() => _world.Rules.ImportAsync("# nothing\n", RuleWorld.Ada, default))).Field);
        await Assert.ThrowsAsync<IdentityRefusedException>(() => _world.Rules.ImportAsync(Yaml, RuleWorld.Vic, default));
    }

    [Theory]
    [InlineData("product: azure\n  service: auditlogs", "operationName: Add member to role", "fires")]
    [InlineData("product: azure\n  service: auditlogs", "operationName: Remove the moon", "never can, because no operation is called 'Remove the moon'")]
    [InlineData("product: azure\n  service: auditlogs", "operationName: Seen here only", "fires")]
    [InlineData("product: azure\n  service: auditlogs", "Initiatied.By: x", "never can, because no record of this log has a field 'Initiatied.By'")]
    [InlineData("product: azure\n  service: auditlogs", "Initiatedby: UPN", "never can, because Initiatedby: 'UPN' stands for something to fill in")]
    [InlineData("product: azure\n  service: auditlogs", "Initiatedby|expand: '%who%'", "never can, because Initiatedby: its placeholder has no values; give them under 'placeholders'")]
    [InlineData("product: azure\n  service: activitylogs", "operationName: x", "never can, because azure/activitylogs is Azure Resource Manager's log, which is not read here")]
    [InlineData("product: windows", "x: y", "never can, because windows is not a source of events here")]
    [InlineData("product: m365", "Operation: New-Thing", "fires")]
    [InlineData("product: azure", "x|sounds: y", "never can, because it cannot be read: ")]
    public async Task Lint_OfARule_SaysFiresOrWhyNever(string source, string selection, string verdict)
    {
        await _world.World.Events.AppendAsync([RuleWorld.Event("a", operation: "Seen here only", source: EventSources.Directory)], default);
        var lint = await _world.Rules.LintAsync(new EventRuleRequest { Sigma = $"title: t\nlogsource:\n  {source}\ndetection:\n  s:\n    {selection}\n  condition: s" }, default);
        Assert.StartsWith(verdict, lint.Verdict, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Starters_AreThereOnceOffAndCanFire()
    {
        await _world.Rules.SeedAsync(default);
        await _world.Rules.SeedAsync(default);
        var rules = await _world.Rules.ListAsync(default);
        Assert.Equal(StarterRules.All.Count, rules.Count);
        Assert.InRange(rules.Count, 8, 14);
        Assert.All(rules, r => Assert.True(r is { Starter: true, Enabled: false, SigmaId.Length: 36, Request.Description.Length: > 20 }, r.Name));
        Assert.All(await _world.Rules.LintAllAsync(default), l => Assert.Equal("fires", l.Value.Verdict));
        Assert.Equal("switched off: it came with the product and stays in the list", (await Deleted(rules[0].RuleId))[0].What);

        async Task<IReadOnlyList<EventRuleChange>> Deleted(string id)
        {
            await _world.Rules.DeleteAsync(id, RuleWorld.Ada, default);
            return await _world.Rules.ChangesAsync(id, 1, default);
        }
    }

    /// <summary>Events that each starter is for.</summary>
    [Fact]
    public async Task Starters_SwitchedOn_AlertOnWhatTheyAreFor()
    {
        await _world.Rules.SeedAsync(default);
        foreach (var rule in await _world.Rules.ListAsync(default)) await _world.Rules.SetEnabledAsync(rule.RuleId, true, RuleWorld.Ada, default);
        static Modules.AdminOps.Events.IncomingEvent Exchange(string id, string operation, string name, string value) => EventWorld.Event(id, operation: operation, raw: $$"""{"Id":"{{id}}","Operation":"{{operation}}","Parameters":[{"Name":"{{name}}","Value":"{{value}}"}]}""");
        static Modules.AdminOps.Events.IncomingEvent Directory(string id, string operation, string target = "x", string? changed = null) => EventWorld.Event(id, operation: operation, source: EventSources.Directory, target: target, changes: changed is null ? [] : [new EventChange("p", null, changed)]);
        await _world.StoreAsync([
            Directory("role", "Add member to role", changed: "Global Administrator"), Exchange("forward", "New-InboxRule", "ForwardTo", "x@evil"), Exchange("full", "Add-MailboxPermission", "AccessRights", "FullAccess"),
            Exchange("log", "Set-AdminAuditLogConfig", "UnifiedAuditLogIngestionEnabled", "False"), Directory("policy", "Delete conditional access policy"), Directory("credential", "Update application – Certificates and secrets management"),
            Directory("consent", "Consent to application"), Directory("mfa", "Disable Strong Authentication"),
            .. Enumerable.Range(0, 10).Select(i => RuleWorld.Event($"f{i}", i, "Sign-in", outcome: EventOutcome.Failure, source: EventSources.SignIn)), RuleWorld.Event("in", 15, "Sign-in", source: EventSources.SignIn),
            WithClient(RuleWorld.Event("legacy", 15, "Sign-in", upn: "old@contoso.com", source: EventSources.SignIn), "IMAP4"),
            .. Enumerable.Range(0, 3).Select(i => RuleWorld.Event($"w{i}", i, "wipe ManagedDevice", source: EventSources.Intune)),
            .. Enumerable.Range(0, 200).Select(i => RuleWorld.Event($"d{i}", i / 100.0, "FileDeleted"))]);
        Assert.Equal((await _world.Rules.ListAsync(default)).Select(r => r.Name).Order(), (await _world.ListAsync()).Select(a => a.RuleName).Distinct().Order());
        Assert.Equal(11, (await _world.ListAsync()).Single(a => a.RuleName.StartsWith("Many failed", StringComparison.Ordinal)).Events);

        static Modules.AdminOps.Events.IncomingEvent WithClient(Modules.AdminOps.Events.IncomingEvent e, string client) => e with { Event = e.Event with { ClientApp = client } };
    }
}
