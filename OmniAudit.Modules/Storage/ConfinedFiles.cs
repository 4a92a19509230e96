namespace OmniAudit.Modules.Storage;

/// <summary>Why a file is not taken, as it continues "the path …".</summary>
internal sealed class ConfinedFileException(string why) : Exception(why);

/// <summary>A file in a confined directory, for people to choose.</summary>
/// <param name="Path">Relative to its root, with / between directories.</param>
internal sealed record ConfinedEntry(string Root, string Path, long Size, DateTimeOffset ChangedAt);

/// <summary>
/// Reads files below a few directories and nowhere else: the whole real path is judged, every link in it followed, and on Linux the opened file is
/// asked once more where it lies.
/// </summary>
internal static class ConfinedFiles
{
    private const int MostLinks = 40;
    private const int MostDirectories = 2_000;

    /// <summary>The real path of a regular, non-empty file.</summary>
    /// <param name="roots">Absolute.</param>
    /// <param name="path">Absolute, or relative to a root: the first that has it counts.</param>
    /// <exception cref="ConfinedFileException">It is not there, no file, empty, or outside.</exception>
    public static string Resolve(IReadOnlyList<string> roots, string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal)) throw new ConfinedFileException("holds a zero character");
        if (path.Split('/', '\\').Any(p => p is "." or "..")) throw new ConfinedFileException("must not have . or .. in it");
        var candidates = Path.IsPathRooted(path) ? [path] : roots.Select(r => Path.Combine(r, path));
        var real = candidates.Select(RealPath).FirstOrDefault(r => r is not null) ?? throw new ConfinedFileException("names no file below RELEASE_ASSET_ROOTS");
        if (!IsInside(roots, real)) throw new ConfinedFileException("leads outside of RELEASE_ASSET_ROOTS");
        if (!File.Exists(real)) throw new ConfinedFileException("names a directory");
        // Devices, pipes and sockets have no length either, and opening one may never end.
        if (new FileInfo(real).Length == 0) throw new ConfinedFileException("names an empty file, which GitHub does not take, or none with content of its own");
        return real;
    }

    /// <summary>Opens what <see cref="Resolve"/> found. What was put in its place since is not opened.</summary>
    /// <exception cref="ConfinedFileException">It is another file now, or cannot be read.</exception>
    public static FileStream Open(IReadOnlyList<string> roots, string real)
    {
        if (Resolve(roots, real) != real) throw new ConfinedFileException("is a link by now");
        FileStream file;
        try
        {
            file = new FileStream(real, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfinedFileException($"cannot be read ({Durable.Explain(e)})");
        }
        if (!OperatingSystem.IsLinux() || new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget is not { } opened || opened == real) return file;
        file.Dispose();
        throw new ConfinedFileException("was exchanged while it was opened");
    }

    /// <summary>The files below the roots, newest first; links are left out, and so is what lies beyond the bounds.</summary>
    public static IReadOnlyList<ConfinedEntry> List(IReadOnlyList<string> roots, int most)
    {
        var found = new List<ConfinedEntry>();
        foreach (var root in roots.Where(Directory.Exists))
        {
            var waiting = new Queue<string>([root]);
            for (var seen = 0; waiting.TryDequeue(out var directory) && seen < MostDirectories; seen++)
            {
                try
                {
                    foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos().Where(e => e.LinkTarget is null))
                    {
                        if (entry is DirectoryInfo) waiting.Enqueue(entry.FullName);
                        else if (entry is FileInfo { Length: > 0 } file) found.Add(new ConfinedEntry(root, Path.GetRelativePath(root, file.FullName).Replace('\\', '/'), file.Length, new DateTimeOffset(file.LastWriteTimeUtc)));
                    }
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // What this process may not read is not offered.
                }
            }
        }
        return [.. found.OrderByDescending(f => f.ChangedAt).ThenBy(f => f.Path, StringComparer.Ordinal).Take(most)];
    }

    private static bool IsInside(IReadOnlyList<string> roots, string real) =>
        roots.Select(RealPath).Any(root => root is not null && real.StartsWith(root.EndsWith(Path.DirectorySeparatorChar) ? root : root + Path.DirectorySeparatorChar, StringComparison.Ordinal));

    /// <summary>With every link followed; null when it leads to nothing.</summary>
    private static string? RealPath(string path)
    {
        var whole = Path.GetFullPath(path);
        var current = Path.GetPathRoot(whole)!;
        var waiting = new Stack<string>(Parts(whole[current.Length..]));
        for (var links = 0; waiting.TryPop(out var part);)
        {
            if (part == "..")
            {
                current = Path.GetDirectoryName(current) ?? current;
                continue;
            }
            var next = Path.Combine(current, part);
            if ((new FileInfo(next).LinkTarget ?? new DirectoryInfo(next).LinkTarget) is not { } target)
            {
                current = next;
                continue;
            }
            if (++links > MostLinks) return null;
            if (Path.IsPathRooted(target)) current = Path.GetPathRoot(target)!;
            foreach (var step in Parts(target)) waiting.Push(step);
        }
        return File.Exists(current) || Directory.Exists(current) ? current : null;

        // Last part first, as a stack takes them.
        static IEnumerable<string> Parts(string path) => path.Split('/', OperatingSystem.IsWindows() ? '\\' : '/').Where(p => p.Length > 0 && p != ".").Reverse();
    }
}
