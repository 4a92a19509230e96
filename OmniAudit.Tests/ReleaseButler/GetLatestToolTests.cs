using OmniAudit.Tests.GitHub;
using static OmniAudit.Tests.ReleaseButler.NotesWorld;

namespace OmniAudit.Tests.ReleaseButler;

public sealed class GetLatestToolTests(NotesWorld world) : IClassFixture<NotesWorld>
{
    private readonly FakeRepository _repository = world.Repository();

    [Fact]
    public async Task Latest_IsNoDraftAndNoPrereleaseWithItsAssets()
    {
        var release = world.GitHub.AddRelease(_repository, "v1.2.0", createdAt: DateTimeOffset.UnixEpoch);
        release.Name = "The one";
        world.GitHub.AddAsset(release, "app.zip", [1, 2, 3]);
        world.GitHub.AddRelease(_repository, "v1.3.0-rc.1", prerelease: true);
        world.GitHub.AddRelease(_repository, "v1.3.0", draft: true);
        var answer = await world.CallAsync("releasebutler.get_latest", new { repo = _repository.FullName });
        Assert.Equal(("v1.2.0", "The one", $"{world.GitHub.Url}/{_repository.FullName}/releases/tag/v1.2.0"), (Text(answer, "tag"), Text(answer, "name"), Text(answer, "url")));
        var asset = Assert.Single(answer.GetProperty("assets").EnumerateArray());
        Assert.Equal(("app.zip", 3L), (Text(asset, "name"), asset.GetProperty("size").GetInt64()));
        Assert.StartsWith("sha256:", Text(asset, "digest"), StringComparison.Ordinal);
        Assert.True(answer.TryGetProperty("published_at", out _));
    }

    [Fact]
    public async Task Latest_OfARepositoryWithoutReleases_IsRefusedNamingIt()
    {
        var answer = await world.CallAsync("releasebutler.get_latest", new { repo = _repository.FullName });
        Assert.Equal(("not_found", "repo"), (Text(answer, "error"), Text(answer.GetProperty("errors")[0], "field")));
    }

    [Fact]
    public async Task Latest_OfARenamedRepository_NamesTheNewName()
    {
        var old = _repository.FullName;
        world.GitHub.Rename(_repository, old + "-new");
        var answer = await world.CallAsync("releasebutler.get_latest", new { repo = old });
        Assert.Equal("repository_moved", Text(answer, "error"));
        Assert.Contains(old + "-new", Text(answer, "message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latest_OfAPrivateRepository_IsNotFound() =>
        Assert.Equal("not_found", Text(await world.CallAsync("releasebutler.get_latest", new { repo = "acme/hidden" }), "error"));
}
