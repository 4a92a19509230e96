using System.Text;

namespace OmniAudit.Modules.AuditLens.Triage.Patches;

/// <summary>A file as the tools count in it: UTF-16 units without the byte order mark, lines that end in LF or CRLF.</summary>
internal sealed class SourceText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly byte[] Mark = [0xEF, 0xBB, 0xBF];

    private readonly List<int> _starts = [0];
    private readonly bool _marked;

    private SourceText(string text, bool marked)
    {
        (Text, _marked) = (text, marked);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\n') continue;
            _starts.Add(i + 1);
            if (i > 0 && text[i - 1] == '\r') CrLf++;
            else Lf++;
        }
    }

    public string Text { get; }
    public int CrLf { get; }
    public int Lf { get; }

    /// <summary>The one line end of the file; null when it has none, or both.</summary>
    public string? LineEnd => (CrLf, Lf) switch { (> 0, 0) => "\r\n", (0, > 0) => "\n", _ => null };

    /// <summary>Null for what is not UTF-8 text.</summary>
    public static SourceText? Of(byte[] bytes)
    {
        if (Array.IndexOf(bytes, (byte)0) >= 0) return null;
        var marked = bytes.AsSpan().StartsWith(Mark);
        try
        {
            return new SourceText(Strict.GetString(bytes, marked ? 3 : 0, bytes.Length - (marked ? 3 : 0)), marked);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The bytes of a changed text, with the mark the file had. Null when it holds half a character.</summary>
    public byte[]? Encode(string changed)
    {
        try
        {
            var bytes = Strict.GetBytes(changed);
            return _marked ? [.. Mark, .. bytes] : bytes;
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>The offset of a line and column, both from 1; null outside the file. A column may stand right behind the line's last unit; the line behind the last is the end of the text.</summary>
    public int? Offset(int line, int column)
    {
        if (line == _starts.Count + 1 && column == 1) return Text.Length;
        if (line < 1 || line > _starts.Count || column < 1) return null;
        var at = _starts[line - 1] + column - 1;
        return at <= EndOfLine(line) ? at : null;
    }

    /// <summary>Where a line ends, before its line end; null outside the file.</summary>
    public int? End(int line) => line < 1 || line > _starts.Count ? null : EndOfLine(line);

    /// <summary>Whether a surrogate pair stands across.</summary>
    public bool Splits(int offset) => offset > 0 && offset < Text.Length && char.IsLowSurrogate(Text[offset]) && char.IsHighSurrogate(Text[offset - 1]);

    private int EndOfLine(int line)
    {
        if (line == _starts.Count) return Text.Length;
        var end = _starts[line] - 1;
        return end > _starts[line - 1] && Text[end - 1] == '\r' ? end - 1 : end;
    }
}
