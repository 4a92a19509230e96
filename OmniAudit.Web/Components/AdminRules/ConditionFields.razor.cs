using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.AdminRules;

/// <summary>Fields of one condition of a rule.</summary>
public sealed partial class ConditionFields
{
    /// <summary>Begins the ids of its fields.</summary>
    [Parameter, EditorRequired] public string Id { get; set; } = "";
    [Parameter, EditorRequired] public ConditionDraft Draft { get; set; } = null!;
    [Parameter] public EventCallback Remove { get; set; }
}
