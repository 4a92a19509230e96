using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps;

/// <summary>An event as agents and programs are answered.</summary>
/// <param name="EventId">For get_event.</param>
/// <param name="Outcome">success, failure, partial or unknown: what really came of it.</param>
/// <param name="Result">The source's own result field.</param>
internal sealed record ListedEvent(
    string EventId, DateTimeOffset Time, string Source, string Service, string Operation, string Outcome, string? Result, string Actor, string? ActorUpn, string? Ip, IReadOnlyList<string> Targets, string Summary, IReadOnlyList<string> Tags)
{
    private const int MostTargets = 5, LongestText = 300;

    public static ListedEvent Of(StoredEvent stored)
    {
        var e = stored.Event;
        return new ListedEvent(
            stored.Id, e.Time, e.Source, e.Service, Short(e.Operation), e.Outcome.Word(), e.ResultRaw, Short(e.Actor.Name), e.Actor.Upn is { } upn && upn != e.Actor.Name ? Short(upn) : null, e.Actor.Ip,
            [.. e.Targets.Select(t => Short(t.Name)).Where(t => t.Length > 0).Take(MostTargets)], Short(e.Summary), stored.Tags);
    }

    private static string Short(string text) => text.Length <= LongestText ? text : text[..(LongestText - 1)] + "…";
}

/// <summary>How outcomes are written.</summary>
public static class EventOutcomes
{
    /// <summary>The outcome in one lower-case word.</summary>
    public static string Word(this EventOutcome outcome) => outcome switch
    {
        EventOutcome.Success => "success",
        EventOutcome.Failure => "failure",
        EventOutcome.Partial => "partial",
        _ => "unknown",
    };
}
