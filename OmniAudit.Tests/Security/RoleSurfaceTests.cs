using System.Net;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules;
using OmniAudit.Modules.AdminOps.Alerts;
using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.AuditLens.Triage.Confidence;
using OmniAudit.Modules.AuditLens.Triage.Drafts;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.SiteLint.Schedules;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Webhooks;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Security;

/// <summary>Each role against everything that can be reached or done. What is new and has no rule here fails.</summary>
public sealed class RoleSurfaceTests : IAsyncLifetime
{
    /// <summary>What needs more than a signed-in person. Everything else that is not public is for every role.</summary>
    private static readonly Dictionary<string, Role> Routes = new(StringComparer.Ordinal) { ["/people/{OperatorId}"] = Role.Admin };

    /// <summary>What every signed-in person may open or send; a new route must be put here, above, or among the public ones of DecisionSurfaceTests.</summary>
    private static readonly string[] ForEveryRole =
    [
        "/ui", "/approvals", "/approvals/{ApprovalId}", "/scans", "/scans/{ScanId}", "/scans/{scanId}/object", "/scans/{scanId}/report/{format}", "/jobs/{JobId}", "/tools", "/tools/{Name}", "/receipts", "/receipts/{ReceiptId}",
        "/receipts/vkey", "/receipts/{receiptId}/receipt.json", "/receipts/{receiptId}/proof", "/audit", "/people", "/agents", "/policies", "/webhooks", "/connect", "/health", "/denied", "/{*Address:nonfile}",
        "/account", "/account/password", "/account/passkeys", "/account/passkeys/options", "/signout", "/log/checkpoint", "/log/vkey", "/log/vkeys", "/log/tile/{**path}", "/log/{**rest}",
        "/scans/new", "/scans/{ScanId}/findings/{FindingId}", "/scans/{ScanId}/pages/{Number:int}", "/schedules", "/auth-profiles",
        "/releases/notes", "/releases/notes/{NotesId}",
        "/adminops/rules", "/adminops/alerts", "/adminops/alerts/{AlertId}",
        "/triage", "/triage/new", "/triage/{DraftId}",
        "/releases", "/releases/new", "/releases/{OperationId}",
        "/adminops", "/adminops/coverage", "/adminops/import", "/adminops/events/{EventId}", "/adminops/events/{eventId}/raw", "/adminops/events.csv", "/adminops/events.ndjson",
        "/runs", "/runs/{Owner}/{Name}/{RunId:long}", "/evidence", "/evidence/{EvidenceId}", "/evidence/{EvidenceId}/log", "/evidence/{evidenceId}/file", "/findings", "/findings/{FindingsId}", "/findings/{FindingsId}/{FindingId}",
    ];

    /// <summary>What callers over MCP do about their own requests and jobs, and the record of calls that were none: for agents, who have scopes and no roles. No page calls it.</summary>
    private static readonly string[] ForRequesters =
        ["RequestFollower.FindAsync", "RequestFollower.ConfirmAsync", "RequestFollower.WithdrawAsync", "ToolCallRunner.RecordRefusedAsync", "AuditTrail.RecordAsync"];

    /// <summary>Made by the framework: the circuit and its files.</summary>
    private static readonly string[] Framework = ["/_blazor", "/_framework"];

