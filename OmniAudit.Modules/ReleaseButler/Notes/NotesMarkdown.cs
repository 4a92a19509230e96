using System.Text;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Text from outside as Markdown that shows it and does nothing else: no markup, no HTML, nobody is notified, nothing is hidden.</summary>
internal static class NotesMarkdown
{
    /// <summary>One line, as it stands. What it would otherwise do (GitHub Flavored Markdown 0.29) is escaped; <c>#12</c> stays, GitHub links it.</summary>
    public static string Text(string text)
    {
        var visible = VisibleText.Of(text).ReplaceLineEndings(" ").Replace('\t', ' ').Trim();
        var written = new StringBuilder(visible.Length + 16);
        for (var i = 0; i < visible.Length; i++)
        {
            var c = visible[i];
            switch (c)
            {
                case '\\' or '`' or '*' or '[' or ']' or '|' or '~': written.Append('\\').Append(c); break;
                // Within a word it is no emphasis.
                case '_': written.Append(i > 0 && i + 1 < visible.Length && char.IsLetterOrDigit(visible[i - 1]) && char.IsLetterOrDigit(visible[i + 1]) ? "_" : "\\_"); break;
                case '<': written.Append("&lt;"); break;
                case '>': written.Append("&gt;"); break;
                case '&': written.Append("&amp;"); break;
                // GitHub looks for names in the finished text: only something between the two keeps it from notifying.
                case '@' when i + 1 < visible.Length && (char.IsLetterOrDigit(visible[i + 1]) || visible[i + 1] is '-' or '_'): written.Append("@&#8203;"); break;
                // What begins a heading, a list or a rule at the start of a line.
                case '#' or '-' or '+' or '=' when written.Length == 0: written.Append('\\').Append(c); break;
                case '.' or ')' when i > 0 && i < 10 && visible.AsSpan(0, i).IndexOfAnyExceptInRange('0', '9') < 0: written.Append('\\').Append(c); break;
                default: written.Append(c); break;
            }
        }
        return written.ToString();
    }

    /// <summary>A link whose address is ours; the text is escaped already.</summary>
    public static string Link(string text, string address) => $"[{text}]({address})";
}
