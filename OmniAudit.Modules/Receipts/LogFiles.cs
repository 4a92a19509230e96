using System.Text;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// What the log keeps outside the database, below <c>&lt;data&gt;/log</c>: <c>checkpoint</c>, the newest published signed
/// note, <c>vkey</c>, the public key to verify with, and once that was changed <c>vkeys</c>, all keys with their handovers.
/// </summary>
internal sealed class LogFiles(string dataDirectory)
{
    public string CheckpointPath { get; } = Path.Combine(dataDirectory, "log", "checkpoint");
    public string VkeyPath { get; } = Path.Combine(dataDirectory, "log", "vkey");
    public string KeysPath { get; } = Path.Combine(dataDirectory, "log", "vkeys");

    public bool HasCheckpoint => Path.Exists(CheckpointPath);

    /// <summary>A log was opened with this directory before.</summary>
    public bool WasUsed => Path.Exists(VkeyPath);

    /// <summary>The checkpoint in a published note.</summary>
    /// <exception cref="LogRefusedException">It cannot be read, or is not this log's.</exception>
    public Checkpoint Open(string note, LogKeys keys)
    {
        if (keys.OpenCheckpoint(note, out var checkpoint) is not { } refused) return checkpoint;
        if (refused.Reason == "malformed_checkpoint") throw new LogRefusedException("checkpoint_unreadable", $"{CheckpointPath} is not a checkpoint ({refused.Message}). {Remedy}");
        throw new LogRefusedException(
            "checkpoint_foreign",
            $"{CheckpointPath} is not signed by this database's log ({keys.Newest}). The database and the data directory do not belong together, or an old copy of the database was restored, from before its key was changed: put back the ones that do.");
    }

    /// <summary>The published note, unread; null if there is none. Bytes that are not UTF-8 become replacement characters, which no note survives.</summary>
    public string? ReadCheckpointText() => AtomicFile.Read(CheckpointPath) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>How many receipts the published note covers, and when it was written, for figures: it is not checked. Nothing when it is not there or cannot be read.</summary>
    public (long Size, DateTimeOffset? WrittenAt) Published()
    {
        try
        {
            if (ReadCheckpointText() is not { } note) return (0, null);
            return ((long)Checkpoint.Parse(SignedNote.Parse(note).Text).Size, new DateTimeOffset(new FileInfo(CheckpointPath).LastWriteTimeUtc, TimeSpan.Zero));
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            return (0, null);
        }
    }

    /// <summary>While the result is not disposed no other process replaces the checkpoint.</summary>
    /// <exception cref="IOException">Another process has held it for ten seconds, or the directory cannot be written.</exception>
    public Task<FileStream> LockAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var directory = Path.GetDirectoryName(CheckpointPath)!;
        Durable.CreateDirectory(directory);
        return FileLock.TakeAsync(Path.Combine(directory, "lock"), LockPatience, time, cancellationToken);
    }

    public void WriteCheckpoint(string note) => AtomicFile.Replace(CheckpointPath, NoteEncoding.Bytes(note));

    /// <summary>The key as it was written last, unchecked; null if there is none.</summary>
    public string? ReadVkey() => AtomicFile.Read(VkeyPath) is { } bytes ? Encoding.UTF8.GetString(bytes).TrimEnd('\n') : null;

    /// <summary>The newest key, and before it the list that leads to it: who sees the new key finds how it came to be.</summary>
    public void WriteKeys(LogKeys keys)
    {
        if (keys.Handovers.Count > 0) Write(KeysPath, keys.ToJson());
        Write(VkeyPath, keys.Newest + "\n");

        static void Write(string path, string text)
        {
            var content = NoteEncoding.Bytes(text);
            if (AtomicFile.Read(path) is { } current && current.AsSpan().SequenceEqual(content)) return;
            AtomicFile.Replace(path, content);
        }
    }

    public LogRefusedException Missing(ulong size) => new(
        "checkpoint_missing",
        $"{CheckpointPath} is gone, although the log has {size} receipts: without it nobody can tell whether this database is the newest. {Remedy}");

    /// <summary>The checkpoint in a note that <paramref name="key"/> signed under its own name; null if it did not.</summary>
    /// <exception cref="FormatException">It is not a note, or its text is not a checkpoint.</exception>
    public static Checkpoint? Open(string note, VerifierKey key)
    {
        var signed = SignedNote.Parse(note);
        if (signed.Check(key) != NoteTrust.Signed) return null;
        var checkpoint = Checkpoint.Parse(signed.Text);
        return checkpoint.Origin == key.Name ? checkpoint : null;
    }

    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    private const string Remedy =
        "Restore it from a backup of the data directory, or save there the newest checkpoint of this log that anyone holds: it is the end of every proof file, from the line after the empty one.";
}
