using System.Buffers;
using System.Globalization;
using System.Text;

namespace OmniAudit.Modules.Tools;

/// <summary>Text from outside for files and answers: nothing in it hides or turns what stands around it. (The console has <c>FaithfulText</c>.)</summary>
internal static class VisibleText
{
    private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c), '\n', '\r', '\t']);

    /// <summary>
    /// Control, format (bidirectional overrides, zero-width), separator, private and broken characters, and those that Unicode lets a font leave out, as ⟨U+202E⟩.
    /// Line breaks and tabs stay, and so does the selector that makes an emoji of a symbol.
    /// </summary>
    public static string Of(string text)
    {
        // Nearly all text is this.
        if (!text.AsSpan().ContainsAnyExcept(Plain)) return text;
        StringBuilder? visible = null;
        var at = 0;
        var afterSymbol = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is >= ' ' and <= '~')
            {
                visible?.Append((char)rune.Value);
                afterSymbol = false;
                at++;
                continue;
            }
            var broken = char.IsSurrogate(text[at]) && rune == Rune.ReplacementChar;
            if (broken || Hides(rune, afterSymbol))
            {
                visible ??= new StringBuilder(text, 0, at, text.Length + 16);
                visible.Append(CultureInfo.InvariantCulture, $"⟨U+{(broken ? text[at] : rune.Value):X4}⟩");
            }
            else visible?.Append(rune.ToString());
            afterSymbol = Rune.GetUnicodeCategory(rune) is UnicodeCategory.OtherSymbol or UnicodeCategory.MathSymbol;
            at += rune.Utf16SequenceLength;
        }
        return visible?.ToString() ?? text;
    }

    private static bool Hides(Rune rune, bool afterSymbol)
    {
        if (rune.Value is '\n' or '\r' or '\t') return false;
        if (rune.Value is 0xFE0E or 0xFE0F) return !afterSymbol;
        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
            || rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x3164 or 0xFFA0 or (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0000 and <= 0xE0FFF);
    }
}
