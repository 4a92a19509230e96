using OmniAudit.Tests.GitHub;
using static OmniAudit.Tests.ReleaseButler.NotesWorld;

namespace OmniAudit.Tests.ReleaseButler;

public sealed class ListAssetsToolTests(NotesWorld world) : IClassFixture<NotesWorld>
{
    private readonly FakeRepository _repository = world.Repository();

    [Fact]
    public async Task Assets_OfATag_HaveDigestStateAndType()
    {
        world.GitHub.AddRelease(_repository, "v2.0.0");
        var release = world.GitHub.AddRelease(_repository, "v1.0.0-rc.1", prerelease: true);
        world.GitHub.AddAsset(release, "app.zip", [1]);
        world.GitHub.AddAsset(release, "half.zip", [1, 2], "starter");
        var answer = await world.CallAsync("releasebutler.list_assets", new { repo = _repository.FullName, tag = "v1.0.0-rc.1" });
        Assert.Equal("v1.0.0-rc.1", Text(answer, "tag"));
        var assets = answer.GetProperty("assets").EnumerateArray().ToList();
        Assert.Equal([("app.zip", "uploaded", "application/octet-stream", 3L), ("half.zip", "starter", "application/octet-stream", 3L)], assets.Select(a => (Text(a, "name"), Text(a, "state"), Text(a, "content_type"), a.GetProperty("download_count").GetInt64())));
        Assert.StartsWith("sha256:", Text(assets[0], "digest"), StringComparison.Ordinal);
        Assert.False(assets[1].TryGetProperty("digest", out _));
        Assert.False(answer.TryGetProperty("capped", out _));
        Assert.Empty((await world.CallAsync("releasebutler.list_assets", new { repo = _repository.FullName })).GetProperty("assets").EnumerateArray());
    }

    [Fact]
    public async Task Assets_MoreThanAreShown_AreSaid()
    {
        var release = world.GitHub.AddRelease(_repository, "v1");
        for (var i = 0; i < 130; i++) world.GitHub.AddAsset(release, $"f{i}", [1]);
        var answer = await world.CallAsync("releasebutler.list_assets", new { repo = _repository.FullName });
        Assert.Equal(100, answer.GetProperty("assets").GetArrayLength());
        Assert.Equal("The first 100 of 130 assets.", Text(answer, "capped"));
    }

    [Fact]
    public async Task Assets_OfAnUnknownTag_AreRefusedNamingIt()
    {
        var answer = await world.CallAsync("releasebutler.list_assets", new { repo = _repository.FullName, tag = "v9" });
        Assert.Equal(("not_found", "tag"), (Text(answer, "error"), Text(answer.GetProperty("errors")[0], "field")));
    }
}
