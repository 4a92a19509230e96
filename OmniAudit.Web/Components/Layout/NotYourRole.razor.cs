using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Components.Layout;

/// <summary>In place of a page that needs another role than the person has.</summary>
public sealed partial class NotYourRole
{
    [Parameter, EditorRequired] public Role Need { get; set; }
    [Parameter, EditorRequired] public Role Have { get; set; }
}
