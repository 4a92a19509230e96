using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.ReleaseButler.Notes;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler;

internal sealed class ListAssetsTool(GitHubClient gitHub) : ITool<ListAssetsTool.Input, ListAssetsTool.Output>
{
    /// <summary>GitHub takes no more in one release.</summary>
    private const int MostAssets = 1_000;
    private const int MostShown = 100;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "releasebutler.list_assets",
        Title = "List release assets",
        Description = "Lists the assets of a release with digest and state.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.ReadableRepository<Input>(i => i.Repo),
        Idempotent = true,
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("owner/name")]
        [RegularExpression("[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")]
        public required string Repo { get; init; }

        [Description("Default: that of the latest release.")]
        [StringLength(200, MinimumLength = 1)]
        public string? Tag { get; init; }
    }

    internal sealed record Output(
        string Tag,
        [property: Description("Up to 100")] IReadOnlyList<Asset> Assets,
        [property: Description("What was left out")] string? Capped);

    internal sealed record Asset(
        long Id,
        string Name,
        long Size,
        long DownloadCount,
        [property: Description("sha256:…, as GitHub computed it; older assets have none")] string? Digest,
        [property: Description("uploaded, or starter for an upload that broke off")] string? State,
        string? ContentType);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var repository = await RepositoryReads.FindAsync(gitHub, input.Repo, cancellationToken);
        var release = input.Tag is { } tag
            ? await RepositoryReads.ReadAsync(gitHub.FindReleaseByTagAsync(repository.FullName, tag, cancellationToken))
                ?? throw new ToolRefusedException("not_found", $"tag: {repository.FullName} has no published release with the tag '{tag}'. A draft has no tag yet.", "tag")
            : await RepositoryReads.ReadAsync(gitHub.FindLatestReleaseAsync(repository.FullName, cancellationToken))
                ?? throw new ToolRefusedException("not_found", $"repo: {repository.FullName} has no latest release. Give tag for a prerelease.", "repo");
        var listed = await RepositoryReads.ReadAsync(gitHub.ListAssetsAsync(repository.FullName, release.Id, MostAssets, cancellationToken));
        var capped = listed.Capped?.Why ?? (listed.Items.Count > MostShown ? $"The first {MostShown} of {listed.Items.Count} assets." : null);
        return new Output(
            release.TagName ?? input.Tag ?? "",
            [.. listed.Items.Take(MostShown).Select(a => new Asset(a.Id, ShortText.Of(a.Name, 300), a.Size ?? 0, a.DownloadCount ?? 0, a.Digest, a.State, a.ContentType is { } type ? ShortText.Of(type, 100) : null))], capped);
    }
}
