using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Store;

namespace OmniAudit.Web.Components.Admin;

/// <summary>The values that the events found have, with how many have each.</summary>
public sealed partial class EventFacetList
{
    /// <summary>More are one click away.</summary>
    private const int First = 8;

    [Parameter, EditorRequired] public string Title { get; set; } = "";
    [Parameter, EditorRequired] public EventField Field { get; set; }
    [Parameter, EditorRequired] public IReadOnlyList<EventCount> Counts { get; set; } = [];
    [Parameter, EditorRequired] public EventFilters Filters { get; set; } = EventFilters.Default;

    /// <summary>False: not all events were looked at, and each count is at least so many.</summary>
    [Parameter] public bool Exact { get; set; } = true;

    private string Id => $"facet-{Field.ToString().ToLowerInvariant()}";
}
