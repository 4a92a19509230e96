using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>Reads a source's record into the words that all events share. Pure: the same record gives the same event.</summary>
internal static class EventReader
{
    /// <param name="source">One of <see cref="EventSources"/>.</param>
    /// <param name="raw">One record: a JSON object, UTF-8.</param>
    /// <param name="tenant">The tenant it was fetched for; a record that names its own goes by that.</param>
    /// <param name="now">For a record without a usable time.</param>
    /// <exception cref="FormatException">It is no JSON object; the message says what is wrong.</exception>
    public static IncomingEvent Read(string source, ReadOnlyMemory<byte> raw, string tenant, DateTimeOffset now)
    {
        using var document = RecordText.Parse(raw, out var repaired);
        var record = new RecordField(document.RootElement);
        var draft = new RecordDraft();
        switch (source)
        {
            case EventSources.Directory: DirectoryAuditReader.Read(record, draft); break;
            case EventSources.SignIn: SignInReader.Read(record, draft); break;
            case EventSources.Intune: IntuneReader.Read(record, draft); break;
            case EventSources.Unified: UnifiedReader.Read(record, draft); break;
            case EventSources.Risk: RiskReader.Read(record, draft); break;
            default: throw new ArgumentOutOfRangeException(nameof(source), source, "no such source");
        }
        return new IncomingEvent(draft.Finish(source, raw, tenant, now, repaired), raw);
    }
}
