using System.Buffers;
using OmniAudit.Modules.AuditLens.Evidence.Text;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Triage.Drafts;

/// <summary>Text from outside for GitHub's Markdown: as code, where it notifies nobody, links nowhere and cannot pass as markup. Secrets redacted, hiding characters visible.</summary>
internal static class MarkdownText
{
    private static readonly SearchValues<char> EndsLink = SearchValues.Create(" ()<>|\"`\n\r\\");

    /// <summary>One line of code, fit for a table's cell too.</summary>
    public static string Code(string? text, int most)
    {
        var line = ShortText.Of(string.Join(' ', Clean(text).Split((char[])[' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)), most);
        if (line.Length == 0) return "–";
        var ticks = new string('`', Longest(line) + 1);
        var pad = line[0] == '`' || line[^1] == '`' ? " " : "";
        // Cells are divided before code is read.
        return $"{ticks}{pad}{line.Replace("|", "\\|", StringComparison.Ordinal)}{pad}{ticks}";
    }

    /// <summary>A block that its own text cannot end.</summary>
    public static string Block(string? text, int most)
    {
        var shown = ShortText.Of(Clean(text).ReplaceLineEndings("\n").Trim(), most);
        var fence = new string('`', Math.Max(3, Longest(shown) + 1));
        return $"{fence}text\n{shown}\n{fence}";
    }

    /// <summary>A link to a page of GitHub, or the words alone when the address is none that can stand in Markdown.</summary>
    public static string Link(string words, string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var page) && page.Scheme is "https" or "http" && !address!.AsSpan().ContainsAny(EndsLink) ? $"[{words}]({address})" : words;

    private static string Clean(string? text) => VisibleText.Of(SecretRedactor.Redact(EvidenceText.WithoutColours(text ?? "")));

    private static int Longest(string text)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text) longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        return longest;
    }
}
