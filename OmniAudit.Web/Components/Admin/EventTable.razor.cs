using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Web.Components.Admin;

/// <summary>Events, one a row; a row opens its event beside the list.</summary>
public sealed partial class EventTable
{
    /// <summary>What can stand beside the operation.</summary>
    public static IReadOnlyList<(string Id, string Label)> Columns { get; } =
    [
        ("service", "Service"), ("outcome", "Outcome"), ("actor", "Actor"), ("target", "Target"), ("ip", "Address"), ("client", "Program"), ("source", "Source"), ("result", "Result"), ("tags", "Tags"), ("when", "When"),
    ];

    /// <summary>What does at first.</summary>
    public static IReadOnlySet<string> DefaultColumns { get; } = new HashSet<string>(StringComparer.Ordinal) { "service", "outcome", "actor", "target", "tags", "when" };

    [Parameter, EditorRequired] public IReadOnlyList<StoredEvent> Events { get; set; } = [];
    [Parameter, EditorRequired] public EventFilters Filters { get; set; } = EventFilters.Default;
    [Parameter] public IReadOnlySet<string> Chosen { get; set; } = DefaultColumns;

    /// <summary>Ids of events that came while the page was open.</summary>
    [Parameter] public IReadOnlySet<string> Fresh { get; set; } = new HashSet<string>();

    private IEnumerable<(string Id, string Label)> Shown => Columns.Where(c => Chosen.Contains(c.Id));
}
