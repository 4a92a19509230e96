using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Copies the text of another element (js/console.js).</summary>
public sealed partial class CopyButton
{
    /// <summary>The id of the element whose text is copied; its <c>data-raw</c>, if it has one.</summary>
    [Parameter, EditorRequired] public string Source { get; set; } = "";
    [Parameter] public string Text { get; set; } = "Copy";
}
