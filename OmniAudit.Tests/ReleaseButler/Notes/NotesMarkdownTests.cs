using Markdig;
using OmniAudit.Modules.ReleaseButler.Notes;

namespace OmniAudit.Tests.ReleaseButler.Notes;

/// <summary>Text from outside shows what it is and does nothing.</summary>
public sealed class NotesMarkdownTests
{
    private static readonly MarkdownPipeline GitHubs = new MarkdownPipelineBuilder().UsePipeTables().UseTaskLists().UseEmphasisExtras().UseAutoLinks().Build();

    [Theory]
    [InlineData("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;")]
    [InlineData("![x](https://evil/p.png) [y](javascript:z)", "!\\[x\\](https://evil/p.png) \\[y\\](javascript:z)")]
    [InlineData("**b** _i_ `c` ~~d~~ snake_case", "\\*\\*b\\*\\* \\_i\\_ \\`c\\` \\~\\~d\\~\\~ snake_case")]
    [InlineData("thanks @torvalds and a@b.c, 5 @ 3", "thanks @&#8203;torvalds and a@&#8203;b.c, 5 @ 3")]
    [InlineData("# heading", "\\# heading")]
    [InlineData("- [x] task", "\\- \\[x\\] task")]
    [InlineData("12. list", "12\\. list")]
    [InlineData("&amp; &lt;b&gt;", "&amp;amp; &amp;lt;b&amp;gt;")]
    [InlineData("safe\u202Efdp.exe\u200B", "safe⟨U+202E⟩fdp.exe⟨U+200B⟩")]
    [InlineData("two\r\nlines\tand\u0000nul", "two lines and⟨U+0000⟩nul")]
    [InlineData("<!-- hidden -->", "&lt;!-- hidden --&gt;")]
    [InlineData("see #12, GH-3 and v1.2.3", "see #12, GH-3 and v1.2.3")]
    public void Text_OfAnyKind_IsShownAndDoesNothing(string text, string written) => Assert.Equal(written, NotesMarkdown.Text(text));

    [Theory]
    [InlineData("# h")]
    [InlineData("1) x")]
    [InlineData("> quote")]
    [InlineData("***")]
    [InlineData("---")]
    [InlineData("===")]
    [InlineData("```\ncode")]
    [InlineData("    code")]
    [InlineData("a | b\n--- | ---")]
    [InlineData("[x]: https://evil")]
    [InlineData("<img src=x onerror=y>")]
    [InlineData("\\<b>")]
    public void Text_RenderedInAList_IsOneItemWithPlainWords(string text)
    {
        var html = Markdown.ToHtml($"- {NotesMarkdown.Text(text)}\n", GitHubs);
        Assert.StartsWith("<ul>\n<li>", html, StringComparison.Ordinal);
        Assert.EndsWith("</li>\n</ul>\n", html, StringComparison.Ordinal);
        Assert.DoesNotContain('<', html["<ul>\n<li>".Length..^"</li>\n</ul>\n".Length]);
    }
}
