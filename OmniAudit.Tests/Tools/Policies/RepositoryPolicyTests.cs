using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Tests.Tools.Policies;

public sealed class RepositoryPolicyTests
{
    [Theory]
    [InlineData("acme/site", true)]
    [InlineData("Acme/SITE", true)]
    [InlineData("acme/site2", false)]
    [InlineData("xacme/site", false)]
    [InlineData("acme", false)]
    [InlineData("acme/site/x", false)]
    [InlineData("acme/..", false)]
    [InlineData("acme/si te", false)]
    [InlineData("", false)]
    public void Check_AgainstTheList_ComparesWholeNamesWithoutCase(string repository, bool allowed) =>
        Assert.Equal(allowed, Policy("acme/site", "acme/..").Check(repository).Allowed);

    [Fact]
    public void Check_EmptyList_AllowsNone() => Assert.Contains("REPO_WRITE_ALLOWLIST", Policy().Check("acme/site").Message, StringComparison.Ordinal);

    private static RepositoryPolicy Policy(params string[] list)
    {
        var options = new OmniAuditOptions();
        options.Policy.RepoWriteAllowlist = list;
        return new RepositoryPolicy(options);
    }
}
