using System.Globalization;
using System.Text;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>An event in five points without any model: what, who and to whom, typical or not, what it means, what next.</summary>
internal static class EventStory
{
    private const int MostTargets = 5;
    private const int MostChanges = 6;

    public static string Tell(StoredEvent stored, EventBackground background, IReadOnlyList<StoredEvent> related, int relatedCount)
    {
        var e = stored.Event;
        var meaning = KnownOperations.Find(e.OperationNorm, e.Outcome);
        var text = new StringBuilder();
        text.Append($"- **What:** {EventText.Plain(e.OperationNorm)} in {EventText.Plain(e.Service)} on {EventText.Time(e.Time)}; {EventText.Ended(e.Outcome)}");
        if (e.ResultCode is { Length: > 0 } code) text.Append($" ({EventText.Plain(code)})");
        text.Append($". [{stored.Id}]\n");
        foreach (var change in e.Changes.Take(MostChanges)) text.Append($"- Changed {EventText.Plain(change.Property)}: {Value(change.Old)} → {Value(change.New)}.\n");
        if (e.Changes.Count > MostChanges) text.Append(CultureInfo.InvariantCulture, $"- {e.Changes.Count - MostChanges} more changed properties.\n");
        text.Append($"- **Who and to whom:** {EventText.Who(e.Actor)}{(e.Actor.Kind == ActorKinds.App ? ", an application" : e.Actor.Kind == ActorKinds.System ? ", a service of Microsoft or nobody named" : "")}");
        if (e.Actor.Ip is { } ip) text.Append($", from {EventText.Plain(ip)}");
        if (e.Geo is { Length: > 0 } place) text.Append($" ({EventText.Plain(place)})");
        if (e.ClientApp is { Length: > 0 } client) text.Append($", with {EventText.Plain(client)}");
        text.Append(e.Targets.Count == 0 ? "; the record names no target." : $"; to {string.Join(", ", e.Targets.Take(MostTargets).Select(t => EventText.Plain(t.Name)))}{(e.Targets.Count > MostTargets ? $" and {e.Targets.Count - MostTargets} more" : "")}.").Append('\n');
        text.Append($"- **Typical?** {background.Typical}\n");
        text.Append($"- **Security:** {meaning.Meaning}{Privileged(e)}\n");
        text.Append($"- **Next step:** {meaning.Next}\n");
        if (e.Doubts.Count > 0) text.Append($"- **The record is not sound:** {EventText.Plain(string.Join("; ", e.Doubts))}\n");
        if (related.Count == 0) return text.Append("\nNo other event of the same act, actor or target is stored within 24 hours of it.").ToString();
        text.Append(CultureInfo.InvariantCulture, $"\nRelated events within 24 hours of it, {(relatedCount > related.Count ? $"the {related.Count} nearest of {relatedCount}" : "nearest first")}:\n\n");
        return text.AppendJoin('\n', related.Select(EventText.Line)).ToString();
    }

    /// <summary>A role that gives the whole tenant is said so wherever it stands.</summary>
    private static string Privileged(AuditEvent e)
    {
        var role = e.Targets.Select(t => t.Name).Concat(e.Changes.Select(c => c.New ?? "")).Select(v => v.Trim().Trim('[', ']', '"')).FirstOrDefault(PlainWords.IsRole);
        return role is null ? "" : $" The role here is {EventText.Plain(role)}.";
    }

    private static string Value(string? value) => string.IsNullOrWhiteSpace(value) ? "(none)" : EventText.Plain(value);
}
