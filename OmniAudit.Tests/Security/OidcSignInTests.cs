using System.Net;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.Clients;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Security;

/// <summary>Console sign-in at a real provider, step by step.</summary>
public sealed class OidcSignInTests(ProviderWorld world) : IClassFixture<ProviderWorld>, IAsyncLifetime
{
    private readonly OidcProvider _provider = world.Provider;
    private readonly TestApp _app = world.App;
    private readonly string _ada = "ada-" + Guid.NewGuid().ToString("N")[..8];

    public async Task InitializeAsync()
    {
        await _provider.TwistAsync(null);
        await _provider.UserAsync(_ada, "Ada Lovelace", "omni-approvers", "Security", "not a group!", "admins");
        await _provider.UserAsync("mallory", "Mallory", "some-others");
    }

    public Task DisposeAsync() => _provider.TwistAsync(null);

    private Task<OperatorInfo?> FindAsync(string name) => _app.Get<OperatorDirectory>().FindAsync(name, CancellationToken.None);

    private static string Problem(string name, string returnUrl = "&returnUrl=%2Fapprovals") => $"/signin?problem={name}{returnUrl}";

    [Fact]
    public async Task SignIn_TheFirstTime_AddsAnOperatorWithRoleAndGroups()
    {
        using var person = new ProviderVisitor(_app);
        Assert.Equal("/approvals?state=all", await person.SignInAsync(_ada, "/approvals?state=all"));
        Assert.Equal(HttpStatusCode.OK, (await person.OpenAsync("/approvals")).Status);

        var ada = (await FindAsync(_ada))!;
        Assert.Equal((Role.Approver, "omni-approvers,security", "Ada Lovelace", _provider.Issuer, false), (ada.Role, ada.Groups, ada.DisplayName, ada.Issuer, ada.HasPassword));
        Assert.Contains("omniaudit-console", person.Cookies.Keys);
        Assert.DoesNotContain(person.Cookies.Keys, c => c.StartsWith("omniaudit-oidc", StringComparison.Ordinal));
        // Somebody whom the provider can shut out has no second key to the door.
        await Assert.ThrowsAsync<IdentityRefusedException>(() => _app.Get<OperatorDirectory>().SetPasswordAsync(ada.OperatorId, "a long enough sentence", CancellationToken.None));
    }

    [Fact]
    public async Task SignIn_WithTheNameOfAnAccountHere_IsSomebodyElse()
    {
        var local = await _app.Get<OperatorDirectory>().AddAsync(_ada, "Ada of this server", CancellationToken.None);
        using var person = new ProviderVisitor(_app);
        await person.SignInAsync(_ada);

        var still = (await FindAsync(_ada))!;
        Assert.Equal((local.OperatorId, null, null, local.DisplayName, local.SecurityStamp), (still.OperatorId, still.Issuer, still.LastSignInAt, still.DisplayName, still.SecurityStamp));
        Assert.Equal((_provider.Issuer, "Ada Lovelace"), ((await FindAsync(_ada + "-2"))!.Issuer, (await FindAsync(_ada + "-2"))!.DisplayName));
    }

    [Fact]
    public async Task SignIn_AfterAChangeAtTheProvider_HasTheNewRoleAndEndsOtherSessions()
    {
        using var before = new ProviderVisitor(_app);
        await before.SignInAsync(_ada);
        var first = (await FindAsync(_ada))!;
        await _provider.UserAsync(_ada, "Ada King", "omni-viewers");

        // Until the next sign-in nothing is different.
        Assert.Equal(HttpStatusCode.OK, (await before.OpenAsync("/approvals")).Status);
        using var after = new ProviderVisitor(_app);
        Assert.Equal("/approvals", await after.SignInAsync(_ada));

        var second = (await FindAsync(_ada))!;
        Assert.Equal((first.OperatorId, Role.Viewer, "omni-viewers", "Ada King"), (second.OperatorId, second.Role, second.Groups, second.DisplayName));
        Assert.Equal(HttpStatusCode.Redirect, (await before.OpenAsync("/approvals")).Status);
        Assert.Equal(HttpStatusCode.OK, (await after.OpenAsync("/approvals")).Status);
        // Again, with nothing changed: both sessions hold.
        using var third = new ProviderVisitor(_app);
        await third.SignInAsync(_ada);
        Assert.Equal(HttpStatusCode.OK, (await after.OpenAsync("/approvals")).Status);
    }

