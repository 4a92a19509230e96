using System.Security.Cryptography;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Backups;

/// <summary>The <c>restore</c> verb: makes a data directory of a backup.</summary>
public static class Restore
{
    private const long Margin = 64 << 20;

    /// <summary>
    /// Fills a data directory (0700) that is not there or empty. Everything is copied and verified beside its place first; the database is put there last, so that nothing
    /// that was broken off can be taken for a store.
    /// </summary>
    /// <param name="from">A directory that <see cref="Backup"/> wrote.</param>
    /// <param name="data">Never one with something in it.</param>
    /// <param name="output">Told what was restored, and what is still to do.</param>
    /// <exception cref="BackupRefusedException">Nothing was restored.</exception>
    public static async Task ReadAsync(string from, string data, TextWriter output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        var (source, target) = (Path.GetFullPath(from), Path.TrimEndingDirectorySeparator(Path.GetFullPath(data)));
        var manifest = BackupManifest.Read(source);
        if (Path.Exists(target) && !Directory.Exists(target)) throw new BackupRefusedException($"--to: '{target}' is a file.");
        if (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).FirstOrDefault() is { } something)
        {
            throw new BackupRefusedException(Path.GetFileName(something).StartsWith(".restore-", StringComparison.Ordinal)
                ? $"--to: '{target}' holds the remains of a restore that was broken off. Delete '{something}' and restore again."
                : $"--to: '{target}' is not empty ('{Path.GetFileName(something)}' is there). A backup is never restored over data: name another directory, or move this one away.");
        }
        if ((target + Path.DirectorySeparatorChar).StartsWith(source + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw new BackupRefusedException($"--to: '{target}' lies in the backup itself.");
        var needed = manifest.DatabaseBytes + manifest.ObjectBytes + Margin;
        if (FileCopies.Room(target) is var room && room < needed) throw new BackupRefusedException($"--to: the disk of '{target}' has {ByteWords.Of(room)} free, and {ByteWords.Of(needed)} are needed. Nothing was restored.");

        var made = !Directory.Exists(target);
        var part = Path.Combine(target, $".restore-{RandomNumberGenerator.GetHexString(8, lowercase: true)}.part");
        var done = false;
        try
        {
            Durable.CreateDirectory(part);
            await CopyAsync(manifest, source, part, cancellationToken);
            var receipts = await Backup.VerifyAsync(part, cancellationToken);
            if (receipts != manifest.Receipts) throw new BackupRefusedException($"FROM: the backup says {manifest.Receipts} receipts and holds {receipts}. Nothing was restored.");
            cancellationToken.ThrowIfCancellationRequested();
            // A crash between these leaves a checkpoint without a database, over which no server signs, and never a database without its log.
            foreach (var entry in Directory.EnumerateFileSystemEntries(part).OrderBy(e => Path.GetFileName(e) == BackupManifest.Database).ToList())
            {
                FileCopies.Move(entry, Path.Combine(target, Path.GetFileName(entry)));
                Durable.SyncDirectory(target);
            }
            done = true;
            await output.WriteLineAsync($"{target}: {receipts} receipts (log VALID), {manifest.Objects} objects ({ByteWords.Of(manifest.ObjectBytes)}), from the backup of {manifest.MadeAt:yyyy-MM-dd HH:mm} UTC.");
            if (manifest.ObjectsElsewhere.Length > 0) await output.WriteLineAsync($"Objects in {manifest.ObjectsElsewhere} were not in the backup; the S3_* settings must reach them.");
            if (!manifest.WithKey) await output.WriteLineAsync($"Before the start: put the master key to '{Path.Combine(target, BackupManifest.KeyFile)}' (mode 0600), or name it in ENVELOPE_MASTER_KEY_FILE.");
            await output.WriteLineAsync($"Start: OMNIAUDIT_DATA={target} ./run.sh");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupRefusedException($"The backup could not be restored: {Durable.Explain(e)} Nothing was left behind.", e);
        }
        finally
        {
            if (Directory.Exists(part)) Directory.Delete(part, recursive: true);
            if (!done && made && Directory.Exists(target) && !Directory.EnumerateFileSystemEntries(target).Any()) Directory.Delete(target);
        }
    }

    private static async Task CopyAsync(BackupManifest manifest, string source, string part, CancellationToken cancellationToken)
    {
        if (!await Backup.CopyLogAsync(Path.Combine(source, BackupManifest.LogDirectory), part, cancellationToken)) throw new BackupRefusedException("FROM: log/checkpoint or log/vkey is missing in the backup. Nothing was restored.");
        Durable.CreateDirectory(Path.Combine(part, BackupManifest.ObjectsDirectory));
        var (count, bytes) = await Backup.CountAsync(FileCopies.CopyTreeAsync(Path.Combine(source, BackupManifest.ObjectsDirectory), Path.Combine(part, BackupManifest.ObjectsDirectory), [], cancellationToken));
        if ((count, bytes) != (manifest.Objects, manifest.ObjectBytes)) throw new BackupRefusedException($"FROM: the backup says {manifest.Objects} objects with {manifest.ObjectBytes} bytes and holds {count} with {bytes}. Nothing was restored.");
        foreach (var key in Directory.GetFiles(source, BackupManifest.KeyFile + "*")) await FileCopies.CopyAsync(key, Path.Combine(part, Path.GetFileName(key)), cancellationToken);
        var database = await FileCopies.CopyAsync(Path.Combine(source, BackupManifest.Database), Path.Combine(part, BackupManifest.Database), cancellationToken);
        if (database?.Sha256 != manifest.DatabaseSha256) throw new BackupRefusedException("FROM: the database in the backup is missing or was changed: its SHA-256 is not the one in backup.json. Nothing was restored.");
    }
}
