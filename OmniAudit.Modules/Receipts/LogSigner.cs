using System.Security.Cryptography;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// The log's keys as this process knows them, and the private one. Another process may change the key at any time; every use
/// looks whether it did, so that inside a write no old key ever signs, and no process has to be told.
/// </summary>
internal sealed class LogSigner(SecretVault vault)
{
    private const string SecretName = "receipt-log-key";
    private volatile LogKeys? _keys;
    private volatile LogKey? _key;

    /// <summary>As they were when last looked at; null before that.</summary>
    public LogKeys? Known => _keys;

    /// <summary>The private key is read anew at its next use.</summary>
    public void Forget() => _key = null;

    /// <summary>Makes the log's first private key where there is none. A crash after it leaves a key without a log, which the next start takes up.</summary>
    public Task EnsureSecretAsync(CancellationToken cancellationToken) => vault.GetOrCreateAsync(SecretName, LogKey.NewSecret, cancellationToken);

    /// <summary>Puts the new private key in the old one's place, in the transaction of the receipt that says so: there is no moment with both, and none with neither.</summary>
    public Task ReplaceSecretAsync(OmniAuditDb db, byte[] secret, CancellationToken cancellationToken) => vault.SetAsync(db, SecretName, secret, cancellationToken);

    /// <summary>The public keys by now.</summary>
    /// <exception cref="LogRefusedException">The log was never started, or its history of keys does not hold.</exception>
    public async Task<LogKeys> KeysAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var newest = await LogKeyHistory.NewestVkeyAsync(db, cancellationToken);
        if (_keys is { } known && known.Newest.ToString() == newest) return known;
        try
        {
            return _keys = await LogKeyHistory.ReadAsync(db, cancellationToken) ?? throw LogTree.Damaged("its identity is gone");
        }
        catch (FormatException e)
        {
            throw LogTree.Damaged($"its history of keys does not hold ({e.Message.TrimEnd('.')})");
        }
        catch (PlatformNotSupportedException e)
        {
            throw new LogRefusedException("key_unusable", e.Message, e);
        }
    }

    /// <summary>The private key by now.</summary>
    /// <exception cref="LogRefusedException">It is not the log's, or cannot be used.</exception>
    /// <exception cref="MasterKeyException">The master key is missing, wrong or unsafe.</exception>
    public async Task<LogKey> KeyAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        for (var keys = await KeysAsync(db, cancellationToken); ;)
        {
            if (_key is { } known && LogKeys.Same(known.Verifier, keys.Newest)) return known;
            var key = await vault.FindAsync(db, SecretName, cancellationToken) is { } secret ? Load(keys.Newest.Name, secret) : null;
            if (key is not null && LogKeys.Same(key.Verifier, keys.Newest)) return _key = key;
            // Outside of a write the key may have been changed between the two looks.
            var again = await KeysAsync(db, cancellationToken);
            if (LogKeys.Same(again.Newest, keys.Newest))
            {
                throw new LogRefusedException("key_changed", $"The stored signing key does not belong to this log ({keys.Newest}). Restore the secrets and the master key that belong to this database.");
            }
            keys = again;
        }
    }

    /// <summary>The private key for a log that begins now.</summary>
    public async Task<LogKey> FirstKeyAsync(OmniAuditDb db, string origin, CancellationToken cancellationToken)
    {
        var key = Load(origin, await vault.FindAsync(db, SecretName, cancellationToken) ?? throw new InvalidOperationException("The log has no secret yet."));
        (_keys, _key) = (LogKeys.Of(key.Verifier), key);
        return key;
    }

    public static LogKey Load(string origin, byte[] secret)
    {
        try
        {
            return LogKey.FromSecret(origin, secret);
        }
        catch (Exception e) when (e is FormatException or PlatformNotSupportedException or CryptographicException)
        {
            throw new LogRefusedException("key_unusable", $"The log '{origin}' cannot sign: {e.Message}", e);
        }
    }
}
