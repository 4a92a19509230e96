namespace OmniAudit.Modules.AdminOps.Store;

/// <summary>SQLite's full-text indexes, which a migration of their own makes.</summary>
internal static class EventTables
{
    /// <summary>Words and marks: <see cref="EventWords"/>.</summary>
    public const string Words = "audit_event_words";

    /// <summary>Every three characters that follow each other; filled while ADMINOPS_SUBSTRING_INDEX is on.</summary>
    public const string Parts = "audit_event_parts";
}
