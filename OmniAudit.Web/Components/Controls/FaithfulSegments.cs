using System.Globalization;
using System.Text;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A run of text as it may be shown: either plainly visible characters, or one character that hides, named.</summary>
/// <param name="Source">The characters as they were given.</param>
/// <param name="Shown">What stands on the page.</param>
/// <param name="Meaning">Why it is shown as an escape; null for plainly visible text.</param>
internal sealed record FaithfulSegment(string Source, string Shown, string? Meaning)
{
    public bool IsEscape => Meaning is not null;
}

/// <summary>
/// Splits text so that nothing in it can hide, reorder or fake what a person reads: control, bidirectional, zero-width,
/// tag and other default-ignorable characters (Unicode DerivedCoreProperties), look-alike spaces, private-use, unassigned
/// and broken characters become visible escapes. Joined, the sources are the text.
/// </summary>
internal static class FaithfulSegments
{
    /// <summary>Marks stacked higher than this on one letter paint over the lines around it.</summary>
    private const int MostStackedMarks = 2;

    public static IReadOnlyList<FaithfulSegment> Of(string text)
    {
        var segments = new List<FaithfulSegment>();
        var plain = new StringBuilder();
        var marks = 0;
        for (var i = 0; i < text.Length;)
        {
            // Nearly all text is this, and a payload may have a million of them.
            if (text[i] is >= ' ' and <= '~')
            {
                plain.Append(text[i++]);
                marks = 0;
                continue;
            }
            var valid = Rune.TryGetRuneAt(text, i, out var rune);
            var source = text.Substring(i, valid ? rune.Utf16SequenceLength : 1);
            var codePoint = valid ? rune.Value : text[i];
            var category = valid ? Rune.GetUnicodeCategory(rune) : UnicodeCategory.Surrogate;
            marks = category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark ? marks + 1 : 0;
            // A mark at the start of a run would attach itself to what stands before it on the page.
            var meaning = Meaning(codePoint, category) ?? (marks > 0 && (marks > MostStackedMarks || plain.Length == 0) ? "stacked mark" : null);
            if (meaning is null) plain.Append(source);
            else
            {
                Flush();
                segments.Add(new FaithfulSegment(source, Escape(codePoint), meaning));
            }
            i += source.Length;
        }
        Flush();
        return segments;

        void Flush()
        {
            if (plain.Length == 0) return;
            segments.Add(new FaithfulSegment(plain.ToString(), plain.ToString(), null));
            plain.Clear();
        }
    }

    /// <summary>How many characters hide, line ends and tabs not counted.</summary>
    public static int CountHidden(string text) => Of(text).Count(s => s.IsEscape && s.Source is not ("\n" or "\t"));

    private static string Escape(int codePoint) => codePoint switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => $"U+{codePoint:X4}",
    };

    private static string? Meaning(int c, UnicodeCategory category) => c switch
    {
        '\n' => "line end",
        '\r' => "carriage return",
        '\t' => "tab",
        0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) => "changes the reading direction",
        0x200B or 0x200C or 0x200D or 0x2060 or 0xFEFF => "zero width",
        0x00AD => "soft hyphen",
        >= 0xE0000 and <= 0xE007F => "tag character",
        (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF) or (>= 0x180B and <= 0x180F) => "variation selector",
        0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x3164 or 0xFFA0 or (>= 0x2061 and <= 0x206F) or (>= 0xFFF0 and <= 0xFFFB)
            or (>= 0x1BCA0 and <= 0x1BCA3) or (>= 0x1D173 and <= 0x1D17A) or (>= 0xE0080 and <= 0xE0FFF) => "invisible",
        0x2800 => "blank pattern",
        _ => category switch
        {
            UnicodeCategory.Control => "control character",
            UnicodeCategory.Format => "invisible",
            UnicodeCategory.Surrogate => "half a character",
            UnicodeCategory.PrivateUse => "private use",
            UnicodeCategory.OtherNotAssigned => "unassigned",
            UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => "line separator",
            UnicodeCategory.SpaceSeparator when c != ' ' => "space of another kind",
            _ => null,
        },
    };
}
