using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.GitHub.Archives;

/// <summary>
/// Reads ZIP files that anybody may have made. An entry is handed on only when its name is harmless, its bytes are exactly as many as
/// announced and their CRC is the announced one; every other entry is in the manifest with its reason. Archives within are not opened.
/// </summary>
internal static class SafeZip
{
    private const int LocalHeaderSize = 30;
    /// <summary>Larger entries are unpacked into a scratch file.</summary>
    private const int InMemory = 1024 * 1024;

    /// <summary>Never throws for what stands in the archive.</summary>
    /// <param name="archive">Seekable; read from its beginning.</param>
    /// <param name="take">Is given each accepted entry, whole, and reads it before it returns. What it throws ends the reading.</param>
    public static async Task<ArchiveManifest> ReadAsync(Stream archive, ArchiveLimits limits, Func<ArchiveFile, Stream, CancellationToken, Task> take, CancellationToken cancellationToken)
    {
        IReadOnlyList<ZipEntry> entries;
        try
        {
            entries = ZipDirectory.Read(archive);
        }
        catch (ZipBrokenException broken)
        {
            return new([], [], 0, broken.Message);
        }
        var (accepted, rejected, directories, total) = (new List<ArchiveFile>(), new List<RejectedEntry>(), 0, 0L);
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var used = new SortedList<long, long>();
        foreach (var entry in entries.Take(limits.Entries))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = ZipNames.Normalised(entry.Name);
            if (Problem(entry, name, limits, names) is { } problem)
            {
                Reject(entry, problem);
                continue;
            }
            names[name] = name;
            if (name.EndsWith('/'))
            {
                directories++;
                continue;
            }
            if (total + entry.Size > limits.TotalBytes)
            {
                Reject(entry, ("total_too_large", $"With it the archive's files would have more than {limits.TotalBytes} bytes."));
                continue;
            }
            await using Stream unpacked = entry.Size <= InMemory ? new MemoryStream((int)entry.Size) : ScratchFile.Create();
            var (bad, sha256) = await UnpackAsync(archive, entry, unpacked, limits, used, cancellationToken);
            if (bad is { } reason)
            {
                Reject(entry, reason);
                continue;
            }
            total += entry.Size;
            unpacked.Position = 0;
            var file = new ArchiveFile(name, entry.Size, sha256);
            await take(file, unpacked, cancellationToken);
            accepted.Add(file);
        }
        return new(accepted, rejected, directories, entries.Count > limits.Entries ? $"The archive lists {entries.Count} files; only the first {limits.Entries} were read." : null);

