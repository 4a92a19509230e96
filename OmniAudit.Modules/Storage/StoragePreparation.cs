using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.Storage;

/// <summary>How a process uses the data directory.</summary>
public enum StorageUse
{
    /// <summary>The server: one per data directory; holds the lock until it ends.</summary>
    Server = 1,
    /// <summary>A command such as <c>agents add</c> or <c>verify</c>; may run beside a server.</summary>
    Command = 2,
}

/// <summary>Makes the data directory and the database ready, or says why it cannot. Disposing gives the server's lock back; so does the end of the process, however it ends.</summary>
internal sealed class StoragePreparation(IDbContextFactory<OmniAuditDb> factory, ObjectStore objects, OmniAuditOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan MigrationPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LockPatience = TimeSpan.FromMilliseconds(200);
    private readonly string _data = options.InData("", "");
    private FileStream? _lock;
    private OmniAuditDb? _open;

    /// <summary>
    /// Creates the data directory (0700), takes the server's lock, checks that the directory and the database can be
    /// written, and brings the schema up to date. Call once, before anything else uses the store.
    /// </summary>
    /// <exception cref="StorageStartException">Something of this failed; the message is for the operator.</exception>
    public async Task PrepareAsync(StorageUse use, CancellationToken cancellationToken)
    {
        CheckDirectory(_data, "OMNIAUDIT_DATA");
        if (use == StorageUse.Server)
        {
            _lock ??= await TakeServerLockAsync(cancellationToken);
            // No write takes an hour: what is that old belongs to one that never ended. Younger files may be a command's at work.
            objects.SweepSpool(time.GetUtcNow() - TimeSpan.FromHours(1));
        }
        var file = SqliteSetup.DatabaseFile(options);
        CheckDirectory(Path.GetDirectoryName(file)!, "DATABASE_URL");
        CheckHeader(file);
        try
        {
            await using var db = await factory.CreateDbContextAsync(cancellationToken);
            if (File.Exists(file)) await CheckWritableAsync(db, cancellationToken);
            await MigrateAsync(db, cancellationToken);
            if (use == StorageUse.Server) await KeepOpenAsync(cancellationToken);
        }
        catch (SqliteException e)
        {
            throw new StorageStartException($"DATABASE_URL: {Explain(e, file)}", e);
        }
    }

    public void Dispose()
    {
        _open?.Dispose();
        _lock?.Dispose();
    }

    /// <summary>
    /// One connection for the server's whole life. With the last one SQLite removes its write-ahead log, and to make it
    /// again takes room: on a disk that has filled up meanwhile not even a read would succeed.
    /// </summary>
    private async Task KeepOpenAsync(CancellationToken cancellationToken)
    {
        if (_open is not null) return;
        _open = await factory.CreateDbContextAsync(cancellationToken);
        await _open.Database.OpenConnectionAsync(cancellationToken);
        // Opened by the first read, not by the connection.
        await _open.Database.ExecuteSqlRawAsync("SELECT COUNT(*) FROM sqlite_master", cancellationToken);
    }

    private static void CheckDirectory(string directory, string setting)
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

    private static void CheckHeader(string file)
    {
        try
        {
            if (!File.Exists(file)) return;
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var header = new byte[16];
            var read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
            // https://www.sqlite.org/fileformat.html#the_database_header; an empty file is an empty database.
            if (read > 0 && !header.AsSpan().SequenceEqual("SQLite format 3\0"u8))
            {
                throw new StorageStartException($"DATABASE_URL: the file '{file}' is not a SQLite database. Name another file, or restore this one from a backup; it was left as it is.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartException($"DATABASE_URL: the file '{file}' cannot be read: {Durable.Explain(e)}", e);
        }
    }

    private static async Task CheckWritableAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);
        // Writes the header again as it is, so that a file or disk that refuses writes is told now and not at the first approval.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync("PRAGMA user_version=0", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task MigrateAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        if (known.Count == 0) return;
        using var migrating = await TakeMigrationLockAsync(cancellationToken);
        var applied = File.Exists(SqliteSetup.DatabaseFile(options)) ? (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal) : [];
        if (applied.FirstOrDefault(m => !known.Contains(m)) is { } newer)
        {
            throw new StorageStartException($"DATABASE_URL: the database was written by a newer version of OmniAudit (it has the change '{newer}'). Start that version, or restore a backup that this one wrote.");
        }
        if (applied.Count == known.Count) return;
        // EF Core's own migration lock is a row, which a killed process leaves behind for ever. The file lock held here
        // says that nobody is migrating, so such a row is a leftover.
        if (applied.Count > 0) await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken);
        await db.Database.MigrateAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);
    }

    private async Task<FileStream> TakeMigrationLockAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(_data, "migration.lock");
        try
        {
            return await FileLock.TakeAsync(path, MigrationPatience, time, cancellationToken);
        }
        catch (IOException e)
        {
            throw new StorageStartException($"DATABASE_URL: another process has been changing the schema for over {MigrationPatience.TotalMinutes} minutes ('{path}' is locked).", e);
        }
    }

    private static string Explain(SqliteException e, string file) => e.SqliteErrorCode switch
    {
        8 => $"the database '{file}' is read-only for this process. Correct its owner or permissions.",
        13 => $"the disk of the database '{file}' is full. Free some space.",
        11 or 26 => $"the file '{file}' is damaged or not a SQLite database ({e.Message}). Restore it from a backup; it was left as it is.",
        5 or 6 => $"another process has kept the database '{file}' locked. End it and start again.",
        14 => $"the database '{file}' cannot be opened. Check the directory and its permissions.",
        _ => $"the database '{file}' cannot be used: {e.Message}",
    };
}
