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
