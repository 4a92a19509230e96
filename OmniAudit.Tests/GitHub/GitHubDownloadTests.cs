using System.Net;
using System.Security.Cryptography;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Tools.Policies;
using Microsoft.Extensions.DependencyInjection;

namespace OmniAudit.Tests.GitHub;

/// <summary>Artifacts, logs and assets, by way of a storage on another origin.</summary>
public sealed class GitHubDownloadTests : IAsyncLifetime
{
    private const string Name = GitHubWorld.Name;
    private const long Most = 1024 * 1024;
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(300_000);
    private GitHubWorld _world = null!;

    public async Task InitializeAsync()
    {
        _world = await GitHubWorld.StartAsync(storage: true);
        foreach (var key in new[] { "5", "run:7", "run:7/2", "job:9" }) _world.Repository.Downloads[key] = _bytes;
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private FakeStorage Storage => _world.GitHub.Storage!;

    private static async Task<byte[]> ReadAsync(GitHubDownload download)
    {
        await using (download)
        {
            using var copy = new MemoryStream();
            await download.Content.CopyToAsync(copy);
            Assert.Equal((download.Size, download.Sha256), (copy.Length, Convert.ToHexStringLower(SHA256.HashData(copy.ToArray()))));
            return copy.ToArray();
        }
    }

    private GitHubArtifact Artifact(string? digest = null) => new(5, "report", _bytes.Length, Digest: digest);

    [Fact]
    public async Task Downloads_FollowToTheStorageWithoutAnyHeaderOfOurs()
    {
        var client = _world.Client();
        var asset = _world.GitHub.AddAsset(_world.GitHub.AddRelease(_world.Repository, "v1"), "a.zip", _bytes);
        var digest = "sha256:" + Convert.ToHexString(SHA256.HashData(_bytes));
        Assert.Equal(_bytes, await ReadAsync(await client.DownloadArtifactAsync(Name, Artifact(digest), Most, None)));
        Assert.Equal(_bytes, await ReadAsync(await client.DownloadRunLogsAsync(Name, 7, null, Most, None)));
        Assert.Equal(_bytes, await ReadAsync(await client.DownloadRunLogsAsync(Name, 7, 2, Most, None)));
        Assert.Equal(_bytes, await ReadAsync(await client.DownloadJobLogAsync(Name, 9, Most, None)));
        Assert.Equal(_bytes, await ReadAsync(await client.DownloadAssetAsync(Name, asset.Id, Most, None)));
        Assert.Equal(5, Storage.Requests.Count);
        Assert.All(Storage.Requests, r => Assert.Equal(["Host"], r.Headers.Keys));
        Assert.Equal("application/octet-stream", _world.GitHub.Requests[^1].Headers["Accept"]);
    }

    [Fact]
    public async Task Asset_AnsweredDirectly_IsTakenToo()
    {
        var storage = _world.GitHub.Storage;
        var client = _world.Client();
        _world.GitHub.Storage = null;
        var asset = _world.GitHub.AddAsset(_world.GitHub.AddRelease(_world.Repository, "v1"), "a.zip", _bytes);
        Assert.Equal(_bytes, await ReadAsync(await client.DownloadAssetAsync(Name, asset.Id, Most, None)));
        _world.GitHub.Storage = storage;
    }

    [Fact]
    public async Task Storage_SendingBackToGitHub_GetsNoToken()
    {
        Storage.Break(new RouteFault("GET", "/blob", RouteFault.RedirectTo($"{_world.GitHub.Url}/repos/{Name}")));
        await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client(o => o.Policy.UrlAllowlist = [Storage.HostAndPort, new Uri(_world.GitHub.Url).Authority], GitHubWorld.Quick with { RetryPauses = [] })
            .DownloadArtifactAsync(Name, Artifact(), Most, None));
        Assert.Equal(["Host"], _world.GitHub.Requests[^1].Headers.Keys);
    }

    [Fact]
    public async Task Address_ThatExpiredOnTheWay_IsAskedForAnew()
    {
        var fault = Storage.Break(new RouteFault("GET", "/blob", async (_, proceed) =>
        {
            _world.Time.Advance(TimeSpan.FromSeconds(20));
            _world.Time.Advance(TimeSpan.FromMinutes(1));
            await proceed();
        }));
        // The clock's leap ends patience too, so it is long here.
        Assert.Equal(_bytes, await ReadAsync(await _world.Client(limits: GitHubWorld.Quick with { Patience = TimeSpan.FromHours(1) }).DownloadArtifactAsync(Name, Artifact(), Most, None)));
        Assert.Equal((1, 2, 2), (fault.Happened, Storage.Requests.Count, _world.GitHub.Requests.Count));
    }

