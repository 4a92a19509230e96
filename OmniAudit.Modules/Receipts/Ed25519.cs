using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// Ed25519 (RFC 8032) through the OpenSSL 3 library that .NET's own cryptography loads on Linux; the base class library
/// has no Ed25519. One-shot functions: a key is rebuilt from its 32 bytes on every call, so nothing has to be disposed.
/// </summary>
internal static class Ed25519
{
    public const int SeedSize = 32;
    public const int PublicKeySize = 32;
    public const int SignatureSize = 64;

    private const string Crypto = "libcrypto";
    private const int KeyType = 1087; // EVP_PKEY_ED25519, openssl/obj_mac.h

    private static readonly string[] LibraryNames = OperatingSystem.IsWindows()
        ? ["libcrypto-3-x64.dll", "libcrypto-3-arm64.dll"]
        : OperatingSystem.IsMacOS() ? ["libcrypto.3.dylib"] : ["libcrypto.so.3"];

    private static readonly Lazy<bool> Supported = new(Probe);

    static Ed25519() => NativeLibrary.SetDllImportResolver(typeof(Ed25519).Assembly, Resolve);

    /// <summary>False where OpenSSL 3 is absent or a policy (FIPS) forbids Ed25519; every other member then throws.</summary>
    public static bool IsSupported => Supported.Value;

    public static byte[] PublicKey(ReadOnlySpan<byte> seed)
    {
        var key = PrivateKey(seed);
        try
        {
            var publicKey = new byte[PublicKeySize];
            nuint length = PublicKeySize;
            if (EVP_PKEY_get_raw_public_key(key, publicKey, ref length) != 1 || length != PublicKeySize) throw Failure("derive the public key");
            return publicKey;
        }
        finally
        {
            EVP_PKEY_free(key);
        }
    }

    public static byte[] Sign(ReadOnlySpan<byte> seed, byte[] message)
    {
        var key = PrivateKey(seed);
        var context = EVP_MD_CTX_new();
        try
        {
            var signature = new byte[SignatureSize];
            nuint length = SignatureSize;
            if (context == 0
                || EVP_DigestSignInit(context, 0, 0, 0, key) != 1
                || EVP_DigestSign(context, signature, ref length, message, (nuint)message.Length) != 1
                || length != SignatureSize)
            {
                throw Failure("sign");
            }
            return signature;
        }
        finally
        {
            EVP_MD_CTX_free(context);
            EVP_PKEY_free(key);
        }
    }

    public static bool Verify(ReadOnlySpan<byte> publicKey, byte[] message, byte[] signature)
    {
        if (publicKey.Length != PublicKeySize || signature.Length != SignatureSize) return false;
        var key = EVP_PKEY_new_raw_public_key(KeyType, 0, publicKey.ToArray(), PublicKeySize);
        if (key == 0) throw Failure("read the public key");
        var context = EVP_MD_CTX_new();
        try
        {
            if (context == 0 || EVP_DigestVerifyInit(context, 0, 0, 0, key) != 1) throw Failure("verify");
            return EVP_DigestVerify(context, signature, (nuint)signature.Length, message, (nuint)message.Length) == 1;
        }
        finally
        {
            EVP_MD_CTX_free(context);
            EVP_PKEY_free(key);
            // A refused signature leaves an entry on this thread's OpenSSL error queue, which .NET's TLS shares.
            ERR_clear_error();
        }
    }

    private static nint PrivateKey(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize) throw new ArgumentException($"An Ed25519 seed has {SeedSize} bytes, not {seed.Length}.", nameof(seed));
        var copy = seed.ToArray();
        try
        {
            var key = EVP_PKEY_new_raw_private_key(KeyType, 0, copy, SeedSize);
            return key != 0 ? key : throw Failure("read the private key");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    private static CryptographicException Failure(string deed)
    {
        ERR_clear_error();
        return new CryptographicException($"OpenSSL could not {deed} (Ed25519).");
    }

    private static bool Probe()
    {
        try
        {
            var message = new byte[] { 1 };
            var seed = new byte[SeedSize];
            return Verify(PublicKey(seed), message, Sign(seed, message));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or CryptographicException)
        {
            return false;
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Crypto) return 0;
        foreach (var candidate in LibraryNames)
        {
            if (NativeLibrary.TryLoad(candidate, assembly, path, out var library)) return library;
        }
        return 0;
    }

    [DllImport(Crypto)] private static extern nint EVP_PKEY_new_raw_private_key(int type, nint engine, byte[] key, nuint length);
    [DllImport(Crypto)] private static extern nint EVP_PKEY_new_raw_public_key(int type, nint engine, byte[] key, nuint length);
    [DllImport(Crypto)] private static extern int EVP_PKEY_get_raw_public_key(nint key, byte[] output, ref nuint length);
    [DllImport(Crypto)] private static extern void EVP_PKEY_free(nint key);
    [DllImport(Crypto)] private static extern nint EVP_MD_CTX_new();
    [DllImport(Crypto)] private static extern void EVP_MD_CTX_free(nint context);
    [DllImport(Crypto)] private static extern int EVP_DigestSignInit(nint context, nint keyContext, nint digest, nint engine, nint key);
    [DllImport(Crypto)] private static extern int EVP_DigestSign(nint context, byte[] signature, ref nuint length, byte[] message, nuint messageLength);
    [DllImport(Crypto)] private static extern int EVP_DigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, nint key);
    [DllImport(Crypto)] private static extern int EVP_DigestVerify(nint context, byte[] signature, nuint length, byte[] message, nuint messageLength);
    [DllImport(Crypto)] private static extern void ERR_clear_error();
}
