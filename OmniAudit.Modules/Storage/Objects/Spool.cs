using System.Security.Cryptography;

namespace OmniAudit.Modules.Storage.Objects;

/// <summary>Content on its way into the store: a temporary file whose hash and length are known. Disposing deletes it, unless it was moved into place.</summary>
internal sealed class Spool : IAsyncDisposable
{
    private readonly FileStream _file;

    private Spool(FileStream file) => _file = file;

    public string Path => _file.Name;
    public string Sha256 { get; private set; } = "";
    public long Size { get; private set; }

    /// <summary>The content from its beginning; belongs to the spool.</summary>
    public Stream Rewind()
    {
        _file.Position = 0;
        return _file;
    }

    /// <summary>Reads the content to its end. With <paramref name="durable"/> the file's bytes are on disk on return.</summary>
    public static async Task<Spool> FillAsync(Stream content, string directory, long limit, bool durable, CancellationToken cancellationToken)
    {
        var spool = new Spool(Guarded(() =>
        {
            Durable.CreateDirectory(directory);
            return new FileStream(System.IO.Path.Combine(directory, $"{Guid.NewGuid():N}.tmp"), new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous,
            });
        }));
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[81920];
            int read;
            while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
            {
                spool.Size += read;
                if (spool.Size > limit) throw new ObjectTooLargeException(limit);
                hash.AppendData(buffer.AsSpan(0, read));
                await spool.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
            Guarded(() => { spool._file.Flush(flushToDisk: durable); return true; });
            spool.Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
            return spool;
        }
        catch
        {
            await spool.DisposeAsync();
            throw;
        }
    }

    public static int Sweep(string directory, DateTimeOffset before)
    {
        if (!Directory.Exists(directory)) return 0;
        var swept = 0;
        foreach (var file in Directory.EnumerateFiles(directory, "*.tmp").Where(f => File.GetLastWriteTimeUtc(f) < before.UtcDateTime))
        {
            File.Delete(file);
            swept++;
        }
        return swept;
    }

    public async ValueTask DisposeAsync()
    {
        var path = _file.Name;
        await _file.DisposeAsync();
        File.Delete(path);
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _file.WriteAsync(bytes, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LocalObjects.Unwritable(Path, e);
        }
    }

    private static T Guarded<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LocalObjects.Unwritable(null, e);
        }
    }
}