    private TestApp _app = null!;
    private Dictionary<Role, Actor> _people = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(o =>
        {
            (o.RateLimits.WritesPerMinute, o.Policy.UrlAllowlist, o.SiteLint.ChromiumPath) = (100_000, ["127.0.0.1:9"], "/nowhere/chromium");
            (o.Webhooks.Urls, o.Webhooks.Secret) = (["http://127.0.0.1:9/hook"], "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        });
        _people = [];
        foreach (var role in Roles.All) _people[role] = await _app.AddPersonAsync(new Actor(ActorKind.Person, $"person:opr_{role.Word()}", role.Word()), role: role);
    }

    public Task DisposeAsync() => _app.DisposeAsync().AsTask();

    /// <summary>A deed, the role it needs, and its answer: null or what it was refused with.</summary>
    private sealed record Deed(string Method, Role Need, Func<RoleSurfaceTests, Actor, Task<string?>> Do);

    private static readonly EventRuleRequest AuditRule = new() { Name = "n", Severity = "s4", Conditions = [new RuleCondition("operation", "is", ["x"])] };

    private static readonly Deed[] Deeds =
    [
        new("ApprovalDesk.DecideAsync", Role.Approver, async (t, by) => Said(await t._app.DecideAsync(await t.AskAsync(), Decision.Approve, person: by))),
        new("ApprovalDesk.DecideManyAsync", Role.Approver, async (t, by) =>
            Said(await t._app.Get<ApprovalDesk>().DecideManyAsync([await t.ShownAsync(), await t.ShownAsync()], Decision.Deny, "no", by, default))),
        new("ApprovalDesk.WithdrawAsync", Role.Approver, async (t, by) => Said(await t._app.Get<ApprovalDesk>().WithdrawAsync(await t.AskAsync(), "no", by, default))),
        new("ApprovalDesk.WithdrawAsync", Role.Operator, async (t, by) => Said(await t._app.Get<ApprovalDesk>().WithdrawAsync(await t.AskAsync(requester: by.Subject), "no", by, default))),
        new("ApprovalDesk.SettleAsync", Role.Approver, async (t, by) => Said(await t._app.Get<ApprovalDesk>().SettleAsync(await t.AskAsync(ApprovalState.Unknown), false, "seen", by, default))),
        new("ApprovalDesk.LookAgainAsync", Role.Approver, async (t, by) => Said(await t._app.Get<ApprovalDesk>().LookAgainAsync(await t.AskAsync(ApprovalState.Unknown), by, default))),
        new("ApprovalEditor.EditAsync", Role.Approver, async (t, by) =>
            Said(await t._app.Get<ApprovalEditor>().EditAsync("probe.write_note", await t.ShownAsync(), JsonSerializer.SerializeToElement(new { text = "other" }), by, default))),
        new("StandingRuleDesk.AddAsync", Role.Approver, async (t, by) => (await t.StandAsync(by)).Error is { Length: > 0 } error ? error : null),
        new("StandingRuleDesk.EndAsync", Role.Approver, async (t, by) => await t._app.Get<StandingRuleDesk>().EndAsync((await t.StandAsync(TestApp.Approver)).Rule!.StandingRuleId, by, default)),
        new("FreezeSwitch.FreezeAsync", Role.Approver, (t, by) => t._app.Get<FreezeSwitch>().FreezeAsync("", by, default)),
        new("FreezeSwitch.LiftAsync", Role.Approver, (t, by) => t._app.Get<FreezeSwitch>().LiftAsync(by, default)),
        new("ApprovalRules.AddAsync", Role.Admin, (t, by) => t._app.Get<ApprovalRules>().AddAsync(ApprovalRule.Parse("name=r tool=none.*").Rule!, by, default)),
        new("ApprovalRules.RemoveAsync", Role.Admin, (t, by) => t._app.Get<ApprovalRules>().RemoveAsync("pol_none", by, default)),
        new("WebhookDesk.SendAgainAsync", Role.Admin, async (t, by) => Unless(await t._app.Get<WebhookDesk>().SendAgainAsync("none", by, default), "delivered or dropped")),
        new("WebhookDesk.DropAsync", Role.Admin, async (t, by) => Unless(await t._app.Get<WebhookDesk>().DropAsync("none", by, default), "not dead")),
        new("WebhookDesk.SendTestAsync", Role.Admin, async (t, by) => await t._app.Get<WebhookDesk>().SendTestAsync((await t._app.Get<WebhookQueries>().TargetsAsync(default))[0].Key, by, default)),
        new("ToolCallRunner.RunAsync", Role.Operator, (t, by) => t.RunAsync("probe.write_note", new { text = $"by {by.Name}" }, by)),
        new("ToolCallRunner.RunAsync", Role.Viewer, (t, by) => t.RunAsync("probe.read_note", new { }, by)),
        new("JobRunner.CancelAsync", Role.Operator, async (t, by) => Unless(await t._app.Get<JobRunner>().CancelAsync("none", by, default), "There is no job")),
        new("AuthProfiles.AddAsync", Role.Admin, (t, by) => SaidAsync(() => t.AddProfileAsync(by))),
        new("AuthProfiles.ReplaceSecretsAsync", Role.Admin, async (t, by) =>
        {
            var profile = await t.AddProfileAsync(TestApp.Approver);
            return await SaidAsync(() => t._app.Get<AuthProfiles>().ReplaceSecretsAsync(profile.ProfileId, new Dictionary<string, string> { ["cookie:sid"] = "another-value" }, by, default));
        }),
        new("AuthProfiles.SetAgentsAsync", Role.Admin, async (t, by) =>
        {
            var profile = await t.AddProfileAsync(TestApp.Approver);
            return await SaidAsync(() => t._app.Get<AuthProfiles>().SetAgentsAsync(profile.ProfileId, ["*"], by, default));
        }),
        new("AuthProfiles.RemoveAsync", Role.Admin, async (t, by) =>
        {
            var profile = await t.AddProfileAsync(TestApp.Approver);
            return await SaidAsync(() => Given(t._app.Get<AuthProfiles>().RemoveAsync(profile.ProfileId, by, default)));
        }),
        new("OperatorDirectory.AddAsync", Role.Admin, (t, by) => SaidAsync(() => t.People.AddAsync($"new-{by.Name}", null, Role.Viewer, by, default))),
        new("OperatorDirectory.SetRoleAsync", Role.Admin, (t, by) => SaidAsync(() => t.People.SetRoleAsync("opr_test", Role.Admin, by, default))),
        new("OperatorDirectory.SetGroupsAsync", Role.Admin, (t, by) => SaidAsync(() => t.People.SetGroupsAsync("opr_test", ["g"], by, default))),
        new("OperatorDirectory.SetDisplayNameAsync", Role.Admin, (t, by) => SaidAsync(() => t.People.SetDisplayNameAsync("opr_test", "Ada", by, default))),
        new("OperatorDirectory.SetDisplayNameAsync", Role.Viewer, (t, by) => SaidAsync(() => t.People.SetDisplayNameAsync($"opr_{by.Name}", by.Name, by, default))),
        new("OperatorDirectory.DisableAsync", Role.Admin, (t, by) => SaidAsync(() => t.People.DisableAsync("opr_spare", by, default))),
        new("OperatorDirectory.EnableAsync", Role.Admin, (t, by) => SaidAsync(() => t.People.EnableAsync("opr_spare", by, default))),
        new("OperatorDirectory.UnlockAsync", Role.Admin, (t, by) => SaidAsync(() => t.People.UnlockAsync("opr_spare", by, default))),
        new("OperatorDirectory.SignOutEverywhereAsync", Role.Admin, (t, by) => SaidAsync(() => t.People.SignOutEverywhereAsync("opr_spare", by, default))),
        new("OperatorDirectory.SignOutEverywhereAsync", Role.Viewer, (t, by) => SaidAsync(() => t.People.SignOutEverywhereAsync($"opr_{by.Name}", by, default))),
        new("AgentDirectory.AddAsync", Role.Admin, (t, by) => SaidAsync(() => t.Agents.AddAsync($"by-{by.Name}", null, AgentScope.Everything, by, default))),
        new("AgentDirectory.SetScopeAsync", Role.Admin, (t, by) => SaidAsync(() => t.Agents.SetScopeAsync("anonymous", scope => scope, by, default))),
        new("AgentDirectory.SetExpiryAsync", Role.Admin, async (t, by) => await t.OfAgentAsync(agent => t.Agents.SetExpiryAsync(agent, null, by, default))),
        new("AgentDirectory.RotateAsync", Role.Admin, async (t, by) => await t.OfAgentAsync(agent => t.Agents.RotateAsync(agent, by, default))),
        new("AgentDirectory.RevokeAsync", Role.Admin, async (t, by) => await t.OfAgentAsync(agent => t.Agents.RevokeAsync(agent, by, default))),
        new("ScanSchedules.AddAsync", Role.Operator, (t, by) => SaidAsync(() => t.Schedules.AddAsync(Schedule(), by, default))),
        new("ScanSchedules.ChangeAsync", Role.Operator, (t, by) => t.OfScheduleAsync(id => t.Schedules.ChangeAsync(id, Schedule(), by, default))),
        new("ScanSchedules.SetEnabledAsync", Role.Operator, (t, by) => t.OfScheduleAsync(id => t.Schedules.SetEnabledAsync(id, false, by, default))),
        new("ScanSchedules.RunNowAsync", Role.Operator, (t, by) => t.OfScheduleAsync(id => t.Schedules.RunNowAsync(id, by, default))),
        new("ScanSchedules.RemoveAsync", Role.Operator, (t, by) => t.OfScheduleAsync(id => t.Schedules.RemoveAsync(id, by, default))),
        new("EventRules.CreateAsync", Role.Operator, (t, by) => SaidAsync(() => t._app.Get<EventRules>().CreateAsync(AuditRule, by, default))),
        new("EventRules.UpdateAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<EventRules>().UpdateAsync("none", AuditRule, by, default)), "There is no rule")),
        new("EventRules.SetEnabledAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<EventRules>().SetEnabledAsync("none", true, by, default)), "There is no rule")),
        new("EventRules.DeleteAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<EventRules>().DeleteAsync("none", by, default)), "There is no rule")),
        new("EventRules.ImportAsync", Role.Operator, (t, by) => SaidAsync(() => t._app.Get<EventRules>().ImportAsync("title: none", by, default))),
        new("EventAlerts.SetStateAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<EventAlerts>().SetStateAsync("1", AlertStates.Closed, "", by, default)), "There is no alert")),
        new("EventAlerts.SnoozeAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<EventAlerts>().SnoozeAsync("1", t._app.Time.GetUtcNow().AddDays(1), "planned", false, by, default)), "There is no alert")),
        new("EventAlerts.WakeAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<EventAlerts>().WakeAsync("1", by, default)), "There is no alert")),
        new("NotesDesk.SaveVersionAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<NotesDesk>().SaveVersionAsync("none", "text", 1, by, default)), "There are no notes")),
        new("TriageDesk.SaveAsync", Role.Operator, async (t, by) => Unless((await t._app.Get<TriageDesk>().SaveAsync("tri_none", 1, "x", by, default)).Refusal, "There is no such draft")),
        new("FindingLabels.MarkAsync", Role.Operator, async (t, by) => Unless(await t._app.Get<FindingLabels>().MarkAsync("a/b", "fnd_none", FindingOutcomes.Real, by, default), "There is no such finding")),
        new("EvidenceUpload.BringAsync", Role.Operator, (t, by) => SaidAsync(() => t._app.Get<EvidenceUpload>().BringAsync("a.log", "", new MemoryStream([65]), 1, by, _ => { }, default))),
        new("EventNotes.TagAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<EventNotes>().TagAsync("404", ["x"], by, default)), "there is no event")),
        new("EventNotes.CommentAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<EventNotes>().CommentAsync("404", "x", by, default)), "there is no event")),
        new("EventQuestions.AskAsync", Role.Viewer, (t, by) => SaidAsync(() => t._app.Get<EventQuestions>().AskAsync("What happened?", new EventQuery(), by, default))),
        new("EventQuestions.PreviewAsync", Role.Viewer, (t, by) => SaidAsync(() => t._app.Get<EventQuestions>().PreviewAsync("What happened?", new EventQuery(), by, default))),
        new("EventExplainer.ExplainAsync", Role.Viewer, (t, by) => SaidAsync(() => t._app.Get<EventExplainer>().ExplainAsync("404", by, default))),
        new("EventExplainer.PreviewAsync", Role.Viewer, (t, by) => SaidAsync(() => t._app.Get<EventExplainer>().PreviewAsync("404", by, default))),
        new("EventFetch.StartAsync", Role.Operator, async (t, by) => Unless(await SaidAsync(() => t._app.Get<OmniAudit.Modules.AdminOps.Ingest.EventFetch>().StartAsync("directory", 1, by, default)), "No tenant is configured")),
        new("EventImport.ImportAsync", Role.Operator, (t, by) => SaidAsync(() => t._app.Get<OmniAudit.Modules.AdminOps.Import.EventImport>().ImportAsync("a.json", new MemoryStream("[]"u8.ToArray()), null, "", by, null, default))),
        new("SignInLinks.CreateAsync", Role.Admin, (t, by) => SaidAsync(() => t._app.Get<SignInLinks>().CreateAsync("opr_test", by, default))),
        new("PasskeyDirectory.RemoveAsync", Role.Admin, async (t, by) => Unless(await SaidAsync(() => Given(t._app.Get<PasskeyDirectory>().RemoveAsync("opr_test", "00", by, default))), "no such passkey")),
        new("PasskeyDirectory.RenameAsync", Role.Viewer, async (t, by) => Unless(await SaidAsync(() => Given(t._app.Get<PasskeyDirectory>().RenameAsync("00", "x", by, default))), "no such passkey")),
    ];

    private ScanSchedules Schedules => _app.Get<ScanSchedules>();

    private static ScheduleRequest Schedule() => new($"s-{Guid.NewGuid():N}", JsonSerializer.SerializeToElement(new { url = "http://127.0.0.1:9/", profile = "quick", viewport_set = "desktop" }), "0 0 6 * * ?", "UTC");

    /// <summary>Done to a schedule of its own.</summary>
    private async Task<string?> OfScheduleAsync<T>(Func<string, Task<T>> act)
    {
        var schedule = await Schedules.AddAsync(Schedule(), TestApp.Approver, default);
        return await SaidAsync(() => act(schedule.ScheduleId));
    }

    private OperatorDirectory People => _app.Get<OperatorDirectory>();

    private AgentDirectory Agents => _app.Get<AgentDirectory>();

    private Task<AuthProfile> AddProfileAsync(Actor by) => _app.Get<AuthProfiles>().AddAsync(
        $"p-{Guid.NewGuid():N}", new AuthShape(["https://x.test"]) { Cookies = ["sid"] }, new Dictionary<string, string> { ["cookie:sid"] = "some-value" }, by, default);

    /// <summary>Done to an agent of its own.</summary>
    private async Task<string?> OfAgentAsync<T>(Func<string, Task<T>> act)
    {
        var agent = (await Agents.AddAsync($"a-{Guid.NewGuid():N}", null, AgentScope.Everything, OperatorDirectory.CommandLine, default)).Agent;
        return await SaidAsync(() => act(agent.AgentId));
    }

    [Fact]
    public async Task Deeds_ByEveryRole_AreDoneOrRefusedNamingTheRole()
    {
        await _app.AddPersonAsync(new Actor(ActorKind.Person, "person:opr_spare", "Spare"));
        var faults = new List<string>();
        foreach (var deed in Deeds)
        foreach (var (role, person) in _people)
        {
            var said = await deed.Do(this, person);
            var right = role >= deed.Need ? said is null : said?.EndsWith($"needs the role {deed.Need.Word()}; you are {role.Word()}. An admin can change it.", StringComparison.Ordinal) == true;
            if (!right) faults.Add($"{deed.Method} by {role.Word()} (needs {deed.Need.Word()}): {said ?? "done"}");
            await _app.Get<FreezeSwitch>().LiftAsync(TestApp.Approver, default);
        }
        Assert.Empty(faults);
        SuiteReport.Add("Roles", [$"{Deeds.Length} deeds × {_people.Count} roles: done or refused as their role says"]);
    }

    [Fact]
    public void Deeds_EveryPublicMethodThatTakesAnActor_HasARule()
    {
        var methods = typeof(OmniAuditModules).Assembly.GetExportedTypes().Where(t => !typeof(Delegate).IsAssignableFrom(t))
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(m => !m.IsSpecialName && m.Name is not ("Deconstruct" or "Equals" or "<Clone>$") && m.GetParameters().Any(p => p.ParameterType == typeof(Actor) || p.ParameterType == typeof(CallOrigin)))
            .Select(m => $"{m.DeclaringType!.Name}.{m.Name}").Distinct().ToList();
        Assert.Empty(methods.Except(Deeds.Select(d => d.Method)).Except(ForRequesters));
        Assert.Empty(Deeds.Select(d => d.Method).Except(methods));
    }

    [Fact]
    public async Task Endpoints_ByEveryRole_AreOpenOrRefused()
    {
        var routes = _app.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(r => r.Metadata.GetMetadata<StaticAssetDescriptor>() is null && r.Metadata.GetMetadata<IAllowAnonymous>() is null).Select(r => "/" + r.RoutePattern.RawText!.TrimStart('/')).Distinct()
            .Where(p => !DecisionSurfaceTests.Public.ContainsKey(p) && !Framework.Any(f => p.StartsWith(f, StringComparison.Ordinal))).ToList();
        Assert.Empty(routes.Except(Routes.Keys).Except(ForEveryRole));
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = _app.Url };
        var calls = 0;
        foreach (var route in routes.Where(r => !r.StartsWith("/account/passkeys", StringComparison.Ordinal) && r != "/signout"))
        foreach (var role in Roles.All)
        {
            var path = string.Join('/', route.Split('/').Select(part => part.StartsWith('{') ? "opr_test" : part));
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Cookie", await ConsoleCookie.ForAsync(_app.Services, $"opr-{role.Word()}") } } };
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            calls++;
            var denied = answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.ToString().Contains("/denied", StringComparison.Ordinal);
            Assert.True(denied == (role < Routes.GetValueOrDefault(route, Role.Viewer)) && (int)answer.StatusCode < 500, $"{path} as {role.Word()}: {(int)answer.StatusCode} {answer.Headers.Location}");
            if (denied) Assert.EndsWith($"need={Routes[route].Word()}", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        }
        SuiteReport.Add("Roles", [$"{calls} requests: {routes.Count} endpoints and pages × {Roles.All.Count} roles"]);
    }

    /// <summary>A vote counts at the execution, not when it was given.</summary>
    [Fact]
    public async Task Approver_DemotedBeforeTheExecution_NoLongerCounts()
    {
        await _app.Get<FreezeSwitch>().FreezeAsync("", TestApp.Approver, default);
        var id = await AskAsync();
        Assert.True((await _app.DecideAsync(id, Decision.Approve, person: _people[Role.Approver])).Accepted);
        await People.SetRoleAsync("opr_approver", Role.Operator, _people[Role.Admin], default);
        await _app.Get<FreezeSwitch>().LiftAsync(TestApp.Approver, default);
        await _app.WaitForStateAsync(id, ApprovalState.Cancelled);
        Assert.Empty(_app.Get<ProbeEffects>().Notes);
        Assert.Equal("Denying needs the role approver; you are operator. An admin can change it.", (await _app.DecideAsync(await AskAsync(), Decision.Deny, "no", _people[Role.Approver])).Message);
    }

    /// <summary>The cookie says who; what they may do is read at every request.</summary>
    [Fact]
    public async Task Session_OfADemotedAdmin_LosesItsPowerAtTheNextRequest()
    {
        var cookie = await ConsoleCookie.ForAsync(_app.Services, "opr-admin");
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = _app.Url };
        async Task<HttpStatusCode> OpenAsync()
        {
            using var answer = await http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/people/opr_test") { Headers = { { "Cookie", cookie } } });
            return answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.OK, await OpenAsync());
        await People.SetRoleAsync("opr_admin", Role.Viewer, TestApp.Approver, default);
        Assert.Equal(HttpStatusCode.Redirect, await OpenAsync());
    }

    private static string? Said(DecisionResult result) => result.Accepted ? null : result.Message;

    private static string? Unless(string? said, string fine) => said?.Contains(fine, StringComparison.Ordinal) == true ? null : said;

    private static async Task<bool> Given(Task act)
    {
        await act;
        return true;
    }

    private static async Task<string?> SaidAsync<T>(Func<Task<T>> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (Exception refused) when (refused is IdentityRefusedException or ScheduleRefusedException or NotesRefusedException or KeyNotFoundException)
        {
            return refused.Message;
        }
    }

    private async Task<string?> RunAsync(string tool, object arguments, Actor by) =>
        await _app.Get<ToolCallRunner>().RunAsync(tool, JsonSerializer.SerializeToElement(arguments), new CallOrigin(by, "r", "console"), default) is ToolOutcome.Refused refused ? refused.Message : null;

    private Task<(StandingRule? Rule, string Error)> StandAsync(Actor by) => _app.Get<StandingRuleDesk>().AddAsync(
        new StandingRuleRequest("agent:none", "none", "probe.write_note", "probe.*", JsonSerializer.SerializeToElement(new { }), TimeSpan.FromHours(1), 1), by, default);

    private async Task<ShownRequest> ShownAsync()
    {
        var id = await AskAsync();
        return new ShownRequest(id, (await _app.Get<ApprovalQueries>().FindAsync(id, default))!.PayloadSha256);
    }

    /// <summary>A new request of the anonymous agent, put into a state or under another's name.</summary>
    private async Task<string> AskAsync(string state = ApprovalState.Pending, string? requester = null)
    {
        var answer = await _app.CallAsync("probe.write_note", new { text = Guid.NewGuid().ToString("N") });
        var id = answer.GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
        await _app.Get<Database>().WriteAsync(db => db.Set<ApprovalRow>().Where(a => a.ApprovalId == id)
            .ExecuteUpdateAsync(s => s.SetProperty(a => a.State, state).SetProperty(a => a.RequesterSubject, a => requester ?? a.RequesterSubject)), default);
        return id;
    }
}
