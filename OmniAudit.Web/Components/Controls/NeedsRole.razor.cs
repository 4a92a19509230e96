using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Says which role is needed, and that an admin can change it.</summary>
public sealed partial class NeedsRole
{
    /// <summary>Null shows nothing.</summary>
    [Parameter, EditorRequired] public string? Reason { get; set; }

    /// <summary>For the aria-describedby of what it is about.</summary>
    [Parameter] public string? Id { get; set; }
}
