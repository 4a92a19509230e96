using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace OmniAudit.Modules.AdminOps.Normalising;

/// <summary>A record's bytes as JSON that can be read to its last field: what is no UTF-8, and halves of surrogate pairs, become U+FFFD. The record itself stays as it is.</summary>
internal static class RecordText
{
    /// <summary>Deeper ones are refused: nothing of Microsoft's comes near.</summary>
    private const int Deepest = 500;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Deepest };
    private static readonly byte[] Replacement = "\\ufffd"u8.ToArray();

    /// <param name="repaired">Something had to be replaced.</param>
    /// <exception cref="FormatException">It is no JSON object; the message says why.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> raw, out bool repaired)
    {
        var readable = Readable(raw, out repaired);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(readable, Options);
        }
        catch (JsonException wrong)
        {
            throw new FormatException(wrong.Message.Contains("maximum configured depth", StringComparison.Ordinal)
                ? $"It is nested deeper than {Deepest} levels." : $"It is no JSON: {Where(wrong)}.", wrong);
        }
        if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
        var kind = document.RootElement.ValueKind;
        document.Dispose();
        throw new FormatException($"It is no JSON object but {(kind == JsonValueKind.Array ? "an array" : $"a {kind.ToString().ToLowerInvariant()}")}.");
    }

    private static string Where(JsonException wrong) => string.Create(CultureInfo.InvariantCulture, $"line {wrong.LineNumber + 1}, byte {wrong.BytePositionInLine + 1}");

    private static ReadOnlyMemory<byte> Readable(ReadOnlyMemory<byte> raw, out bool repaired)
    {
        repaired = false;
        if (raw.Span.StartsWith("\uFEFF"u8)) raw = raw[3..];
        if (!Utf8.IsValid(raw.Span))
        {
            repaired = true;
            raw = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(raw.Span));
        }
        return raw.Span.IndexOf("\\u"u8) < 0 ? raw : WithoutHalfPairs(raw, ref repaired);
    }

    private static ReadOnlyMemory<byte> WithoutHalfPairs(ReadOnlyMemory<byte> raw, ref bool repaired)
    {
        byte[]? copy = null;
        var text = raw.Span;
        for (var i = 0; i < text.Length - 1; i++)
        {
            if (text[i] != '\\') continue;
            if (text[i + 1] != 'u' || CodeAt(text, i) is not { } code || !char.IsSurrogate(code))
            {
                i++;
                continue;
            }
            if (char.IsHighSurrogate(code) && CodeAt(text, i + 6) is { } next && char.IsLowSurrogate(next))
            {
                i += 11;
                continue;
            }
            copy ??= raw.ToArray();
            Replacement.CopyTo(copy, i);
            i += 5;
        }
        repaired |= copy is not null;
        return copy ?? raw;
    }

    /// <summary>The character of the escape that begins here; null when none does.</summary>
    private static char? CodeAt(ReadOnlySpan<byte> text, int at) =>
        at + 6 <= text.Length && text[at] == '\\' && text[at + 1] == 'u' && ushort.TryParse(text.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) ? (char)code : null;
}
