using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler;

internal sealed class CreateReleaseTool(ReleasePlanner planner, ReleasePublisher publisher)
    : ITool<CreateReleaseTool.Input, CreateReleaseTool.Output>, IReconcilable<CreateReleaseTool.Input, CreateReleaseTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "releasebutler.create_release",
        Title = "Publish release",
        Description = "Publishes a GitHub release after approval. If an upload fails it stays a draft, and the same call goes on.",
        Risk = ToolRisk.Write,
        Policy = ToolPolicy.WritableRepository<Input>(i => i.Repo),
        RateLimit = RateLimitBucket.Writes,
        Intent = i => $"{(i.Draft == true ? "draft" : "publish")} the release {i.Tag} of {i.Repo}{(i.Assets is { Count: > 0 } assets ? $" with {assets.Count} asset{(assets.Count == 1 ? "" : "s")}" : "")}",
        DryRun = i => i.DryRun == true,
        // Gigabytes over a slow line.
        TimeLimit = TimeSpan.FromHours(2),
        OpenWorld = true,
    };

    internal sealed record Input
    {
        // Its form is the policy's to judge; what is not in the schema need not be listed to every client.
        [Description("owner/name")]
        public required string Repo { get; init; }

        [Description("Must have no release yet.")]
        [StringLength(200, MinimumLength = 1)]
        public required string Tag { get; init; }

        [Description("Markdown")]
        [MediaType("text/markdown")]
        public required string Notes { get; init; }

        [Description("Files below RELEASE_ASSET_ROOTS")]
        public IReadOnlyList<string>? Assets { get; init; }

        [Description("Branch or commit of a new tag")]
        [StringLength(200, MinimumLength = 1)]
        public string? Target { get; init; }

        [Description("Stay a draft")]
        public bool? Draft { get; init; }

        [Description("Mark it so")]
        public bool? Prerelease { get; init; }

        [Description("As GitHub's")]
        [AllowedValues("true", "false", "legacy", null)]
        public string? MakeLatest { get; init; }

        [Description("Say the steps only")]
        public bool? DryRun { get; init; }

        [Description("Add a signed in-toto statement")]
        public bool? ProvenanceManifest { get; init; }

        [Description("Add SHA256SUMS")]
        public bool? Checksums { get; init; }
    }

    /// <param name="State">What the release is now.</param>
    internal sealed record Output(
        [property: Description("published, draft, incomplete, or none after a dry run")] string State,
        [property: Description("The release's page")] string? ReleaseUrl,
        long? ReleaseId,
        [property: Description("The commit that the tag is at, or will be")] string? Commit,
        [property: Description("There, and checked")] IReadOnlyList<Asset>? UploadedAssets,
        [property: Description("Not there, each with its reason; the release is not published then")] IReadOnlyList<MissingAsset>? FailedAssets,
        [property: Description("The signed statement, when it was asked for")] ProvenanceRef? Provenance = null,
        [property: Description("The approval that began the draft, when this one went on with it")] string? Resumes = null,
        [property: Description("After a dry run: what would be done, in order")] IReadOnlyList<string>? Steps = null);

    internal sealed record Asset(string Name, [property: Description("Bytes")] long Size, [property: Description("Lower-case hex")] string Sha256, long? AssetId = null);

    // Of a type of its own: schemas of two lists of one type would refer to each other, which clients reject.
    internal sealed record MissingAsset(string Name, [property: Description("Bytes")] long Size, [property: Description("Lower-case hex; empty for what was not made yet")] string Sha256, string Reason);

    internal sealed record ProvenanceRef(
        [property: Description("The asset that holds it")] string Asset, string PredicateType, int Subjects, [property: Description("Lower-case hex SHA-256 of the asset")] string Sha256,
        [property: Description("The name and id of the receipt log's key")] string KeyId);

    public async Task<IReadOnlyList<Fact>> CheckAsync(Input input, CancellationToken cancellationToken) => (await planner.PlanAsync(input, cancellationToken)).Facts;

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken) => input.DryRun == true
        ? publisher.Rehearse(input, await planner.PlanAsync(input, cancellationToken))
        : await publisher.PublishAsync(input, call, cancellationToken);

    /// <summary>The release that bears this operation's mark, if it is what was asked for and whole.</summary>
    public Task<Output?> FindEffectAsync(Input input, ToolCall call, CancellationToken cancellationToken) => publisher.FindEffectAsync(input, call, cancellationToken);
}
