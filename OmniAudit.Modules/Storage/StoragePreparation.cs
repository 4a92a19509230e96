using System.Globalization;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Storage.Postgres;
using OmniAudit.Modules.Storage.SqlServer;

namespace OmniAudit.Modules.Storage;

/// <summary>How a process uses the data directory.</summary>
public enum StorageUse
{
    /// <summary>The server: one per data directory; holds the lock until it ends.</summary>
    Server = 1,
    /// <summary>A command such as <c>agents add</c> or <c>verify</c>; may run beside a server.</summary>
    Command = 2,
}

/// <summary>Makes one engine's database ready.</summary>
internal interface IDatabasePreparation
{
    /// <summary>Checks that the database can be used and written, and brings its schema up to date, one process at a time.</summary>
    /// <returns>The changes of the schema that were applied now.</returns>
    /// <exception cref="StorageStartException">It cannot be used; the message is for the operator.</exception>
    Task<IReadOnlyList<string>> PrepareAsync(StorageUse use, CancellationToken cancellationToken);
}

/// <summary>
/// Makes the data directory and the database ready, or says why it cannot. The directory and its lock are one server's; a
/// database server may be shared by several, each with a directory of its own. Disposing gives the server's lock back; so
/// does the end of the process, however it ends.
/// </summary>
internal sealed class StoragePreparation(IDbContextFactory<OmniAuditDb> factory, ObjectStore objects, OmniAuditOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromMilliseconds(200);
    private readonly string _data = options.InData("", "");
    private readonly IDatabasePreparation _database = options.Database.Provider switch
    {
        DatabaseOptions.PostgreSql => new PostgresPreparation(factory, options),
        DatabaseOptions.SqlServer => new SqlServerPreparation(factory, options),
        _ => new SqlitePreparation(factory, options, time),
    };

    private FileStream? _lock;

    /// <summary>
    /// Creates the data directory (0700), takes the server's lock, checks that the directory and the database can be
    /// written, and brings the schema up to date. Call once, before anything else uses the store.
    /// </summary>
    /// <returns>The changes of the schema that were applied now.</returns>
    /// <exception cref="StorageStartException">Something of this failed; the message is for the operator.</exception>
    public async Task<IReadOnlyList<string>> PrepareAsync(StorageUse use, CancellationToken cancellationToken)
    {
        CheckDirectory(_data, "OMNIAUDIT_DATA");
        if (use == StorageUse.Server)
        {
            _lock ??= await TakeServerLockAsync(cancellationToken);
            // No write takes an hour: what is that old belongs to one that never ended. Younger files may be a command's at work.
            objects.SweepSpool(time.GetUtcNow() - TimeSpan.FromHours(1));
        }
        return await _database.PrepareAsync(use, cancellationToken);
    }

    public void Dispose()
    {
        (_database as IDisposable)?.Dispose();
        _lock?.Dispose();
    }

    /// <exception cref="StorageStartException">The database has a change that this version does not know.</exception>
    public static void RefuseNewer(IEnumerable<string> applied, IReadOnlySet<string> known)
    {
        if (applied.FirstOrDefault(m => !known.Contains(m)) is not { } newer) return;
        throw new StorageStartException($"DATABASE_URL: the database was written by a newer version of OmniAudit (it has the change '{newer}'). Start that version, or restore a backup that this one wrote.");
    }

    public static void CheckDirectory(string directory, string setting)
    {
        var probe = Path.Combine(directory, $".write-test-{Guid.NewGuid():N}");
        try
        {
            Durable.CreateDirectory(directory);
            try
            {
                using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write);
                file.Write(new byte[16384]);
                file.Flush(flushToDisk: true);
            }
            finally
            {
                File.Delete(probe);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartException($"{setting}: the directory '{directory}' cannot be written: {Durable.Explain(e)}", e);
        }
    }

    private async Task<FileStream> TakeServerLockAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(_data, "lock");
        try
        {
            // With a moment's patience: ServerPresence looks at it too.
            var held = await FileLock.TakeAsync(path, LockPatience, time, cancellationToken);
            // Apart from the lock, which nobody else can open; only read while the lock is held, so it is never out of date.
            File.WriteAllText(HolderFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return held;
        }
        catch (IOException e)
        {
            throw new StorageStartException(
                $"OMNIAUDIT_DATA: another server{Holder()} is using the data directory '{_data}'. Stop it, or give this one a data directory of its own.", e);
        }
    }

    private string HolderFile => Path.Combine(_data, "server.pid");

    private string Holder()
    {
        try
        {
            return $" (process {int.Parse(File.ReadAllText(HolderFile), NumberStyles.None, CultureInfo.InvariantCulture)})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return ""; // the name of the holder is a courtesy; the refusal stands without it
        }
    }
}
