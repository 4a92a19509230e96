using System.Text.Json;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Backups;

/// <summary>What a backup holds: <c>backup.json</c>, written last. A directory without it is no backup.</summary>
internal sealed record BackupManifest(
    int Format, string Version, DateTimeOffset MadeAt, long Receipts, string DatabaseSha256, long DatabaseBytes, long Objects, long ObjectBytes, bool WithKey, string ObjectsElsewhere)
{
    /// <summary>The only format there is.</summary>
    public const int Current = 1;

    public const string FileName = "backup.json";
    public const string Database = "omniaudit.db";
    public const string ObjectsDirectory = "objects";
    public const string LogDirectory = "log";
    public const string KeyFile = "master.key";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.General) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public void Write(string directory) => AtomicFile.Replace(Path.Combine(directory, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <exception cref="BackupRefusedException">There is none, or it is of another version.</exception>
    public static BackupManifest Read(string directory)
    {
        BackupManifest? manifest;
        try
        {
            manifest = AtomicFile.Read(Path.Combine(directory, FileName)) is { } bytes ? JsonSerializer.Deserialize<BackupManifest>(bytes, Json) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new BackupRefusedException($"FROM: '{Path.Combine(directory, FileName)}' cannot be read: {e.Message}", e);
        }
        if (manifest is null) throw new BackupRefusedException($"FROM: '{directory}' is no backup, or one that was broken off: it has no {FileName}.");
        if (manifest.Format != Current) throw new BackupRefusedException($"FROM: the backup has format {manifest.Format}, and this version reads {Current} only. Restore it with version {manifest.Version} of OmniAudit.");
        return manifest;
    }
}

/// <summary>Nothing was backed up or restored; the message says why and what to do.</summary>
public sealed class BackupRefusedException(string message, Exception? inner = null) : Exception(message, inner);
