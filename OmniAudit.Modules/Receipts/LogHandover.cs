using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// One change of the log's key, as anyone can check it: the receipt that names the new key, and its proof against the
/// checkpoint that it closes, signed by the old key and the new one. The two signatures alone would prove nothing, because
/// neither covers the other: anyone could add a line of their own to an old checkpoint. What the old key signs is a tree whose
/// last receipt names its successor; what the new key signs is the same tree, whose receipt names its predecessor.
/// </summary>
/// <param name="Receipt">The exact logged bytes.</param>
/// <param name="Proof">Its place is the last one below the checkpoint.</param>
internal sealed record LogHandover(byte[] Receipt, TlogProof Proof)
{
    /// <summary>What stands in the receipt where other receipts name a tool.</summary>
    public const string Deed = "receipts.rotate_key";

    /// <summary>The size of the log up to which the old key signs, and from which the new one does.</summary>
    public ulong Size => Proof.Index + 1;

    /// <summary>What the receipt is to say. Its target is the whole new key, so that nothing else is needed to know it.</summary>
    public static ReceiptEntry Entry(string operationId, VerifierKey from, VerifierKey to, Actor by) => new()
    {
        OperationId = operationId,
        Kind = ReceiptKind.LogKey,
        Tool = Deed,
        Target = to.ToString(),
        PayloadSha256 = Sha256Of(from, to),
        PolicySha256 = Sha256Of(from, to),
        Requester = by.Subject,
        Decision = "rotated",
        DecidedBy = by.Subject,
        State = "live",
    };

    /// <summary>The new key, once everything about the handover was found good.</summary>
    /// <param name="from">The key that handed over.</param>
    /// <exception cref="FormatException">It is not a handover of this key; the message says why.</exception>
    /// <exception cref="PlatformNotSupportedException">This machine cannot check one of the keys.</exception>
    public VerifierKey Check(VerifierKey from)
    {
        var entry = ReceiptLeaf.Parse(Receipt).Entry;
        if (entry.Kind != ReceiptKind.LogKey) throw new FormatException($"receipt {Proof.Index} changes no key");
        var to = VerifierKey.Parse(entry.Target);
        if (to.Name != from.Name) throw new FormatException($"receipt {Proof.Index} names a key of another log ({to.Name})");
        if (entry.PayloadSha256 != Sha256Of(from, to)) throw new FormatException($"receipt {Proof.Index} is not about the key {from}");
        if (!from.IsSupported || !to.IsSupported) throw new PlatformNotSupportedException("The log signs with Ed25519, and this machine has no OpenSSL 3 to check it.");
        var note = SignedNote.Parse(Proof.CheckpointNote);
        if (note.Check(from) != NoteTrust.Signed) throw new FormatException($"the checkpoint of size {Size} is not signed by the key that handed over");
        if (note.Check(to) != NoteTrust.Signed) throw new FormatException($"the checkpoint of size {Size} is not signed by the new key");
        var checkpoint = Checkpoint.Parse(note.Text);
        if (checkpoint.Origin != from.Name || checkpoint.Size != Size) throw new FormatException($"the checkpoint of receipt {Proof.Index} is not the one that it closes");
        var included = OfflineVerifier.VerifyInclusion(Receipt, Proof, checkpoint);
        return included.Verdict == Verdict.Valid ? to : throw new FormatException(included.Message);
    }

    private static string Sha256Of(VerifierKey from, VerifierKey to) =>
        CanonicalJson.Sha256Hex(CanonicalJson.Write(JsonSerializer.SerializeToElement(new JsonObject { ["from"] = from.ToString(), ["to"] = to.ToString() })));
}
