using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace OmniAudit.Tests.GitHub.Archives;

/// <summary>An entry as it is to be written, true or not. What is null is the truth.</summary>
internal sealed record ZipPart(string Name, byte[] Content)
{
    public byte[]? RawName { get; init; }
    public bool Stored { get; init; }
    public uint? Crc { get; init; }
    public uint? Size { get; init; }
    public uint? PackedSize { get; init; }
    public ushort? Method { get; init; }
    public ushort Flags { get; init; }
    /// <summary>The Unix mode.</summary>
    public int Mode { get; init; } = 0x81A4;
    /// <summary>What stands in the entry's own header; the list has <see cref="Name"/>.</summary>
    public string? LocalName { get; init; }
    /// <summary>The list points to that entry's bytes instead of its own.</summary>
    public int? SameBytesAs { get; init; }
    public Func<byte[], byte[]> Damage { get; init; } = bytes => bytes;
    /// <summary>Sizes and CRC follow the bytes, as GitHub's own packer writes it.</summary>
    public bool Descriptor { get; init; }
    /// <summary>Sizes and offset in a ZIP64 field.</summary>
    public bool Zip64 { get; init; }
}

/// <summary>Writes ZIP files that no honest packer writes.</summary>
internal static class ZipMaker
{
    public static byte[] Make(params ZipPart[] parts) => Make(parts, null);

    /// <param name="count">What the end says of the number of entries.</param>
    public static byte[] Make(IReadOnlyList<ZipPart> parts, ushort? count, string before = "", bool end64 = false)
    {
        using var file = new MemoryStream();
        var list = new MemoryStream();
        var offsets = new List<long>();
        file.Write(Encoding.ASCII.GetBytes(before));
        foreach (var part in parts)
        {
            offsets.Add(file.Position);
            var packed = part.Damage(part.Stored ? part.Content : Deflate(part.Content));
            var method = part.Method ?? (ushort)(part.Stored ? 0 : 8);
            var crc = part.Crc ?? Crc(part.Content);
            var (size, packedSize) = (part.Size ?? (uint)part.Content.Length, part.PackedSize ?? (uint)packed.Length);
            var name = part.RawName ?? Encoding.UTF8.GetBytes(part.Name);
            var local = part.LocalName is null ? name : Encoding.UTF8.GetBytes(part.LocalName);
            var flags = (ushort)(part.Flags | 0x0800 | (part.Descriptor ? 8 : 0));
            Write(file, 0x04034b50u, (ushort)20, flags, method, 0u, part.Descriptor ? 0u : crc, part.Descriptor ? 0u : packedSize, part.Descriptor ? 0u : size, (ushort)local.Length, (ushort)0, local, packed);
            if (part.Descriptor) Write(file, 0x08074b50u, crc, packedSize, size);
            var offset = part.SameBytesAs is { } other ? offsets[other] : offsets[^1];
            byte[] extra = part.Zip64 ? Bytes((ushort)1, (ushort)24, (ulong)size, (ulong)packedSize, (ulong)offset) : [];
            Write(
                list, 0x02014b50u, (ushort)0x0314, (ushort)20, flags, method, 0u, crc, part.Zip64 ? uint.MaxValue : packedSize, part.Zip64 ? uint.MaxValue : size, (ushort)name.Length, (ushort)extra.Length, (ushort)0, (ushort)0, (ushort)0,
                (uint)part.Mode << 16, part.Zip64 ? uint.MaxValue : (uint)offset, name, extra);
        }
        var start = file.Position;
        file.Write(list.ToArray());
        if (end64)
        {
            var at = file.Position;
            Write(file, 0x06064b50u, 44ul, (ushort)45, (ushort)45, 0u, 0u, (ulong)parts.Count, (ulong)parts.Count, (ulong)list.Length, (ulong)start);
            Write(file, 0x07064b50u, 0u, (ulong)at, 1u);
        }
        Write(
            file, 0x06054b50u, (ushort)0, (ushort)0, end64 ? ushort.MaxValue : count ?? (ushort)parts.Count, end64 ? ushort.MaxValue : count ?? (ushort)parts.Count, end64 ? uint.MaxValue : (uint)list.Length,
            end64 ? uint.MaxValue : (uint)start, (ushort)0);
        return file.ToArray();
    }

    public static byte[] Deflate(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true)) deflate.Write(content);
        return packed.ToArray();
    }

    /// <summary>Bit by bit, unlike the product's.</summary>
    public static uint Crc(byte[] content)
    {
        var crc = uint.MaxValue;
        foreach (var b in content)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
        }
        return ~crc;
    }

    private static void Write(Stream to, params object[] fields) => to.Write(Bytes(fields));

    private static byte[] Bytes(params object[] fields)
    {
        var bytes = new List<byte>();
        var field = new byte[8];
        foreach (var value in fields)
        {
            switch (value)
            {
                case ushort number: BinaryPrimitives.WriteUInt16LittleEndian(field, number); bytes.AddRange(field[..2]); break;
                case uint number: BinaryPrimitives.WriteUInt32LittleEndian(field, number); bytes.AddRange(field[..4]); break;
                case ulong number: BinaryPrimitives.WriteUInt64LittleEndian(field, number); bytes.AddRange(field); break;
                case byte[] raw: bytes.AddRange(raw); break;
                default: throw new ArgumentException($"{value.GetType()} is not written.", nameof(fields));
            }
        }
        return [.. bytes];
    }
}
