using System.ComponentModel;
using OmniAudit.Modules.ReleaseButler.Publishing;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler;

internal sealed class VerifyAssetTool(ReleaseVerifier verifier) : ITool<VerifyAssetTool.Input, VerifyAssetTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "releasebutler.verify_asset",
        Title = "Verify asset",
        Description = "Checks an asset's bytes against checksums, digest and attestations.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.ReadableRepository<Input>(i => i.Repo),
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("owner/name")]
        public required string Repo { get; init; }

        [Description("Its id")]
        public required long AssetId { get; init; }

        [Description("64 hex, asset:ID of a checksum list, or auto")]
        public required string ChecksumSource { get; init; }
    }

    internal sealed record Output(
        [property: Description("agree: all that is there agrees, and the given hash or a statement signed by this server is among it; integrity_only: all agrees, and all of it comes from the release; conflict; not_listed: nothing was shown")] string Verdict,
        [property: Description("True for agree and integrity_only, false for conflict; left out for not_listed")] bool? Verified,
        string? Name,
        [property: Description("Bytes")] long? Size,
        [property: Description("Of the bytes, lower-case hex")] string Sha256,
        [property: Description("The release's tag")] string? Tag,
        [property: Description("What each source says")] IReadOnlyList<Source>? Sources);

    internal sealed record Source(
        [property: Description("given, api_digest, checksums or attestation")] string Kind,
        [property: Description("match, mismatch, not_listed, absent, unreadable; of attestations signed_by_this_log, identity_not_verified, bad_signature")] string State,
        string? Sha256, [property: Description("The asset that says it")] string? Asset, string? Detail);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var found = await verifier.VerifyAsync(input.Repo, input.AssetId, input.ChecksumSource, call.Progress, cancellationToken);
        return new Output(
            found.Verdict, found.Verdict switch { VerifyVerdict.NotListed => null, VerifyVerdict.Conflict => false, _ => true },
            found.Asset.Name ?? "", found.Size, found.Sha256, found.Tag, [.. found.Sources.Select(s => new Source(s.Source, s.State, s.Sha256, s.Asset, s.Detail))]);
    }
}
