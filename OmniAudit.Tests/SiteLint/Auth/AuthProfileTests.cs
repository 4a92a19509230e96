using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Auth;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.SiteLint.Auth;

/// <summary>Stored sign-ins, without a browser.</summary>
public sealed class AuthProfileTests : IAsyncLifetime
{
    private static readonly Dictionary<string, string> Cookie = new() { ["cookie:sid"] = "first-value" };
    private ScanWorld _world = null!;

    private AuthProfiles Profiles => _world.Get<AuthProfiles>();

    public async Task InitializeAsync()
    {
        _world = await ScanWorld.StartAsync(["app.test:8080"]);
        await People.AddAsync(_world.Get<Database>(), TestApp.Approver, "", Role.Admin);
    }

    public Task DisposeAsync() => _world.DisposeAsync().AsTask();

    private static AuthShape Shape(string origin = "http://app.test:8080") => new([origin]) { Cookies = ["sid"] };

    [Fact]
    public async Task Profile_ItsLife_LeavesATrailAndNoSecret()
    {
        var added = await Profiles.AddAsync("shop", Shape("HTTP://App.test:8080/"), Cookie, TestApp.Approver, default);
        Assert.StartsWith("aup_", added.ProfileId, StringComparison.Ordinal);
        Assert.Equal(["http://app.test:8080"], added.Shape.Origins);
        Assert.Equal("first-value", (await Profiles.OpenAsync(added.ProfileId, default))!.Secret("cookie:sid"));

        await Profiles.ReplaceSecretsAsync(added.ProfileId, new Dictionary<string, string> { ["cookie:sid"] = "second-value" }, TestApp.Approver, default);
        Assert.Equal("second-value", (await Profiles.OpenAsync(added.ProfileId, default))!.Secret("cookie:sid"));
        Assert.Equal(["shop"], (await Profiles.ListAsync(default)).Select(p => p.Name));
        Assert.Equal(1, await SecretsAsync());

        await Profiles.RemoveAsync(added.ProfileId, TestApp.Approver, default);
        Assert.Null(await Profiles.FindAsync("shop", default));
        Assert.Null(await Profiles.OpenAsync(added.ProfileId, default));
        Assert.Equal(0, await SecretsAsync());
        Assert.Equal(
            ["auth profile deleted", "auth profile: new value of cookie:sid", "auth profile added for http://app.test:8080; secrets: cookie:sid"],
            (await Profiles.HistoryAsync(added.ProfileId, default)).Select(c => c.What));
        Assert.All(await Profiles.HistoryAsync(added.ProfileId, default), c => Assert.Equal("Ada", c.ByName));
    }

