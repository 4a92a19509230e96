using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLens.Evidence.Text;

/// <summary>Texts of evidence as they are kept: colours gone, hiding characters visible, secrets redacted, within a bound.</summary>
internal static class EvidenceText
{
    private const int SecretReach = 4_096;

    /// <summary>Cleans <paramref name="text"/>; <paramref name="cut"/> is how many characters were left out.</summary>
    public static string Clean(string? text, int most, out int cut)
    {
        cut = 0;
        if (string.IsNullOrEmpty(text)) return "";
        text = text.Trim();
        // Redaction looks past the bound: half a secret would not be recognised.
        if (text.Length > most + SecretReach)
        {
            cut = text.Length - most - SecretReach;
            text = text[..(most + SecretReach)];
        }
        text = VisibleText.Of(SecretRedactor.Redact(WithoutColours(text)).Replace("\r\n", "\n", StringComparison.Ordinal));
        if (text.Length > most)
        {
            cut += text.Length - most;
            text = text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)] + "…";
        }
        return text;
    }

    /// <summary>The first line that says something.</summary>
    public static string FirstLine(string? text)
    {
        foreach (var line in (text ?? "").AsSpan().EnumerateLines())
            if (!line.IsWhiteSpace()) return line.Trim().ToString();
        return "";
    }

    /// <summary>
    /// Without ECMA-48 colours (<c>ESC [ … m</c>), erasures (<c>K</c>) and links (<c>OSC 8</c>), which on a terminal could hide text. Other escapes stay, to be made visible.
    /// </summary>
    public static string WithoutColours(string text)
    {
        var at = text.IndexOf('\u001b', StringComparison.Ordinal);
        if (at < 0) return text;
        var kept = new System.Text.StringBuilder(text.Length);
        var from = 0;
        while (at >= 0)
        {
            var end = EndOfHarmless(text, at);
            if (end > 0)
            {
                kept.Append(text, from, at - from);
                from = end;
            }
            at = text.IndexOf('\u001b', Math.Max(end, at + 1));
        }
        return kept.Append(text, from, text.Length - from).ToString();
    }

    private static int EndOfHarmless(string text, int at)
    {
        if (at + 1 >= text.Length) return 0;
        if (text[at + 1] == '[')
        {
            var i = at + 2;
            while (i < text.Length && i - at < 64 && (char.IsAsciiDigit(text[i]) || text[i] is ';' or ':')) i++;
            return i < text.Length && text[i] is 'm' or 'K' ? i + 1 : 0;
        }
        if (text[at + 1] != ']' || at + 3 >= text.Length || text[at + 2] != '8' || text[at + 3] != ';') return 0;
        for (var i = at + 4; i < text.Length && i - at < 2_100; i++)
        {
            if (text[i] == '\a') return i + 1;
            if (text[i] == '\u001b') return i + 1 < text.Length && text[i + 1] == '\\' ? i + 2 : 0;
        }
        return 0;
    }
}
