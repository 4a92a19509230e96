using System.Buffers.Binary;
using System.Text;

namespace OmniAudit.Modules.GitHub.Archives;

/// <summary>An entry as the archive's list of files has it; nothing of it is believed.</summary>
/// <param name="RawName">The name's bytes.</param>
/// <param name="Mode">The Unix mode of the file, 0 when there is none.</param>
internal sealed record ZipEntry(byte[] RawName, string Name, ushort Flags, ushort Method, uint Crc, long PackedSize, long Size, long Offset, int Mode)
{
    public bool IsEncrypted => (Flags & 0x2041) != 0;
    public bool HasDescriptor => (Flags & 0x0008) != 0;
}

/// <summary>Thrown for an archive that cannot be read at all; the message is a sentence.</summary>
internal sealed class ZipBrokenException(string message) : Exception(message);

/// <summary>
/// Reads the list of files at the end of a ZIP file (APPNOTE.TXT 6.3, sections 4.3.12 to 4.3.16, and 4.5.3 for ZIP64) without believing
/// it: .NET's ZipArchive never compares a CRC, and hands out as many bytes as the list says, however many there are.
/// </summary>
internal static class ZipDirectory
{
    private const int EndSize = 22;
    private const int HeaderSize = 46;
    private const int LargestList = 32 * 1024 * 1024;
    private const ushort Zip64Field = 0x0001;

    /// <exception cref="ZipBrokenException">No ZIP file, cut off, in several parts, or with a list that contradicts itself.</exception>
    public static IReadOnlyList<ZipEntry> Read(Stream file)
    {
        var (count, size, start) = FindEnd(file);
        if (size > LargestList) throw new ZipBrokenException($"The archive's list of files has {size} bytes, more than the {LargestList} that are read.");
        var list = new byte[size];
        file.Position = start;
        file.ReadExactly(list);
        var entries = new List<ZipEntry>();
        for (var at = 0; at < list.Length;)
        {
            if (list.Length - at < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(list.AsSpan(at)) != 0x02014b50) throw new ZipBrokenException("The archive's list of files is damaged.");
            entries.Add(ReadEntry(list, ref at));
        }
        return entries.Count == count ? entries : throw new ZipBrokenException($"The archive says that it has {count} files, and lists {entries.Count}.");
    }

    private static ZipEntry ReadEntry(byte[] list, ref int at)
    {
        var header = list.AsSpan(at);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header[30..]);
        var commentLength = BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
        var end = HeaderSize + nameLength + extraLength + commentLength;
        if (end > header.Length) throw new ZipBrokenException("The archive's list of files is damaged.");
        var raw = header.Slice(HeaderSize, nameLength).ToArray();
        long packed = BinaryPrimitives.ReadUInt32LittleEndian(header[20..]);
        long size = BinaryPrimitives.ReadUInt32LittleEndian(header[24..]);
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(header[42..]);
        if (size == uint.MaxValue || packed == uint.MaxValue || offset == uint.MaxValue)
            ReadZip64(header.Slice(HeaderSize + nameLength, extraLength), ref size, ref packed, ref offset);
        at += end;
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        return new ZipEntry(
            raw, NameOf(raw), flags, BinaryPrimitives.ReadUInt16LittleEndian(header[10..]), BinaryPrimitives.ReadUInt32LittleEndian(header[16..]), packed, size, offset,
            (int)(BinaryPrimitives.ReadUInt32LittleEndian(header[38..]) >> 16));
    }

    /// <summary>What does not fit 32 bits stands in an extra field, in this order, and only as far as it does not fit.</summary>
    private static void ReadZip64(ReadOnlySpan<byte> extra, ref long size, ref long packed, ref long offset)
    {
        while (extra.Length >= 4)
        {
            var length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (4 + length > extra.Length) break;
            if (BinaryPrimitives.ReadUInt16LittleEndian(extra) == Zip64Field)
            {
                var field = extra.Slice(4, length);
                if (Take(ref field, ref size) && Take(ref field, ref packed) && Take(ref field, ref offset)) return;
                break;
            }
            extra = extra[(4 + length)..];
        }
        throw new ZipBrokenException("The archive's list of files is damaged: a ZIP64 size is missing.");

        static bool Take(ref ReadOnlySpan<byte> field, ref long value)
        {
            if (value != uint.MaxValue) return true;
            if (field.Length < 8) return false;
            value = BinaryPrimitives.ReadInt64LittleEndian(field);
            field = field[8..];
            return value >= 0;
        }
    }

    private static (long Count, long Size, long Start) FindEnd(Stream file)
    {
        var tail = new byte[Math.Min(file.Length, EndSize + ushort.MaxValue)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        for (var i = tail.Length - EndSize; i >= 0; i--)
        {
            var end = tail.AsSpan(i);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != 0x06054b50 || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length - EndSize) continue;
            var at = file.Length - end.Length;
            long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
            long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            if (BinaryPrimitives.ReadUInt16LittleEndian(end[4..]) is not (0 or ushort.MaxValue)) throw new ZipBrokenException("The archive is one part of several.");
            if (count == ushort.MaxValue || size == uint.MaxValue || start == uint.MaxValue) (count, size, start, at) = FindEnd64(file, at);
            if (size < 0 || start < 0 || start > at || size != at - start) throw new ZipBrokenException("The archive's list of files is not where it says: a part was cut out or put in.");
            return (count, size, start);
        }
        throw new ZipBrokenException("The file does not end as a ZIP archive does: it is cut off, or no archive.");
    }

    private static (long Count, long Size, long Start, long At) FindEnd64(Stream file, long end)
    {
        var locator = new byte[20];
        var record = new byte[56];
        if (end < locator.Length + record.Length) throw new ZipBrokenException("The archive is damaged: its ZIP64 record is missing.");
        file.Position = end - locator.Length;
        file.ReadExactly(locator);
        var at = BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8));
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != 0x07064b50 || at < 0 || at > end - locator.Length - record.Length) throw new ZipBrokenException("The archive is damaged: its ZIP64 record is missing.");
        file.Position = at;
        file.ReadExactly(record);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != 0x06064b50) throw new ZipBrokenException("The archive is damaged: its ZIP64 record is missing.");
        return (BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(32)), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40)), BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48)), at);
    }

    /// <summary>UTF-8 whatever the flag says: so do GitHub's packers. What is not is read byte by byte, so that no two names become one.</summary>
    private static string NameOf(byte[] raw)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(raw);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(raw);
        }
    }
}
