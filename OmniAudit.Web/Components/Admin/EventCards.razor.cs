using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Web.Components.Admin;

/// <summary>Events in short, one a card.</summary>
public sealed partial class EventCards
{
    [Parameter, EditorRequired] public IReadOnlyList<StoredEvent> Events { get; set; } = [];

    /// <summary>Opens an event, by its id.</summary>
    [Parameter] public EventCallback<string> OnOpen { get; set; }

    private static string Line(StoredEvent stored)
    {
        var e = stored.Event;
        var target = e.Targets.Count == 0 ? "" : e.Targets.Count == 1 ? $" → {e.Targets[0].Name}" : $" → {e.Targets[0].Name} and {e.Targets.Count - 1} more";
        return $"{e.Service} · {(e.Actor.Name.Length > 0 ? e.Actor.Name : "nobody named")}{target}";
    }

    private static string Tone(EventOutcome outcome) => outcome switch { EventOutcome.Success => "good", EventOutcome.Failure => "bad", EventOutcome.Partial => "warn", _ => "" };

    private static string Sign(EventOutcome outcome) => outcome switch { EventOutcome.Success => "check", EventOutcome.Failure => "cross", EventOutcome.Partial => "alert", _ => "question" };
}
