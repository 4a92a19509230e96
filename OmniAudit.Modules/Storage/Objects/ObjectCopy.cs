using System.Security.Cryptography;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>Copies the local objects into the bucket, for a switch from one store to the other.</summary>
public sealed class ObjectCopy
{
    /// <summary>Most objects are small, and what takes time is the way to the server and back.</summary>
    private const int AtOnce = 4;

    private readonly ObjectStore _objects;

    internal ObjectCopy(ObjectStore objects) => _objects = objects;

    /// <summary>
    /// Copies every local object that is not in the bucket with the same size. Content that is not what its name says is told and not copied. Broken off, it goes on where
    /// it stopped when it is run again. Local files stay.
    /// </summary>
    /// <returns>True when nothing is damaged.</returns>
    /// <exception cref="ObjectStoreUnavailableException">No bucket is configured, or one of the stores cannot be used.</exception>
    public async Task<bool> RunAsync(TextWriter output, UpkeepProgress progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(progress);
        var bucket = _objects.Remote ?? throw new ObjectStoreUnavailableException("OBJECT_STORE_BUCKET: no bucket is configured. Set it and the S3_* settings first; OBJECT_STORE_BACKEND may stay local until the copy is done.");
        await bucket.CheckAsync(cancellationToken);
        var (copied, bytes, there, damaged) = (0L, 0L, 0L, 0L);
        using var one = new SemaphoreSlim(1, 1);
        await Parallel.ForEachAsync(_objects.Local.List(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (item, stop) =>
        {
            switch (await CopyAsync(bucket, item, stop))
            {
                case true: Interlocked.Increment(ref copied); Interlocked.Add(ref bytes, item.Size); break;
                case null: Interlocked.Increment(ref there); break;
                case false:
                    Interlocked.Increment(ref damaged);
                    await one.WaitAsync(stop);
                    try
                    {
                        await output.WriteLineAsync($"damaged\t{item.Path}");
                    }
                    finally
                    {
                        one.Release();
                    }
                    break;
            }
            progress.Add(item.Size);
        });
        progress.End();
        await output.WriteLineAsync($"{copied} copied ({ByteWords.Of(bytes)}), {there} there already, {damaged} damaged and not copied.");
        return damaged == 0;
    }

    /// <summary>True: copied; null: there already, or gone meanwhile; false: damaged.</summary>
    private static async Task<bool?> CopyAsync(S3Objects bucket, LocalObject item, CancellationToken cancellationToken)
    {
        if ((await bucket.FindAsync(item.Sha256, cancellationToken))?.Size == item.Size) return null;
        try
        {
            await using var file = new FileStream(item.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 81920, useAsync: true);
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)) != item.Sha256) return false;
            file.Position = 0;
            // Local objects keep no content type of their own: their rows do.
            await bucket.PutAsync(file, item.Sha256, file.Length, "application/octet-stream", cancellationToken);
            return true;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ObjectStoreUnavailableException($"OBJECT_STORE_ROOT: '{item.Path}' cannot be read: {Durable.Explain(e)}", e);
        }
    }
}
