using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Admin;

/// <summary>
/// An answer of ask or explain: paragraphs, list items, bold, code and the ids of our own events in brackets, which open them. It knows nothing else: what looks like a
/// link, an image or HTML is text, whoever wrote it.
/// </summary>
public sealed partial class AnswerView : ComponentBase
{
    private const int MostLines = 200;

    [Parameter, EditorRequired] public string Text { get; set; } = "";

    /// <summary>The events that may be opened; another id is text.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<StoredEvent> Events { get; set; } = [];

    /// <summary>Opens an event, by its id. Without it ids are text.</summary>
    [Parameter] public EventCallback<string> OnOpen { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "div");
        builder.AddAttribute(1, "class", "answer-text");
        var inList = false;
        foreach (var line in Text.ReplaceLineEndings("\n").Split('\n').Take(MostLines))
        {
            var isItem = line.StartsWith("- ", StringComparison.Ordinal);
            if (inList && !isItem) builder.CloseElement();
            if (!inList && isItem) builder.OpenElement(2, "ul");
            inList = isItem;
            if (line.Trim().Length == 0) continue;
            builder.OpenElement(3, isItem ? "li" : "p");
            Inline(builder, isItem ? line[2..] : line);
            builder.CloseElement();
        }
        if (inList) builder.CloseElement();
        builder.CloseElement();
    }

    private void Inline(RenderTreeBuilder builder, string text)
    {
        var from = 0;
        foreach (Match match in Marks().Matches(text))
        {
            FaithfulText.Write(builder, text[from..match.Index]);
            from = match.Index + match.Length;
            var content = match.Value.Trim('`');
            if (match.Value[0] == '`') Element(builder, "code", content);
            else if (match.Value[0] == '*') Element(builder, "strong", match.Value[2..^2]);
            else if (OnOpen.HasDelegate && Events.FirstOrDefault(e => e.Id == match.Value[1..^1]) is { } cited) Citation(builder, cited);
            else FaithfulText.Write(builder, match.Value);
        }
        FaithfulText.Write(builder, text[from..]);
    }

    private static void Element(RenderTreeBuilder builder, string name, string text)
    {
        builder.OpenElement(4, name);
        FaithfulText.Write(builder, text);
        builder.CloseElement();
    }

    private void Citation(RenderTreeBuilder builder, StoredEvent cited)
    {
        builder.OpenElement(5, "button");
        builder.AddAttribute(6, "type", "button");
        builder.AddAttribute(7, "class", "cite");
        builder.AddAttribute(8, "data-event", cited.Id);
        builder.AddAttribute(9, "title", $"Open the event of {cited.Event.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC");
        builder.AddAttribute(10, "onclick", EventCallback.Factory.Create(this, () => OnOpen.InvokeAsync(cited.Id)));
        builder.AddContent(11, $"event {cited.Event.Time.UtcDateTime:MM-dd HH:mm}");
        builder.CloseElement();
    }

    [GeneratedRegex(@"`[^`]+`|\*\*[^*]+\*\*|\[[0-9]{1,20}\]", RegexOptions.NonBacktracking)]
    private static partial Regex Marks();
}
