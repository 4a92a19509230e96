using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Tests.Clients;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Security;

/// <summary>Access tokens on /mcp, by a real issuer.</summary>
public sealed class BearerTokenTests(ProviderWorld world) : IClassFixture<ProviderWorld>
{
    private readonly OidcProvider _provider = world.Provider;
    private readonly TestApp _app = world.App;
    private readonly string _sub = "ada-" + Guid.NewGuid().ToString("N");

    private string Audience => new Uri(_app.Url, "/mcp").ToString();

    private static McpMessage Read() => McpMessage.Call("probe.read_note");

    private static McpMessage Bearing(McpMessage message, string token) => message.With(m => m.Headers["Authorization"] = "Bearer " + token);

    /// <summary>A token that is good until a test spoils something.</summary>
    private JsonObject Payload(string scope = "omniaudit:read omniaudit:write")
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        return new JsonObject { ["iss"] = _provider.Issuer, ["sub"] = _sub, ["client_id"] = "cli", ["aud"] = Audience, ["scope"] = scope, ["iat"] = now, ["exp"] = now + 300, ["jti"] = Guid.NewGuid().ToString() };
    }

    [Fact]
    public async Task Call_WithATokenOfTheIssuer_IsThatClientsAndRecorded()
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, _provider.Issuer + "/token")
        {
            Headers = { { "Authorization", "Basic " + Convert.ToBase64String("agent:agent-secret"u8) } },
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["scope"] = "omniaudit:read", ["resource"] = Audience }),
        };
        using var granted = await http.SendAsync(request);
        var token = JsonDocument.Parse(await granted.Content.ReadAsStringAsync()).RootElement.GetProperty("access_token").GetString()!;

        Assert.Equal(HttpStatusCode.OK, (await Bearing(Read(), token).SendAsync(_app)).Status);

        var call = (await _app.Get<AuditQueries>().ListAsync(new CallFilter(Text: "oauth:agent"), CancellationToken.None))[0];
        Assert.Equal(("oauth:agent", "probe.read_note"), (call.ActorName, call.Tool));
        Assert.StartsWith("agent:oauth:", call.ActorSubject, StringComparison.Ordinal);
    }

    /// <summary>The npm SDK's client finds its way from the refusal to a token by itself.</summary>
    [Fact]
    public async Task NpmClient_WithoutAKey_FindsTheIssuerAndCalls()
    {
        var start = new ProcessStartInfo("node", [OidcProvider.Script("oauth.mjs"), Audience, _provider.Issuer]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync();
        var line = await node.StandardOutput.ReadLineAsync().WaitAsync(Eventually.Patience);
        await node.WaitForExitAsync().WaitAsync(Eventually.Patience);

        Assert.True(line is not null, await errors);
        var got = JsonDocument.Parse(line).RootElement;
        Assert.True(got.GetProperty("tools").GetInt32() > 8);
        Assert.Equal(("ok", "omniaudit:read omniaudit:write"), (got.GetProperty("status").GetString(), got.GetProperty("scope").GetString()));
    }

    [Theory]
    [InlineData("/.well-known/oauth-protected-resource")]
    [InlineData("/.well-known/oauth-protected-resource/mcp")]
    public async Task Metadata_WithOAuth_NamesResourceIssuerAndScopes(string path)
    {
        var told = JsonDocument.Parse(await _app.Http.GetStringAsync(path)).RootElement;

        Assert.Equal(Audience, told.GetProperty("resource").GetString());
        Assert.Equal([_provider.Issuer], told.GetProperty("authorization_servers").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal(["omniaudit:read", "omniaudit:write"], told.GetProperty("scopes_supported").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal(["header"], told.GetProperty("bearer_methods_supported").EnumerateArray().Select(v => v.GetString()));
    }

    [Fact]
    public async Task Call_WithoutAnything_IsToldWhereToGetAToken()
    {
        var answer = await Read().SendAsync(_app);

        answer.AssertRefused(HttpStatusCode.Unauthorized, -32600, "access token");
        Assert.Equal($"Bearer resource_metadata=\"{new Uri(_app.Url, "/.well-known/oauth-protected-resource/mcp")}\", scope=\"omniaudit:read omniaudit:write\"", answer.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData("""{"exp":-61}""", "expired")]
    [InlineData("""{"exp":null}""", "no end")]
    [InlineData("""{"nbf":120}""", "not valid before")]
    [InlineData("""{"iat":120}""", "issued in the future")]
    [InlineData("""{"aud":"https://other.example/mcp"}""", "audience")]
    [InlineData("""{"aud":null}""", "audience")]
    [InlineData("""{"iss":"https://other.example"}""", "another issuer")]
    [InlineData("""{"iss":null}""", "another issuer")]
    [InlineData("""{"sub":null}""", "names nobody")]
    [InlineData("""{"nonce":"n"}""", "id_token")]
    [InlineData("""{"at_hash":"h"}""", "id_token")]
    [InlineData("""{"typ":"ID"}""", "id_token")]
    public async Task Token_ThatSaysSomethingWrong_IsRefusedWithTheReason(string change, string reason)
    {
        AssertRefused(await SendAsync(Changed(change)), reason);
    }

    /// <summary>Signed by the right key, and yet nothing a reader may trip over.</summary>
    [Theory]
    [InlineData("exp", "\"soon\"")]
    [InlineData("exp", "1e300")]
    [InlineData("exp", "{}")]
    [InlineData("nbf", "[]")]
    [InlineData("iat", "\"x\"")]
    [InlineData("aud", "7")]
    [InlineData("aud", "[null,{}]")]
    [InlineData("iss", "[\"x\"]")]
    [InlineData("sub", "{}")]
    public async Task Token_WithClaimsOfTheWrongKind_IsRefused(string claim, string value) =>
        AssertRefused(await SendAsync(Payload().With(claim, JsonNode.Parse(value)!)), "The access token is refused");

    [Theory]
    [InlineData("""{"exp":-50}""")]
    [InlineData("""{"nbf":50}""")]
    [InlineData("""{"aud":["https://other.example","AUDIENCE"]}""")]
    public async Task Token_WithinTheSkewOrForSeveral_IsTaken(string change) => Assert.Equal(HttpStatusCode.OK, (await SendAsync(Changed(change))).Status);

    [Theory]
    [InlineData("JWT", true)]
    [InlineData("application/at+jwt", true)]
    [InlineData("logout+jwt", false)]
    [InlineData("dpop+jwt", false)]
    [InlineData("", false)]
    public async Task Token_OfAnotherType_IsRefused(string type, bool taken)
    {
        var answer = await Bearing(Read(), await _provider.SignAsync(Payload(), new JsonObject { ["typ"] = type })).SendAsync(_app);
        if (taken) Assert.Equal(HttpStatusCode.OK, answer.Status);
        else AssertRefused(answer, "type");
    }

    [Fact]
    public async Task Token_Forged_IsRefused()
    {
        var (kid, modulus) = await _provider.KeyAsync();
        var good = await _provider.SignAsync(Payload());
        var parts = good.Split('.');
        using var own = RSA.Create(2048);
        string Header(string json) => Base64UrlEncoder.Encode(json);
        string Signed(string header, string payload) => $"{header}.{payload}.{Base64UrlEncoder.Encode(own.SignData(Encoding.ASCII.GetBytes($"{header}.{payload}"), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
        string Hmac(string header, byte[] key) => $"{header}.{parts[1]}.{Base64UrlEncoder.Encode(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes($"{header}.{parts[1]}")))}";
        var rsa = Header($$"""{"alg":"RS256","typ":"at+jwt","kid":"{{kid}}"}""");
        var shared = Header($$"""{"alg":"HS256","typ":"at+jwt","kid":"{{kid}}"}""");
        var jwk = own.ExportParameters(false);
        var carried = Header($$"""{"alg":"RS256","typ":"at+jwt","jwk":{"kty":"RSA","n":"{{Base64UrlEncoder.Encode(jwk.Modulus)}}","e":"AQAB"} }""");
        foreach (var (token, reason) in new[]
        {
            (Signed(rsa, parts[1]), "signature"),
            (Signed(carried, parts[1]), "signature"),
            (Signed(Header("""{"alg":"RS256","typ":"at+jwt"}"""), parts[1]), "signature"),
            (Signed(Header("""{"alg":"RS256","typ":"at+jwt","kid":"elsewhere"}"""), parts[1]), "no such signing key"),
            ($"{rsa}.{parts[1]}.", "signature"),
            ($"{parts[0]}.{Base64UrlEncoder.Encode(Payload().With("sub", "admin").ToJsonString())}.{parts[2]}", "signature"),
            ($"{Header("""{"alg":"none","typ":"at+jwt"}""")}.{parts[1]}.", "algorithm"),
            (Hmac(shared, Base64UrlEncoder.DecodeBytes(modulus)), "algorithm"),
            (Hmac(shared, []), "algorithm"),
            (Header($$"""{"alg":"RS256","typ":"at+jwt","kid":"{{kid}}","crit":["x"],"x":1}""") + $".{parts[1]}.{parts[2]}", "crit"),
            ($"{parts[0]}.{parts[1]}", "no signed JWT"),
            ($"{parts[0]}.{parts[1]}.{parts[2]}.x.y", "no signed JWT"),
            ("eyJ.!!!.###", "no signed JWT"),
            ("ey..", "no signed JWT"),
            ($"{parts[0]}.{parts[1]}{new string('A', 17_000)}.{parts[2]}", "longer"),
        })
        {
            AssertRefused(await Bearing(Read(), token).SendAsync(_app), reason);
        }
        Assert.Equal(HttpStatusCode.OK, (await Bearing(Read(), good).SendAsync(_app)).Status);
        Assert.Single(await _app.Get<AuditQueries>().ListAsync(new CallFilter(Text: _sub), CancellationToken.None));
    }

    [Fact]
    public async Task Token_SentAnyOtherWay_IsRefused()
    {
        var token = await _provider.SignAsync(Payload());
        var inQuery = await Read().With(m => m.Path = "/mcp?access_token=" + token).SendAsync(_app);
        inQuery.AssertRefused(HttpStatusCode.BadRequest, -32600, "access_token");
        Assert.Contains("error=\"invalid_request\"", inQuery.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(token, inQuery.Body, StringComparison.Ordinal);

        (await Bearing(Read(), token).WithKey("oak_something").SendAsync(_app)).AssertRefused(HttpStatusCode.BadRequest, -32600, "X-Api-Key");

        // HttpClient would join the two.
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(_app.Url.Host, _app.Url.Port);
        await tcp.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /mcp HTTP/1.1\r\nHost: {_app.Url.Authority}\r\nAuthorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(tcp.GetStream());
        var answer = await reader.ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("Authorization: is there more than once", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_WithTheReadScope_ReadsAndIsToldWhichScopeAWriteNeeds()
    {
        var token = await _provider.SignAsync(Payload("openid omniaudit:read"));
        Assert.Equal(HttpStatusCode.OK, (await Bearing(Read(), token).SendAsync(_app)).Status);

        foreach (var name in new[] { "probe.write_note", "probe_write_note", "sitelint.start_scan" })
        {
            var refused = await Bearing(McpMessage.Call(name, new JsonObject { ["text"] = "x" }), token).SendAsync(_app);
            refused.AssertRefused(HttpStatusCode.Forbidden, -32600, "omniaudit:write");
            Assert.Equal(7, refused.Json.GetProperty("id").GetInt32());
            var challenge = refused.Headers.WwwAuthenticate.ToString();
            Assert.Contains("error=\"insufficient_scope\"", challenge, StringComparison.Ordinal);
            Assert.Contains("scope=\"omniaudit:read omniaudit:write\"", challenge, StringComparison.Ordinal);
        }
        // The older transport is no way around it.
        var messages = McpMessage.InSession(null, null, "tools/call", new JsonObject { ["name"] = "probe.write_note", ["arguments"] = new JsonObject { ["text"] = "x" } }).With(m => m.Path = "/mcp/messages/?session_id=s");
        (await Bearing(messages, token).SendAsync(_app)).AssertRefused(HttpStatusCode.Forbidden, -32600, "omniaudit:write");
        var calls = await _app.Get<AuditQueries>().ListAsync(new CallFilter(Text: _sub), CancellationToken.None);
        Assert.Equal((5, 4), (calls.Count, calls.Count(c => c is { Status: CallStatus.Refused, ErrorCode: "insufficient_scope" })));
    }

    [Fact]
    public async Task Token_WithTheWriteScope_AsksAndItsOtherClientCannotFollow()
    {
        var asked = (await Bearing(McpMessage.Call("probe.write_note", new JsonObject { ["text"] = "x" }), await _provider.SignAsync(Payload())).SendAsync(_app)).Result.GetProperty("structuredContent");
        Assert.Equal("requires_confirmation", asked.GetProperty("status").GetString());

        var follow = new JsonObject { ["text"] = "x", ["confirmation_token"] = asked.GetProperty("confirmation_token").GetString() };
        var other = await _provider.SignAsync(Payload().With("client_id", "another"));
        var answer = (await Bearing(McpMessage.Call("probe.write_note", (JsonObject)follow.DeepClone()), other).SendAsync(_app)).Result.GetProperty("structuredContent");
        Assert.Equal("unknown_token", answer.GetProperty("error").GetString());
        // A later token of the same client is the same agent.
        answer = (await Bearing(McpMessage.Call("probe.write_note", follow), await _provider.SignAsync(Payload())).SendAsync(_app)).Result.GetProperty("structuredContent");
        Assert.Equal("requires_confirmation", answer.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("scope", "openid profile", false)]
    [InlineData("scope", "OMNIAUDIT:READ", false)]
    [InlineData("scp", "omniaudit:read", true)]
    [InlineData("roles", "[\"omniaudit:write\"]", true)]
    public async Task Token_ScopesWhereIssuersWriteThem_Count(string claim, string value, bool taken)
    {
        var payload = Payload("");
        payload[claim] = value.StartsWith('[') ? JsonNode.Parse(value) : value;
        var answer = await Bearing(Read(), await _provider.SignAsync(payload)).SendAsync(_app);
        Assert.Equal(taken ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.Status);
        if (!taken) Assert.Contains("error=\"insufficient_scope\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_OutsideTheAllowedGroups_IsForbiddenWithoutAChallenge()
    {
        await using var app = await TestApp.StartAsync(o =>
        {
            _provider.ForAgents(o);
            (o.Mcp.OAuthGroups, o.Mcp.OAuthGroupsClaim, o.Mcp.OAuthAudience) = (["bots"], "realm_access.roles", "omni");
        });
        async Task<McpAnswer> CallAsync(JsonNode? access)
        {
            var payload = Payload().With("aud", "omni");
            payload["realm_access"] = access;
            return await Bearing(Read(), await _provider.SignAsync(payload)).SendAsync(app);
        }
        Assert.Equal(HttpStatusCode.OK, (await CallAsync(new JsonObject { ["roles"] = new JsonArray("bots") })).Status);
        foreach (var access in new JsonNode?[] { null, "bots", new JsonObject { ["roles"] = "Bots" }, new JsonObject { ["roles"] = new JsonArray("bots2", 7) } })
        {
            var refused = await CallAsync(access);
            refused.AssertRefused(HttpStatusCode.Forbidden, -32600, "MCP_OAUTH_GROUPS");
            Assert.Empty(refused.Headers.WwwAuthenticate);
        }
    }

    [Fact]
    public async Task Key_BesideOAuth_StillWorks()
    {
        var key = (await _app.Get<AgentDirectory>().AddAsync("builder", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None)).Key;
        Assert.Equal(HttpStatusCode.OK, (await Read().WithKey(key).SendAsync(_app)).Status);
        Assert.Equal(HttpStatusCode.OK, (await Bearing(Read(), key).SendAsync(_app)).Status);
        Assert.Contains("resource_metadata", (await Read().WithKey("oak_wrong").SendAsync(_app)).Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_OfANewKey_WorksAfterOneQuestionAndStrangersAskNoMore()
    {
        var own = new ProviderWorld();
        await own.InitializeAsync();
        try
        {
            async Task<McpAnswer> CallAsync(string token) => await Bearing(Read(), token).SendAsync(own.App);
            Task<string> SignAsync(JsonObject? header = null) => own.Provider.SignAsync(Payload().With("iss", own.Provider.Issuer).With("aud", new Uri(own.App.Url, "/mcp").ToString()), header);
            var old = await SignAsync();
            Assert.Equal(HttpStatusCode.OK, (await CallAsync(old)).Status);
            await own.Provider.RotateAsync();
            var fresh = await SignAsync();
            var before = await own.Provider.KeysAskedAsync();

            own.App.Time.Advance(TimeSpan.FromSeconds(31));
            Assert.Equal(HttpStatusCode.OK, (await CallAsync(fresh)).Status);
            AssertRefused(await CallAsync(old), "no such signing key");
            var flood = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i => await CallAsync(await SignAsync(new JsonObject { ["kid"] = $"made-up-{i}" }))));

            Assert.All(flood, answer => AssertRefused(answer, "no such signing key"));
            Assert.Equal(1, await own.Provider.KeysAskedAsync() - before);
            Assert.Equal(HttpStatusCode.OK, (await CallAsync(fresh)).Status);
        }
        finally
        {
            await own.DisposeAsync();
        }
    }

    [Fact]
    public async Task Issuer_DownAtStartAndLater_HoldsNothingUpAndKeysGoOn()
    {
        await _provider.DownAsync();
        await using var app = await TestApp.StartAsync(_provider.ForAgents);
        // Signing needs no port.
        string token;
        try
        {
            token = await _provider.SignAsync(Payload().With("aud", new Uri(app.Url, "/mcp").ToString()).With("exp", DateTimeOffset.UtcNow.AddDays(3).ToUnixTimeSeconds()));
            var answer = await Bearing(Read(), token).SendAsync(app);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
            Assert.Contains(_provider.Issuer, answer.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
            Assert.Equal(TimeSpan.FromSeconds(10), answer.Headers.RetryAfter!.Delta);
            var key = (await app.Get<AgentDirectory>().AddAsync("builder", null, AgentScope.Everything, OperatorDirectory.CommandLine, CancellationToken.None)).Key;
            Assert.Equal(HttpStatusCode.OK, (await Read().WithKey(key).SendAsync(app)).Status);
        }
        finally
        {
            await _provider.UpAsync();
        }
        app.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(HttpStatusCode.OK, (await Bearing(Read(), token).SendAsync(app)).Status);
        await _provider.DownAsync();
        try
        {
            app.Time.Advance(TimeSpan.FromHours(20));
            Assert.Equal(HttpStatusCode.OK, (await Bearing(Read(), token).SendAsync(app)).Status);
            app.Time.Advance(TimeSpan.FromHours(5));
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Bearing(Read(), token).SendAsync(app)).Status);
        }
        finally
        {
            await _provider.UpAsync();
        }
    }

    [Fact]
    public async Task Metadata_WithoutOAuth_IsNotThereAndTokensAreNoKeys()
    {
        await using var app = await TestApp.StartAsync(o => o.Mcp.AuthMode = "api_key");
        Assert.Equal(HttpStatusCode.NotFound, (await app.Http.GetAsync("/.well-known/oauth-protected-resource/mcp")).StatusCode);
        (await Bearing(Read(), await _provider.SignAsync(Payload())).SendAsync(app)).AssertRefused(HttpStatusCode.Unauthorized, -32600, "X-Api-Key");
    }

    /// <summary>Times in a change are seconds from now; null leaves a claim out.</summary>
    private JsonObject Changed(string change)
    {
        var payload = Payload();
        foreach (var (name, value) in JsonNode.Parse(change.Replace("AUDIENCE", Audience, StringComparison.Ordinal))!.AsObject())
        {
            if (value is null) payload.Remove(name);
            else if (name is "exp" or "nbf" or "iat") payload[name] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + value.GetValue<int>();
            else payload[name] = value.DeepClone();
        }
        return payload;
    }

    private async Task<McpAnswer> SendAsync(JsonObject payload) => await Bearing(Read(), await _provider.SignAsync(payload)).SendAsync(_app);

    private static void AssertRefused(McpAnswer answer, string reason)
    {
        answer.AssertRefused(HttpStatusCode.Unauthorized, -32600, reason);
        var challenge = answer.Headers.WwwAuthenticate.ToString();
        Assert.Contains("error=\"invalid_token\"", challenge, StringComparison.Ordinal);
        Assert.Contains("resource_metadata=\"", challenge, StringComparison.Ordinal);
    }
}

internal static class PayloadChanges
{
    public static JsonObject With(this JsonObject payload, string name, JsonNode value)
    {
        payload[name] = value;
        return payload;
    }
}
