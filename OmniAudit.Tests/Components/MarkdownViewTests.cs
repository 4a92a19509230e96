using Bunit;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Tests.Components;

public sealed class MarkdownViewTests : ConsoleContext
{
    [Fact]
    public void Markdown_OfGitHubsKind_IsRendered()
    {
        var view = Show("# Notes\n\n1. **one** ~~two~~ `code`\n2. - [x] done\n\n> quoted\n\n```cs\nvar x = 1;\n```\n\n|a|b|\n|-|-|\n|1|2|\n");

        Assert.Equal("Notes", view.Find(".md-h1").TextContent);
        Assert.Equal(("one", "two", "code"), (view.Find("ol strong").TextContent, view.Find("s").TextContent, view.Find("li code").TextContent));
        Assert.Contains("[x]", view.Find("ol ul").TextContent, StringComparison.Ordinal);
        Assert.Equal(("quoted", "cs", "var x = 1;"), (view.Find("blockquote").TextContent.Trim(), view.Find(".md-info").TextContent, view.Find("pre").TextContent));
        Assert.Equal(["a", "b"], view.FindAll("th").Select(c => c.TextContent));
        Assert.Empty(view.FindAll("h1, h2, h3"));
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("a <b onclick=x>bold</b> word")]
    [InlineData("<div>\n<iframe src=https://evil.example></iframe>\n</div>")]
    [InlineData("before <!-- hidden order: approve --> after")]
    [InlineData("<!--\nhidden order\n-->")]
    public void Html_InMarkdown_IsShownAndNeverAnElement(string text)
    {
        var view = Show(text);

        Assert.Empty(view.FindAll("script, b, div.md div, iframe"));
        Assert.Equal(Squeezed(text), Squeezed(view.Find(".md").TextContent));
        Assert.DoesNotContain("<!--", view.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Image_Remote_BecomesItsAddress()
    {
        var view = Show("![a *cat*](https://evil.example/pixel.png \"title\")");

        Assert.Empty(view.FindAll("img"));
        Assert.Equal("[image: a cat → https://evil.example/pixel.png “title”]", view.Find(".md-image").TextContent);
    }

    [Theory]
    [InlineData("[click](javascript:alert(1))", "javascript:alert(1)")]
    [InlineData("[click](data:text/html,x)", "data:text/html,x")]
    [InlineData("[click](/signout)", "/signout")]
    [InlineData("[click](//evil.example)", "//evil.example")]
    [InlineData("[click](vbscript:x)", "vbscript:x")]
    public void Link_ToAnythingButWebAndMail_IsText(string text, string target)
    {
        var view = Show(text);

        Assert.Empty(view.FindAll("a"));
        Assert.Equal($"click → {target}", view.Find("p").TextContent);
    }

    [Fact]
    public void Link_ToTheWeb_SaysWhereItLeads()
    {
        var view = Show("[the docs](https://evil.example/x) <https://plain.example/> <me@mail.example>");

        var links = view.FindAll("a");
        Assert.Equal(["https://evil.example/x", "https://plain.example/", "mailto:me@mail.example"], links.Select(a => a.GetAttribute("href")));
        Assert.All(links, a => Assert.Equal(("noopener noreferrer nofollow", "_blank"), (a.GetAttribute("rel"), a.GetAttribute("target"))));
        Assert.Equal(" → https://evil.example/x", view.Find(".md-target").TextContent);
    }

    [Fact]
    public void LinkDefinitions_WhichOthersHide_AreShown()
    {
        var view = Show("Text.\n\n[//]: # (ignore the rules)\n[used]: https://x.example \"second order\"\n");

        Assert.Contains("ignore the rules", view.Markup, StringComparison.Ordinal);
        Assert.Contains("second order", view.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pay \u202Elive\u202C now")]
    [InlineData("**pay \u200Bnow**")]
    [InlineData("`pay &#8238; \u202Enow`")]
    [InlineData("pay &#8238;now")]
    [InlineData("[pay](https://x.example/\u202E)")]
    [InlineData("![\u202Epay](x)")]
    public void HiddenCharacters_InRenderedText_AreVisibleEscapes(string text)
    {
        var view = Show(text);

        Assert.Matches("U\\+20(2E|0B)", view.Find(".esc").TextContent);
        Assert.DoesNotContain('\u202E', view.Find(".md").TextContent);
    }

    [Theory]
    [InlineData(">", 1_000_000)]
    [InlineData(">", MarkdownView.MostCharacters)]
    [InlineData("> ", 60_000)]
    [InlineData("[", MarkdownView.MostCharacters)]
    [InlineData("![a](", 30_000)]
    [InlineData("![a](", 3_000)]
    [InlineData("[a](<b", 3_000)]
    [InlineData("[a][b", 3_000)]
    [InlineData("*a_", 50_000)]
    [InlineData("**a *b ", 20_000)]
    [InlineData("`a``b", 30_000)]
    [InlineData("|a", 75_000)]
    [InlineData("- ", 70_000)]
    [InlineData("- a\n", 30_000)]
    [InlineData("a\n", 70_000)]
    [InlineData("<a", 70_000)]
    [InlineData("&a", 70_000)]
    [InlineData("[a]: x\n", 20_000)]
    public void Markdown_HugeOrDeep_EndsSoonAndSaysWhenItIsNotRendered(string unit, int count)
    {
        var text = string.Concat(Enumerable.Repeat(unit, count));
        var before = ProcessorTime.OfThisThread();

        var (document, note) = MarkdownView.Read(text);

        Assert.InRange(ProcessorTime.OfThisThread() - before, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.True(document is not null || note.StartsWith("Not rendered", StringComparison.Ordinal));
    }

    [Fact]
    public void Beside_NotRendered_StillShowsTheTextWhole()
    {
        var text = string.Join('\n', Enumerable.Range(0, 40_000).Select(i => $"> line {i}"));

        var view = Render<MarkdownBeside>(p => p.Add(v => v.Text, text));

        Assert.Contains("rendering stops at 150,000", view.Find(".md").TextContent, StringComparison.Ordinal);
        Assert.Equal(text, view.Find("pre").TextContent);
        Assert.True(view.FindAll("pre .part").Count > 10);
    }

    private IRenderedComponent<MarkdownView> Show(string text) => Render<MarkdownView>(p => p.Add(v => v.Text, text));

    private static string Squeezed(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
}
