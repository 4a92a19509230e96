using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage;

/// <summary>Makes the database file ready. Disposing closes the connection that keeps its write-ahead log.</summary>
internal sealed class SqlitePreparation(IDbContextFactory<OmniAuditDb> factory, OmniAuditOptions options, TimeProvider time) : IDatabasePreparation, IDisposable
{
    private static readonly TimeSpan MigrationPatience = TimeSpan.FromMinutes(2);
    private readonly string _data = options.InData("", "");
    private OmniAuditDb? _open;

    public async Task<IReadOnlyList<string>> PrepareAsync(StorageUse use, CancellationToken cancellationToken)
    {
        var file = SqliteSetup.DatabaseFile(options);
        StoragePreparation.CheckDirectory(Path.GetDirectoryName(file)!, "DATABASE_URL");
        CheckHeader(file);
        try
        {
            await using var db = await factory.CreateDbContextAsync(cancellationToken);
            if (File.Exists(file)) await CheckWritableAsync(db, cancellationToken);
            var applied = await MigrateAsync(db, cancellationToken);
            if (use == StorageUse.Server) await KeepOpenAsync(cancellationToken);
            return applied;
        }
        catch (SqliteException e)
        {
            throw new StorageStartException($"DATABASE_URL: {Explain(e, file)}", e);
        }
    }

    public void Dispose() => _open?.Dispose();

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

    private async Task<IReadOnlyList<string>> MigrateAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var known = db.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        if (known.Count == 0) return [];
        using var migrating = await TakeMigrationLockAsync(cancellationToken);
        var applied = File.Exists(SqliteSetup.DatabaseFile(options)) ? (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal) : [];
        StoragePreparation.RefuseNewer(applied, known);
        if (applied.Count == known.Count) return [];
        // EF Core's own migration lock is a row, which a killed process leaves behind for ever. The file lock held here
        // says that nobody is migrating, so such a row is a leftover.
        if (applied.Count > 0) await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken);
        await db.Database.MigrateAsync(cancellationToken);
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);
        return [.. known.Except(applied, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
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