    [Fact]
    public async Task Download_CutInTheMiddle_BeginsAnew()
    {
        Storage.Break(new RouteFault("GET", "/blob", async (context, _) =>
        {
            context.Response.ContentLength = _bytes.Length;
            await context.Response.Body.WriteAsync(_bytes.AsMemory(0, 70_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
        }));
        Assert.Equal(_bytes, await ReadAsync(await _world.Client().DownloadArtifactAsync(Name, Artifact(), Most, None)));
        Assert.Equal(2, Storage.Requests.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Download_LargerThanTheBound_IsRefused(bool announced)
    {
        if (!announced) Storage.Break(new RouteFault("GET", "/blob", async (context, _) => await context.Response.Body.WriteAsync(_bytes)));
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client().DownloadArtifactAsync(Name, Artifact(), _bytes.Length - 1, None));
        Assert.Equal(("github_too_large", 1), (refused.Code, Storage.Requests.Count));
        Assert.Equal(_bytes, await ReadAsync(await _world.Client().DownloadArtifactAsync(Name, Artifact(), _bytes.Length, None)));
    }

    [Theory]
    [InlineData("listed")]
    [InlineData("asked")]
    [InlineData("log")]
    public async Task Expired_SaysSoAndWhatToDo(string when)
    {
        _world.Repository.Expired.UnionWith(["5", "run:7"]);
        var client = _world.Client();
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => when == "log" ? client.DownloadRunLogsAsync(Name, 7, null, Most, None) : client.DownloadArtifactAsync(Name, Artifact() with { Expired = when == "listed" }, Most, None));
        Assert.Equal(("github_gone", when == "listed" ? 0 : 1), (refused.Code, _world.GitHub.Requests.Count));
        Assert.Contains("has expired", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Run the workflow again", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Artifact_ThatIsNotWhatItsDigestSays_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client().DownloadArtifactAsync(Name, Artifact("sha256:" + new string('0', 64)), Most, None));
        Assert.Equal("github_digest_mismatch", refused.Code);
    }

    [Theory]
    [InlineData("https://127.0.0.1:1/x", "is a loopback address")]
    [InlineData("https://10.1.2.3/x", "is a private address")]
    [InlineData("https://169.254.169.254/latest/meta-data", "cloud metadata service")]
    [InlineData("https://[::1]/x", "is a loopback address")]
    [InlineData("https://inside.test/x", "inside.test resolves to 10.9.8.7, which is a private address")]
    [InlineData("http://93.184.215.14/x", "not https")]
    [InlineData("http://127.0.0.1:1/x", "not https")]
    [InlineData("https://user:secret@93.184.215.14/x", "user name")]
    [InlineData("file:///etc/passwd", "not https")]
    public async Task Redirect_ToAnAddressWithin_IsNotFollowed(string target, string says)
    {
        _world.GitHub.Break(new RouteFault("GET", "/artifacts", RouteFault.RedirectTo(target), times: 9));
        var services = new ServiceCollection();
        var options = new OmniAudit.Modules.Settings.OmniAuditOptions();
        _world.GitHub.Configure(options);
        services.AddSingleton(options).AddSingleton<TimeProvider>(_world.Time).AddSingleton(GitHubWorld.Quick).AddSingleton<HostResolver>((_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Parse("10.9.8.7")])).AddGitHub();
        await using var provider = services.BuildServiceProvider();
        var refused = await Assert.ThrowsAsync<GitHubRefusedException>(() => provider.GetRequiredService<GitHubClient>().DownloadArtifactAsync(Name, Artifact(), Most, None));
        Assert.Equal(("github_redirected", 1), (refused.Code, _world.GitHub.Requests.Count));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storage_ThatGoesOnFailing_IsNamed()
    {
        Storage.Break(new RouteFault("GET", "/blob", RouteFault.Answer(500), times: 9));
        Assert.Equal("github_storage_failed", (await Assert.ThrowsAsync<GitHubRefusedException>(() => _world.Client().DownloadArtifactAsync(Name, Artifact(), Most, None))).Code);
        Assert.Equal(3, Storage.Requests.Count);
    }
}
