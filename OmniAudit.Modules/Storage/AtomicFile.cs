using System.Runtime.InteropServices;

namespace OmniAudit.Modules.Storage;

/// <summary>
/// Small files that are replaced as a whole: a reader sees the old content or the new one, never a part, also after a
/// crash or a power cut. On return of <see cref="Replace"/> the new content is on disk under its name.
/// </summary>
internal static class AtomicFile
{
    /// <summary>The whole content, or null if there is no such file.</summary>
    public static byte[]? Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Creates the directory if needed. Two writers of one path at once must be kept apart by the caller.</summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(directory);
        var next = path + ".next";
        using (var file = File.OpenHandle(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            RandomAccess.Write(file, content, 0);
            RandomAccess.FlushToDisk(file);
        }
        // A crash before the rename leaves a stray .next, which the next call overwrites.
        File.Move(next, path, overwrite: true);
        // A rename is durable only once its directory is.
        FlushDirectory(directory);
    }

    private static void FlushDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = open(directory, 0);
        if (descriptor < 0) throw new IOException($"The directory {directory} cannot be opened to flush it.");
        var failed = fsync(descriptor) != 0;
        _ = close(descriptor);
        if (failed) throw new IOException($"The directory {directory} cannot be flushed to disk.");
    }

#pragma warning disable SYSLIB1054, CA2101 // Three plain calls: a source generator would want unsafe blocks for the whole project.
    [DllImport("libc", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)] private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
    [DllImport("libc")] private static extern int fsync(int descriptor);
    [DllImport("libc")] private static extern int close(int descriptor);
#pragma warning restore SYSLIB1054, CA2101
}
