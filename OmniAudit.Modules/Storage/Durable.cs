using System.Runtime.InteropServices;

namespace OmniAudit.Modules.Storage;

/// <summary>What .NET's file API leaves out of durability on POSIX systems: names that survive a power cut, and a file that appears whole or not at all.</summary>
internal static class Durable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Makes the names in a directory durable (fsync of the directory). Nothing to do on Windows.</summary>
    public static void SyncDirectory(string directory)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(directory, 0);
        if (descriptor < 0) throw Failed(directory);
        try
        {
            // EINVAL: the file system has no such operation.
            if (FSync(descriptor) != 0 && Marshal.GetLastPInvokeError() != 22) throw Failed(directory);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>Creates a directory, and those above it, for the owner only (0700); each new name is durable. One that exists is left as it is.</summary>
    public static void CreateDirectory(string directory)
    {
        if (Directory.Exists(directory)) return;
        var parent = Path.GetDirectoryName(Path.GetFullPath(directory))!;
        CreateDirectory(parent);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, OwnerOnly);
        SyncDirectory(parent);
    }

    /// <summary>
    /// Writes a file (0600) that did not exist: it appears with its whole content, on disk, or not at all.
    /// False, and nothing done, when the name is taken.
    /// </summary>
    public static bool TryCreateFile(string path, ReadOnlySpan<byte> content)
    {
        var directory = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(directory, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var file = new FileStream(temporary, options))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }
            if (OperatingSystem.IsWindows())
            {
                if (File.Exists(path)) return false;
                File.Move(temporary, path);
                return true;
            }
            // link(2) fails when the name is taken; rename(2) would replace what is there.
            if (Link(temporary, path) != 0)
            {
                return Marshal.GetLastPInvokeError() == 17 ? false : throw Failed(path);
            }
        }
        finally
        {
            File.Delete(temporary);
        }
        SyncDirectory(directory);
        return true;
    }

    /// <summary>An I/O failure in words for the operator.</summary>
    public static string Explain(Exception e) => (e.HResult & 0xFFFF) switch
    {
        28 => "the disk is full (ENOSPC).",
        30 => "the file system is read-only (EROFS).",
        _ when e is UnauthorizedAccessException => "this process may not write there (permissions).",
        _ => e.Message,
    };

    private static IOException Failed(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'", error);
    }

#pragma warning disable SYSLIB1054 // Four calls without buffers: generated marshalling would need unsafe code in the project.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int FSync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int Close(int descriptor);

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string created);
#pragma warning restore SYSLIB1054
}
