using System.Globalization;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// What a bundle of receipts (a ZIP file) holds and how large it may be: <c>checkpoint</c>, for each receipt
/// <c>receipts/&lt;index&gt;.json</c> and <c>proofs/&lt;index&gt;.tlog-proof</c>, <c>vkeys</c> when the log's key was ever changed, and a
/// <c>README.txt</c> that nothing depends on.
/// </summary>
internal static class ReceiptBundle
{
    /// <summary>Two files each stay below 65,535, so the archive needs no ZIP64.</summary>
    public const int MaxReceipts = 30_000;
    public const int MaxFiles = (2 * MaxReceipts) + 8;
    public const int MaxReceiptBytes = 1024 * 1024;
    public const int MaxProofBytes = 128 * 1024;
    /// <summary>Of all that is unpacked.</summary>
    public const long MaxBytes = 1024L * 1024 * 1024;

    public const string CheckpointName = "checkpoint";
    /// <summary>Only in bundles of a log that has had several keys: earlier releases take no such file.</summary>
    public const string KeysName = "vkeys";
    public const string ReadmeName = "README.txt";
    private const string Receipts = "receipts/";
    private const string ReceiptEnd = ".json";
    private const string Proofs = "proofs/";
    private const string ProofEnd = ".tlog-proof";

    public static string ReceiptName(ulong index) => string.Create(CultureInfo.InvariantCulture, $"{Receipts}{index}{ReceiptEnd}");
    public static string ProofName(ulong index) => string.Create(CultureInfo.InvariantCulture, $"{Proofs}{index}{ProofEnd}");
    public static ulong? ReceiptIndex(string name) => Index(name, Receipts, ReceiptEnd);
    public static ulong? ProofIndex(string name) => Index(name, Proofs, ProofEnd);
    /// <summary>Packers add the directories themselves.</summary>
    public static bool IsDirectory(string name) => name is Receipts or Proofs;

    public static string Readme(string origin, string vkey, string what, long logSize) => $"""
        Receipts of the log {origin}
        {what}; the log had {logSize.ToString(CultureInfo.InvariantCulture)} receipts.

        receipts/N.json         the exact logged bytes of receipt N (counted from 0), canonical JSON (RFC 8785)
        proofs/N.tlog-proof     why receipt N is in the log: c2sp.org/tlog-proof, all against the one checkpoint
        checkpoint              the signed state of the log: c2sp.org/tlog-checkpoint, c2sp.org/signed-note
        vkeys                   only if the log's key was ever changed: all keys, and the receipt and proof by which each
                                handed over to the next; an older key that you hold leads to the newest one

        To verify with OmniAudit's program, offline, without its server:

            ./run.sh verify THIS.zip --key VKEY

        VKEY is the log's public key. Take it from where you trust it: from an earlier day, from somebody else, from the
        server's log/vkey. The one below only says which key the server claimed when this bundle was made.

            {vkey}

        To verify without OmniAudit, with any program that knows the formats above, or by hand:
        1. The checkpoint's signature: Ed25519 over its text up to and with the newline before the empty line.
        2. For each receipt: leaf = SHA-256(0x00 || bytes of N.json); then go up the hashes of the proof as in RFC 9162,
           section 2.1.3.2, node = SHA-256(0x01 || left || right); the end must be the checkpoint's third line.
        3. Each proof ends with the same checkpoint.
        4. Receipts of one operation ("op") form a chain: "prev_receipt_sha256" is the SHA-256 of the one before.

        """;

    private static ulong? Index(string name, string start, string end)
    {
        if (!name.StartsWith(start, StringComparison.Ordinal) || !name.EndsWith(end, StringComparison.Ordinal) || name.Length <= start.Length + end.Length) return null;
        try
        {
            return NoteEncoding.Number(name[start.Length..^end.Length]);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
