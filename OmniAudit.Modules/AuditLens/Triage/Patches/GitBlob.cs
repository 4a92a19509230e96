using System.Security.Cryptography;
using System.Text;

namespace OmniAudit.Modules.AuditLens.Triage.Patches;

/// <summary>git's name for the bytes of a file.</summary>
internal static class GitBlob
{
    /// <summary>Lower-case hex SHA-1 of <c>blob LENGTH NUL BYTES</c>, as <c>git hash-object</c> prints it.</summary>
    public static string Sha(ReadOnlySpan<byte> bytes)
    {
        // git's own naming, not a signature.
#pragma warning disable CA5350
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"blob {bytes.Length}\0")));
        hash.AppendData(bytes);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
