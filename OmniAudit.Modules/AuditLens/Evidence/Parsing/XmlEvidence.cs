using System.Text;
using System.Xml;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// XML of tools, as a stream: document types are ignored (nothing is fetched, no entity is expanded), any encoding is read, and characters that XML forbids become U+FFFD where other
/// readers give up.
/// </summary>
internal static class XmlEvidence
{
    public static XmlReader Open(Stream content)
    {
        var head = new byte[1024];
        var length = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var whole = new PrefixedText(new StreamReader(new PrefixedStream(head.AsMemory(0, length), content), EncodingOf(head.AsSpan(0, length)), detectEncodingFromByteOrderMarks: true, leaveOpen: true));
        return XmlReader.Create(whole, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Ignore, XmlResolver = null, CheckCharacters = false, IgnoreComments = true, IgnoreProcessingInstructions = true,
            ConformanceLevel = ConformanceLevel.Auto, CloseInput = false, MaxCharactersFromEntities = 1 << 20,
        });
    }

    /// <summary>The value of the first of <paramref name="names"/> that is there; empty otherwise.</summary>
    public static string Attribute(this XmlReader reader, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (reader.GetAttribute(name) is { } value) return value;
        return "";
    }

    public static int Number(this XmlReader reader, params ReadOnlySpan<string> names) => int.TryParse(reader.Attribute(names), out var number) ? number : 0;

    public static double Seconds(this XmlReader reader, params ReadOnlySpan<string> names) =>
        double.TryParse(reader.Attribute(names).Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? seconds : 0;

    public static long Line(this XmlReader reader) => (reader as IXmlLineInfo)?.LineNumber ?? 0;

    /// <summary>All text below the current element, up to <paramref name="most"/> characters; ends on its end tag. <paramref name="cut"/> is what is left out.</summary>
    public static string TextBelow(this XmlReader reader, int most, out long cut)
    {
        cut = 0;
        if (reader.IsEmptyElement) return "";
        var depth = reader.Depth;
        var text = new StringBuilder();
        var chunk = new char[4096];
        while (reader.Read() && reader.Depth > depth)
        {
            if (reader.NodeType is not (XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace)) continue;
            // A text of 300 MB passes by in pieces.
            while (reader.ReadValueChunk(chunk, 0, chunk.Length) is > 0 and var count)
            {
                var room = Math.Min(count, most - text.Length);
                text.Append(chunk, 0, room);
                cut += count - room;
            }
        }
        return text.ToString();
    }

    private static Encoding EncodingOf(ReadOnlySpan<byte> head)
    {
        var start = Encoding.Latin1.GetString(head[..Math.Min(head.Length, 200)]);
        var at = start.IndexOf("encoding=", StringComparison.Ordinal);
        if (!start.AsSpan().TrimStart().StartsWith("<?xml") || at < 0 || at + 10 >= start.Length) return Encoding.UTF8;
        var end = start.IndexOf(start[at + 9], at + 10);
        var name = end < 0 ? "" : start[(at + 10)..end];
        // "utf-16" in a file whose declaration was read byte by byte is a lie; a real one has a byte order mark.
        if (name.StartsWith("utf-16", StringComparison.OrdinalIgnoreCase)) return Encoding.UTF8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }

    /// <summary>Replaces characters that XML 1.0 does not allow, and blanks before the declaration.</summary>
    private sealed class PrefixedText(StreamReader text) : TextReader
    {
        private bool _started;

        public override int Peek()
        {
            Start();
            return text.Peek() is >= 0 and var c ? Allowed((char)c) : -1;
        }

        public override int Read()
        {
            Start();
            return text.Read() is >= 0 and var c ? Allowed((char)c) : -1;
        }

        public override int Read(char[] buffer, int index, int count)
        {
            Start();
            var read = text.Read(buffer, index, count);
            for (var i = index; i < index + read; i++) buffer[i] = Allowed(buffer[i]);
            return read;
        }

        private void Start()
        {
            if (_started) return;
            _started = true;
            while (text.Peek() is >= 0 and var c && (char.IsWhiteSpace((char)c) || c == '\uFEFF')) _ = text.Read();
        }

        private static char Allowed(char c) => c is (< ' ' and not ('\t' or '\n' or '\r')) or '\uFFFE' or '\uFFFF' ? '\uFFFD' : c;
    }
}
