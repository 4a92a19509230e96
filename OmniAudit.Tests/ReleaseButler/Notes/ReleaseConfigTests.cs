using OmniAudit.Modules.ReleaseButler.Notes;

namespace OmniAudit.Tests.ReleaseButler.Notes;

/// <summary>A repository's release.yml: GitHub's form, and nothing silently left aside.</summary>
public sealed class ReleaseConfigTests
{
    /// <summary>The example of GitHub's documentation.</summary>
    private const string Documented = """
        # .github/release.yml

        changelog:
          exclude:
            labels:
              - ignore-for-release
            authors: [octocat]
          categories:
            - title: Breaking Changes 🛠
              labels:
                - Semver-Major
                - breaking-change
            - title: Exciting New Features 🎉
              labels:
                - Semver-Minor
                - enhancement
            - title: Other Changes
              labels:
                - "*"
              exclude:
                labels: [docs]
        """;

    [Fact]
    public void File_OfTheDocumentation_IsRead()
    {
        var config = ReleaseConfigReader.Read(Documented);
        Assert.Equal(["ignore-for-release"], config.Exclude.Labels);
        Assert.Equal(["octocat"], config.Exclude.Authors);
        Assert.Equal(["Breaking Changes 🛠", "Exciting New Features 🎉", "Other Changes"], config.Categories.Select(c => c.Title));
        Assert.Equal(["*"], config.Categories[2].Labels);
        Assert.Equal(["docs"], config.Categories[2].Exclude.Labels);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("changelog:\n")]
    [InlineData("changelog:\n  categories:\n")]
    public void File_ThatSaysNothing_IsNone(string text)
    {
        var config = ReleaseConfigReader.Read(text);
        Assert.Empty(config.Categories);
        Assert.Empty(config.Exclude.Labels);
    }

    [Theory]
    [InlineData("changelog:\n  kategorien: []\n", "line 2: changelog has 'kategorien', which is not known; it takes exclude, categories")]
    [InlineData("changelog:\n  categories:\n    - labels: [a]\n", "changelog.categories[0] needs a title")]
    [InlineData("changelog:\n  categories:\n    - title: a\n", "changelog.categories[0] needs labels")]
    [InlineData("changelog:\n  categories:\n    - title: a\n      labels:\n        - *\n", "line 5")]
    [InlineData("changelog: [a\n", "line")]
    [InlineData("- a\n", "the file must be a mapping")]
    [InlineData("changelog:\n  exclude:\n    labels: x\n", "changelog.exclude.labels must be a list")]
    [InlineData("changelog:\n  exclude: &a\n    labels: [x]\n  categories: *a\n", "references (&, *) are not read")]
    [InlineData("changelog:\n  exclude: {}\n  exclude: {}\n", "'exclude' stands there twice")]
    [InlineData("changelog: {}\n---\nchangelog: {}\n", "line 2: a second document")]
    public void File_OfAnotherForm_IsAnErrorThatNamesTheLine(string text, string message) =>
        Assert.Contains(message, Assert.Throws<ReleaseConfigException>(() => ReleaseConfigReader.Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void File_NestedWithoutEnd_IsAnError() =>
        Assert.Throws<ReleaseConfigException>(() => ReleaseConfigReader.Read("changelog: " + new string('[', 30_000)));

    [Fact]
    public void Filter_ByLabelAndAuthor_DisregardsCaseAndBrackets()
    {
        var filter = new NotesFilter(["Docs"], ["dependabot"]);
        Assert.Equal("label:Docs", filter.ReasonFor(["docs"], "ada"));
        Assert.Equal("author:dependabot", filter.ReasonFor([], "Dependabot[bot]"));
        Assert.Null(filter.ReasonFor(["fix"], "ada"));
    }
}
