using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Markdown as it will look, beside the text that is sent: the text decides.</summary>
public sealed partial class MarkdownBeside
{
    [Parameter, EditorRequired] public string Text { get; set; } = "";
}