    [Fact]
    public async Task Profile_WhatItMayNotBe_IsRefusedNamingTheField()
    {
        var login = new AuthLogin("http://app.test:8080/login", [new AuthStep("fill", "#p", Secret: "password"), new AuthStep("click", "button")]);
        foreach (var (name, shape, secrets, words) in new (string, AuthShape, Dictionary<string, string>, string)[]
        {
            ("No Name", Shape(), Cookie, "name: 'No Name'"),
            ("a", Shape("app.test"), Cookie, "origins: 'app.test'"),
            ("a", Shape("http://app.test:8080/path"), Cookie, "must end after the host"),
            ("a", new AuthShape([]), [], "origins: must have 1 to 5"),
            ("a", new AuthShape(["http://app.test:8080"]), [], "has nothing to sign in with"),
            ("a", Shape() with { Cookies = ["a b"] }, Cookie, "cookies: 'a b'"),
            ("a", Shape() with { Cookies = [], Headers = ["Host"] }, new() { ["header:Host"] = "evil.test" }, "headers: 'Host'"),
            ("a", Shape() with { Headers = ["Authorization"], BasicUser = "ada" }, [], "exclude each other"),
            ("a", Shape(), [], "secrets: 'cookie:sid' has no value"),
            ("a", Shape(), new(Cookie) { ["other"] = "value" }, "secrets: 'other' is used nowhere"),
            ("a", Shape(), new() { ["cookie:sid"] = "abc" }, "must have 4 to 8192"),
            ("a", Shape(), new() { ["cookie:sid"] = "a;b=cc" }, "characters that cookies cannot"),
            ("a", new AuthShape(["http://app.test:8080"]) { Headers = ["X-Key"] }, new() { ["header:X-Key"] = "one\r\nX-Evil: two" }, "line breaks"),
            ("a", new AuthShape(["http://app.test:8080"]) { Login = login with { Url = "http://evil.test/login" } }, new() { ["password"] = "hunter22" }, "login url: must be on one of the origins"),
            ("a", new AuthShape(["http://app.test:8080"]) { Login = login with { Steps = [new AuthStep("type", "#p")] } }, [], "login step 1: must be fill, click or wait"),
            ("a", new AuthShape(["http://app.test:8080"]) { Login = login with { Steps = [new AuthStep("fill", "#p")] } }, [], "login step 1: needs either a value or the name of a secret"),
        })
        {
            var refused = await Assert.ThrowsAsync<IdentityRefusedException>(() => Profiles.AddAsync(name, shape, secrets, TestApp.Approver, default));
            Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        }
        await Profiles.AddAsync("a", Shape(), Cookie, TestApp.Approver, default);
        Assert.Contains("already", (await Assert.ThrowsAsync<IdentityRefusedException>(() => Profiles.AddAsync("a", Shape(), Cookie, TestApp.Approver, default))).Message, StringComparison.Ordinal);
        Assert.Equal(1, await SecretsAsync());
    }

