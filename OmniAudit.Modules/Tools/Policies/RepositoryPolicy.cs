using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Tools.Policies;

/// <summary>Which repositories may be written to: REPO_WRITE_ALLOWLIST, whole names compared without case (as GitHub does). An empty list allows none.</summary>
internal sealed class RepositoryPolicy(OmniAuditOptions options)
{
    private readonly HashSet<string> _writable =
        new(options.Policy.RepoWriteAllowlist.Select(r => r.Trim()).Where(r => r.Length > 0), StringComparer.OrdinalIgnoreCase);

    /// <param name="repository"><c>owner/name</c>.</param>
    public PolicyVerdict Check(string repository) =>
        CheckForm(repository) is { Allowed: false } wrong ? wrong
        : _writable.Contains(repository) ? PolicyVerdict.Allow
        : PolicyVerdict.Deny("repository_not_allowed", $"{repository} is not on REPO_WRITE_ALLOWLIST; add it there to allow writing to it.");

    /// <summary>Only how it is written: what is read from is not on a list of the server's.</summary>
    public static PolicyVerdict CheckForm(string repository)
    {
        var parts = repository.Split('/');
        return parts.Length != 2 || parts.Any(p => p.Length is 0 or > 100 || p is "." or ".." || !p.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            ? PolicyVerdict.Deny("repository_invalid", "The repository must be written owner/name.")
            : PolicyVerdict.Allow;
    }

    /// <summary>True when an entry (<c>owner/name</c>, or <c>owner/*</c> for all of an owner) means this repository: whole names, without case.</summary>
    public static bool Covers(string entry, string repository) =>
        entry.EndsWith("/*", StringComparison.Ordinal)
            ? repository.Split('/') is [var owner, { Length: > 0 }] && owner.Equals(entry[..^2], StringComparison.OrdinalIgnoreCase)
            : entry.Equals(repository, StringComparison.OrdinalIgnoreCase);
}
