using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Ask;

namespace OmniAudit.Web.Components.Admin;

/// <summary>Exactly what leaves, or left, for a model; nothing when there is nothing.</summary>
public sealed partial class SentPrompt
{
    [Parameter, EditorRequired] public ModelPrompt? Sent { get; set; }

    /// <summary>It was sent; false for a preview.</summary>
    [Parameter] public bool WasSent { get; set; }
}
