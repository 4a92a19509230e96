using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Components.Controls;

/// <summary>The trail of changes to who may do what.</summary>
public sealed partial class IdentityTrail
{
    [Parameter, EditorRequired] public IReadOnlyList<IdentityChange> Changes { get; set; } = [];
}
