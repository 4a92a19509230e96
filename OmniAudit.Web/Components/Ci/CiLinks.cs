namespace OmniAudit.Web.Components.Ci;

/// <summary>Where runs, evidence and findings are shown.</summary>
internal static class CiLinks
{
    public static string Runs(string repo, long? pull = null) => $"/runs?repo={Uri.EscapeDataString(repo)}{(pull is { } n ? $"&pr={n}" : "")}";

    /// <summary>The repository's slash stays: it is two segments.</summary>
    public static string Run(string repo, long runId) => $"/runs/{string.Join('/', repo.Split('/').Select(Uri.EscapeDataString))}/{runId}";
    public static string Evidence(string evidenceId) => "/evidence/" + Uri.EscapeDataString(evidenceId);
    public static string Log(string evidenceId, string path, long? line = null) => $"{Evidence(evidenceId)}/log?file={Uri.EscapeDataString(path)}{(line is > 0 ? $"&line={line}" : "")}";
    public static string Download(string evidenceId, string path) => $"{Evidence(evidenceId)}/file?path={Uri.EscapeDataString(path)}";
    public static string Findings(string findingsId) => "/findings/" + Uri.EscapeDataString(findingsId);
    public static string Finding(string findingsId, string findingId) => $"{Findings(findingsId)}/{Uri.EscapeDataString(findingId)}";

    /// <summary>A place as findings name it, <c>evd_…/path</c>, as a link into the log.</summary>
    public static string? Place(string reference, long line)
    {
        var slash = reference.IndexOf('/', StringComparison.Ordinal);
        return slash <= 0 ? null : Log(reference[..slash], reference[(slash + 1)..], line);
    }
}