    [Fact]
    public async Task StartScan_WithAProfile_TakesItByNameOrIdAndOnlyForItsOrigins()
    {
        var profile = await Profiles.AddAsync("shop", Shape(), Cookie, TestApp.Approver, default, ["agent:test"]);
        await Profiles.AddAsync("other", Shape("http://other.test"), Cookie, TestApp.Approver, default, ["*"]);
        Task<ScanJobRef> StartAsync(string? name, string? id) => _world.Tool<StartScanTool>().RunAsync(
            new StartScanTool.Input { Url = "http://app.test:8080/x", Profile = "quick", ViewportSet = "desktop", AuthProfile = name, AuthProfileId = id }, ScanWorld.Call(), default);

        foreach (var (name, id) in new[] { ("shop", null), (null, profile.ProfileId), ("shop", profile.ProfileId), (profile.ProfileId, null) })
        {
            var job = (await _world.Jobs.FindAsync((await StartAsync(name, id)).JobId, default))!;
            Assert.Contains($"\"auth_profile_id\":\"{profile.ProfileId}\"", job.ArgumentsJson, StringComparison.Ordinal);
            Assert.DoesNotContain("first-value", job.ArgumentsJson, StringComparison.Ordinal);
        }
        Assert.Equal("auth_profile: the profile 'other' is for http://other.test, not for http://app.test:8080. Choose another, or leave it out.",
            (await Assert.ThrowsAsync<ToolRefusedException>(() => StartAsync("other", null))).Message);
        Assert.Contains("another profile", (await Assert.ThrowsAsync<ToolRefusedException>(() => StartAsync("other", profile.ProfileId))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Profile_OpenToAgents_AdmitsThoseAndEveryPersonAndSchedule()
    {
        var now = TimeProvider.System.GetUtcNow();
        await _world.Get<Database>().WriteAsync(db => { db.Add(new AgentRow { AgentId = "agt_1", Name = "release-bot", KeyHash = "1", CreatedAt = now }); return Task.CompletedTask; }, default);
        var profile = await Profiles.AddAsync("shop", Shape(), Cookie, TestApp.Approver, default);
        var (bot, impostor) = (new Actor(ActorKind.Agent, "agent:agt_1", "release-bot"), new Actor(ActorKind.Agent, "agent:oauth:77", "release-bot"));
        Task<ScanJobRef> StartAsync(Actor by) => _world.Tool<StartScanTool>().RunAsync(
            new StartScanTool.Input { Url = "http://app.test:8080/", Profile = "quick", ViewportSet = "desktop", AuthProfile = "shop" }, ScanWorld.Call() with { Actor = by }, default);
        async Task<string> RefusedAsync(Actor by)
        {
            var refused = await Assert.ThrowsAsync<ToolRefusedException>(() => StartAsync(by));
            Assert.Equal(("not_allowed", "auth_profile"), (refused.Code, refused.Field));
            return refused.Message;
        }

        Assert.Empty(profile.Agents);
        Assert.Equal("auth_profile: the profile 'shop' is not open to agent release-bot. An admin names the agents that may use it under Auth profiles; leave it out to scan without a sign-in.", await RefusedAsync(bot));
        await StartAsync(TestApp.Approver);
        await StartAsync(new Actor(ActorKind.System, "schedule:sch_1", "schedule nightly"));

        Assert.Equal([new ProfileAgent("agent:agt_1", "release-bot")], (await Profiles.SetAgentsAsync(profile.ProfileId, [" release-bot ", "agt_1"], TestApp.Approver, default)).Agents);
        await StartAsync(bot);
        await RefusedAsync(impostor);
        await Profiles.SetAgentsAsync(profile.ProfileId, ["release-bot", "*"], TestApp.Approver, default);
        await StartAsync(impostor);
        await Profiles.SetAgentsAsync(profile.ProfileId, ["default", "agent:oauth:77"], TestApp.Approver, default);
        Assert.Equal(["agent:default", "agent:oauth:77"], (await Profiles.FindAsync("shop", default))!.Agents.Select(a => a.Subject));
        await Profiles.SetAgentsAsync(profile.ProfileId, [], TestApp.Approver, default);
        await RefusedAsync(bot);

        var unknown = await Assert.ThrowsAsync<IdentityRefusedException>(() => Profiles.SetAgentsAsync(profile.ProfileId, ["nobody"], TestApp.Approver, default));
        Assert.StartsWith("agents: there is no agent 'nobody'.", unknown.Message, StringComparison.Ordinal);
        Assert.Contains("auth profile: open to all agents", (await Profiles.HistoryAsync(profile.ProfileId, default)).Select(c => c.What));
    }

    [Fact]
    public void SignIn_SendsItsSecretsToItsOriginOnlyAndTakesThemOutOfTexts()
    {
        var signIn = new SignIn(
            new AuthProfile("aup_1", "a", new AuthShape(["https://app.test"]) { Headers = ["X-Key"], Cookies = ["sid"], BasicUser = "ada" }, default, default),
            new Dictionary<string, string> { ["header:X-Key"] = "k\"ey/1&2", ["cookie:sid"] = "sid-value", ["basic"] = "pass word" });

        Assert.Equal([("X-Key", "k\"ey/1&2"), ("Authorization", "Basic YWRhOnBhc3Mgd29yZA==")], signIn.HeadersFor("https://app.test/x?y"));
        Assert.Equal("sid=sid-value", signIn.CookiesFor("https://app.test/"));
        foreach (var foreign in new[] { "http://app.test/", "https://app.test:8443/", "https://www.app.test/", "https://app.test.evil.test/", "https://evil.test/?https://app.test/", "https://app.test@evil.test/", "nonsense" })
        {
            Assert.Empty(signIn.HeadersFor(foreign));
            Assert.Null(signIn.CookiesFor(foreign));
        }
        signIn.Learn("https://app.test", [("sid", "a-much-longer-session"), ("theme", "dark")]);
        Assert.Equal("sid=a-much-longer-session; theme=dark", signIn.CookiesFor("https://app.test/"));
        Assert.Equal(
            "[secret] [secret] [secret] [secret] [secret] [secret] dark a-much-longer",
            signIn.Redact("k\"ey/1&2 k%22ey%2F1%262 k&quot;ey/1&amp;2 pass+word YWRhOnBhc3Mgd29yZA== a-much-longer-session dark a-much-longer"));
    }

    private Task<int> SecretsAsync() => _world.Get<Database>().ReadAsync(db => db.Set<SecretRow>().CountAsync(s => s.Name.StartsWith("auth-profile/")), default);
}