        void Reject(ZipEntry entry, (string Reason, string Message) why) => rejected.Add(new RejectedEntry(ZipNames.Shown(entry.Name), why.Reason, why.Message));
    }

    /// <summary>The names that the archive lists, harmless or not; empty when it cannot be read.</summary>
    public static IReadOnlyList<string> NamesOf(Stream archive)
    {
        try
        {
            return [.. ZipDirectory.Read(archive).Select(e => ZipNames.Normalised(e.Name))];
        }
        catch (ZipBrokenException)
        {
            return [];
        }
    }

    /// <summary>What can be said before anything is unpacked.</summary>
    private static (string Reason, string Message)? Problem(ZipEntry entry, string name, ArchiveLimits limits, Dictionary<string, string> names)
    {
        if (ZipNames.Problem(entry.Name) is { } bad) return bad;
        switch (entry.Mode & 0xF000)
        {
            case 0 or 0x8000:
                break;
            case 0x4000 when name.EndsWith('/'):
                break;
            case 0xA000:
                return ("symlink", "It is a symbolic link.");
            default:
                return ("special_file", $"It is no regular file (mode {Convert.ToString(entry.Mode, 8)}).");
        }
        if (names.TryGetValue(name, out var other))
            return other == name ? ("duplicate_name", "An entry before it has the same name.") : ("case_collision", $"An entry before it, {ZipNames.Shown(other)}, differs in upper and lower case only.");
        if (name.EndsWith('/')) return entry.Size > 0 || entry.PackedSize > 2 ? ("directory_with_content", "It has a directory's name, and content.") : null;
        if (entry.IsEncrypted) return ("encrypted", "It is encrypted.");
        if (entry.Method is not (0 or 8)) return ("unknown_method", $"It is packed by method {entry.Method}; 0 and 8 (deflate) are read.");
        if (entry.Size > limits.EntryBytes) return ("entry_too_large", $"It announces {entry.Size} bytes, more than {limits.EntryBytes}.");
        if (entry.Size > limits.RatioFrom && entry.Size / limits.Ratio > entry.PackedSize)
            return ("ratio", $"It announces {entry.Size} bytes unpacked from {entry.PackedSize}, more than {limits.Ratio} to one.");
        return null;
    }

    private static async Task<((string Reason, string Message)? Problem, string Sha256)> UnpackAsync(
        Stream archive, ZipEntry entry, Stream to, ArchiveLimits limits, SortedList<long, long> used, CancellationToken cancellationToken)
    {
        if (FindData(archive, entry, out var start) is { } bad) return (bad, "");
        if (Overlaps(used, entry.Offset, start + entry.PackedSize)) return (("overlap", "Its bytes are another entry's too."), "");
        archive.Position = start;
        await using var packed = new BoundedStream(archive, entry.PackedSize);
        await using Stream content = entry.Method == 0 ? packed : new DeflateStream(packed, CompressionMode.Decompress, leaveOpen: true);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (crc, size, buffer) = (new Crc32(), 0L, new byte[64 * 1024]);
        try
        {
            while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                size += count;
                // Counted, and not announced: one byte too many is enough to know.
                if (size > entry.Size) return (("length_lies", $"It announces {entry.Size} bytes and has more."), "");
                if (size > limits.RatioFrom && size / limits.Ratio > entry.PackedSize) return (("ratio", $"More than {limits.Ratio} bytes come out of one."), "");
                crc.Append(buffer.AsSpan(0, count));
                hash.AppendData(buffer, 0, count);
                await to.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException)
        {
            return (("damaged", "Its packed bytes are damaged or cut off."), "");
        }
        if (size != entry.Size) return (("length_lies", $"It announces {entry.Size} bytes and has {size}."), "");
        if (entry.Method == 0 && entry.PackedSize != entry.Size) return (("length_lies", $"It is not packed, and announces {entry.PackedSize} and {entry.Size} bytes."), "");
        if (crc.Value != entry.Crc) return (("crc_mismatch", $"Its CRC is {crc.Value:x8} and not the announced {entry.Crc:x8}."), "");
        return (null, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>The entry's own header must say what the list says: other programs read that one.</summary>
    private static (string Reason, string Message)? FindData(Stream archive, ZipEntry entry, out long start)
    {
        start = 0;
        var header = new byte[LocalHeaderSize];
        if (entry.Offset > archive.Length - LocalHeaderSize) return ("damaged", "Its bytes are not where the list of files says.");
        archive.Position = entry.Offset;
        archive.ReadExactly(header);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 0x04034b50) return ("damaged", "Its bytes are not where the list of files says.");
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26));
        var name = new byte[nameLength];
        start = entry.Offset + LocalHeaderSize + nameLength + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        if (start + entry.PackedSize > archive.Length || archive.ReadAtLeast(name, nameLength, throwOnEndOfStream: false) < nameLength) return ("damaged", "Its bytes reach beyond the archive's end.");
        var described = (BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(6)) & 0x0008) != 0;
        var same = name.AsSpan().SequenceEqual(entry.RawName) && BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(8)) == entry.Method && described == entry.HasDescriptor
            && (described || (BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(14)) == entry.Crc && Fits(header.AsSpan(18), entry.PackedSize) && Fits(header.AsSpan(22), entry.Size)));
        return same ? null : ("headers_differ", "The list of files and its own header say different things.");

        static bool Fits(ReadOnlySpan<byte> field, long value) => BinaryPrimitives.ReadUInt32LittleEndian(field) is var written && (written == uint.MaxValue || written == value);
    }

    /// <summary>Also notes the range. Entries on top of each other make a small file a huge one.</summary>
    private static bool Overlaps(SortedList<long, long> used, long from, long to)
    {
        var (low, high) = (0, used.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (used.GetKeyAtIndex(middle) < from) low = middle + 1;
            else high = middle;
        }
        if (low < used.Count && used.GetKeyAtIndex(low) < to) return true;
        if (low > 0 && used.GetValueAtIndex(low - 1) > from) return true;
        used.Add(from, to);
        return false;
    }

    /// <summary>The next so many bytes of another stream, which it leaves open.</summary>
    private sealed class BoundedStream(Stream inner, long length) : ReadOnlyStream
    {
        private long _left = length;

        public override int Read(Span<byte> buffer)
        {
            var count = inner.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
            _left -= count;
            return count;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= count;
            return count;
        }
    }
}
