using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Tools.Policies;

/// <summary>Which repositories may be written to: REPO_WRITE_ALLOWLIST, whole names compared without case (as GitHub does). An empty list allows none.</summary>
internal sealed class RepositoryPolicy(OmniAuditOptions options)
{
    private readonly HashSet<string> _writable =
        new(options.Policy.RepoWriteAllowlist.Select(r => r.Trim()).Where(r => r.Length > 0), StringComparer.OrdinalIgnoreCase);

    /// <param name="repository"><c>owner/name</c>.</param>
    public PolicyVerdict Check(string repository)
    {
        var parts = repository.Split('/');
        if (parts.Length != 2 || parts.Any(p => p.Length is 0 or > 100 || p is "." or ".." || !p.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')))
            return PolicyVerdict.Deny("repository_invalid", "The repository must be written owner/name.");
        return _writable.Contains(repository)
            ? PolicyVerdict.Allow
            : PolicyVerdict.Deny("repository_not_allowed", $"{repository} is not on REPO_WRITE_ALLOWLIST; add it there to allow writing to it.");
    }
}
