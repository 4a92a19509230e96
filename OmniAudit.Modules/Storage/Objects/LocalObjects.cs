namespace OmniAudit.Modules.Storage.Objects;

/// <summary>
/// Objects as files: <c>root/sha256/ab/abcd…</c>. A file under its final name is whole: it was complete and on disk
/// before the rename that gave it the name.
/// </summary>
internal sealed class LocalObjects(string root, string dataDirectory)
{
    private const string Aside = ".swept";

    public string SpoolDirectory { get; } = Path.Combine(root, "spool");

    /// <returns>The reference.</returns>
    public string Put(Spool spool)
    {
        var path = PathOf(spool.Sha256);
        try
        {
            var directory = Path.GetDirectoryName(path)!;
            Durable.CreateDirectory(directory);
            // A crash before the rename leaves a file in the spool that is no object, and is swept at the next start.
            // A file that is there already has the same content, or is damaged and hereby mended.
            File.Move(spool.Path, path, overwrite: true);
            // A crash here may lose the name again, but nobody has been given the reference yet.
            Durable.SyncDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
        return $"local://sha256/{spool.Sha256}";
    }

    /// <returns>Null when there is no such file.</returns>
    public Stream? TryOpen(string reference, ObjectAddress address)
    {
        if (Find(address) is not { } path) return null;
        try
        {
            var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            });
            return new VerifyingStream(file, file.Length, address.Sha256, reference, e => Unreadable(reference, e), file);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(reference, e);
        }
    }

    /// <summary>The file of an address, or null; of any address, for what lies in a bucket may lie here too. A path that leaves the root, by dots or by a link, has none.</summary>
    public string? Find(ObjectAddress address)
    {
        // The original's relative paths were relative to OBJECT_STORE_ROOT or, with a relative root, to the directory above it.
        var places = address is ObjectAddress.LegacyPath legacy ? new[] { root, dataDirectory }.Select(directory => Path.GetFullPath(legacy.Path, directory)) : [];
        return places.Append(PathOf(address.Sha256)).FirstOrDefault(place => place.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) && IsPlainFile(place));
    }

    /// <summary>Every object's file, links and unfinished ones left out; those that the original named by path too.</summary>
    /// <exception cref="ObjectStoreUnavailableException">Thrown while enumerating: a directory cannot be read.</exception>
    public IEnumerable<LocalObject> List()
    {
        if (!Directory.Exists(root)) yield break;
        using var files = new DirectoryInfo(root).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false }).GetEnumerator();
        while (Next())
        {
            var file = files.Current;
            if (file.FullName.StartsWith(SpoolDirectory + Path.DirectorySeparatorChar, StringComparison.Ordinal)) continue;
            if (ObjectAddress.TryParse(file.Name) is not { Sha256: var sha256 } || Look(file) is not { } found) continue;
            yield return new LocalObject(file.FullName, sha256, found.Length, found.Modified, file.FullName == PathOf(sha256));
        }

        bool Next()
        {
            try
            {
                return files.MoveNext();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw Unreadable(root, e);
            }
        }

        static (long Length, DateTimeOffset Modified)? Look(FileInfo file)
        {
            try
            {
                return (file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
            }
            catch (IOException)
            {
                return null; // gone since it was listed
            }
        }
    }

    /// <summary>Deletes an object that was stored before <paramref name="before"/>; one that was stored again since stays.</summary>
    public bool Delete(string sha256, DateTimeOffset before)
    {
        var (path, aside) = (PathOf(sha256), Path.Combine(SpoolDirectory, sha256 + Aside));
        try
        {
            Durable.CreateDirectory(SpoolDirectory);
            // Taken away first and looked at then: whoever stores the same content from here on makes a file of its own.
            // A crash here leaves it aside; the next sweep puts it back.
            File.Move(path, aside, overwrite: true);
            if (File.GetLastWriteTimeUtc(aside) < before.UtcDateTime)
            {
                File.Delete(aside);
                return true;
            }
            PutBack(aside, path);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false; // another server swept it
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, e);
        }
    }

    /// <summary>Puts back what a sweep that was killed had taken aside.</summary>
    public void MendSweep()
    {
        if (!Directory.Exists(SpoolDirectory)) return;
        foreach (var aside in Directory.GetFiles(SpoolDirectory, "*" + Aside)) PutBack(aside, PathOf(Path.GetFileName(aside)[..^Aside.Length]));
    }

    private static void PutBack(string aside, string path)
    {
        try
        {
            File.Move(aside, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(aside); // the same content is there again
        }
    }

    public void Check()
    {
        var probe = Path.Combine(SpoolDirectory, $"{Guid.NewGuid():N}.tmp");
        try
        {
            Durable.CreateDirectory(SpoolDirectory);
            File.WriteAllBytes(probe, new byte[4096]);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(probe, e);
        }
    }

    public static ObjectStoreUnavailableException Unwritable(string? path, Exception e) => new(
        $"OBJECT_STORE_ROOT: the object store cannot be written{(path is null ? "" : $" ('{Path.GetDirectoryName(path)}')")}: {Durable.Explain(e)}", e);

    private static ObjectStoreUnavailableException Unreadable(string reference, Exception e) => new(
        $"OBJECT_STORE_ROOT: the object '{reference}' cannot be read: {Durable.Explain(e)}", e);

    private string PathOf(string sha256) => Path.Combine(root, "sha256", sha256[..2], sha256);

    /// <summary>A regular file, reached from the root without a link. The root itself may be one: that is the operator's choice.</summary>
    private bool IsPlainFile(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists || info.LinkTarget is not null) return false;
        for (var directory = info.Directory; directory is not null && directory.FullName.Length > root.Length; directory = directory.Parent)
        {
            if (directory.LinkTarget is not null) return false;
        }
        return true;
    }
}

/// <summary>A file of the local store.</summary>
/// <param name="Sha256">What its name promises.</param>
/// <param name="IsOwn">False for a place that only the Python original knows.</param>
internal sealed record LocalObject(string Path, string Sha256, long Size, DateTimeOffset Modified, bool IsOwn);
