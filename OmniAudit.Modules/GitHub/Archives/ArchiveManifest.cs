namespace OmniAudit.Modules.GitHub.Archives;

/// <summary>What became of every entry of an archive.</summary>
/// <param name="Accepted">In the archive's order.</param>
/// <param name="Rejected">In the archive's order. Nothing of their content was handed on.</param>
/// <param name="Directories">Entries that are directories and hold nothing.</param>
/// <param name="Problem">What is wrong with the archive as a whole, as a sentence; then entries may be missing from both lists. Null when it could be read.</param>
internal sealed record ArchiveManifest(IReadOnlyList<ArchiveFile> Accepted, IReadOnlyList<RejectedEntry> Rejected, int Directories, string? Problem);

/// <summary>A file of an archive whose bytes are all there and as announced.</summary>
/// <param name="Name">With slashes; an address of evidence and never a path on this machine.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record ArchiveFile(string Name, long Size, string Sha256);

/// <summary>An entry that was not taken.</summary>
/// <param name="Name">As it stands in the archive, with control characters replaced and cut to 300 characters.</param>
/// <param name="Reason">A stable word, such as <c>crc_mismatch</c>.</param>
/// <param name="Message">The same as a sentence.</param>
internal sealed record RejectedEntry(string Name, string Reason, string Message);

/// <summary>The bounds of one archive.</summary>
internal sealed record ArchiveLimits
{
    public int Entries { get; init; } = 5_000;
    /// <summary>Bytes of one file, unpacked.</summary>
    public long EntryBytes { get; init; } = 512L * 1024 * 1024;
    /// <summary>Bytes of all files, unpacked.</summary>
    public long TotalBytes { get; init; } = 2L * 1024 * 1024 * 1024;
    /// <summary>Unpacked to packed bytes of one file, from <see cref="RatioFrom"/> on. DEFLATE reaches 1,032.</summary>
    public int Ratio { get; init; } = 400;
    /// <summary>Smaller files may be packed as tightly as they like.</summary>
    public long RatioFrom { get; init; } = 1024 * 1024;
}
