using System.Text;
using System.Text.Json;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// Walks a JSON document of any size as a stream and hands over the values at the paths that are asked for, one at a time: memory holds one of them. Scalars on the way are kept for
/// <see cref="Scalar"/>. Path: property names with <c>.</c> between, <c>[]</c> for every element, <c>*</c> for every property, for example <c>runs[].results[]</c>.
/// </summary>
internal sealed class JsonItems
{
    private const int MostScalars = 10_000;
    private static readonly JsonReaderOptions Options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256, AllowMultipleValues = true };

    private readonly Stream _stream;
    private readonly ParseSink _sink;
    private readonly Dictionary<string, string> _scalars = new(StringComparer.Ordinal);
    private readonly List<string> _path = [];
    private readonly List<bool> _inArray = [];
    private byte[] _buffer = new byte[64 << 10];
    private int _from;
    private int _to;
    private bool _ended;
    private long _consumed;
    private JsonReaderState _state = new(Options);

    public JsonItems(Stream content, ParseSink sink)
    {
        _sink = sink;
        var head = new byte[4];
        var length = content.ReadAtLeast(head, 4, throwOnEndOfStream: false);
        var rest = new PrefixedStream(head.AsMemory(0, length), content);
        if (length >= 2 && (head[0], head[1]) is (0xFF, 0xFE)) _stream = Skip(Encoding.CreateTranscodingStream(rest, Encoding.Unicode, Encoding.UTF8, leaveOpen: true), 3);
        else if (length >= 2 && (head[0], head[1]) is (0xFE, 0xFF)) _stream = Skip(Encoding.CreateTranscodingStream(rest, Encoding.BigEndianUnicode, Encoding.UTF8, leaveOpen: true), 3);
        else if (length >= 3 && head.AsSpan(0, 3).SequenceEqual(Encoding.UTF8.Preamble)) _stream = Skip(rest, 3);
        else _stream = rest;
    }

    /// <summary>The last scalar at a path such as <c>runs[].tool.driver.name</c>; empty when there was none yet.</summary>
    public string Scalar(string path) => _scalars.GetValueOrDefault(path, "");

    /// <summary>The innermost property's name of the item that is being handed over, for paths that end in <c>*</c>.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The line of the item in the document, from 1; 0 in documents of one line.</summary>
    public long Line { get; private set; }

    /// <summary>
    /// Hands over every value at one of <paramref name="paths"/>, with the index of its path. Throws <see cref="JsonException"/> with the position when the document is malformed, after all
    /// values before it were handed over. An item beyond the sink's bound is passed over and reported.
    /// </summary>
    public void Read(IReadOnlyList<string> paths, Action<int, JsonElement> take, CancellationToken cancellationToken, Action<string>? left = null)
    {
        var wanted = paths.Select(p => p.Replace("[]", ".[]", StringComparison.Ordinal).TrimStart('.').Split('.', StringSplitOptions.RemoveEmptyEntries)).ToList();
        string? property = null;
        long line = 1;
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_from, _to - _from), _ended, _state);
            bool read;
            try
            {
                read = reader.Read();
            }
            catch (JsonException malformed)
            {
                throw At(malformed, line);
            }
            if (!read)
            {
                Advance(ref reader, ref line);
                if (!More()) break;
                continue;
            }
            var isStart = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    property = Text(ref reader);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    var ended = left is null ? "" : PathText();
                    if (_path.Count > 0) _path.RemoveAt(_path.Count - 1);
                    if (_inArray.Count > 0) _inArray.RemoveAt(_inArray.Count - 1);
                    left?.Invoke(ended);
                    break;
                default:
                    var step = _inArray.Count == 0 ? null : _inArray[^1] ? "[]" : property;
                    if (step is not null) _path.Add(step);
                    var match = wanted.FindIndex(Matches);
                    if (match >= 0)
                    {
                        // The token was not taken off the buffer: it is read again as the start of the whole value.
                        if (!TryTakeValue(ref line, out var element))
                        {
                            _sink.Cut("oversized items", 1, _sink.Bounds.JsonItemBytes);
                            _sink.Problem("item_skipped", $"An item of {PathText()} is larger than {_sink.Bounds.JsonItemBytes >> 20} MB.", line);
                        }
                        else
                        {
                            using (element)
                            {
                                Key = _path.Count > 0 ? _path[^1] : "";
                                cancellationToken.ThrowIfCancellationRequested();
                                take(match, element!.RootElement);
                            }
                        }
                        if (step is not null) _path.RemoveAt(_path.Count - 1);
                        continue;
                    }
                    if (isStart)
                    {
                        _inArray.Add(reader.TokenType == JsonTokenType.StartArray);
                        if (step is null) _path.Clear();
                        // The root has no step; a place keeps ends and starts in balance.
                        if (step is null) _path.Add("");
                    }
                    else
                    {
                        Remember(ref reader);
                        if (step is not null) _path.RemoveAt(_path.Count - 1);
                    }
                    break;
            }
            Advance(ref reader, ref line);
        }
    }

    private string PathText() => string.Join('.', _path.Where(p => p.Length > 0)).Replace(".[]", "[]", StringComparison.Ordinal);

    private bool Matches(string[] wanted)
    {
        var skip = _path.Count > 0 && _path[0].Length == 0 ? 1 : 0;
        if (wanted.Length != _path.Count - skip) return false;
        for (var i = 0; i < wanted.Length; i++)
            if (wanted[i] != "*" && wanted[i] != _path[i + skip]) return false;
        return true;
    }

    private void Remember(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null || reader.ValueSpan.Length > 4_096) return;
        var path = PathText();
        if (_scalars.Count < MostScalars || _scalars.ContainsKey(path)) _scalars[path] = reader.TokenType == JsonTokenType.String ? Text(ref reader) : Encoding.UTF8.GetString(reader.ValueSpan);
    }

    /// <summary>Reads the value that starts at the buffer's next token, growing the buffer up to the bound; beyond it passes over the value.</summary>
    private bool TryTakeValue(ref long line, out JsonDocument? element)
    {
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_from, _to - _from), _ended, _state);
            try
            {
                // With only a part of it in the buffer, the reader answers false and has moved nothing.
                var started = reader.Read();
                var start = (int)reader.TokenStartIndex;
                if (started && reader.TrySkip())
                {
                    var end = (int)reader.BytesConsumed;
                    Line = line + Lines(_from, start);
                    element = JsonDocument.Parse(_buffer.AsMemory(_from + start, end - start), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = 256 });
                    // The document reads the buffer: nothing is moved in it until the item is done with, which the caller's using sees to.
                    Advance(ref reader, ref line);
                    return true;
                }
            }
            catch (JsonException malformed)
            {
                throw At(malformed, line);
            }
            if (_to - _from > _sink.Bounds.JsonItemBytes)
            {
                PassOver(ref line);
                element = null;
                return false;
            }
            if (!More()) throw new JsonException("The document ends inside a value.", null, line - 1, null);
        }
    }

    private void PassOver(ref long line)
    {
        var depth = 0;
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_from, _to - _from), _ended, _state);
            while (true)
            {
                bool read;
                try
                {
                    read = reader.Read();
                }
                catch (JsonException malformed)
                {
                    throw At(malformed, line);
                }
                if (!read) break;
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) depth++;
                else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray) depth--;
                if (depth > 0) continue;
                Advance(ref reader, ref line);
                return;
            }
            Advance(ref reader, ref line);
            // A single string beyond any bound cannot be passed over in pieces.
            if (_to - _from > 4L * _sink.Bounds.JsonItemBytes || !More()) throw new JsonException("A value is larger than can be read, or has no end.", null, line - 1, null);
        }
    }

    private void Advance(ref Utf8JsonReader reader, ref long line)
    {
        var consumed = (int)reader.BytesConsumed;
        line += Lines(_from, consumed);
        _from += consumed;
        _consumed += consumed;
        _state = reader.CurrentState;
    }

    private int Lines(int from, int count)
    {
        var lines = 0;
        for (var rest = _buffer.AsSpan(from, count); rest.IndexOf((byte)'\n') is >= 0 and var at; rest = rest[(at + 1)..]) lines++;
        return lines;
    }

    private bool More()
    {
        if (_ended) return false;
        if (_from > 0)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            _to -= _from;
            _from = 0;
        }
        if (_to == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = _stream.Read(_buffer, _to, _buffer.Length - _to);
        _to += read;
        _ended = read == 0;
        return true;
    }

    /// <summary>The reader's own position counts from the piece it was given.</summary>
    private JsonException At(JsonException malformed, long line)
    {
        var inPiece = malformed.LineNumber ?? 0;
        return new JsonException($"{malformed.Message.Split(" LineNumber:")[0]} (byte {_consumed})", null, line - 1 + inPiece, malformed.BytePositionInLine);
    }

    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            // Not UTF-8, or half of a surrogate pair.
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    private static Stream Skip(Stream stream, int count)
    {
        _ = stream.ReadAtLeast(new byte[count], count, throwOnEndOfStream: false);
        return stream;
    }
}
