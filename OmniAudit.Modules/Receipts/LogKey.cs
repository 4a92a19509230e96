using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace OmniAudit.Modules.Receipts;

/// <summary>The signature types of C2SP signed-note that OmniAudit writes and checks; the value is the type byte.</summary>
internal enum NoteAlgorithm : byte
{
    Ed25519 = 0x01,
    /// <summary>P-256 with SHA-256 and a DER signature; only where Ed25519 is not to be had.</summary>
    Ecdsa = 0x02,
}

/// <summary>The public half of a note key: what a verifier has to know, and all it has to know.</summary>
internal sealed class VerifierKey
{
    private const string P256 = "1.2.840.10045.3.1.7";
    private readonly byte[] _publicKey;

    private VerifierKey(string name, NoteAlgorithm algorithm, byte[] publicKey)
    {
        Name = name;
        Algorithm = algorithm;
        _publicKey = publicKey;
        Id = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(algorithm == NoteAlgorithm.Ed25519
            ? [.. NoteEncoding.Bytes(name), (byte)'\n', (byte)algorithm, .. publicKey]
            : publicKey));
    }

    /// <summary>The key's name; for a log's key, its origin.</summary>
    public string Name { get; }
    public uint Id { get; }
    public NoteAlgorithm Algorithm { get; }
    public bool IsSupported => Algorithm != NoteAlgorithm.Ed25519 || Ed25519.IsSupported;

    /// <param name="publicKey">32 bytes for Ed25519, SPKI DER for ECDSA.</param>
    /// <exception cref="FormatException">The name or the key is not usable.</exception>
    public static VerifierKey Create(string name, NoteAlgorithm algorithm, byte[] publicKey)
    {
        if (!SignedNote.IsKeyName(name)) throw new FormatException("A key name is not empty and holds no space, plus or control character.");
        switch (algorithm)
        {
            case NoteAlgorithm.Ed25519 when publicKey.Length == Ed25519.PublicKeySize:
                break;
            case NoteAlgorithm.Ecdsa:
                using (ReadEcdsa(publicKey))
                {
                    break;
                }
            default:
                throw new FormatException("The key's type or length is not known.");
        }
        return new VerifierKey(name, algorithm, publicKey);
    }

    /// <summary>Reads <c>name+hex8(id)+base64(type ‖ key)</c> and checks that the id belongs to the key.</summary>
    /// <exception cref="FormatException">It is not a key in this format.</exception>
    public static VerifierKey Parse(string vkey)
    {
        var parts = vkey.Split('+', 3);
        if (parts.Length != 3 || parts[1].Length != 8) throw new FormatException("A verifier key reads name+id+key.");
        var encoded = NoteEncoding.Base64(parts[2]);
        var key = Create(parts[0], (NoteAlgorithm)encoded[0], encoded[1..]);
        return parts[1] == Hex(key.Id) ? key : throw new FormatException($"The key's id is {Hex(key.Id)}, but {parts[1]} is written: a part of it was changed.");
    }

    public bool Verify(byte[] message, byte[] signature)
    {
        if (Algorithm == NoteAlgorithm.Ed25519) return Ed25519.Verify(_publicKey, message, signature);
        using var ecdsa = ReadEcdsa(_publicKey);
        return ecdsa.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    /// <summary>The text form that <see cref="Parse"/> reads, and other tools too ("vkey").</summary>
    public override string ToString() => $"{Name}+{Hex(Id)}+{Convert.ToBase64String([(byte)Algorithm, .. _publicKey])}";

    private static string Hex(uint id) => id.ToString("x8", CultureInfo.InvariantCulture);

    private static ECDsa ReadEcdsa(byte[] subjectPublicKeyInfo)
    {
        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
            // Bytes after the key would change its id without changing the key.
            if (read == subjectPublicKeyInfo.Length && ecdsa.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256) return ecdsa;
            throw new FormatException("The ECDSA key is not one P-256 key.");
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            ecdsa.Dispose();
            throw e as FormatException ?? new FormatException("The ECDSA key cannot be read.", e);
        }
    }
}

/// <summary>The log's signing key. The stored secret is one type byte and the private key: a 32-byte seed, or PKCS#8 DER.</summary>
internal sealed class LogKey
{
    private readonly byte[] _privateKey;

    private LogKey(VerifierKey verifier, byte[] privateKey)
    {
        Verifier = verifier;
        _privateKey = privateKey;
    }

    public VerifierKey Verifier { get; }

    /// <summary>A new secret for this machine's best algorithm.</summary>
    public static byte[] NewSecret() => NewSecret(Ed25519.IsSupported ? NoteAlgorithm.Ed25519 : NoteAlgorithm.Ecdsa);

    public static byte[] NewSecret(NoteAlgorithm algorithm)
    {
        if (algorithm == NoteAlgorithm.Ed25519) return [(byte)algorithm, .. RandomNumberGenerator.GetBytes(Ed25519.SeedSize)];
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return [(byte)algorithm, .. ecdsa.ExportPkcs8PrivateKey()];
    }

    /// <exception cref="FormatException">The secret is damaged or the name is not a key name.</exception>
    /// <exception cref="PlatformNotSupportedException">The key is an Ed25519 key and this machine has no OpenSSL 3.</exception>
    public static LogKey FromSecret(string name, byte[] secret)
    {
        if (secret.Length < 1 + Ed25519.SeedSize) throw new FormatException("The log's secret key is too short.");
        var privateKey = secret[1..];
        switch ((NoteAlgorithm)secret[0])
        {
            case NoteAlgorithm.Ed25519:
                if (!Ed25519.IsSupported) throw new PlatformNotSupportedException("The log's key is an Ed25519 key, and this machine has no OpenSSL 3 (libcrypto.so.3) to use it.");
                return new LogKey(VerifierKey.Create(name, NoteAlgorithm.Ed25519, Ed25519.PublicKey(privateKey)), privateKey);
            case NoteAlgorithm.Ecdsa:
                using (var ecdsa = ReadEcdsa(privateKey))
                {
                    return new LogKey(VerifierKey.Create(name, NoteAlgorithm.Ecdsa, ecdsa.ExportSubjectPublicKeyInfo()), privateKey);
                }
            default:
                throw new FormatException($"The log's secret key has the unknown type {secret[0]}.");
        }
    }

    public byte[] Sign(byte[] message)
    {
        if (Verifier.Algorithm == NoteAlgorithm.Ed25519) return Ed25519.Sign(_privateKey, message);
        using var ecdsa = ReadEcdsa(_privateKey);
        return ecdsa.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static ECDsa ReadEcdsa(byte[] pkcs8)
    {
        var ecdsa = ECDsa.Create();
        ecdsa.ImportPkcs8PrivateKey(pkcs8, out _);
        return ecdsa;
    }
}
