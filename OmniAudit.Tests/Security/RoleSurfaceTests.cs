using System.Net;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
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
        "/ui", "/approvals", "/approvals/{ApprovalId}", "/scans", "/scans/{ScanId}", "/scans/{scanId}/object", "/jobs/{JobId}", "/tools", "/tools/{Name}", "/receipts", "/receipts/{ReceiptId}",
        "/receipts/vkey", "/receipts/{receiptId}/receipt.json", "/receipts/{receiptId}/proof", "/audit", "/people", "/agents", "/policies", "/webhooks", "/connect", "/health", "/denied", "/{*Address:nonfile}",
        "/account", "/account/password", "/account/passkeys", "/account/passkeys/options", "/signout", "/log/checkpoint", "/log/vkey", "/log/tile/{**path}", "/log/{**rest}",
    ];

    /// <summary>What callers over MCP do about their own requests and jobs, and the record of calls that were none: for agents, who have scopes and no roles. No page calls it.</summary>
    private static readonly string[] ForRequesters =
        ["RequestFollower.FindAsync", "RequestFollower.ConfirmAsync", "RequestFollower.WithdrawAsync", "JobRunner.WithdrawAsync", "ToolCallRunner.RecordRefusedAsync"];

    /// <summary>Made by the framework: the circuit and its files.</summary>
    private static readonly string[] Framework = ["/_blazor", "/_framework"];

    private TestApp _app = null!;
    private Dictionary<Role, Actor> _people = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(o =>
        {
            (o.RateLimits.WritesPerMinute, o.Policy.UrlAllowlist) = (100_000, ["127.0.0.1:9"]);
            (o.Webhooks.Urls, o.Webhooks.Secret) = (["http://127.0.0.1:9/hook"], "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        });
        _people = [];
        foreach (var role in Roles.All) _people[role] = await _app.AddPersonAsync(new Actor(ActorKind.Person, $"person:opr_{role.Word()}", role.Word()), role: role);
    }

    public Task DisposeAsync() => _app.DisposeAsync().AsTask();

    /// <summary>A deed, the role it needs, and its answer: null or what it was refused with.</summary>
    private sealed record Deed(string Method, Role Need, Func<RoleSurfaceTests, Actor, Task<string?>> Do);

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
        new("AgentDirectory.AddAsync", Role.Admin, (t, by) => SaidAsync(() => t.Agents.AddAsync($"by-{by.Name}", null, by, default))),
        new("AgentDirectory.SetScopeAsync", Role.Admin, (t, by) => SaidAsync(() => t.Agents.SetScopeAsync("anonymous", scope => scope, by, default))),
        new("AgentDirectory.SetExpiryAsync", Role.Admin, async (t, by) => await t.OfAgentAsync(agent => t.Agents.SetExpiryAsync(agent, null, by, default))),
        new("AgentDirectory.RotateAsync", Role.Admin, async (t, by) => await t.OfAgentAsync(agent => t.Agents.RotateAsync(agent, by, default))),
        new("AgentDirectory.RevokeAsync", Role.Admin, async (t, by) => await t.OfAgentAsync(agent => t.Agents.RevokeAsync(agent, by, default))),
        new("SignInLinks.CreateAsync", Role.Admin, (t, by) => SaidAsync(() => t._app.Get<SignInLinks>().CreateAsync("opr_test", by, default))),
        new("PasskeyDirectory.RemoveAsync", Role.Admin, async (t, by) => Unless(await SaidAsync(() => Given(t._app.Get<PasskeyDirectory>().RemoveAsync("opr_test", "00", by, default))), "no such passkey")),
        new("PasskeyDirectory.RenameAsync", Role.Viewer, async (t, by) => Unless(await SaidAsync(() => Given(t._app.Get<PasskeyDirectory>().RenameAsync("00", "x", by, default))), "no such passkey")),
    ];

    private OperatorDirectory People => _app.Get<OperatorDirectory>();

    private AgentDirectory Agents => _app.Get<AgentDirectory>();

    /// <summary>Done to an agent of its own.</summary>
    private async Task<string?> OfAgentAsync<T>(Func<string, Task<T>> act)
    {
        var agent = (await Agents.AddAsync($"a-{Guid.NewGuid():N}", null, OperatorDirectory.CommandLine, default)).Agent;
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
        catch (IdentityRefusedException refused)
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
