using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage.Secrets;

/// <summary>PLACEHOLDER, overwritten at merge by the sealing vault: keeps each secret in a plain file below the data directory.</summary>
internal sealed class SecretVault(Database database, OmniAuditOptions options)
{
    public Task<byte[]> GetOrCreateAsync(string name, Func<byte[]> create, CancellationToken cancellationToken)
    {
        _ = database;
        cancellationToken.ThrowIfCancellationRequested();
        var path = Path.Combine(options.Data, "secrets", name);
        if (AtomicFile.Read(path) is { } secret) return Task.FromResult(secret);
        var created = create();
        AtomicFile.Replace(path, created);
        return Task.FromResult(created);
    }
}
