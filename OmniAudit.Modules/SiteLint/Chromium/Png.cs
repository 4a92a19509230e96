using System.Buffers.Binary;
using System.IO.Compression;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>As much of PNG (W3C, third edition) as the browser's own pictures need: eight bits per sample, RGB or RGBA, not interlaced.</summary>
internal static class Png
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n => { var c = (uint)n; for (var k = 0; k < 8; k++) c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1; return c; })];

    public delegate void RowReader(int y, ReadOnlySpan<byte> pixels);

    /// <summary>Width, height and bytes per pixel; null when the picture is of another kind.</summary>
    public static (int Width, int Height, int PixelBytes)? Size(ReadOnlySpan<byte> png)
    {
        if (png.Length < 33 || !png[..8].SequenceEqual(Signature) || png[24] != 8 || png[28] != 0) return null;
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(png[16..]), BinaryPrimitives.ReadInt32BigEndian(png[20..]));
        return (width, height, png[25]) switch { ( > 0 and < 65_536, > 0 and < 65_536, 2) => (width, height, 3), ( > 0 and < 65_536, > 0 and < 65_536, 6) => (width, height, 4), _ => null };
    }

    /// <summary>Hands out the rows from the top, up to <paramref name="rows"/> of them; only one is in memory at a time.</summary>
    /// <exception cref="InvalidDataException">The picture is broken, or of another kind.</exception>
    public static void Read(byte[] png, int rows, RowReader read)
    {
        var (width, height, pixelBytes) = Size(png) ?? throw new InvalidDataException("Not a picture that the browser makes.");
        using var packed = new MemoryStream();
        for (var at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            if (length < 0 || at + 12 + length > png.Length) throw new InvalidDataException("A chunk is cut off.");
            if (png.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8)) packed.Write(png, at + 8, length);
            at += 12 + length;
        }
        packed.Position = 0;
        using var pixels = new ZLibStream(packed, CompressionMode.Decompress);
        var (row, above) = (new byte[width * pixelBytes], new byte[width * pixelBytes]);
        for (var y = 0; y < Math.Min(rows, height); y++)
        {
            var filter = pixels.ReadByte();
            if (filter < 0 || pixels.ReadAtLeast(row, row.Length, throwOnEndOfStream: false) < row.Length) throw new InvalidDataException("The picture ends early.");
            Unfilter(filter, row, above, pixelBytes);
            read(y, row);
            (row, above) = (above, row);
        }
    }

    /// <summary>A picture of RGB or RGBA rows, one after another.</summary>
    public static byte[] Write(int width, int height, int pixelBytes, byte[] pixels)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var (stride, row) = (width * pixelBytes, new byte[width * pixelBytes]);
            for (var y = 0; y < height; y++)
            {
                // Each byte as the difference to the one above: small numbers pack well.
                zip.WriteByte(2);
                for (var i = 0; i < stride; i++) row[i] = (byte)(pixels[y * stride + i] - (y > 0 ? pixels[(y - 1) * stride + i] : 0));
                zip.Write(row);
            }
        }
        using var png = new MemoryStream();
        png.Write(Signature);
        var head = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(head, width);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(4), height);
        (head[8], head[9]) = (8, (byte)(pixelBytes == 4 ? 6 : 2));
        Chunk(png, "IHDR"u8, head);
        Chunk(png, "IDAT"u8, packed.ToArray());
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    /// <summary>Undoes a row's filter in place (section 9.2).</summary>
    private static void Unfilter(int filter, byte[] row, byte[] above, int pixelBytes)
    {
        switch (filter)
        {
            case 0: return;
            case 1: for (var i = pixelBytes; i < row.Length; i++) row[i] += row[i - pixelBytes]; return;
            case 2: for (var i = 0; i < row.Length; i++) row[i] += above[i]; return;
            case 3: for (var i = 0; i < row.Length; i++) row[i] += (byte)(((i >= pixelBytes ? row[i - pixelBytes] : 0) + above[i]) / 2); return;
            case 4:
                for (var i = 0; i < row.Length; i++)
                {
                    int left = i >= pixelBytes ? row[i - pixelBytes] : 0, up = above[i], corner = i >= pixelBytes ? above[i - pixelBytes] : 0, guess = left + up - corner;
                    int toLeft = Math.Abs(guess - left), toUp = Math.Abs(guess - up), toCorner = Math.Abs(guess - corner);
                    row[i] += (byte)(toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner);
                }
                return;
            default: throw new InvalidDataException($"There is no filter {filter}.");
        }
    }

    private static void Chunk(MemoryStream png, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        png.Write(type);
        png.Write(data);
        var crc = uint.MaxValue;
        foreach (var b in type) crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        foreach (var b in data) crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        png.Write(number);
    }
}
