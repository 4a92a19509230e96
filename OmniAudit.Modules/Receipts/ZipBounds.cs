using System.Buffers.Binary;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// Looks at the end of a ZIP file (APPNOTE.TXT 4.3.16) before anything reads its list of files into memory: cut off, not
/// in one piece, or with more files than a bundle can have.
/// </summary>
internal static class ZipBounds
{
    private const int EndSize = 22;
    private const uint EndSignature = 0x06054b50;
    private const int MaxComment = ushort.MaxValue;
    /// <summary>A listed file: 46 bytes, its name (at most 40 of ours) and what packers add.</summary>
    private const int MaxListedFile = 160;

    /// <summary>What is wrong, or null.</summary>
    public static VerificationResult? Check(Stream file, int maxFiles)
    {
        var tail = new byte[Math.Min(file.Length, EndSize + MaxComment)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        file.Position = 0;
        for (var i = tail.Length - EndSize; i >= 0; i--)
        {
            var end = tail.AsSpan(i);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length - EndSize) continue;
            var files = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            var size = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
            var start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            if (files > maxFiles || size > maxFiles * MaxListedFile) return VerificationResult.Invalid("bundle_too_large", $"The archive lists more than the {maxFiles} files that a bundle may have.");
            return start + (long)size == file.Length - end.Length ? null : VerificationResult.Invalid("bundle_damaged", "The archive's list of files is not where it says: a part was cut out or put in.");
        }
        return VerificationResult.Incomplete("bundle_cut_off", "The file does not end as a ZIP archive does: it is cut off, or no archive.");
    }
}
