using System.Runtime.CompilerServices;

namespace OmniAudit.Modules.AdminOps.Import;

/// <summary>A record out of a file, or what is wrong at that line.</summary>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record FileRecord(long Line, ReadOnlyMemory<byte> Raw, string? Problem = null);

/// <summary>
/// Finds the objects in a stream of JSON without reading it whole: an array of them, pages with a <c>value</c> array (Graph), one object after another, one a line (NDJSON). Each
/// comes with exactly its own bytes. A line that is broken is told and left out; the next line that begins with a brace is read again.
/// </summary>
internal sealed class JsonRecords(Stream content, int largest) : IDisposable
{
    private static readonly byte[] Value = "\"value\""u8.ToArray();

    private readonly MemoryStream _record = new();
    private long _line = 1, _began;
    private int _depth, _keyAt;
    private bool _inText, _escaped, _tooLarge, _inPage, _isKey, _afterKey, _valueNext, _rest;
    private string? _garbage;
    private long _garbageLine;

    public async IAsyncEnumerable<FileRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[64 << 10];
        var found = new List<FileRecord>();
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            for (var i = 0; i < count; i++) Take(buffer[i], found);
            foreach (var record in found) yield return record;
            found.Clear();
        }
        if (_garbage is not null) yield return new FileRecord(_garbageLine, default, _garbage);
        if (_depth > 0 && !_rest) yield return new FileRecord(_began, default, "It is cut off: the file ends within it.");
    }

    public void Dispose() => _record.Dispose();

    private void Take(byte b, List<FileRecord> found)
    {
        if (b == '\n') Line(found);
        if (_depth == 0) Outside(b, found);
        else Inside(b, found);
    }

    private void Line(List<FileRecord> found)
    {
        _line++;
        if (_garbage is not null) found.Add(new FileRecord(_garbageLine, default, _garbage));
        _garbage = null;
        // A text cannot go over the end of a line: what began here is broken, and what follows may be whole.
        if (_depth == 0 || !_inText) return;
        if (!_rest) found.Add(new FileRecord(_began, default, "It is broken: a text goes over the end of its line."));
        Reset();
    }

    private void Outside(byte b, List<FileRecord> found)
    {
        if (b == '{')
        {
            (_began, _depth, _isKey) = (_line, 1, true);
            _record.WriteByte(b);
        }
        else if (b is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',' or (byte)'[' or (byte)']' or 0xEF or 0xBB or 0xBF) && !(_inPage && b == '}'))
        {
            if (_garbage is null) (_garbage, _garbageLine) = ("It is no JSON object.", _line);
        }
        if (_inPage && b == ']')
        {
            // What follows the list in its page: other fields, up to the page's end.
            (_inPage, _rest, _depth) = (false, true, 1);
        }
    }

    private void Inside(byte b, List<FileRecord> found)
    {
        if (!_tooLarge && !_rest)
        {
            if (_record.Length < largest) _record.WriteByte(b);
            else _tooLarge = true;
        }
        if (_inText)
        {
            if (_escaped) _escaped = false;
            else if (b == '\\') _escaped = true;
            else if (b == '"')
            {
                _inText = false;
                if (_depth == 1 && _isKey && !_rest) (_valueNext, _afterKey) = (IsValueKey(), true);
            }
            return;
        }
        switch (b)
        {
            case (byte)'"':
                _inText = true;
                _keyAt = (int)_record.Length - 1;
                break;
            case (byte)'[' when _depth == 1 && _valueNext && !_rest:
                // A page of Graph: its records follow.
                Reset();
                _inPage = true;
                break;
            case (byte)'{' or (byte)'[':
                _depth++;
                _valueNext = false;
                break;
            case (byte)'}' or (byte)']':
                if (--_depth == 0) End(found);
                break;
            case (byte)':':
                _isKey = false;
                if (!_afterKey) _valueNext = false;
                _afterKey = false;
                break;
            case (byte)',':
                if (_depth == 1) (_isKey, _valueNext) = (true, false);
                break;
        }
    }

    private bool IsValueKey() => _record.GetBuffer().AsSpan(_keyAt, (int)_record.Length - _keyAt).SequenceEqual(Value);

    private void End(List<FileRecord> found)
    {
        if (_tooLarge) found.Add(new FileRecord(_began, default, $"It is larger than {largest >> 20} MiB."));
        else if (!_rest) found.Add(new FileRecord(_began, _record.ToArray()));
        Reset();
    }

    private void Reset()
    {
        (_depth, _inText, _escaped, _tooLarge, _isKey, _afterKey, _valueNext, _rest) = (0, false, false, false, false, false, false, false);
        _record.SetLength(0);
    }
}
