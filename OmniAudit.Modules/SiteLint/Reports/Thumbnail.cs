using System.Buffers.Binary;
using System.IO.Compression;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>
/// Makes a small picture of the top of a screenshot. Reads and writes PNG as far as screenshots need it (W3C PNG: 8 bits, RGB or RGBA, not interlaced),
/// row by row: a page of 16,384 rows costs no more memory than its width.
/// </summary>
internal static class Thumbnail
{
    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n => Enumerable.Range(0, 8).Aggregate((uint)n, (c, _) => (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1))];

    /// <param name="width">Of the result; smaller pictures keep theirs.</param>
    /// <param name="maxHeight">What is below is left out.</param>
    /// <returns>A PNG; null when the source is no such PNG.</returns>
    public static byte[]? Make(Stream png, int width, int maxHeight)
    {
        try
        {
            return Shrink(png, width, maxHeight);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
    }

    private static byte[]? Shrink(Stream png, int width, int maxHeight)
    {
        Span<byte> head = stackalloc byte[33];
        png.ReadExactly(head);
        if (!head[..8].SequenceEqual(Signature)) return null;
        var (sourceWidth, sourceHeight) = (BinaryPrimitives.ReadInt32BigEndian(head[16..]), BinaryPrimitives.ReadInt32BigEndian(head[20..]));
        var channels = head[25] switch { 2 => 3, 6 => 4, _ => 0 };
        if (head[24] != 8 || channels == 0 || head[28] != 0 || sourceWidth is < 1 or > 20_000 || sourceHeight < 1) return null;

        width = Math.Min(width, sourceWidth);
        var height = (int)Math.Clamp((long)sourceHeight * width / sourceWidth, 1, maxHeight);
        using var pixels = new ZLibStream(new DataChunks(png), CompressionMode.Decompress);
        byte[] row = new byte[sourceWidth * channels], above = new byte[row.Length], small = new byte[height * (width * 3 + 1)];
        var sums = new int[width * 3];
        var counts = new int[width];
        var source = 0;
        for (var y = 0; y < height; y++)
        {
            Array.Clear(sums);
            Array.Clear(counts);
            // At least one row of the source each, also when the picture is not made smaller.
            for (var end = Math.Max(source + 1, (int)((long)(y + 1) * sourceWidth / width)); source < end && source < sourceHeight; source++)
            {
                var filter = pixels.ReadByte();
                if (filter is < 0 or > 4) throw new InvalidDataException();
                pixels.ReadExactly(row);
                Unfilter(filter, row, above, channels);
                for (var x = 0; x < sourceWidth; x++)
                {
                    var to = (int)((long)x * width / sourceWidth);
                    for (var c = 0; c < 3; c++) sums[to * 3 + c] += row[x * channels + c];
                    counts[to]++;
                }
                (row, above) = (above, row);
            }
            var at = y * (width * 3 + 1);
            small[at] = 0;
            // Five bits per channel are enough here, and pack far better.
            for (var i = 0; i < sums.Length; i++) small[at + 1 + i] = (byte)(Math.Min(255, sums[i] / Math.Max(1, counts[i / 3]) + 4) & 0xF8);
        }
        return Encode(small, width, height);
    }

    private static void Unfilter(int filter, byte[] row, byte[] above, int channels)
    {
        for (var i = 0; i < row.Length; i++)
        {
            int a = i >= channels ? row[i - channels] : 0, b = above[i], c = i >= channels ? above[i - channels] : 0;
            row[i] += (byte)(filter switch { 1 => a, 2 => b, 3 => (a + b) / 2, 4 => Paeth(a, b, c), _ => 0 });
        }
    }

    private static int Paeth(int a, int b, int c)
    {
        int p = a + b - c, pa = Math.Abs(p - a), pb = Math.Abs(p - b), pc = Math.Abs(p - c);
        return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }

    private static byte[] Encode(byte[] rows, int width, int height)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) zlib.Write(rows);
        using var png = new MemoryStream();
        png.Write(Signature);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9]) = (8, 2);
        Chunk(png, "IHDR"u8, head);
        Chunk(png, "IDAT"u8, packed.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] data)
    {
        byte[] body = [.. type, .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, body.Aggregate(0xFFFFFFFFu, (c, b) => CrcTable[(c ^ b) & 0xFF] ^ (c >> 8)) ^ 0xFFFFFFFFu);
        png.Write(number);
    }

    /// <summary>The contents of the IDAT chunks, one after another.</summary>
    private sealed class DataChunks(Stream png) : ReadOnlyStream
    {
        private long _left;
        private bool _ended;

        public override int Read(Span<byte> buffer)
        {
            Span<byte> head = stackalloc byte[8];
            while (_left == 0 && !_ended)
            {
                png.ReadExactly(head);
                _left = BinaryPrimitives.ReadUInt32BigEndian(head);
                if (head[4..].SequenceEqual("IDAT"u8)) continue;
                _ended = head[4..].SequenceEqual("IEND"u8);
                Skip(_left + 4);
                _left = 0;
            }
            if (_ended) return 0;
            var read = png.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
            if (read == 0) throw new EndOfStreamException();
            _left -= read;
            if (_left == 0) Skip(4);
            return read;
        }

        private void Skip(long bytes)
        {
            Span<byte> rest = stackalloc byte[256];
            for (; bytes > 0; bytes -= Math.Min(bytes, rest.Length)) png.ReadExactly(rest[..(int)Math.Min(bytes, rest.Length)]);
        }
    }
}
