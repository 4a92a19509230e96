using OmniAudit.Modules.Identities;

namespace OmniAudit.Modules.Oidc;

/// <summary>OIDC_ROLES: which of the provider's groups gives which role. Exact names; <c>*</c> is everyone whom the provider signs in.</summary>
internal sealed class RoleMap(IEnumerable<string> entries)
{
    private readonly List<(Role Role, string Group)> _entries =
        [.. entries.Select(e => e.Split('=', 2)).Select(p => (Enum.Parse<Role>(p[0].Trim(), ignoreCase: true), p[1].Trim())).OrderByDescending(e => e.Item1)];

    /// <summary>The highest role that any of the groups gives; null for none.</summary>
    public Role? RoleOf(IReadOnlyCollection<string> groups)
    {
        foreach (var (role, group) in _entries)
        {
            if (group == "*" || groups.Contains(group, StringComparer.Ordinal)) return role;
        }
        return null;
    }

    public override string ToString() => string.Join(", ", _entries.Select(e => $"{e.Group} ({e.Role.ToString().ToLowerInvariant()})"));
}
