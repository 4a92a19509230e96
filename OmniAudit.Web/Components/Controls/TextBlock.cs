using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace OmniAudit.Web.Components.Controls;

/// <summary>
/// Text from outside in a block of its own, whole whatever its length. A long one stands in parts that the browser lays out
/// only when they come into view.
/// </summary>
public sealed class TextBlock : ComponentBase
{
    private const int PartLength = 16_000;

    [Parameter, EditorRequired] public string Text { get; set; } = "";

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "pre");
        builder.AddAttribute(1, "class", "block");
        if (Text.Length <= PartLength) FaithfulText.Write(builder, Text, multiline: true);
        else
        {
            foreach (var part in Parts(Text))
            {
                builder.OpenElement(2, "div");
                builder.AddAttribute(3, "class", "part");
                FaithfulText.Write(builder, part, multiline: true);
                builder.CloseElement();
            }
        }
        builder.CloseElement();
    }

    /// <summary>Cut behind line ends only, so that the parts stand below each other as the text does; joined they are the text.</summary>
    internal static IEnumerable<string> Parts(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var cut = start + PartLength >= text.Length ? -1 : text.IndexOf('\n', start + PartLength);
            var end = cut < 0 ? text.Length : cut + 1;
            yield return text[start..end];
            start = end;
        }
    }
}
