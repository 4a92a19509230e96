using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Logs;
using OmniAudit.Modules.AuditLens.Evidence.Text;
using OmniAudit.Modules.Streams;

namespace OmniAudit.Modules.AuditLens.Evidence.Store;

/// <summary>What was copied.</summary>
/// <param name="Sha256">Of the bytes as they came, lower-case hex.</param>
/// <param name="IsText">False: it holds NUL bytes and nothing was written.</param>
/// <param name="Redactions">How many secrets were taken out.</param>
internal sealed record CopiedText(long Size, string Sha256, bool IsText, long Redactions);

/// <summary>
/// Copies a text without its secrets. What holds none arrives byte for byte, in whatever encoding: text is looked at as Latin-1, in which every byte is a character, and
/// the marks of secrets are ASCII. UTF-16 becomes UTF-8.
/// </summary>
internal static class RedactedCopy
{
    /// <summary>A longer line is looked at in pieces that end behind a comma or a blank, where no secret of known form has one.</summary>
    internal const int LongestPiece = 256 << 10;

    private const int Looked = 8 << 10;

    public static async Task<CopiedText> WriteAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var counted = new HashedStream(from, hash);
        var head = new byte[Looked];
        var length = await counted.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        Stream text = new PrefixedStream(head.AsMemory(0, length), counted);
        var isUtf16 = length >= 2 && (head[0], head[1]) is (0xFF, 0xFE) or (0xFE, 0xFF);
        if (!isUtf16 && head.AsSpan(0, length).Contains((byte)0))
        {
            await counted.CopyToAsync(Stream.Null, cancellationToken);
            return new CopiedText(counted.Count, Convert.ToHexStringLower(hash.GetHashAndReset()), IsText: false, 0);
        }
        if (isUtf16) text = Encoding.CreateTranscodingStream(text, head[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode, Encoding.UTF8, leaveOpen: true);
        var pieces = new Pieces(to);
        // Reads and redaction are work of the processor; only what waits for the network is awaited elsewhere.
        await Task.Run(() => Copy(text, pieces, cancellationToken), cancellationToken);
        return new CopiedText(counted.Count, Convert.ToHexStringLower(hash.GetHashAndReset()), IsText: true, pieces.Redactions);
    }

    private static void Copy(Stream text, Pieces pieces, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestPiece];
        var kept = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = text.ReadAtLeast(buffer.AsSpan(kept), 1, throwOnEndOfStream: false);
            var there = kept + read;
            var rest = buffer.AsSpan(0, there);
            for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
            {
                pieces.Write(rest[..(end + 1)]);
                rest = rest[(end + 1)..];
            }
            if (read == 0)
            {
                if (!rest.IsEmpty) pieces.Write(rest);
                return;
            }
            if (rest.Length == buffer.Length)
            {
                var end = rest.LastIndexOfAny(",} \t"u8);
                end = end < rest.Length / 2 ? rest.Length : end + 1;
                pieces.Write(rest[..end]);
                rest = rest[end..];
            }
            kept = rest.Length;
            rest.CopyTo(buffer);
        }
    }

    private sealed class Pieces(Stream to)
    {
        private readonly KeyLines _keys = new();

        public long Redactions { get; private set; }

        public void Write(ReadOnlySpan<byte> piece)
        {
            var content = piece.TrimEnd("\r\n"u8);
            string? decoded = null;
            var bytes = content.ToArray();
            if (_keys.Holds(content, () => decoded ??= Encoding.Latin1.GetString(bytes)))
            {
                Redactions++;
                to.Write(Encoding.ASCII.GetBytes(KeyLines.Mark));
                to.Write(piece[content.Length..]);
                return;
            }
            decoded ??= Encoding.Latin1.GetString(bytes);
            var clean = SecretRedactor.Redact(decoded, out var count);
            if (count == 0)
            {
                to.Write(piece);
                return;
            }
            Redactions += count;
            to.Write(Encoding.Latin1.GetBytes(clean));
            to.Write(piece[content.Length..]);
        }
    }
}
