using System.Text;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.AuditLens.Evidence.Logs;

/// <summary>
/// Lines of a stream, one at a time, in constant memory whatever its size: UTF-8 (bad bytes become U+FFFD), or UTF-16 when a byte order mark says so (PowerShell's <c>&gt;</c>).
/// A line longer than the bound is kept up to it; <see cref="CutLines"/> and <see cref="CutBytes"/> tell. The stream stays open.
/// </summary>
internal sealed class LineReader
{
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[128 << 10];
    private readonly byte[] _line;
    private int _from;
    private int _to;
    private int _length;
    private bool _ended;
    private string? _text;

    public LineReader(Stream stream, int mostBytes = 64 << 10)
    {
        _line = new byte[mostBytes];
        _stream = stream;
        Fill();
        if (_to >= 2 && (_buffer[0], _buffer[1]) is (0xFF, 0xFE) or (0xFE, 0xFF))
        {
            var encoding = _buffer[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode;
            var rest = new PrefixedStream(_buffer.AsSpan(2, _to - 2).ToArray(), stream);
            _stream = Encoding.CreateTranscodingStream(rest, encoding, Encoding.UTF8, leaveOpen: true);
            _ended = false;
            _to = 0;
        }
        else if (_to >= 3 && _buffer.AsSpan(0, 3).SequenceEqual(Encoding.UTF8.Preamble)) _from = 3;
    }

    /// <summary>The line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>How many bytes have been read of the lines so far, line ends too.</summary>
    public long Bytes { get; private set; }

    public long CutLines { get; private set; }

    public long CutBytes { get; private set; }

    /// <summary>The line without its end, up to the bound; valid until the next <see cref="Read"/>.</summary>
    public ReadOnlySpan<byte> Utf8 => _line.AsSpan(0, _length);

    public string Text => _text ??= Encoding.UTF8.GetString(Utf8);

    /// <summary>False at the end. A last line without a line end counts; nothing after a last line end does.</summary>
    public bool Read()
    {
        _length = 0;
        _text = null;
        long cut = 0;
        var any = false;
        while (true)
        {
            if (_from == _to && !Fill()) break;
            any = true;
            var piece = _buffer.AsSpan(_from, _to - _from);
            var end = piece.IndexOf((byte)'\n');
            var taken = end < 0 ? piece.Length : end;
            var room = Math.Min(taken, _line.Length - _length);
            piece[..room].CopyTo(_line.AsSpan(_length));
            _length += room;
            cut += taken - room;
            _from += end < 0 ? taken : taken + 1;
            Bytes += end < 0 ? taken : taken + 1;
            if (end >= 0) break;
        }
        if (!any) return false;
        Number++;
        if (cut > 0)
        {
            CutLines++;
            CutBytes += cut;
        }
        else if (_length > 0 && _line[_length - 1] == '\r') _length--;
        return true;
    }

    private bool Fill()
    {
        _from = 0;
        _to = 0;
        if (_ended) return false;
        // Enough to see a byte order mark, whatever pieces the stream comes in.
        do
        {
            var read = _stream.Read(_buffer, _to, _buffer.Length - _to);
            _ended = read == 0;
            _to += read;
        }
        while (!_ended && _to < 4);
        return _to > 0;
    }
}
