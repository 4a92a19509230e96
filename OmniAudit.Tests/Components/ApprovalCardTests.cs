using Bunit;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Tests.Components;

public sealed class ApprovalCardTests : ConsoleContext
{
    private static readonly Actor Ada = new(ActorKind.Person, "person:opr_1", "Ada");
    private readonly List<(Decision Decision, string Reason, string Digest)> _decisions = [];
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
    public void Decision_NothingIsPreselectedOrFocused()
    {
        var card = Show(Request());

        Assert.Empty(card.FindAll("[autofocus]"));
        Assert.Equal("Approve and run", card.Find("[data-action=approve]").TextContent.Trim());
        Assert.Empty(card.FindAll("textarea"));
    }

    [Fact]
    public void Deny_WithoutReason_AsksForItAndDecidesNothing()
    {
        var card = Show(Request());

        card.Find("[data-action=deny]").Click();
        card.Find("[data-action=deny-confirm]").Click();

        Assert.Empty(_decisions);
        Assert.Contains("Say why", card.Find(".field-error").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Deny_Refused_KeepsTheTypedReasonAndSaysWhy()
    {
        _answer = new DecisionResult(false, ApprovalState.Pending, "What you were shown is not what would run.");
        var card = Show(Request());

        card.Find("[data-action=deny]").Click();
        card.Find("textarea").Input("wrong repository");
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
        card.Find("textarea").Input("wrong repository");

        card.Render(p => p.Add(c => c.Detail, Request(state: ApprovalState.Executed)));

        Assert.Contains("wrong repository", card.Find(".decision").TextContent, StringComparison.Ordinal);
        Assert.Empty(card.FindAll("[data-action]"));
    }

    [Fact]
    public void Card_OwnRequest_SaysThatAnotherPersonMustDecide()
    {
        var card = Show(Request(requester: Ada.Subject));

        Assert.Contains("You asked for this yourself", card.Find("#obstacle").TextContent, StringComparison.Ordinal);
        Assert.All(card.FindAll("[data-action]"), b => Assert.True(b.HasAttribute("disabled")));
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

    private IRenderedComponent<ApprovalCard> Show(ApprovalDetail detail) => Render<ApprovalCard>(p => p
        .Add(c => c.Detail, detail)
        .Add(c => c.Person, Ada)
        .Add(c => c.Decide, (decision, reason, digest) =>
        {
            _decisions.Add((decision, reason, digest));
            return Task.FromResult(_answer);
        }));
}
