using System.Text;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>
/// The in-toto statement that is published with a release: "these bytes are this release of this repository", and nothing of how they were built,
/// for this server did not see that. The same operation always gives the same bytes.
/// </summary>
internal static class ReleaseAttestation
{
    /// <summary>github.com/in-toto/attestation, spec/predicates/release.md.</summary>
    public const string PredicateType = "https://in-toto.io/attestation/release/v0.2";

    /// <summary>The asset that carries it: one envelope on one line.</summary>
    public static string AssetName(string tag) => $"{string.Concat(tag.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '+' ? c : '.')).Trim('.')}.intoto.jsonl";

    /// <param name="commit">What the tag is or will be at.</param>
    /// <param name="operationId">The approval that began the release.</param>
    public static byte[] Statement(string repository, long repositoryId, string tag, string commit, long releaseId, string operationId, IEnumerable<AttestedSubject> subjects) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["_type"] = InTotoStatement.Type,
        ["subject"] = new JsonArray([.. subjects.Select(s => new JsonObject { ["name"] = s.Name, ["digest"] = new JsonObject { ["sha256"] = s.Sha256 } })]),
        ["predicateType"] = PredicateType,
        ["predicate"] = new JsonObject
        {
            // packageurl: type github; the version is the tag.
            ["purl"] = $"pkg:github/{repository.ToLowerInvariant()}@{Uri.EscapeDataString(tag)}",
            ["packageId"] = releaseId.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["omniaudit_repository"] = repository,
            ["omniaudit_repositoryId"] = repositoryId.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["omniaudit_tag"] = tag,
            ["omniaudit_commit"] = commit,
            ["omniaudit_approval"] = operationId,
        },
    }.ToJsonString());
}
