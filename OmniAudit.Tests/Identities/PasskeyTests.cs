using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Identities;

/// <summary>Passkeys over HTTP, with an authenticator in software that can also misbehave.</summary>
public sealed class PasskeyTests : IAsyncLifetime
{
    private readonly SoftPasskey _key = new();
    private TestApp _app = null!;
    private OperatorInfo _jane = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync();
        _jane = await _app.Get<OperatorDirectory>().AddAsync("jane", "Jane", CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        _key.Dispose();
        await _app.DisposeAsync();
    }

    private string Origin => $"http://localhost:{_app.Url.Port}";

    /// <summary>A browser of its own; signed in when a user name is given.</summary>
    private sealed record Browser(HttpClient Http, CookieContainer Cookies, string Origin) : IDisposable
    {
        public async Task<(HttpStatusCode Status, JsonElement Said)> PostAsync(string path, JsonNode body, string? origin = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), Headers = { { "Origin", origin ?? Origin } } };
            using var answer = await Http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            return (answer.StatusCode, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default);
        }

        public async Task<JsonElement> OptionsAsync(string path) => (await PostAsync(path + "/options", new JsonObject())) is { Status: HttpStatusCode.OK } answer ? answer.Said : throw new InvalidOperationException(path);

        public void Dispose() => Http.Dispose();
    }

    private async Task<Browser> OpenAsync(string? userName = null)
    {
        var cookies = new CookieContainer();
        if (userName is not null) await SignInAsync(cookies, userName);
        return new Browser(new HttpClient(new SocketsHttpHandler { CookieContainer = cookies, AllowAutoRedirect = false }) { BaseAddress = new Uri(Origin) }, cookies, Origin);
    }

    private async Task SignInAsync(CookieContainer cookies, string userName)
    {
        var pair = (await ConsoleCookie.ForAsync(_app.Services, userName)).Split('=', 2);
        cookies.Add(new Uri(Origin), new Cookie(pair[0], pair[1], "/"));
    }

    private async Task RegisterAsync(string name = "Phone")
    {
        using var browser = await OpenAsync("jane");
        var made = _key.Create(await browser.OptionsAsync("/account/passkeys"), Origin);
        var (status, said) = await browser.PostAsync("/account/passkeys", new JsonObject { ["credential"] = made, ["name"] = name });
        Assert.True(status == HttpStatusCode.OK, said.ToString());
    }

    /// <summary>One sign-in in a new browser: the status, what was said, and whether the console opens.</summary>
    private async Task<(HttpStatusCode Status, string Said, bool In)> SignInAsync(Func<JsonObject, JsonObject>? change = null, string? claimed = null)
    {
        using var browser = await OpenAsync();
        var credential = _key.Get(await browser.OptionsAsync("/signin/passkey"), claimed ?? Origin);
        var (status, said) = await browser.PostAsync("/signin/passkey", new JsonObject { ["credential"] = change?.Invoke(credential) ?? credential, ["returnUrl"] = "/account" });
        using var page = await browser.Http.GetAsync("/account");
        return (status, said.ToString(), page.StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task SignIn_ByARegisteredPasskey_OpensTheConsoleWithoutAPassword()
    {
        await RegisterAsync();
        _key.Count = 2;
        Assert.Equal((HttpStatusCode.OK, """{"url":"/account"}""", true), await SignInAsync());
        var passkey = Assert.Single(await _app.Get<PasskeyDirectory>().ListAsync(_jane.OperatorId, CancellationToken.None));
        Assert.Equal(("Phone", false, true), (passkey.Name, passkey.IsSynced, passkey.LastUsedAt is not null));
        Assert.Contains(await _app.Get<OperatorDirectory>().ChangesAsync(_jane.OperatorId, 10, CancellationToken.None), c => c.What == "passkey 'Phone' added" && c.ByName == "Jane");
    }

    [Fact]
    public async Task SignIn_CountWentBackOrNobodyVerified_IsRefused()
    {
        await RegisterAsync();
        _key.Count = 7;
        Assert.True((await SignInAsync()).In);
        Assert.Equal((HttpStatusCode.BadRequest, false), (await SignInAsync()) is var same ? (same.Status, same.In) : default); // the same count again: a copy of the key
        _key.Count = 3;
        Assert.False((await SignInAsync()).In);
        (_key.Count, _key.Verifies) = (20, false);
        Assert.False((await SignInAsync()).In);
        _key.Verifies = true;
        Assert.True((await SignInAsync()).In);
    }

    [Fact]
    public async Task SignIn_DisabledOrRemoved_IsRefused()
    {
        await RegisterAsync();
        _key.Count = 2;
        await _app.Get<OperatorDirectory>().DisableAsync(_jane.OperatorId, CancellationToken.None);
        Assert.Equal(HttpStatusCode.BadRequest, (await SignInAsync()).Status);
        await _app.Get<OperatorDirectory>().EnableAsync(_jane.OperatorId, CancellationToken.None);
        Assert.True((await SignInAsync()).In);
        var passkey = Assert.Single(await _app.Get<PasskeyDirectory>().ListAsync(_jane.OperatorId, CancellationToken.None));
        await _app.Get<PasskeyDirectory>().RemoveAsync(_jane.OperatorId, passkey.Id, _jane.Actor, CancellationToken.None);
        _key.Count = 30;
        Assert.False((await SignInAsync()).In);
    }

    [Fact]
    public async Task SignIn_ForgedOrFromElsewhere_IsRefused()
    {
        await RegisterAsync();
        _key.Count = 2;
        Assert.False((await SignInAsync(claimed: "https://evil.example")).In);
        Assert.False((await SignInAsync(c => { c["response"]!["signature"] = "MEQCIAAA"; return c; })).In);
        Assert.False((await SignInAsync(c => { c["response"]!["userHandle"] = "b3ByX25vYm9keQ"; return c; })).In);
        Assert.Equal(HttpStatusCode.BadRequest, (await SignInAsync(_ => new JsonObject { ["id"] = 7 })).Status);
        using var browser = await OpenAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync("/signin/passkey/options", new JsonObject(), "https://evil.example")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync("/signin/passkey", new JsonObject())).Status);
        using var byAddress = new Browser(new HttpClient { BaseAddress = _app.Url }, new CookieContainer(), _app.Url.ToString().TrimEnd('/'));
        Assert.Contains("localhost", (await byAddress.PostAsync("/signin/passkey/options", new JsonObject())).Said.ToString(), StringComparison.Ordinal);
        Assert.True((await SignInAsync()).In);
    }

    /// <summary>A challenge is for one browser, one answer and five minutes.</summary>
    [Fact]
    public async Task Challenge_ReplayedForgedForeignOrExpired_IsRefused()
    {
        await RegisterAsync();
        using var browser = await OpenAsync();
        async Task<HttpStatusCode> AnswerAsync(Browser by, JsonObject credential) => (await by.PostAsync("/signin/passkey", new JsonObject { ["credential"] = credential.DeepClone() })).Status;

        _key.Count = 2;
        var first = _key.Get(await browser.OptionsAsync("/signin/passkey"), Origin);
        var cookie = browser.Cookies.GetCookies(new Uri(Origin))["omniaudit-passkey"]!.Value;
        Assert.Equal(HttpStatusCode.OK, await AnswerAsync(browser, first));
        _key.Count = 3;
        using var thief = await OpenAsync();
        thief.Cookies.Add(new Uri(Origin), new Cookie("omniaudit-passkey", cookie, "/"));
        Assert.Equal(HttpStatusCode.BadRequest, await AnswerAsync(thief, first)); // answered already

        using var forger = await OpenAsync();
        forger.Cookies.Add(new Uri(Origin), new Cookie("omniaudit-passkey", "Zm9yZ2Vk", "/"));
        Assert.Equal(HttpStatusCode.BadRequest, await AnswerAsync(forger, first));
        using var stranger = await OpenAsync();
        Assert.Equal(HttpStatusCode.BadRequest, await AnswerAsync(stranger, _key.Get(await browser.OptionsAsync("/signin/passkey"), Origin))); // another browser's

        var late = _key.Get(await browser.OptionsAsync("/signin/passkey"), Origin);
        _app.Time.Advance(PasskeyDirectory.Lifetime);
        Assert.Equal(HttpStatusCode.BadRequest, await AnswerAsync(browser, late));
    }

    [Fact]
    public async Task Registration_WithAnothersChallengeOrWithoutASession_IsRefused()
    {
        using var browser = await OpenAsync("jane");
        var made = _key.Create(await browser.OptionsAsync("/account/passkeys"), Origin);
        await SignInAsync(browser.Cookies, "mallory");
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync("/account/passkeys", new JsonObject { ["credential"] = made })).Status);
        using var nobody = await OpenAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await nobody.PostAsync("/account/passkeys/options", new JsonObject())).Status);
        Assert.Empty(await _app.Get<PasskeyDirectory>().CountAsync(CancellationToken.None));
    }
}