    [Fact]
    public async Task SignIn_AsAdmin_IsInTheGroupThatMayChangeRules()
    {
        await _provider.UserAsync("grace", "Grace", "omni-admins", "omni-approvers");
        using var person = new ProviderVisitor(_app);
        await person.SignInAsync("grace");
        var grace = (await FindAsync("grace"))!;
        Assert.Equal((Role.Admin, true), (grace.Role, grace.IsIn(OperatorDirectory.Admins)));
    }

    [Fact]
    public async Task SignIn_WithoutAGroupThatHasARole_IsRefusedAndSaysWhichHaveOne()
    {
        using var person = new ProviderVisitor(_app);
        var at = await person.SignInAsync("mallory");

        Assert.Equal(Problem("norole"), at);
        var page = await person.OpenAsync(at);
        Assert.Contains("omni-admins (admin), omni-approvers (approver), omni-viewers (viewer)", page.Body, StringComparison.Ordinal);
        Assert.Contains("/signin/oidc/start?returnUrl=%2Fapprovals", page.Body, StringComparison.Ordinal);
        Assert.Null(await FindAsync("mallory"));
        Assert.Equal(HttpStatusCode.Redirect, (await person.OpenAsync("/approvals")).Status);
    }

    [Fact]
    public async Task SignIn_OfADisabledOperator_IsRefused()
    {
        using var person = new ProviderVisitor(_app);
        await person.SignInAsync(_ada);
        await _app.Get<OperatorDirectory>().DisableAsync((await FindAsync(_ada))!.OperatorId, CancellationToken.None);

        Assert.Equal(HttpStatusCode.Redirect, (await person.OpenAsync("/approvals")).Status);
        Assert.Equal(Problem("disabled"), await person.SignInAsync(_ada));
        Assert.NotNull((await FindAsync(_ada))!.DisabledAt);
    }

