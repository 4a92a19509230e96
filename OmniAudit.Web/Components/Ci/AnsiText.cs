using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Ci;

/// <summary>
/// A line of a log with its colours (ECMA-48 SGR: the eight colours and their bright ones, bold, faint, italic, underline). Other styles are left out; every sequence that is no style is shown as what it is, and so
/// is everything else that hides: a log cannot move, link or erase anything.
/// </summary>
public sealed class AnsiText : ComponentBase
{
    private static readonly string[] Colours = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

    [Parameter, EditorRequired] public string Text { get; set; } = "";

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        foreach (var (text, style) in Runs(Text))
        {
            if (style.Length == 0)
            {
                FaithfulText.Write(builder, text, multiline: true);
                continue;
            }
            builder.OpenElement(10, "span");
            builder.AddAttribute(11, "class", style);
            FaithfulText.Write(builder, text, multiline: true);
            builder.CloseElement();
        }
    }

    /// <summary>Text and the classes it is painted in; joined, the texts are the line without its colours.</summary>
    internal static IEnumerable<(string Text, string Style)> Runs(string line)
    {
        var style = new Style();
        var from = 0;
        for (var at = line.IndexOf('\u001b', StringComparison.Ordinal); at >= 0; at = line.IndexOf('\u001b', at + 1))
        {
            if (EndOf(line, at) is not { } end) continue;
            if (at > from) yield return (line[from..at], style.Classes);
            style = style.With(line[(at + 2)..(end - 1)]);
            from = end;
            at = end - 1;
        }
        if (from < line.Length) yield return (line[from..], style.Classes);
    }

    /// <summary>Where <c>ESC [ 0;31 m</c> ends; null for every other sequence.</summary>
    private static int? EndOf(string line, int at)
    {
        var i = at + 1;
        if (i >= line.Length || line[i] != '[') return null;
        for (i++; i < line.Length && i - at < 40; i++)
        {
            if (line[i] == 'm') return i + 1;
            if (!char.IsAsciiDigit(line[i]) && line[i] is not (';' or ':')) return null;
        }
        return null;
    }

    private readonly record struct Style(string Colour, bool Bold, bool Faint, bool Italic, bool Underlined)
    {
        public string Classes => string.Join(' ', new[] { Colour ?? "", Bold ? "a-bold" : "", Faint ? "a-faint" : "", Italic ? "a-italic" : "", Underlined ? "a-under" : "" }.Where(c => c.Length > 0));

        public Style With(string codes)
        {
            var next = this;
            var numbers = codes.Length == 0 ? [0] : codes.Split(';', ':').Select(c => int.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0).ToArray();
            for (var i = 0; i < numbers.Length; i++)
            {
                switch (numbers[i])
                {
                    case 0: next = default; break;
                    case 1: next = next with { Bold = true }; break;
                    case 2: next = next with { Faint = true }; break;
                    case 3: next = next with { Italic = true }; break;
                    case 4: next = next with { Underlined = true }; break;
                    case 22: next = next with { Bold = false, Faint = false }; break;
                    case 23: next = next with { Italic = false }; break;
                    case 24: next = next with { Underlined = false }; break;
                    case 39: next = next with { Colour = "" }; break;
                    case >= 30 and <= 37 and var dark: next = next with { Colour = $"a-{Colours[dark - 30]}" }; break;
                    case >= 90 and <= 97 and var bright: next = next with { Colour = $"a-{Colours[bright - 90]}" }; break;
                    // 256 colours and true colours: passed over with what belongs to them.
                    case 38 or 48: i += i + 1 < numbers.Length && numbers[i + 1] == 2 ? 4 : 2; break;
                }
            }
            return next;
        }
    }
}
