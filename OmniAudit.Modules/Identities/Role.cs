namespace OmniAudit.Modules.Identities;

/// <summary>What a person may do in the console. Each may do what the ones before may.</summary>
public enum Role
{
    /// <summary>Sees everything that has no secret; changes nothing.</summary>
    Viewer = 1,
    /// <summary>Starts work (scans) and asks for writes, as an agent may.</summary>
    Operator = 2,
    /// <summary>Decides requests, and stops the world (freeze switch).</summary>
    Approver = 3,
    /// <summary>Changes who may do what: people, agents, rules, webhooks.</summary>
    Admin = 4,
}

/// <summary>The words for <see cref="Role"/>.</summary>
public static class Roles
{
    /// <summary>From the least to the most.</summary>
    public static IReadOnlyList<Role> All { get; } = [Role.Viewer, Role.Operator, Role.Approver, Role.Admin];

    /// <summary>As it is stored, typed and shown: lower case.</summary>
    public static string Word(this Role role) => role.ToString().ToLowerInvariant();

    /// <exception cref="IdentityRefusedException">There is no such role; the message names those there are.</exception>
    public static Role Parse(string word) => All.Where(r => r.Word().Equals(word.Trim(), StringComparison.OrdinalIgnoreCase)) is var found && found.Any()
        ? found.First()
        : throw new IdentityRefusedException($"'{word}' is no role. Allowed: {string.Join(", ", All.Select(Word))}.");

    /// <summary>Why somebody with this role may not do what needs another; null when they may.</summary>
    /// <param name="doing">Begins the sentence: "Approving".</param>
    public static string? WhyNot(this Role have, Role need, string doing) =>
        have >= need ? null : $"{doing} needs the role {need.Word()}; you are {have.Word()}. An admin can change it.";
}