    [Fact]
    public async Task SignIn_Cancelled_SaysSoAndKeepsTheWay()
    {
        using var person = new ProviderVisitor(_app);
        var at = await person.SignInAsync(null);
        Assert.Equal(Problem("denied"), at);
        Assert.DoesNotContain("<b>no</b>", (await person.OpenAsync(at)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callback_LateForeignOrAgain_IsRefused()
    {
        await using var app = await world.StartAsync();
        using var person = new ProviderVisitor(app);
        var late = await person.BeginAsync(_ada);
        app.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(Problem("stale", ""), await person.EndAsync(late));

        using var victim = new ProviderVisitor(app);
        var stolen = await person.BeginAsync(_ada);
        Assert.Equal(Problem("stale", ""), await victim.EndAsync(stolen));

        // Used up, once from this browser without its cookie, once with the cookie put back.
        var kept = new Dictionary<string, string>(person.Cookies);
        Assert.Equal("/approvals", await person.EndAsync(stolen));
        Assert.Equal(Problem("stale", ""), await person.EndAsync(stolen));
        foreach (var (name, value) in kept) victim.Cookies[name] = value;
        Assert.Equal(Problem("coderefused"), await victim.EndAsync(stolen));
    }

    [Theory]
    [InlineData("state=x")]
    [InlineData("")]
    [InlineData("error=access_denied&state=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("code=c&state=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&state=b")]
    public async Task Callback_OutOfNowhere_IsRefused(string query)
    {
        using var person = new ProviderVisitor(_app);
        Assert.Equal(Problem("stale", ""), await person.EndAsync(new Uri(_app.Url, "/signin/oidc?" + query)));
    }

    [Fact]
    public async Task Callback_Spoiled_IsRefused()
    {
        using var person = new ProviderVisitor(_app);
        var callback = await person.BeginAsync(_ada);
        Assert.Contains("iss=", callback.Query, StringComparison.Ordinal);
        foreach (var (spoiled, problem) in new[]
        {
            (callback.ToString().Replace("iss=http", "iss=https", StringComparison.Ordinal), "tokenrefused"),
            (callback.ToString().Replace("&iss=", "&was=", StringComparison.Ordinal), "tokenrefused"),
            (callback.ToString().Replace("code=", "code=x", StringComparison.Ordinal), "coderefused"),
            (callback.ToString().Replace("code=", "kode=", StringComparison.Ordinal), "providererror"),
        })
        {
            var kept = new Dictionary<string, string>(person.Cookies);
            Assert.Equal(Problem(problem), await person.EndAsync(new Uri(spoiled)));
            foreach (var (name, value) in kept) person.Cookies[name] = value;
        }
        Assert.Equal("/approvals", await person.EndAsync(callback));
    }

    [Theory]
    [InlineData("""{"nonce":"another"}""")]
    [InlineData("""{"drop":["nonce"]}""")]
    [InlineData("""{"aud":"somebody-else"}""")]
    [InlineData("""{"aud":["console","somebody-else"]}""")]
    [InlineData("""{"azp":"somebody-else"}""")]
    [InlineData("""{"iss":"https://other.example"}""")]
    [InlineData("""{"exp":1000}""")]
    [InlineData("""{"drop":["exp"]}""")]
    [InlineData("""{"drop":["iat"]}""")]
    [InlineData("""{"drop":["sub"]}""")]
    [InlineData("""{"at_hash":"AAAAAAAAAAAAAAAAAAAAAA"}""")]
    [InlineData("""{"header":{"kid":"elsewhere"}}""")]
    public async Task IdToken_ThatSaysSomethingWrong_LetsNobodyIn(string twist)
    {
        using var person = new ProviderVisitor(_app);
        await _provider.TwistAsync((JsonObject)JsonNode.Parse(twist)!);
        Assert.Equal(Problem("tokenrefused"), await person.SignInAsync(_ada));
        await _provider.TwistAsync(null);
        Assert.Null(await FindAsync(_ada));
        Assert.Equal(HttpStatusCode.Redirect, (await person.OpenAsync("/approvals")).Status);
    }

    /// <summary>What the userinfo endpoint says about somebody else gives nobody a role.</summary>
    [Fact]
    public async Task UserInfo_OfAnotherPerson_CountsForNothing()
    {
        using var person = new ProviderVisitor(_app);
        await _provider.TwistAsync(new JsonObject { ["sub"] = "eve" });
        Assert.Equal(Problem("norole"), await person.SignInAsync(_ada));

        await _provider.TwistAsync(new JsonObject { ["sub"] = "eve", ["groups"] = new JsonArray("omni-viewers") });
        Assert.Equal("/approvals", await person.SignInAsync(_ada));
        Assert.Equal(Role.Viewer, (await FindAsync("eve"))!.Role);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example")]
    public async Task SignIn_WithAForeignReturnAddress_StaysHere(string returnUrl)
    {
        using var person = new ProviderVisitor(_app);
        Assert.Equal("/ui", await person.SignInAsync(_ada, returnUrl));
    }

    [Fact]
    public async Task Session_AfterARestart_Holds_AndEndsAfterEightHoursOfUse()
    {
        var data = Directory.CreateTempSubdirectory("omniaudit-oidc-").FullName;
        try
        {
            var app = await world.StartAsync(data);
            using var person = new ProviderVisitor(app);
            await person.SignInAsync(_ada);
            var cookies = new Dictionary<string, string>(person.Cookies);
            await app.DisposeAsync();

            await using var again = await world.StartAsync(data);
            using var later = new ProviderVisitor(again);
            foreach (var (name, value) in cookies) later.Cookies[name] = value;
            Assert.Equal(HttpStatusCode.OK, (await later.OpenAsync("/approvals")).Status);
            again.Time.Advance(TimeSpan.FromHours(5));
            Assert.Equal(HttpStatusCode.OK, (await later.OpenAsync("/approvals")).Status);
            again.Time.Advance(TimeSpan.FromHours(3.1));
            Assert.Equal(HttpStatusCode.Redirect, (await later.OpenAsync("/approvals")).Status);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task Provider_Down_LeavesTheOtherWayIn()
    {
        await _provider.DownAsync();
        await using var app = await TestApp.StartAsync(_provider.ForConsole);
        using var person = new ProviderVisitor(app);
        try
        {
            var at = await person.SignInAsync(_ada);
            Assert.Equal(Problem("unavailable"), at);
            var page = await person.OpenAsync(at);
            Assert.Contains("Test ID cannot be reached", page.Body, StringComparison.Ordinal);
            Assert.Contains("name=\"Form.Password\"", page.Body, StringComparison.Ordinal);
        }
        finally
        {
            await _provider.UpAsync();
        }
        await _provider.RegisterAsync(app.Url);
        app.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("/approvals", await person.SignInAsync(_ada));
    }

    [Fact]
    public async Task SignInPage_WithoutAProvider_HasNoSuchWay()
    {
        await using var app = await TestApp.StartAsync();
        using var person = new ProviderVisitor(app);
        Assert.DoesNotContain("/signin/oidc", (await person.OpenAsync("/signin?problem=norole")).Body, StringComparison.Ordinal);
        foreach (var path in new[] { "/signin/oidc/start", "/signin/oidc?code=x&state=y", "/signin/oidc/out" }) Assert.Equal(HttpStatusCode.NotFound, (await person.OpenAsync(path)).Status);
    }
}
