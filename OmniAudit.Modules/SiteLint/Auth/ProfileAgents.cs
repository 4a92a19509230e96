using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.SiteLint.Auth;

/// <summary>Reads what an admin typed about the agents of a profile. Subjects are stored: a name alone can be anybody's whose token says so.</summary>
internal static class ProfileAgents
{
    private const int Most = 50;
    private const string Prefix = "agent:";

    /// <returns>The lines of <see cref="AuthProfileRow.Agents"/>.</returns>
    /// <exception cref="IdentityRefusedException">There is no such agent, or there are too many.</exception>
    public static async Task<string> ReadAsync(OmniAuditDb db, IReadOnlyList<string> typed, CancellationToken cancellationToken)
    {
        var names = typed.Select(t => t.Trim()).Where(t => t.Length > 0).Distinct(StringComparer.Ordinal).ToList();
        if (names.Count > Most) throw new IdentityRefusedException($"agents: must have at most {Most} entries; * opens it to all.");
        if (names.Contains(ProfileAgent.Everyone)) return $"{ProfileAgent.Everyone}\t{ProfileAgent.Everyone}";
        var lines = new List<string>();
        foreach (var name in names) lines.Add(await ReadAsync(db, name, cancellationToken));
        return string.Join('\n', lines.Distinct(StringComparer.Ordinal));
    }

    /// <summary>For the trail.</summary>
    public static string InWords(AuthProfile profile) => profile.Agents switch
    {
        [] => "open to no agent",
        [{ Subject: ProfileAgent.Everyone }] => "open to all agents",
        var some => $"open to {string.Join(", ", some.Select(a => a.Name))}",
    };

    private static async Task<string> ReadAsync(OmniAuditDb db, string name, CancellationToken cancellationToken)
    {
        var id = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
        // Built-in agents are known before their first call.
        if (id == AgentDirectory.Default.Name || id == AgentDirectory.Anonymous.Name) return $"{Prefix}{id}\t{id}";
        if (await db.Set<AgentRow>().FirstOrDefaultAsync(a => a.AgentId == id || a.Name == id, cancellationToken) is { } row) return $"{row.ToInfo().Actor.Subject}\t{row.Name}";
        // Agents of tokens have no row; their subject stands in the audit log.
        if (name.Length <= 100 && id != name && id.Length > 0 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or ':')) return $"{name}\t{name}";
        throw new IdentityRefusedException($"agents: there is no agent '{new string([.. name.Take(100).Select(c => char.IsControl(c) ? ' ' : c)])}'. Give its name or id from the Agents page, the subject agent:… of a token's, or * for all.");
    }
}
