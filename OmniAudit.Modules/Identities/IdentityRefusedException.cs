namespace OmniAudit.Modules.Identities;

/// <summary>A change to agents or operators that is not possible; the message is for the person who asked and says what to change.</summary>
public sealed class IdentityRefusedException(string message) : Exception(message);
