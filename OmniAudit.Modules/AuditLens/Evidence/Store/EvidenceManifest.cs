using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>Where evidence came from.</summary>
/// <param name="Kind">One of <see cref="EvidenceKinds"/>.</param>
/// <param name="Name">The artifact's or the job's name, or the uploaded file's.</param>
/// <param name="Repo">owner/name; empty for an upload that names none.</param>
/// <param name="ArtifactId">0: not an artifact.</param>
/// <param name="ApiDigest">What GitHub says the archive's SHA-256 is.</param>
public sealed record EvidenceOrigin(
    string Kind, string Name, string Repo = "", long RunId = 0, int RunAttempt = 0, string HeadSha = "", string HeadBranch = "", string Workflow = "", string Conclusion = "", long ArtifactId = 0, string? ApiDigest = null);

/// <summary>What sorts of evidence there are.</summary>
public static class EvidenceKinds
{
    /// <summary>The files of an artifact of a run.</summary>
    public const string Artifact = "artifact";
    /// <summary>Logs of jobs.</summary>
    public const string Logs = "logs";
    /// <summary>Annotations of jobs' check runs.</summary>
    public const string Annotations = "annotations";
    /// <summary>What a person brought.</summary>
    public const string Upload = "upload";
}

/// <summary>One file of a piece of evidence.</summary>
/// <param name="Path">With slashes; no path on any machine.</param>
/// <param name="Size">As it came.</param>
/// <param name="Sha256">Of the bytes as they came, lower-case hex.</param>
/// <param name="Reference">The stored text, secrets taken out; null when it was not kept.</param>
/// <param name="Redactions">How many secrets were taken out.</param>
/// <param name="Job">The job by its exact name, for logs and annotations of one.</param>
/// <param name="NotKept">Why it was not kept: <c>binary</c>, <c>step_of_job_log</c>.</param>
public sealed record EvidenceFile(string Path, long Size, string Sha256, string? Reference, long Redactions = 0, string? Job = null, string? NotKept = null);

/// <summary>What was not taken, and why.</summary>
/// <param name="Reason">A stable word, such as <c>crc_mismatch</c>.</param>
public sealed record RejectedFile(string Path, string Reason, string Message);

/// <summary>All that is known of a piece of evidence when it is stored. Written once and never changed.</summary>
/// <param name="ContentSha256">Of the names and hashes of all files, kept or rejected: the same content has the same, whenever it is fetched.</param>
/// <param name="ArchiveSha256">Of an artifact's archive as it came; null for everything else: logs are packed anew by GitHub at each download, and of an upload the files count.</param>
/// <param name="Problem">What is wrong with it as a whole; then files may be missing from both lists.</param>
/// <param name="Caps">What is missing because of a bound, as sentences.</param>
public sealed record EvidenceManifest(
    int Version, EvidenceOrigin Origin, string ContentSha256, string? ArchiveSha256, IReadOnlyList<EvidenceFile> Files, IReadOnlyList<RejectedFile> Rejected, string? Problem, IReadOnlyList<string> Caps);

/// <summary>How manifests and findings are stored: snake_case, absent instead of null.</summary>
internal static class EvidenceJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
