using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Admin;

/// <summary>Beside a value: show only events with it, or none.</summary>
public sealed partial class ValueActs
{
    [Parameter, EditorRequired] public EventFilters Filters { get; set; } = EventFilters.Default;
    [Parameter, EditorRequired] public EventField Field { get; set; }

    /// <summary>As filters know it; empty shows nothing.</summary>
    [Parameter, EditorRequired] public string Value { get; set; } = "";

    private string Noun => Field switch { EventField.Ip => "address", EventField.Correlation => "correlation id", _ => Field.ToString().ToLowerInvariant() };
}
