using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Text from outside: always text, and with everything in it visible. Written by hand because markup would add white space of its own.</summary>
public sealed class FaithfulText : ComponentBase
{
    [Parameter, EditorRequired] public string Text { get; set; } = "";

    /// <summary>Line ends and tabs are shown as such; only where they cannot push other words away (a block of its own).</summary>
    [Parameter] public bool Multiline { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder) => Write(builder, Text, Multiline);

    /// <summary>The same for components that build their own tree.</summary>
    internal static void Write(RenderTreeBuilder builder, string text, bool multiline = false)
    {
        foreach (var segment in FaithfulSegments.Of(text))
        {
            if (!segment.IsEscape || (multiline && segment.Source is ("\n" or "\t")))
            {
                builder.AddContent(0, segment.Source);
                continue;
            }
            builder.OpenElement(1, "span");
            builder.AddAttribute(2, "class", "esc");
            builder.AddAttribute(3, "title", segment.Meaning);
            builder.AddContent(4, segment.Shown);
            builder.CloseElement();
        }
    }
}
