using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Why a list is empty, and what to do next.</summary>
public sealed partial class EmptyState
{
    [Parameter, EditorRequired] public string Text { get; set; } = "";
    [Parameter] public string Icon { get; set; } = "inbox";
    [Parameter] public RenderFragment? ChildContent { get; set; }
}
