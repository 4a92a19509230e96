using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;

namespace OmniAudit.Modules.Backups;

/// <summary>
/// The <c>backup</c> verb: a copy of the default store (SQLite, local objects) that belongs together, while a server is at work or without one. Every receipt that was
/// answered before it began is in it. It changes nothing of the store, its schema included.
/// </summary>
public static class Backup
{
    /// <summary>What is to be left free on the disk.</summary>
    private const long Margin = 64 << 20;

    /// <summary>Writes a backup as a new directory (0700): it appears whole and verified under its name, or not at all. A kill leaves at most a hidden <c>.part</c> directory beside it.</summary>
    /// <param name="target">The directory; nothing of that name may be there.</param>
    /// <param name="withKey">Put the master key into it too: whoever reads the backup then reads its secrets.</param>
    /// <param name="output">Told what was written.</param>
    /// <exception cref="BackupRefusedException">Nothing was written.</exception>
    public static async Task WriteAsync(OmniAuditOptions options, string target, bool withKey, TextWriter output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(output);
        if (options.Database.Provider != "sqlite")
        {
            throw new BackupRefusedException(
                $"DATABASE_URL: the database is {options.Database.Provider}, so nothing was backed up. Use that engine's own backup (for example pg_dump, or snapshots of the volume), after a copy of {options.InData("log", "")} and before one of the objects: docs/operations.md.");
        }
        var (data, database, objects) = (options.InData("", ""), SqliteSetup.DatabaseFile(options), options.InData(options.ObjectStore.Root, "objects"));
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        if (Path.Exists(full)) throw new BackupRefusedException($"DIRECTORY: '{full}' is there already and was left as it is. Name another one.");
        foreach (var own in new[] { data, objects })
            if ((full + Path.DirectorySeparatorChar).StartsWith(own + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw new BackupRefusedException($"DIRECTORY: '{full}' lies in the store itself ('{own}'). Name a place outside of it, best on another disk.");
        if (!Path.Exists(database)) throw new BackupRefusedException($"DATABASE_URL: there is no database '{database}' to back up.");
        var needed = FileCopies.Bytes(database) + FileCopies.Bytes(database + "-wal") + FileCopies.BytesBelow(objects, "spool") + Margin;
        if (FileCopies.Room(full) is var room && room < needed) throw new BackupRefusedException($"DIRECTORY: the disk of '{full}' has {ByteWords.Of(room)} free, and the backup needs up to {ByteWords.Of(needed)}. Nothing was written.");

        var part = Path.Combine(Path.GetDirectoryName(full)!, $".{Path.GetFileName(full)}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}.part");
        try
        {
            Durable.CreateDirectory(part);
            // In this order: the checkpoint is never newer than the database, and the objects are never older.
            if (!await CopyLogAsync(options.InData("log", ""), part, cancellationToken)) throw new BackupRefusedException($"'{data}' has no log/checkpoint and log/vkey: the server has never run there, or they are lost (docs/operations.md, \"The receipt log refuses\").");
            if (withKey) await CopyKeysAsync(options, part, cancellationToken);
            await CopyDatabaseAsync(options, Path.Combine(part, BackupManifest.Database), cancellationToken);
            if (withKey) await CheckKeysAsync(part, cancellationToken);
            Durable.CreateDirectory(Path.Combine(part, BackupManifest.ObjectsDirectory));
            var damaged = new List<string>();
            var (count, bytes) = await CountAsync(FileCopies.CopyTreeAsync(objects, Path.Combine(part, BackupManifest.ObjectsDirectory), ["spool"], cancellationToken), damaged);

            var receipts = await VerifyAsync(part, cancellationToken);
            var elsewhere = options.ObjectStore.Bucket.Length > 0 ? $"s3://{options.ObjectStore.Bucket}" : "";
            var file = Path.Combine(part, BackupManifest.Database);
            new BackupManifest(
                BackupManifest.Current, typeof(Backup).Assembly.GetName().Version?.ToString(3) ?? "", TimeProvider.System.GetUtcNow(), receipts, await ExportFile.Sha256Async(file, cancellationToken), FileCopies.Bytes(file),
                count, bytes, withKey, elsewhere).Write(part);
            Durable.SyncDirectory(part);
            cancellationToken.ThrowIfCancellationRequested();
            FileCopies.Move(part, full);
            Durable.SyncDirectory(Path.GetDirectoryName(full)!);

            await output.WriteLineAsync($"{full}: {receipts} receipts (log VALID), {count} objects ({ByteWords.Of(bytes)}), database {ByteWords.Of(FileCopies.Bytes(Path.Combine(full, BackupManifest.Database)))}.");
            foreach (var name in damaged) await output.WriteLineAsync($"Damaged in the store itself, and copied as it is: {name}");
            if (elsewhere.Length > 0) await output.WriteLineAsync($"Objects in {elsewhere} are not in it: the bucket has its own versions and replicas.");
            await output.WriteLineAsync(withKey
                ? "The master key is in it: keep this backup as you keep the key."
                : $"The master key is NOT in it. Without '{options.InData(options.Secrets.MasterKeyFile, "master.key")}' no secret of the backup opens and the log cannot be continued: keep a copy of it somewhere else.");
            await output.WriteLineAsync($"Restore: ./run.sh restore {full} --to NEW-DATA-DIRECTORY");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SqliteException or MasterKeyException)
        {
            throw new BackupRefusedException($"The backup could not be made: {(e is SqliteException or MasterKeyException ? e.Message : Durable.Explain(e))} Nothing was left behind.", e);
        }
        finally
        {
            if (Directory.Exists(part)) Directory.Delete(part, recursive: true);
        }
    }

    /// <summary>Checks the log of a copied store.</summary>
    /// <returns>The number of receipts.</returns>
    internal static async Task<long> VerifyAsync(string directory, CancellationToken cancellationToken)
    {
        await using var verdict = new StringWriter(CultureInfo.InvariantCulture);
        // The copy's file is its own: whatever DATABASE_URL says.
        var code = await VerifyCommand.VerifyLogAsync(directory, $"Data Source={BackupManifest.Database}", null, verdict, cancellationToken);
        if (code != VerifyCommand.ExitValid) throw new BackupRefusedException($"The copy does not verify, so it was not kept: {verdict.ToString().Split('\n')[^2]}");
        return await WithDatabaseAsync(directory, async db => (await LogTree.NewestCheckpointAsync(db, cancellationToken))?.Size ?? 0);
    }

    /// <summary>What the log keeps outside the database. False when something of it is missing.</summary>
    internal static async Task<bool> CopyLogAsync(string log, string part, CancellationToken cancellationToken)
    {
        var target = Path.Combine(part, BackupManifest.LogDirectory);
        Durable.CreateDirectory(target);
        foreach (var name in new[] { "checkpoint", "vkey" })
            if (await FileCopies.CopyAsync(Path.Combine(log, name), Path.Combine(target, name), cancellationToken) is null) return false;
        // Only a log whose key was changed has one.
        await FileCopies.CopyAsync(Path.Combine(log, "vkeys"), Path.Combine(target, "vkeys"), cancellationToken);
        Durable.SyncDirectory(target);
        return true;
    }

    private static async Task CopyDatabaseAsync(OmniAuditOptions options, string file, CancellationToken cancellationToken)
    {
        var from = new SqliteConnectionStringBuilder(SqliteSetup.ConnectionString(options)) { Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        await using (var source = new SqliteConnection(from.ToString()))
        await using (var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString()))
        {
            await source.OpenAsync(cancellationToken);
            await copy.OpenAsync(cancellationToken);
            // All pages in one read transaction (sqlite.org/backup.html): one moment's state, which writers of the WAL do not disturb.
            await Task.Run(() => source.BackupDatabase(copy), cancellationToken);
            await using var command = copy.CreateCommand();
            // One file, without a log beside it that could be forgotten.
            command.CommandText = "PRAGMA journal_mode=DELETE";
            await command.ExecuteNonQueryAsync(cancellationToken);
            command.CommandText = "PRAGMA quick_check(1)";
            if (await command.ExecuteScalarAsync(cancellationToken) is not "ok") throw new BackupRefusedException("The database is damaged (PRAGMA quick_check). The backup was not kept; keep the older ones.");
        }
        FileCopies.Settle(file);
    }

    /// <summary>The key, the next one of a rotation that is under way, and older ones that older copies of the database need.</summary>
    private static async Task CopyKeysAsync(OmniAuditOptions options, string part, CancellationToken cancellationToken)
    {
        var key = options.InData(options.Secrets.MasterKeyFile, "master.key");
        foreach (var file in new[] { key, key + ".next" }.Concat(Directory.GetFiles(Path.GetDirectoryName(key)!, Path.GetFileName(key) + ".old-*")))
            await FileCopies.CopyAsync(file, Path.Combine(part, BackupManifest.KeyFile + file[key.Length..]), cancellationToken);
    }

    private static async Task CheckKeysAsync(string part, CancellationToken cancellationToken)
    {
        var ids = await WithDatabaseAsync(part, db => db.Set<SecretRow>().Select(s => s.MasterKeyId).Distinct().ToListAsync(cancellationToken));
        var key = Path.Combine(part, BackupManifest.KeyFile);
        var known = new[] { MasterKey.Read(key)?.Id, MasterKey.Read(key + ".next")?.Id };
        if (ids.Any(id => !known.Contains(id, StringComparer.Ordinal)))
            throw new BackupRefusedException("ENVELOPE_MASTER_KEY_FILE: the key does not open every secret of the database; a rotation may just have ended. The backup was not kept: run it again.");
    }

    private static async Task<T> WithDatabaseAsync<T>(string directory, Func<OmniAuditDb, Task<T>> read)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = Path.Combine(directory, BackupManifest.Database), Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        await using var db = new OmniAuditDb(new DbContextOptionsBuilder<OmniAuditDb>().UseSqlite(connection.ToString()).Options);
        return await read(db);
    }

    /// <summary>Counts what is copied. An object whose bytes are not those of its name is noted.</summary>
    internal static async Task<(long Count, long Bytes)> CountAsync(IAsyncEnumerable<CopiedFile> files, List<string>? damaged = null)
    {
        var (count, bytes) = (0L, 0L);
        await foreach (var file in files)
        {
            (count, bytes) = (count + 1, bytes + file.Bytes);
            var name = file.Name[(file.Name.LastIndexOf('/') + 1)..];
            if (damaged is not null && name.Length >= 64 && !name.StartsWith(file.Sha256, StringComparison.Ordinal)) damaged.Add(file.Name);
        }
        return (count, bytes);
    }
}
