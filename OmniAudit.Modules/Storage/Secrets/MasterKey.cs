using System.Security.Cryptography;

namespace OmniAudit.Modules.Storage.Secrets;

/// <summary>A master key: 32 random bytes in a file of the owner's, as base64 text. <see cref="Id"/> tells keys apart and reveals nothing of them.</summary>
internal sealed class MasterKey
{
    private readonly byte[] _key;

    private MasterKey(byte[] key)
    {
        _key = key;
        Id = Convert.ToHexStringLower(SHA256.HashData([.. "omniaudit master key\n"u8, .. key]))[..16];
    }

    public string Id { get; }

    /// <summary>Null when there is no such file.</summary>
    /// <exception cref="MasterKeyException">The file is open to others, malformed or unreadable.</exception>
    public static MasterKey? Read(string path)
    {
        string text;
        try
        {
            // ReadAllText follows a link, as mounted secrets use them; so does the mode asked for here.
            if (!File.Exists(path)) return null;
            if (!OperatingSystem.IsWindows())
            {
                var mode = File.GetUnixFileMode(path);
                const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
                    | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
                if ((mode & others) != UnixFileMode.None)
                {
                    throw new MasterKeyException($"the file '{path}' is open to other users (mode {Convert.ToString((int)mode, 8)}). Close it: chmod 600 '{path}'.");
                }
            }
            text = File.ReadAllText(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"the file '{path}' cannot be read: {e.Message}", e);
        }
        var key = new byte[32];
        if (!Convert.TryFromBase64String(text.Trim(), key, out var length) || length != key.Length)
        {
            throw new MasterKeyException($"the file '{path}' does not hold a master key (32 bytes as base64 text). Restore it from your backup; it is not replaced, because what it sealed would be lost.");
        }
        return new MasterKey(key);
    }

    /// <summary>Creates the file with a new key, mode 0600. When the name is taken by now, that file is read instead.</summary>
    public static MasterKey Create(string path)
    {
        try
        {
            Durable.CreateDirectory(Path.GetDirectoryName(path)!);
            Durable.TryCreateFile(path, System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)) + "\n"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"the file '{path}' cannot be created: {Durable.Explain(e)}", e);
        }
        return Read(path) ?? throw new MasterKeyException($"the file '{path}' vanished while it was created.");
    }

    public SecretRow Seal(string name, ReadOnlySpan<byte> content, DateTimeOffset now)
    {
        Span<byte> dataKey = stackalloc byte[32];
        RandomNumberGenerator.Fill(dataKey);
        var (nonce, ciphertext) = Encrypt(dataKey, content, name);
        var (keyNonce, wrapped) = Encrypt(_key, dataKey, name);
        CryptographicOperations.ZeroMemory(dataKey);
        return new SecretRow { Name = name, MasterKeyId = Id, KeyNonce = keyNonce, WrappedKey = wrapped, Nonce = nonce, Ciphertext = ciphertext, CreatedAt = now };
    }

    /// <exception cref="SecretDamagedException">The row is not what was sealed.</exception>
    public byte[] Open(SecretRow row) => Decrypt(UnwrapKey(row), row.Nonce, row.Ciphertext, row.Name);

    /// <summary>Wraps the row's data key anew under <paramref name="next"/>; the content stays as it is.</summary>
    public void Rewrap(SecretRow row, MasterKey next)
    {
        (row.KeyNonce, row.WrappedKey) = Encrypt(next._key, UnwrapKey(row), row.Name);
        row.MasterKeyId = next.Id;
    }

    private byte[] UnwrapKey(SecretRow row) => Decrypt(_key, row.KeyNonce, row.WrappedKey, row.Name);

    private static (byte[] Nonce, byte[] Sealed) Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> content, string name)
    {
        var nonce = RandomNumberGenerator.GetBytes(12);
        var output = new byte[content.Length + 16];
        using var aes = new AesGcm(key, 16);
        aes.Encrypt(nonce, content, output.AsSpan(..content.Length), output.AsSpan(content.Length), System.Text.Encoding.UTF8.GetBytes(name));
        return (nonce, output);
    }

    private static byte[] Decrypt(ReadOnlySpan<byte> key, byte[] nonce, byte[] content, string name)
    {
        if (nonce.Length != 12 || content.Length < 16) throw new SecretDamagedException(name, null);
        var output = new byte[content.Length - 16];
        try
        {
            using var aes = new AesGcm(key, 16);
            aes.Decrypt(nonce, content.AsSpan(..^16), content.AsSpan(^16..), output, System.Text.Encoding.UTF8.GetBytes(name));
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SecretDamagedException(name, e);
        }
        return output;
    }
}

/// <summary>The master key is missing, wrong or unsafe. The message names ENVELOPE_MASTER_KEY_FILE and says what to do.</summary>
internal sealed class MasterKeyException(string message, Exception? inner = null) : Exception($"ENVELOPE_MASTER_KEY_FILE: {message}", inner);

/// <summary>A sealed secret was altered, or belongs to another name.</summary>
internal sealed class SecretDamagedException(string name, Exception? inner)
    : Exception($"The sealed secret '{name}' is damaged: it does not open under its master key. Restore the database from a backup.", inner);
