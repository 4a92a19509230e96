using System.Globalization;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Admin;

/// <summary>What else happened around an event: of the same act, by the same actor, or to the same target.</summary>
public sealed partial class EventRelated
{
    private const int Most = 20;
    private static readonly (int Minutes, string Label)[] Spans = [(5, "5 minutes"), (15, "15 minutes"), (60, "1 hour"), (24 * 60, "24 hours")];

    private IReadOnlyList<StoredEvent>? _events;
    private (string, int)? _read;
    private int _minutes = 15;

    [Inject] private EventSearch Search { get; set; } = null!;

    [Parameter, EditorRequired] public StoredEvent Event { get; set; } = null!;

    /// <summary>Where an event of the list is opened.</summary>
    [Parameter, EditorRequired] public Func<string, string> Link { get; set; } = AuditWords.EventPage;
    [Parameter] public RenderFragment? Heading { get; set; }

    private EventFilters Span => new() { Start = Event.Event.Time - Around, End = Event.Event.Time + Around };

    private TimeSpan Around => TimeSpan.FromMinutes(_minutes);

    protected override bool Concerns(Change change) => false;

    protected override async Task LoadAsync()
    {
        if (_read == (Event.Id, _minutes)) return;
        _read = (Event.Id, _minutes);
        _events = await Search.RelatedAsync(Event.Id, Around, Most, Left);
    }

    private string Distance(DateTimeOffset at)
    {
        var by = at - Event.Event.Time;
        var amount = by.Duration() switch
        {
            { TotalSeconds: < 60 } d => $"{d.TotalSeconds:0.#} s",
            { TotalMinutes: < 60 } d => $"{d.TotalMinutes:0.#} min",
            var d => $"{d.TotalHours:0.#} h",
        };
        return by == TimeSpan.Zero ? "at the same time" : string.Create(CultureInfo.InvariantCulture, $"{amount} {(by < TimeSpan.Zero ? "before" : "after")}");
    }

    private string Tie(AuditEvent other)
    {
        var mine = Event.Event;
        if (mine.CorrelationId is { Length: > 0 } act && act == other.CorrelationId) return "same act";
        return mine.Actor.Key.Length > 0 && mine.Actor.Key == other.Actor.Key ? "same actor" : "same target";
    }
}
