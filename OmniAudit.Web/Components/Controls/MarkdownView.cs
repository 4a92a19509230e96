using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Extensions.TaskLists;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace OmniAudit.Web.Components.Controls;

/// <summary>
/// Markdown from outside, rendered: the one place in the console that does. Every element is built here, none is taken from
/// the text: no HTML, nothing that loads, and a link says where it leads. What other renderers hide (comments, link
/// definitions, image addresses, invisible characters) is shown.
/// </summary>
public sealed class MarkdownView : ComponentBase
{
    /// <summary>Longer texts are shown as text only.</summary>
    internal const int MostCharacters = 150_000;
    /// <summary>So are texts of more parts: the browser lays out each.</summary>
    private const int MostParts = 20_000;
    /// <summary>And of more opening brackets: unfinished links cost the parser the square of their number.</summary>
    private const int MostBrackets = 3_000;

    private static readonly MarkdownPipeline Pipeline = Build();

    private MarkdownDocument? _document;
    private string? _parsed;
    private string _note = "";

    [Parameter, EditorRequired] public string Text { get; set; } = "";

    protected override void OnParametersSet()
    {
        if (_parsed == Text) return;
        _parsed = Text;
        (_document, _note) = Read(Text);
    }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "div");
        builder.AddAttribute(1, "class", "md");
        if (_document is { } document) Blocks(builder, document);
        else Element(builder, "p", "quiet", () => builder.AddContent(3, _note));
        builder.CloseElement();
    }

    /// <summary>The document, or why this text is not rendered.</summary>
    internal static (MarkdownDocument? Document, string Note) Read(string text)
    {
        if (text.Length > MostCharacters) return (null, $"Not rendered: it has {text.Length:N0} characters, and rendering stops at {MostCharacters:N0}. The text itself is shown whole.");
        if (text.AsSpan().Count('[') > MostBrackets) return (null, $"Not rendered: it has more than {MostBrackets:N0} opening brackets. The text itself is shown whole.");
        try
        {
            var document = Markdown.Parse(text, Pipeline);
            return document.Descendants().Skip(MostParts).Any() ? (null, $"Not rendered: it has more than {MostParts:N0} parts. The text itself is shown whole.") : (document, "");
        }
        catch (ArgumentException)
        {
            // Markdig's word for a depth past its limit.
            return (null, "Not rendered: it is nested too deeply. The text itself is shown whole.");
        }
    }

    private static MarkdownPipeline Build()
    {
        var builder = new MarkdownPipelineBuilder { MaximumNestingDepth = 40 };
        return builder.UsePipeTables().UseTaskLists().UseEmphasisExtras(Markdig.Extensions.EmphasisExtras.EmphasisExtraOptions.Strikethrough).UsePreciseSourceLocation().DisableHtml().Build();
    }

    private void Blocks(RenderTreeBuilder builder, ContainerBlock blocks)
    {
        foreach (var block in blocks) Render(builder, block);
    }

    private void Render(RenderTreeBuilder builder, Block block)
    {
        switch (block)
        {
            // No heading of the page: the page's outline is ours.
            case HeadingBlock heading: Element(builder, "p", $"md-h md-h{heading.Level}", () => Inlines(builder, heading.Inline)); break;
            case ParagraphBlock paragraph: Element(builder, "p", null, () => Inlines(builder, paragraph.Inline)); break;
            case QuoteBlock quote: Element(builder, "blockquote", null, () => Blocks(builder, quote)); break;
            case ListBlock list: List(builder, list); break;
            case ListItemBlock item: Element(builder, "li", null, () => Blocks(builder, item)); break;
            case CodeBlock code: Code(builder, code); break;
            case ThematicBreakBlock: Element(builder, "hr", null, () => { }); break;
            case Table table: Element(builder, "table", null, () => Element(builder, "tbody", null, () => Blocks(builder, table))); break;
            case TableRow row: Element(builder, "tr", null, () => Blocks(builder, row)); break;
            case TableCell { Parent: TableRow { IsHeader: true } } cell: Element(builder, "th", null, () => Blocks(builder, cell)); break;
            case TableCell cell: Element(builder, "td", null, () => Blocks(builder, cell)); break;
            case LinkReferenceDefinitionGroup group: Blocks(builder, group); break;
            case ContainerBlock other: Blocks(builder, other); break;
            // Link definitions, and whatever Markdig may add: as it was written.
            default: Source(builder, block); break;
        }
    }

    private void List(RenderTreeBuilder builder, ListBlock list)
    {
        builder.OpenElement(10, list.IsOrdered ? "ol" : "ul");
        if (list is { IsOrdered: true, OrderedStart: { } start } && int.TryParse(start, out var first) && first != 1) builder.AddAttribute(11, "start", first);
        Blocks(builder, list);
        builder.CloseElement();
    }

    private static void Code(RenderTreeBuilder builder, CodeBlock code)
    {
        if (code is FencedCodeBlock { Info.Length: > 0 } fenced) Element(builder, "p", "md-info", () => FaithfulText.Write(builder, $"{fenced.Info} {fenced.Arguments}".Trim()));
        Element(builder, "pre", "block", () => FaithfulText.Write(builder, code.Lines.ToString(), multiline: true));
    }

    private void Source(RenderTreeBuilder builder, MarkdownObject part)
    {
        var source = SourceOf(part);
        if (source.Trim().Length > 0) Element(builder, "p", "md-source", () => FaithfulText.Write(builder, source, multiline: true));
    }

    private string SourceOf(MarkdownObject part) =>
        part.Span.Start >= 0 && part.Span.End < Text.Length && part.Span.Length > 0 ? Text.Substring(part.Span.Start, part.Span.Length) : "";

    /// <summary>The one tag that GitHub's tables need: a line end within a cell. Every other is shown as text.</summary>
    private static void Literal(RenderTreeBuilder builder, string text)
    {
        var lines = text.Split("<br>");
        for (var i = 0; i < lines.Length; i++)
        {
            if (i > 0) Element(builder, "br", null, () => { });
            FaithfulText.Write(builder, lines[i]);
        }
    }

    private void Inlines(RenderTreeBuilder builder, ContainerInline? inlines)
    {
        for (var inline = inlines?.FirstChild; inline is not null; inline = inline.NextSibling) Render(builder, inline);
    }

    private void Render(RenderTreeBuilder builder, Inline inline)
    {
        switch (inline)
        {
            case LiteralInline literal: Literal(builder, literal.Content.ToString()); break;
            case EmphasisInline emphasis: Element(builder, emphasis.DelimiterChar == '~' ? "s" : emphasis.DelimiterCount == 2 ? "strong" : "em", null, () => Inlines(builder, emphasis)); break;
            case CodeInline code: Element(builder, "code", null, () => FaithfulText.Write(builder, code.Content)); break;
            case LinkInline { IsImage: true } image: Element(builder, "span", "md-image", () => FaithfulText.Write(builder, $"[image: {PlainText(image)} → {image.Url}{Titled(image.Title)}]")); break;
            case LinkInline link: Link(builder, link.Url ?? "", Titled(link.Title), PlainText(link), () => Inlines(builder, link)); break;
            case AutolinkInline auto: Link(builder, auto.IsEmail ? "mailto:" + auto.Url : auto.Url, "", auto.Url, () => FaithfulText.Write(builder, auto.Url)); break;
            case LineBreakInline { IsHard: true }: Element(builder, "br", null, () => { }); break;
            case LineBreakInline: builder.AddContent(20, " "); break;
            case HtmlEntityInline entity: FaithfulText.Write(builder, entity.Transcoded.ToString()); break;
            case TaskList task: builder.AddContent(21, task.Checked ? "[x]" : "[ ]"); break;
            case DelimiterInline delimiter:
                FaithfulText.Write(builder, delimiter.ToLiteral());
                Inlines(builder, delimiter);
                break;
            case ContainerInline container: Inlines(builder, container); break;
            default: FaithfulText.Write(builder, SourceOf(inline)); break;
        }
    }

    /// <summary>Where it leads is always said; only to the web and to mail can it be followed, and never without the person's own click.</summary>
    private static void Link(RenderTreeBuilder builder, string url, string title, string text, Action content)
    {
        var safe = Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeMailto);
        if (safe)
        {
            builder.OpenElement(30, "a");
            builder.AddAttribute(31, "href", uri!.AbsoluteUri);
            builder.AddAttribute(32, "rel", "noopener noreferrer nofollow");
            builder.AddAttribute(33, "target", "_blank");
            content();
            builder.CloseElement();
        }
        else content();
        if (!safe || text != url || title.Length > 0) Element(builder, "span", "md-target", () => FaithfulText.Write(builder, $" → {(url.Length == 0 ? "nowhere" : url)}{title}"));
    }

    private static string Titled(string? title) => string.IsNullOrEmpty(title) ? "" : $" “{title}”";

    private static string PlainText(ContainerInline inlines) => string.Concat(inlines.Descendants().Select(i => i switch
    {
        LiteralInline literal => literal.Content.ToString(),
        CodeInline code => code.Content,
        HtmlEntityInline entity => entity.Transcoded.ToString(),
        LineBreakInline => " ",
        _ => "",
    }));

    private static void Element(RenderTreeBuilder builder, string name, string? css, Action content)
    {
        builder.OpenElement(40, name);
        if (css is not null) builder.AddAttribute(41, "class", css);
        content();
        builder.CloseElement();
    }
}
