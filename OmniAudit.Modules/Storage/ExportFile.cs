using System.Security.Cryptography;

namespace OmniAudit.Modules.Storage;

/// <summary>Writes a file that people will pick up, so that it is either there in full or not at all.</summary>
internal static class ExportFile
{
    /// <summary>
    /// Creates <paramref name="path"/> (and its directories) from <paramref name="content"/>; never replaces a file. A crash leaves at
    /// most a <c>.part</c> file beside it. The bytes are on disk before the name appears.
    /// </summary>
    /// <param name="recheck">Throws if the path may no longer be used; asked once the directories exist and again before the name appears.</param>
    /// <returns>False when a file of that name is there already: nothing was written.</returns>
    public static Task<bool> CreateAsync(string path, Stream content, Action recheck, CancellationToken cancellationToken) =>
        CreateAsync(path, file => content.CopyToAsync(file, cancellationToken), recheck);

    /// <inheritdoc cref="CreateAsync(string, Stream, Action, CancellationToken)"/>
    /// <param name="write">Writes the content; if it throws, nothing is left behind.</param>
    public static async Task<bool> CreateAsync(string path, Func<Stream, Task> write, Action recheck)
    {
        recheck();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        recheck();
        if (File.Exists(path)) return false;
        var part = Path.Combine(Path.GetDirectoryName(path)!, $".{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.part");
        try
        {
            await using (var file = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                await write(file);
                file.Flush(flushToDisk: true);
            }
            recheck();
            try
            {
                // Without overwriting this is link(2): it fails if the name appeared meanwhile, and follows no link.
                File.Move(part, path);
            }
            catch (IOException) when (File.Exists(path))
            {
                return false;
            }
            Durable.SyncDirectory(Path.GetDirectoryName(path)!);
            return true;
        }
        finally
        {
            File.Delete(part);
        }
    }

    public static bool Exists(string path) => File.Exists(path);

    /// <summary>For reading; null if there is no such file.</summary>
    public static FileStream? OpenRead(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Lower-case hex SHA-256 of the file's bytes.</summary>
    public static async Task<string> Sha256Async(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
    }
}
