using System.Text.Json;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>JSON that is either one document or one value per line (with line ends or NUL between).</summary>
internal static class JsonLines
{
    /// <summary>
    /// Reads whole documents by <paramref name="paths"/>, and line by line when the first line is a whole value by itself. A line that is no JSON is a problem, and the next one is read.
    /// </summary>
    public static void Read(Stream content, ParseSink sink, Action<JsonElement, long> takeLine, IReadOnlyList<string> paths, Action<JsonItems, JsonElement> take, CancellationToken cancellationToken)
    {
        var head = new byte[32 << 10];
        var length = content.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var whole = new PrefixedStream(head.AsMemory(0, length), content);
        if (!IsLines(head.AsSpan(0, length), paths))
        {
            var items = new JsonItems(whole, sink);
            items.Read(paths, (_, value) => take(items, value), cancellationToken);
            return;
        }
        var lines = new Logs.LineReader(whole, Math.Min(sink.Bounds.JsonItemBytes, 1 << 20));
        while (lines.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var part in lines.Text.Split('\0', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                try
                {
                    using var value = JsonDocument.Parse(part, new JsonDocumentOptions { MaxDepth = 256 });
                    if (value.RootElement.ValueKind == JsonValueKind.Array) foreach (var item in value.RootElement.EnumerateArray()) takeLine(item, lines.Number);
                    else takeLine(value.RootElement, lines.Number);
                }
                catch (JsonException malformed)
                {
                    sink.Problem("item_skipped", malformed.Message, lines.Number, (malformed.BytePositionInLine ?? 0) + 1);
                }
            }
        }
        sink.Cut("line bytes", lines.CutBytes, sink.Bounds.LineBytes);
    }

    private static bool IsLines(ReadOnlySpan<byte> head, IReadOnlyList<string> paths)
    {
        var end = head.IndexOfAny((byte)'\n', (byte)0);
        var first = (end < 0 ? head : head[..end]).Trim("\uFEFF \t\r"u8);
        if (first.IsEmpty || first[0] != (byte)'{') return false;
        try
        {
            using var value = JsonDocument.Parse(first.ToArray());
            // One document on one line.
            return !paths.Any(p => value.RootElement.Prop(p.Split('[', '.')[0]) is not null);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
