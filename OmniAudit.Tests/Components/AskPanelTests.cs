using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.AdminOps.Ask;
using OmniAudit.Tests.AdminOps.Store;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Admin;
using OmniAudit.Web.Security;

namespace OmniAudit.Tests.Components;

/// <summary>The panels of ask and explain, live, on a real store: without a model, with one, with one that lies, and for somebody who may only look.</summary>
public sealed class AskPanelTests(SharedApp shared) : ConsoleContext(services => services
    .AddLivePage(shared.App).AddSingleton(shared.App.Get<EventQuestions>()).AddSingleton(shared.App.Get<EventExplainer>())), IClassFixture<SharedApp>, IAsyncLifetime
{
    private readonly TestApp _app = shared.App;
    private string _opened = "";
    private string _id = "";

    public async Task InitializeAsync()
    {
        var model = _app.Options.Ai;
        (model.Enabled, model.ApiKey) = (false, "");
        await _app.Get<EventStore>().AppendAsync([
            EventWorld.Event("p-1", EventWorld.Noon, upn: "anna@contoso.com", target: "bob@contoso.com", outcome: EventOutcome.Failure), EventWorld.Event("p-2", EventWorld.Noon.AddMinutes(-5), upn: "<b>mallory</b>", target: "[x](https://evil.example)")], default);
        _id = (await _app.Get<EventSearch>().SearchAsync(new EventQuery(), 1, null, default)).Events[0].Id;
    }

    Task IAsyncLifetime.DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Ask_WithoutModel_AnswersSaysHowToTurnItOnAndOpensEvents()
    {
        var panel = await AskAsync(new EventQuery { Services = ["Exchange"] });
        Assert.Contains("Respecting active filters: service: Exchange", panel.Find("#ask-hint").TextContent, StringComparison.Ordinal);
        Assert.Contains("LLM_API_KEY not configured. For a model's words, set AI_FEATURES_ENABLED", panel.Find("[data-model-off]").TextContent, StringComparison.Ordinal);

        panel.Find("#ask-question").Input("What happened?");
        panel.Find("form").Submit();

        panel.WaitForAssertion(() => Assert.Contains("2 events fit", panel.Find(".answer-text").TextContent, StringComparison.Ordinal));
        Assert.Equal(2, panel.FindAll(".event-cards li").Count);
        Assert.Contains(await _app.Get<AuditQueries>().ListAsync(new CallFilter(), default), c => c.Tool == "adminops.ask" && c.Status == CallStatus.Succeeded);
        // What events say is text, in the answer and in the cards.
        Assert.Empty(panel.FindAll("a, img, script, .answer-text b, .event-cards b"));
        Assert.Contains("[x](https://evil.example)", panel.Find(".answer-text").TextContent, StringComparison.Ordinal);
        // A click is handled when the page has time for it.
        panel.Find(".cite").Click();
        panel.WaitForAssertion(() => Assert.Equal(_id, _opened));
        panel.FindAll(".event-cards button")[1].Click();
        panel.WaitForAssertion(() => Assert.NotEqual(_id, _opened));

        panel.Find("[data-action=clear-ask]").Click();
        panel.WaitForAssertion(() => Assert.Empty(panel.FindAll(".answer-text, .event-cards")));
        Assert.Equal("", panel.Find("#ask-question").GetAttribute("value"));
    }

    [Fact]
    public async Task Ask_Nothing_SaysWhatIsMissing()
    {
        var panel = await AskAsync();

        panel.Find("form").Submit();

        panel.WaitForAssertion(() => Assert.Contains("question: must have 1 to 1000 characters", panel.Find("#ask-error").TextContent, StringComparison.Ordinal));
        Assert.Equal("true", panel.Find("#ask-question").GetAttribute("aria-invalid"));
    }

    [Fact]
    public async Task Ask_WithModel_ShowsWhatWouldBeSentThenWhatWas()
    {
        await using var model = await WithModelAsync("honest");
        var panel = await AskAsync();
        panel.Find("#ask-question").Input("What did anna do?");

        panel.Find("[data-action=preview-ask]").Click();
        panel.WaitForAssertion(() => Assert.Contains("What would be sent", panel.Find("[data-sent] summary").TextContent, StringComparison.Ordinal));
        var preview = panel.Find("[data-sent] pre").TextContent;
        Assert.DoesNotContain("anna", preview, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(model.Requests);

        panel.Find("form").Submit();
        panel.WaitForAssertion(() => Assert.Contains("What was sent", panel.Find("[data-sent] summary").TextContent, StringComparison.Ordinal));
        Assert.Equal(preview, panel.Find("[data-sent] pre").TextContent);
        Assert.Contains("anna@contoso.com did Set-Mailbox", panel.Find(".answer-text").TextContent, StringComparison.Ordinal);
        Assert.Contains("statements by the model", panel.Find("[data-by]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_ModelThatObeysTheEvents_ShowsNothingActive()
    {
        await using var model = await WithModelAsync("obeys");
        var panel = await ExplainAsync(_id);

        panel.Find("[data-action=explain]").Click();

        panel.WaitForAssertion(() => Assert.NotEmpty(panel.FindAll(".answer-text li")));
        Assert.Empty(panel.FindAll("a, img, script"));
        Assert.Contains("left out", panel.Find("[data-llm-error]").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("evil.example", panel.Find(".answer-text").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_ModelOutOfOrder_ShowsTheErrorAndTheStoresExplanation()
    {
        await using var model = await WithModelAsync("500");
        var panel = await ExplainAsync(_id);

        panel.Find("[data-action=explain]").Click();

        panel.WaitForAssertion(() => Assert.Contains("out of order (500)", panel.Find("[data-llm-error]").TextContent, StringComparison.Ordinal));
        Assert.Contains("Next step:", panel.Find(".answer-text").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain(ModelStandIn.Leak, panel.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_EventThatIsGone_SaysSo()
    {
        var panel = await ExplainAsync("404");

        panel.Find("[data-action=explain]").Click();

        panel.WaitForAssertion(() => Assert.Contains("no longer stored", panel.Find("[role=alert]").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Explain_ByAViewer_IsFromTheStoreAndSendsNothing()
    {
        await using var model = await WithModelAsync("honest");
        var panel = await ExplainAsync(_id, Role.Viewer);

        panel.Find("[data-action=explain]").Click();

        panel.WaitForAssertion(() => Assert.Contains("Asking the model needs the role operator", panel.Find("[data-llm-error]").TextContent, StringComparison.Ordinal));
        Assert.Contains("Next step:", panel.Find(".answer-text").TextContent, StringComparison.Ordinal);
        Assert.Empty(model.Requests);
    }

    private async Task<ModelStandIn> WithModelAsync(string kind)
    {
        var server = await ModelStandIn.StartAsync();
        var model = _app.Options.Ai;
        (model.Enabled, model.ApiKey, model.BaseUrl, model.Name) = (true, "k", server.Url, kind);
        return server;
    }

    private async Task<IRenderedComponent<AskPanel>> AskAsync(EventQuery? query = null)
    {
        var session = await SessionAsync(Role.Operator);
        return Render<AskPanel>(p => p.AddCascadingValue(session).Add(a => a.Query, query ?? new EventQuery()).Add(a => a.OnOpen, (string id) => _opened = id));
    }

    private async Task<IRenderedComponent<ExplainPanel>> ExplainAsync(string id, Role role = Role.Operator)
    {
        var session = await SessionAsync(role);
        return Render<ExplainPanel>(p => p.AddCascadingValue(session).Add(e => e.EventId, id).Add(e => e.OnOpen, (string opened) => _opened = opened));
    }

    private async Task<Task<AuthenticationState>> SessionAsync(Role role)
    {
        var people = _app.Get<OperatorDirectory>();
        var name = $"ask-{role.Word()}";
        var person = await people.FindAsync(name, default) ?? await people.AddAsync(name, null, role, OperatorDirectory.CommandLine, default);
        return Task.FromResult(new AuthenticationState(ConsoleSession.Current(ConsoleSession.Create(person.OperatorId, person.DisplayName, person.SecurityStamp, needsPassword: false), person)));
    }
}
