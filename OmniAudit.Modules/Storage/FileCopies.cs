using System.Security.Cryptography;

namespace OmniAudit.Modules.Storage;

/// <summary>A file that was copied.</summary>
/// <param name="Name">Relative to its directory, with / between directories.</param>
internal sealed record CopiedFile(string Name, long Bytes, string Sha256);

/// <summary>Copies files so that they are on disk, for their owner only, when it returns; and the few other things that a backup does to files.</summary>
internal static class FileCopies
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    /// <summary>Copies a file (0600) to a name that must not exist.</summary>
    /// <returns>Null when there is no such file.</returns>
    public static async Task<CopiedFile?> CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        var mode = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) mode.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            await using var source = new FileStream(from, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await using var target = new FileStream(to, mode);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[128 * 1024];
            while (await source.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                hash.AppendData(buffer, 0, count);
                await target.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }
            target.Flush(flushToDisk: true);
            return new CopiedFile(Path.GetFileName(to), target.Length, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && !Path.Exists(from))
        {
            return null;
        }
    }

    /// <summary>Copies every file below a directory, links left out, in the order of their names. A file that goes away meanwhile is left out.</summary>
    /// <param name="without">Directories of the first level that are left out.</param>
    public static async IAsyncEnumerable<CopiedFile> CopyTreeAsync(string from, string to, string[] without, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in Files(from, without))
        {
            var target = Path.Combine(to, name);
            var directory = Path.GetDirectoryName(target)!;
            Durable.CreateDirectory(directory);
            written.Add(directory);
            if (await CopyAsync(Path.Combine(from, name), target, cancellationToken) is { } copied) yield return copied with { Name = name.Replace('\\', '/') };
        }
        foreach (var directory in written) Durable.SyncDirectory(directory);
    }

    /// <summary>The bytes of all files below a directory; 0 when there is none.</summary>
    public static long BytesBelow(string directory, params string[] without) => Files(directory, without).Sum(name => new FileInfo(Path.Combine(directory, name)) is { Exists: true } file ? file.Length : 0);

    /// <summary>The bytes of a file; 0 when there is none.</summary>
    public static long Bytes(string file) => new FileInfo(file) is { Exists: true } found ? found.Length : 0;

    /// <summary>The bytes that may still be written at a place, whether or not it exists yet.</summary>
    public static long Room(string place)
    {
        var existing = Path.GetFullPath(place);
        while (!Directory.Exists(existing)) existing = Path.GetDirectoryName(existing)!;
        return new DriveInfo(existing).AvailableFreeSpace;
    }

    /// <summary>Makes a file's bytes durable that something else has written, and closes it to others (0600).</summary>
    public static void Settle(string file)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Gives a file or a directory another name on the same file system; nothing of that name may be there.</summary>
    public static void Move(string from, string to)
    {
        if (Directory.Exists(from)) Directory.Move(from, to);
        else File.Move(from, to);
    }

    private static List<string> Files(string directory, string[] without) => !Directory.Exists(directory) ? [] :
    [
        .. Directory.EnumerateFiles(directory, "*", Everything).Select(f => Path.GetRelativePath(directory, f))
            .Where(f => !without.Any(w => f.StartsWith(w + Path.DirectorySeparatorChar, StringComparison.Ordinal))).Order(StringComparer.Ordinal),
    ];
}
