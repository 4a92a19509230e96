using Bunit;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Tests.Components;

public sealed class ApprovalCardTests : ConsoleContext
{
    private static readonly CatalogTool Probe = ToolCatalog.FromAssemblies(typeof(ApprovalCardTests).Assembly).Find("probe.write_note")!;
    private static readonly Actor Ada = new(ActorKind.Person, "person:opr_1", "Ada");
    private readonly List<(Decision Decision, string Reason, string Digest)> _decisions = [];
    private readonly List<(string Arguments, string Digest)> _edits = [];
    private readonly List<string> _acts = [];
    private readonly List<StandingRuleRequest> _rules = [];
    private DecisionResult _answer = new(true, ApprovalState.Approved, "Approved. It runs now, once.", "rcp_1");

    [Fact]
    public void Card_PendingRequest_SaysInPlainWordsWhoWantsWhat()
    {
        var card = Show(Request());

        Assert.Equal("Agent release-bot wants to write the note 'hello'", card.Find("h1").TextContent);
        Assert.Contains("10:00", card.Find(".facts time.when[title*='12:10:00']").TextContent, StringComparison.Ordinal);
        Assert.Contains(new string('a', 64), card.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Card_HostileNamesAndPayload_AreTextWithVisibleEscapes()
    {
        var card = Show(Request(payload: """{"text":"<script>alert(1)</script>\u202Egnp.exe https://pаypal.com"}""", intent: "write <img src=x>\u202E"));

        Assert.Empty(card.FindAll("script, img"));
        Assert.Contains("U+202E", card.Find("h1 .esc").TextContent, StringComparison.Ordinal);
        Assert.Contains("<script>alert(1)</script>", card.Find(".payload").TextContent, StringComparison.Ordinal);
        Assert.Contains("1 hidden or misleading character", card.Find(".payload").TextContent, StringComparison.Ordinal);
        Assert.Contains("mixes letters of Latin and Cyrillic", card.Find(".payload").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Card_LongPayload_IsShownWhole()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => (char)('a' + i % 26)));
        var card = Show(Request(payload: $$"""{"text":"{{text}}"}"""));

        Assert.Contains(text, card.Find(".payload").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Card_RawBytes_AreOneClickAwayAndExact()
    {
        const string Payload = """{"a":[1,2],"text":"x\u202Ey"}""";
        var card = Show(Request(payload: Payload));

        card.FindAll(".segmented button")[1].Click();

        Assert.Equal(Payload, card.Find("#payload-raw").GetAttribute("data-raw"));
    }

    [Fact]
    public void Approve_Clicked_DecidesOnceWithTheDigestShown()
    {
        var card = Show(Request());

        card.Find("[data-action=approve]").Click();

        Assert.Equal([(Decision.Approve, "", new string('a', 64))], _decisions);
    }

    [Fact]
    public void Approve_OnceItRan_SaysNoMoreThatItRunsNow()
    {
        var card = Show(Request());
        card.Find("[data-action=approve]").Click();
        card.Render(p => p.Add(c => c.Detail, Request(state: ApprovalState.Executing)));
        Assert.Contains("It runs now", card.Find(".decision").TextContent, StringComparison.Ordinal);

        card.Render(p => p.Add(c => c.Detail, Request(state: ApprovalState.Executed)));

        Assert.DoesNotContain("It runs now", card.Find(".decision").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Decision_NothingIsPreselectedOrFocused()
    {
        var card = Show(Request());

        Assert.Empty(card.FindAll("[autofocus]"));
        Assert.Equal("Approve and write note", card.Find("[data-action=approve]").TextContent.Trim());
        Assert.Empty(card.FindAll("textarea"));
    }

    [Fact]
    public void Deny_WithoutReason_AsksForItAndDecidesNothing()
    {
        var card = Show(Request());

        card.Find("[data-action=deny]").Click();
        card.WaitForElement("[data-action=deny-confirm]").Click();

        Assert.Empty(_decisions);
        Assert.Contains("Say why", card.Find(".field-error").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Deny_Refused_KeepsTheTypedReasonAndSaysWhy()
    {
        _answer = new DecisionResult(false, ApprovalState.Pending, "What you were shown is not what would run.");
        var card = Show(Request());

        card.Find("[data-action=deny]").Click();
        card.WaitForElement("textarea").Input("wrong repository");
        card.Find("[data-action=deny-confirm]").Click();

        Assert.Equal((Decision.Deny, "wrong repository", new string('a', 64)), Assert.Single(_decisions));
        Assert.Equal("wrong repository", card.Find("textarea").GetAttribute("value"));
        Assert.Contains("not what would run", card.Find("[role=alert]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Deny_LostToAnother_StillShowsTheTypedReason()
    {
        var card = Show(Request());
        card.Find("[data-action=deny]").Click();
        card.WaitForElement("textarea").Input("wrong repository");

        card.Render(p => p.Add(c => c.Detail, Request(state: ApprovalState.Executed)));

        Assert.Contains("wrong repository", card.Find(".decision").TextContent, StringComparison.Ordinal);
        Assert.Empty(card.FindAll("[data-action]"));
    }

    [Fact]
    public void Card_OwnRequest_SaysThatAnotherPersonMustDecide()
    {
        var card = Show(Request(requester: Ada.Subject));

        Assert.Contains("You asked for this yourself", card.Find("#obstacle").TextContent, StringComparison.Ordinal);
        Assert.All(card.FindAll("[data-action=approve], [data-action=deny]"), b => Assert.True(b.HasAttribute("disabled")));
        Assert.False(card.Find("[data-action=withdraw]").HasAttribute("disabled"));
    }

    [Fact]
    public void Card_TimeIsOver_OffersNoDecision()
    {
        var request = Request();
        Clock.Advance(TimeSpan.FromMinutes(11));

        var card = Show(request);

        Assert.Contains("expired", card.Find("#obstacle").TextContent, StringComparison.Ordinal);
        Assert.True(card.Find("[data-action=approve]").HasAttribute("disabled"));
    }

    [Fact]
    public void Card_Executed_LinksBothReceipts()
    {
        var card = Show(Request(state: ApprovalState.Executed));

        Assert.Equal(["/receipts/rcp_1", "/receipts/rcp_2"], card.FindAll(".decision .links a").Select(a => a.GetAttribute("href")));
    }

    [Fact]
    public void Approve_FirstOfTwo_SaysThatNothingRunsYet()
    {
        var card = Show(Request() with { Rule = Rule("2 anyone") });

        Assert.Equal("Approve (1 of 2)", card.Find("[data-action=approve]").TextContent.Trim());
        Assert.Contains("the first of 2; nothing runs yet", card.Find("#effect").TextContent, StringComparison.Ordinal);
        Assert.Contains("Rule “x”: 2 anyone", card.Find("[data-policy]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Approve_SecondOfTwo_SaysWhoWasFirstAndWhatItDoes()
    {
        var card = Show(Request() with { Rule = Rule("2 anyone"), Votes = [new ApprovalVote("person:opr_2", "Grace", Clock.GetUtcNow().AddMinutes(-3), "person:opr_2")] });

        Assert.Equal("Approve and write note", card.Find("[data-action=approve]").TextContent.Trim());
        Assert.Contains("the last of 2 approvals", card.Find("#effect").TextContent, StringComparison.Ordinal);
        Assert.Contains("1 of 2", card.Find("[data-progress]").TextContent, StringComparison.Ordinal);
        Assert.Contains("Grace approved 3 min ago", card.Find("[data-progress]").TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1 security", false, "you are in none of these groups")]
    [InlineData("2 maintainers", true, "You have approved this; it waits for others")]
    public void Approve_ThatWouldNotCount_SaysWhyAndLeavesDenial(string require, bool voted, string why)
    {
        var card = Show(Request() with { Rule = Rule(require), Votes = voted ? [new ApprovalVote(Ada.Subject, "Ada", Clock.GetUtcNow(), Ada.Subject)] : [] });

        Assert.Contains(why, card.Find("#approve-obstacle").TextContent, StringComparison.Ordinal);
        Assert.True(card.Find("[data-action=approve]").HasAttribute("disabled"));
        Assert.False(card.Find("[data-action=deny]").HasAttribute("disabled"));
    }

    [Fact]
    public void Card_EditedRequest_ShowsWhatChangedByWordAndSign()
    {
        var asked = new PayloadVersion(1, """{"text":"hello world","copies":1}""", new string('1', 64), "release-bot", Clock.GetUtcNow());
        var card = Show(Request() with
        {
            Summary = Request().Summary with { PayloadVersion = 2 }, EditedByName = "Grace",
            Versions = [asked, asked with { Number = 2, Payload = """{"text":"hello there","copies":1}""", ByName = "Grace" }],
        });

        card.Find("[data-action=changed]").Click();

        Assert.Equal("−removed: hello world", card.Find(".diff .removed").TextContent.Trim());
        Assert.Equal("there", card.Find(".diff .added ins").TextContent);
        Assert.Contains("Unchanged: copies", card.Find(".payload").TextContent, StringComparison.Ordinal);
        Assert.Contains("2, edited by Grace", card.Find("[data-version]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Edit_Opened_HoldsAllArgumentsAndSavesThemWithTheDigestThatWasShown()
    {
        var card = Show(Request("""{"colour":"green","copies":2,"tags":["one","two"],"text":"hello\nthere"}"""));

        card.Find("[data-action=edit]").Click();
        Assert.True(card.Find("[data-action=approve]").HasAttribute("disabled"));
        card.Find("#arg-copies").Change("3");
        card.Find("form.tool").Submit();

        Assert.Equal(("""{"text":"hello\nthere","copies":3,"colour":"green","tags":["one","two"]}""", new string('a', 64)), Assert.Single(_edits));
        Assert.Empty(card.FindAll("form.tool"));
    }

    [Fact]
    public void Edit_Refused_KeepsWhatWasTypedAndShowsTheErrorAtItsField()
    {
        _answer = new DecisionResult(false, ApprovalState.Pending, "Nothing was changed.", Errors: [new FieldError("copies", "must be at most 5.")]);
        var card = Show(Request());

        card.Find("[data-action=edit]").Click();
        card.WaitForElement("#arg-copies").Change("9");
        card.Find("form.tool").Submit();

        Assert.Equal("must be at most 5.", card.Find("#arg-copies-error").TextContent.Trim());
        Assert.Equal("9", card.Find("#arg-copies").GetAttribute("value"));
    }

    [Fact]
    public void Card_Held_SaysWhyAndOffersToLookAgainOrWithdraw()
    {
        var request = Request(state: ApprovalState.Approved);
        var card = Show(request with { Summary = request.Summary with { Held = "Execution is frozen." } });

        card.Find("[data-action=look]").Click();
        card.WaitForElement("[data-action=withdraw]").Click();
        card.Find("[data-action=withdraw-confirm]").Click();

        Assert.Contains("Execution is frozen.", card.Find("[data-held]").TextContent, StringComparison.Ordinal);
        Assert.Equal(["look"], _acts);
        card.Find("#reason").Input("not needed");
        card.Find("[data-action=withdraw-confirm]").Click();
        Assert.Equal(["look", "withdraw not needed"], _acts);
    }

    [Fact]
    public void Card_Unknown_IsSettledOnlyWithWhatWasSeen()
    {
        var card = Show(Request(state: ApprovalState.Unknown));

        card.Find("[data-action=happened]").Click();
        Assert.Empty(_acts);
        Assert.Contains("Say what you saw", card.Find("#seen-error").TextContent, StringComparison.Ordinal);
        card.Find("#seen").Input("issue 7 is there");
        card.Find("[data-action=happened]").Click();

        Assert.Equal(["settle True issue 7 is there"], _acts);
    }

    [Fact]
    public void Card_ConfirmedByItsCaller_IsMarked()
    {
        var request = Request(state: ApprovalState.Executed);
        var self = request with { Rule = request.Rule with { Mode = FrozenRule.Self }, Summary = request.Summary with { DecidedByName = "release-bot (its own confirmation)" } };

        Assert.Contains("no person", Show(self).Find("[data-self]").TextContent, StringComparison.Ordinal);
        Assert.Empty(Show(self with { Rule = request.Rule }).FindAll("[data-self]"));
    }

    [Fact]
    public void Card_Result_LinksHttpsAddressesOnly()
    {
        var card = Show(Request(state: ApprovalState.Executed) with { ResultJson = """{"issue_url":"https://github.example/o/r/issues/7","release_url":"javascript:alert(1)","url":"http://x.example/"}""" });

        var link = Assert.Single(card.FindAll("[data-world] a"));
        Assert.Equal(("https://github.example/o/r/issues/7", "noopener noreferrer nofollow"), (link.GetAttribute("href"), link.GetAttribute("rel")));
    }

    [Fact]
    public void StandingRule_Untouched_CoversExactlyThisOnce()
    {
        var card = Show(Request("""{"copies":2,"text":"hello *you*"}"""));

        card.Find("[data-action=make-rule]").Click();

        var rule = Assert.Single(_rules);
        Assert.Equal(("agent:agt_1", "probe.write_note", "o/r", TimeSpan.FromHours(1), 1), (rule.AgentSubject, rule.Tool, rule.Target, rule.Lifetime, rule.MaxUses));
        Assert.Equal("""{"copies":{"is":2},"text":{"is":"hello *you*"},"colour":{"absent":true},"tags":{"absent":true}}""", rule.Arguments.GetRawText());
        Assert.Empty(_decisions);
    }

    [Fact]
    public void StandingRule_ArgumentMayDiffer_IsLeftOut()
    {
        var card = Show(Request("""{"copies":2,"text":"hello"}"""));

        card.FindAll(".standing input[type=radio]")[4].Change("on");
        card.Find("#rule-uses").Change("5");
        card.Find("[data-action=make-rule]").Click();

        Assert.Equal(("""{"copies":{"is":2},"colour":{"absent":true},"tags":{"absent":true}}""", 5), (Assert.Single(_rules).Arguments.GetRawText(), _rules[0].MaxUses));
    }

    [Fact]
    public void StandingRule_ArgumentByPattern_SaysSo()
    {
        var card = Show(Request("""{"text":"nightly 1"}"""));

        card.FindAll(".standing input[type=radio]")[1].Change("on");
        card.Find(".standing fieldset input.rz-textbox").Change("nightly *");
        card.Find("[data-action=make-rule]").Click();

        Assert.StartsWith("""{"text":{"like":"nightly *"},""", Assert.Single(_rules).Arguments.GetRawText(), StringComparison.Ordinal);
    }

    private static FrozenRule Rule(string require) => new("x", "human", Requirement.TryParse(require)!, 600, "name=x");

    private IRenderedComponent<ApprovalCard> Show(ApprovalDetail detail) => Render<ApprovalCard>(p => p
        .Add(c => c.Detail, detail)
        .Add(c => c.Person, Ada)
        .Add(c => c.People, [new OperatorInfo("opr_1", "ada", "Ada", "", true, null, Clock.GetUtcNow(), null, null, "maintainers", Role.Approver, null)])
        .Add(c => c.Tool, Probe)
        .Add(c => c.Acts, new ApprovalActs(
            (decision, reason, digest) =>
            {
                _decisions.Add((decision, reason, digest));
                return Task.FromResult(_answer);
            },
            (arguments, digest) =>
            {
                _edits.Add((arguments.GetRawText(), digest));
                return Task.FromResult(_answer);
            },
            reason => Act($"withdraw {reason}"),
            (happened, seen) => Act($"settle {happened} {seen}"),
            () => Act("look"),
            rule =>
            {
                _rules.Add(rule);
                return Task.FromResult<(StandingRule?, string)>((null, "not in this test"));
            })));

    private Task<DecisionResult> Act(string what)
    {
        _acts.Add(what);
        return Task.FromResult(_answer);
    }
}
