namespace OmniAudit.Modules.Storage.Objects;

/// <summary>
/// Objects as files: <c>root/sha256/ab/abcd…</c>. A file under its final name is whole: it was complete and on disk
/// before the rename that gave it the name.
/// </summary>
internal sealed class LocalObjects(string root, string dataDirectory)
{
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

    public Stream Open(string reference, ObjectAddress address)
    {
        var path = Find(address) ?? throw new ObjectMissingException(reference, "is not in the local object store (OBJECT_STORE_ROOT)");
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
        catch (FileNotFoundException e)
        {
            throw new ObjectMissingException(reference, "has just been removed from the local object store", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(reference, e);
        }
    }

    /// <summary>The file of an address, or null. A path that leaves the root, by dots or by a link, has none.</summary>
    public string? Find(ObjectAddress address) => address switch
    {
        ObjectAddress.Local => PathOf(address.Sha256) is var path && IsPlainFile(path) ? path : null,
        // The original's relative paths were relative to OBJECT_STORE_ROOT or, with a relative root, to the directory above it.
        ObjectAddress.LegacyPath legacy => new[] { root, dataDirectory }
            .Select(directory => Path.GetFullPath(legacy.Path, directory))
            .FirstOrDefault(candidate => candidate.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal) && IsPlainFile(candidate)),
        _ => null,
    };

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
