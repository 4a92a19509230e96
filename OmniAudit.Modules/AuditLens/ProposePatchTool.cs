using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.AuditLens.Evidence.Parsing;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.AuditLens.Triage.Patches;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens;

internal sealed class ProposePatchTool(GitHubClient gitHub, FindingsStore sets) : ITool<ProposePatchTool.Input, ProposePatchTool.Output>
{
    /// <summary>A longer diff is shown up to here; its hash is of all of it.</summary>
    private const int MostDiffChars = 30_000;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "auditlens.propose_patch",
        Title = "Propose patch",
        Description = "The fix that the finding's tool proposes, as a diff proven to apply to the file at the run's commit; else no_patch and why. Writes nothing.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.ReadableRepository<Input>(i => i.Repo),
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("owner/name")]
        [RegularExpression("[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")]
        public required string Repo { get; init; }

        [Description("From auditlens.parse_findings")]
        [StringLength(40, MinimumLength = 1)]
        public required string FindingId { get; init; }
    }

    internal sealed record Output(
        [property: Description("proven or no_patch")] string Result,
        string? TargetFile,
        string? DiffPreview,
        [property: Description("A stable word for why there is none")] string? Code,
        string? Reason,
        string? HeadSha,
        [property: Description("git's name of the bytes that the diff applies to")] string? BlobSha,
        [property: Description("git's name of the bytes that it gives")] string? PatchedBlobSha,
        [property: Description("What was proven, and how")] string? Proof,
        string? Description,
        [property: Description("The preview was cut to this many characters of diff_chars")] int? CutAt,
        int? DiffChars);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var found = await sets.FindFindingAsync(input.Repo, input.FindingId, cancellationToken)
            ?? throw ToolRefusedException.NotFound("finding_id", input.FindingId, $"Use a finding_id that auditlens.parse_findings answered for {input.Repo}.");
        var (finding, sha) = (found.Finding.Finding, found.Set.HeadSha);
        if (finding.Fixes.Count == 0) return No("no_fix", "The tool proposes no change for this finding.", finding.File, sha);
        if (sha.Length == 0) return No("no_commit", "The evidence belongs to no commit (it was uploaded), so there is no file to prove a patch against.", finding.File, sha);
        NoPatch? first = null;
        string? firstFile = null;
        foreach (var path in finding.Fixes.SelectMany(f => f.Edits).Select(e => SourcePath.Normalise(e.File)).Where(f => f.Length > 0).Distinct(StringComparer.Ordinal).Take(3))
        {
            var made = await MakeAsync(input.Repo, finding, path, sha, cancellationToken);
            if (made.Patch is { } patch) return Proven(patch, sha);
            (first, firstFile) = (first ?? made.None, firstFile ?? path);
        }
        return No(first?.Code ?? "no_fix", first?.Reason ?? "The tool's fix names no file.", firstFile, sha);
    }

    private async Task<PatchResult> MakeAsync(string repo, Evidence.Findings.EvidenceFinding finding, string path, string sha, CancellationToken cancellationToken)
    {
        if (path.StartsWith('/') || path.Contains(':', StringComparison.Ordinal) || path.Split('/').Any(p => p is "." or ".." or ""))
            return PatchResult.No("file_outside", $"{VisibleText.Of(ShortText.Of(path, 200))} is no path in the repository.");
        try
        {
            return await gitHub.FindFileAsync(repo, path, sha, PatchMaker.MostBytes, cancellationToken) is { } file
                ? PatchMaker.Make(finding, path, file.Bytes, file.Sha)
                : PatchResult.No("file_not_found", $"{VisibleText.Of(ShortText.Of(path, 200))} is not in the repository at {sha}.");
        }
        catch (GitHubRefusedException refused) when (refused.Code == "github_too_large")
        {
            return PatchResult.No("file_too_large", refused.Message);
        }
        catch (GitHubRefusedException refused)
        {
            throw new ToolRefusedException(refused.Code, refused.Code == "not_found" ? $"repo: {refused.Message}" : refused.Message, refused.Code == "not_found" ? "repo" : null);
        }
    }

    private static Output Proven(ProvenPatch patch, string sha)
    {
        var cut = patch.Diff.Length > MostDiffChars;
        var length = cut && char.IsHighSurrogate(patch.Diff[MostDiffChars - 1]) ? MostDiffChars - 1 : MostDiffChars;
        return new Output(
            "proven", patch.File, cut ? patch.Diff[..length] : patch.Diff, null, null, sha, patch.BlobSha, patch.PatchedSha,
            string.Join(' ', patch.Notes.Prepend($"Applied to blob {patch.BlobSha} by a second program: {patch.Hunks} hunk{(patch.Hunks == 1 ? "" : "s")}, +{patch.Added} -{patch.Removed}, result {patch.PatchedSha}.")),
            patch.Description.Length > 0 ? ShortText.Of(VisibleText.Of(patch.Description), 300) : null, cut ? length : null, cut ? patch.Diff.Length : null);
    }

    private static Output No(string code, string reason, string? file, string sha) =>
        new("no_patch", file is null ? null : VisibleText.Of(ShortText.Of(file, 300)), null, code, reason, sha.Length > 0 ? sha : null, null, null, null, null, null, null);
}
