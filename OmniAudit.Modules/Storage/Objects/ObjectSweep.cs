namespace OmniAudit.Modules.Storage.Objects;

/// <summary>What a sweep did, or would do.</summary>
/// <param name="Objects">Deleted, in both stores.</param>
/// <param name="Uploads">Uploads in parts that were never finished, ended.</param>
/// <param name="Refusal">Why nothing was deleted; null when the sweep was made.</param>
internal sealed record ObjectSweepResult(long Objects, long Bytes, int Uploads, string? Refusal = null);

/// <summary>
/// Deletes the objects that nothing refers to any more, in both stores. Rows are read first and stores listed then, so that what is stored meanwhile is too young to go:
/// an object stays for a day after it was last stored, whoever refers to it. Storing the same content again makes it young again.
/// </summary>
internal sealed class ObjectSweep(ObjectStore objects, IEnumerable<IObjectReferrer> referrers, TimeProvider time)
{
    /// <summary>No row comes a day after its objects.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromDays(1);

    private readonly IReadOnlyList<IObjectReferrer> _referrers = [.. referrers];

    /// <param name="since">When this database began. What is older was stored by another one, whose rows are not seen here, and stays.</param>
    /// <param name="output">Told of every document that cannot be read, and on a dry run of every object that would go.</param>
    /// <exception cref="ObjectStoreUnavailableException">A store cannot be used; what was deleted until then stays deleted.</exception>
    public async Task<ObjectSweepResult> RunAsync(DateTimeOffset since, bool dryRun, TextWriter output, UpkeepProgress progress, CancellationToken cancellationToken)
    {
        var before = time.GetUtcNow() - Grace;
        var wanted = new HashSet<UInt128>();
        var unread = 0;
        foreach (var referrer in _referrers)
        await foreach (var use in referrer.ReadAsync(cancellationToken))
        {
            if (ObjectAddress.TryParse(use.Reference) is { } address) wanted.Add(Key(address.Sha256));
            if (use.Unread is null) continue;
            unread++;
            await output.WriteLineAsync($"unreadable\t{use.Reference}\t{use.Who}");
        }
        // What a lost report named cannot be told from what nobody names; brought back from a backup it would be without its pictures.
        if (unread > 0) return new ObjectSweepResult(0, 0, 0, $"Nothing was deleted: {unread} documents that name other objects cannot be read ('objects check' lists them). Bring them back first.");

        if (!dryRun) objects.Local.MendSweep();
        var (count, bytes) = (0L, 0L);
        foreach (var file in objects.Local.List().Where(f => f.IsOwn && IsOld(f.Modified) && !wanted.Contains(Key(f.Sha256))))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (dryRun) await output.WriteLineAsync($"would delete\tlocal://sha256/{file.Sha256}\t{file.Size}");
            else if (!objects.Local.Delete(file.Sha256, before)) continue;
            (count, bytes) = (count + 1, bytes + file.Size);
            progress.Add(file.Size);
        }
        var uploads = 0;
        if (objects.Remote is { } bucket)
        {
            await foreach (var item in bucket.ListAsync(cancellationToken))
            {
                if (!IsOld(item.Modified) || wanted.Contains(Key(item.Sha256))) continue;
                if (dryRun) await output.WriteLineAsync($"would delete\ts3://{bucket.Bucket}/{bucket.KeyOf(item.Sha256)}\t{item.Size}");
                else if (!await bucket.DeleteAsync(item.Sha256, before, cancellationToken)) continue;
                (count, bytes) = (count + 1, bytes + item.Size);
                progress.Add(item.Size);
            }
            if (!dryRun) uploads = await bucket.AbortUploadsAsync(before, cancellationToken);
        }
        progress.End();
        return new ObjectSweepResult(count, bytes, uploads);

        bool IsOld(DateTimeOffset stored) => stored < before && stored >= since;
    }

    /// <summary>Half of the hash: enough that no two objects share it, and if two ever did, one would stay too long.</summary>
    private static UInt128 Key(string sha256) => UInt128.Parse(sha256.AsSpan(0, 32), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture);
}
