using System.Security.Cryptography;

namespace OmniAudit.Modules.ReleaseButler.Checksums;

/// <summary>SHA-256 of streams of any length in constant memory.</summary>
internal static class StreamHash
{
    /// <summary>Large enough that the calls around each piece do not count.</summary>
    private const int Piece = 512 * 1024;

    /// <summary>Lower-case hex SHA-256 of everything from where <paramref name="content"/> stands, and how much it was. The next piece is read while one is hashed.</summary>
    public static async Task<(string Sha256, long Size)> Sha256Async(Stream content, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (current, next) = (new byte[Piece], new byte[Piece]);
        var size = 0L;
        var count = await content.ReadAsync(current, cancellationToken);
        while (count > 0)
        {
            var reading = content.ReadAsync(next, cancellationToken).AsTask();
            hash.AppendData(current, 0, count);
            size += count;
            count = await reading;
            (current, next) = (next, current);
        }
        return (Convert.ToHexStringLower(hash.GetHashAndReset()), size);
    }

    /// <summary>Compares two digests in hex, in any case, in a time that does not tell where they differ.</summary>
    public static bool Same(string hex, string other)
    {
        if (hex.Length != other.Length || hex.Length % 2 != 0) return false;
        var (left, right) = (new byte[hex.Length / 2], new byte[hex.Length / 2]);
        return Convert.FromHexString(hex, left, out _, out _) == System.Buffers.OperationStatus.Done
            && Convert.FromHexString(other, right, out _, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(left, right);
    }
}
