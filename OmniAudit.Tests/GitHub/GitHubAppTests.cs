using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.GitHub;

/// <summary>Signing in as a GitHub App's installation.</summary>
public sealed class GitHubAppTests : IAsyncLifetime
{
    private const string Name = GitHubWorld.Name;
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly RSA Key = RSA.Create(2048);
    private GitHubWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await GitHubWorld.StartAsync();
        _world.GitHub.AppKey = Key;
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private void Configure(OmniAuditOptions options) =>
        (options.GitHub.AuthMode, options.GitHub.Pat, options.GitHub.AppId, options.GitHub.AppInstallationId, options.GitHub.AppPrivateKey) =
            ("app", "", _world.GitHub.AppId, _world.GitHub.Installation, Key.ExportRSAPrivateKeyPem());

    private IReadOnlyList<FakeRequest> TokenRequests => [.. _world.GitHub.Requests.Where(r => r.Path.StartsWith("/app/", StringComparison.Ordinal))];

    [Fact]
    public async Task Token_IsAskedForOnceByManyAndRenewedFiveMinutesBeforeItsEnd()
    {
        var client = _world.Client(Configure);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetRepositoryAsync(Name, None)));
        Assert.Single(TokenRequests);
        _world.Time.Advance(TimeSpan.FromMinutes(54));
        await client.GetRepositoryAsync(Name, None);
        Assert.Single(TokenRequests);
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.GetRepositoryAsync(Name, None)));
        Assert.Equal(2, TokenRequests.Count);
        Assert.Equal("Bearer ghs_only_for_tests_2", _world.GitHub.Requests[^1].Headers["Authorization"]);
        // What was kept is the installation's, whichever token asks.
        Assert.Contains("If-None-Match", _world.GitHub.Requests[^1].Headers.Keys);
    }

    [Fact]
    public async Task Token_ThatIsRefused_IsAskedForOnceByAllWhoWait()
    {
        var held = new TaskCompletionSource();
        _world.GitHub.Break(new RouteFault("POST", "/app/", async (_, proceed) =>
        {
            await held.Task;
            await proceed();
        }));
        var client = _world.Client(o =>
        {
            Configure(o);
            o.GitHub.AppInstallationId = "1";
        });
        using var impatient = new CancellationTokenSource();
        var first = client.GetRepositoryAsync(Name, impatient.Token);
        var others = Enumerable.Range(0, 8).Select(_ => client.GetRepositoryAsync(Name, None)).ToList();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        held.SetResult();
        foreach (var other in others) Assert.Equal("github_unauthorized", (await Assert.ThrowsAsync<GitHubRefusedException>(() => other)).Code);
        Assert.Single(TokenRequests);
    }

    [Fact]
    public async Task Assertion_IsSignedForTenMinutesAndBeganAMinuteAgo()
    {
        await _world.Client(Configure).GetRepositoryAsync(Name, None);
        var parts = TokenRequests[0].Headers["Authorization"].Split(' ')[1].Split('.');
        var claims = JsonNode.Parse(Base64UrlEncoder.Decode(parts[1]))!;
        var now = _world.Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Equal((now - 60, now + 540, _world.GitHub.AppId), (claims["iat"]!.GetValue<long>(), claims["exp"]!.GetValue<long>(), claims["iss"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Token_ThatGitHubNoLongerTakes_IsRenewedOnceForARead()
    {
        var client = _world.Client(Configure);
        await client.GetRepositoryAsync(Name, None);
        _world.GitHub.RevokeInstallationTokens();
        await client.ListTagsAsync(Name, 1, None);
        Assert.Equal(2, TokenRequests.Count);
        // A write is not sent again, but the next one has a good token.
        _world.GitHub.RevokeInstallationTokens();
        Assert.Equal("github_unauthorized", (await Assert.ThrowsAsync<GitHubRefusedException>(() => client.CreateReleaseAsync(Name, new NewRelease("v1"), None))).Code);
        await client.CreateReleaseAsync(Name, new NewRelease("v1"), None);
        Assert.Equal(1, _world.GitHub.Effects("release"));
    }

    [Fact]
    public async Task PrivateKey_FromAFile_IsReadAnewForEveryToken()
    {
        var file = Path.Combine(Path.GetTempPath(), $"omniaudit-key-{Guid.NewGuid():N}.pem");
        try
        {
            await File.WriteAllTextAsync(file, Key.ExportPkcs8PrivateKeyPem());
            var client = _world.Client(o =>
            {
                Configure(o);
                (o.GitHub.AppPrivateKey, o.GitHub.AppPrivateKeyFile) = ("", file);
            });
            await client.GetRepositoryAsync(Name, None);
            _world.Time.Advance(TimeSpan.FromHours(2));
            File.Delete(file);
            Assert.Contains("GITHUB_APP_PRIVATE_KEY_FILE: there is no such file", (await Assert.ThrowsAsync<GitHubRefusedException>(() => client.GetRepositoryAsync(Name, None))).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("no pem", "GITHUB_APP_PRIVATE_KEY: holds no RSA private key")]
    [InlineData("public", "GITHUB_APP_PRIVATE_KEY: holds no RSA private key")]
    [InlineData("none", "Set GITHUB_APP_PRIVATE_KEY_FILE or GITHUB_APP_PRIVATE_KEY")]
    [InlineData("other key", "belong to the same app")]
    [InlineData("app", "belong to the same app")]
    [InlineData("installation", "GITHUB_APP_INSTALLATION_ID")]
    [InlineData("clock", "clock is right")]
    [InlineData("suspended", "may have been suspended")]
    public async Task Credentials_ThatAreWrong_AreRefusedByNameAndNeverQuoted(string what, string says)
    {
        using var other = RSA.Create(2048);
        var client = _world.Client(o =>
        {
            Configure(o);
            switch (what)
            {
                case "no pem": o.GitHub.AppPrivateKey = "-----BEGIN RSA PRIVATE KEY-----\nMIIEsecret\n-----END RSA PRIVATE KEY-----"; break;
                case "public": o.GitHub.AppPrivateKey = Key.ExportSubjectPublicKeyInfoPem(); break;
                case "none": o.GitHub.AppPrivateKey = ""; break;
                case "other key": o.GitHub.AppPrivateKey = other.ExportPkcs8PrivateKeyPem(); break;
                case "app": o.GitHub.AppId = "1"; break;
                case "installation": o.GitHub.AppInstallationId = "1"; break;
            }
        });
        var shifted = new ManualTime();
        shifted.Advance(TimeSpan.FromMinutes(-10));
        if (what == "clock") _world.GitHub.Time = shifted;
        if (what == "suspended") _world.GitHub.Break(new RouteFault("POST", "/app/", RouteFault.Says(403, "This installation has been suspended")));
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => client.GetRepositoryAsync(Name, None));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("MIIE", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(_world.GitHub.Requests, r => r.Path.StartsWith("/repos", StringComparison.Ordinal));
    }
}
