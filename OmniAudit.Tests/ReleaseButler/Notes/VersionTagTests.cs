using OmniAudit.Modules.ReleaseButler.Notes;

namespace OmniAudit.Tests.ReleaseButler.Notes;

/// <summary>Which of two tags is the earlier version (Semantic Versioning 2.0.0 §11).</summary>
public sealed class VersionTagTests
{
    [Theory]
    [InlineData("v1.2.3", "v", false)]
    [InlineData("1.2.3", "", false)]
    [InlineData("pkg@1.2.3-rc.1", "pkg@", true)]
    [InlineData("app/v1.2.0+build.5", "app/v", false)]
    [InlineData("lib2-v1.0.0", "lib2-v", false)]
    [InlineData("2026.01.05", "", false)]
    [InlineData("release-7", "release-", false)]
    [InlineData("v1", "v", false)]
    [InlineData("v1-rc1", "v", true)]
    [InlineData("1.2.3rc1", "", true)]
    [InlineData("1.2.3.4", "", false)]
    public void Tag_ThatNamesAVersion_HasItsPrefix(string name, string prefix, bool prerelease)
    {
        var version = VersionTag.TryParse(name)!;
        Assert.Equal((prefix, prerelease), (version.Prefix, version.IsPrerelease));
    }

    [Theory]
    [InlineData("latest")]
    [InlineData("v")]
    [InlineData("")]
    [InlineData("v1.2.3-")]
    [InlineData("v1.2.3-a..b")]
    [InlineData("v1.2.3+")]
    [InlineData("1.2.3.4.5")]
    [InlineData("v1.2.3 ")]
    public void Tag_ThatNamesNone_IsNone(string name) => Assert.Null(VersionTag.TryParse(name));

    [Fact]
    public void Order_IsThatOfTheSpecification()
    {
        string[] ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0", "10.0.0", "99999999999999999999.0.0"];
        var shuffled = ordered.Reverse().Select(n => VersionTag.TryParse(n)!).Order(VersionTag.Order).Select(v => v.Name);
        Assert.Equal(ordered, shuffled);
        Assert.Equal(0, VersionTag.Compare(VersionTag.TryParse("1.0.0+a")!, VersionTag.TryParse("1.0.0+b")!));
        Assert.Equal(0, VersionTag.Compare(VersionTag.TryParse("v1.2")!, VersionTag.TryParse("v1.2.0")!));
    }
}
