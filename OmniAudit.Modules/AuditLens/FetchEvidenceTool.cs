using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.AuditLens.Evidence;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens;

internal sealed class FetchEvidenceTool(EvidenceFetcher fetcher, EvidenceStore store) : ITool<FetchEvidenceTool.Input, FetchEvidenceTool.Output>
{
    private const int MostListed = 40;

    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "auditlens.fetch_evidence",
        Title = "Fetch CI evidence",
        Description = "Stores an artifact of a run, or logs or annotations of its jobs: immutable, hashed, secrets taken out. Read it with auditlens.parse_findings or auditlens.read_log.",
        Risk = ToolRisk.Work,
        Policy = ToolPolicy.ReadableRepository<Input>(i => i.Repo),
        Idempotent = true,
        OpenWorld = true,
    };

    internal sealed record Input
    {
        [Description("owner/name")]
        [RegularExpression("[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}")]
        public required string Repo { get; init; }

        [Description("The run")]
        [Range(1, 9_007_199_254_740_991d)]
        public required long RunId { get; init; }

        [Description("An artifact; of logs and annotations a job, or *")]
        [StringLength(300, MinimumLength = 1)]
        public required string ArtifactName { get; init; }

        [Description("Default: artifact")]
        [AllowedValues("artifact", "logs", "annotations", null)]
        public string? Source { get; init; }

        [Description("Of logs and annotations; default: the latest")]
        [Range(1, 10_000)]
        public int? Attempt { get; init; }
    }

    internal sealed record Output(
        [property: Description("Names this evidence for parse_findings and read_log")] string EvidenceRef,
        [property: Description("0 for logs and annotations")] long ArtifactId,
        [property: Description("Files that were kept")] int FileCount,
        [property: Description("Of all names and hashes: the same content has the same")] string Sha256,
        [property: Description("path (size)")] IReadOnlyList<string> Files,
        [property: Description("path: why it was not kept")] IReadOnlyList<string> Rejected,
        [property: Description("Secrets taken out")] long Redactions,
        [property: Description("The whole manifest, in parts")] string ManifestUri,
        string? Message);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var row = await fetcher.FetchAsync(input.Repo, input.RunId, input.Source ?? EvidenceKinds.Artifact, input.ArtifactName, input.Attempt, call.Actor.Subject, call.Progress, cancellationToken);
        var manifest = await store.ManifestAsync(row, cancellationToken);
        var kept = manifest.Files.Where(f => f.Reference is not null).ToList();
        var left = manifest.Rejected.Select(r => $"{r.Path}: {r.Message}").Concat(manifest.Files.Where(f => f.Reference is null).Select(f => $"{f.Path}: {f.NotKept}")).ToList();
        var said = manifest.Caps.Concat(manifest.Problem is { } problem ? [problem] : []).Concat(kept.Count > MostListed || left.Count > MostListed ? [$"{MostListed} of each list are shown; the manifest has all."] : []).ToList();
        return new Output(
            row.EvidenceId, row.ArtifactId, row.Files, row.ContentSha256, [.. kept.Take(MostListed).Select(f => $"{f.Path} ({f.Size})")], [.. left.Take(MostListed)], row.Redactions,
            EvidenceUris.Evidence(row.EvidenceId), said.Count == 0 ? null : string.Join(' ', said));
    }
}
