namespace OmniAudit.Modules.Receipts;

/// <summary>
/// Verifies a downloaded receipt from nothing but its bytes, its proof file and the log's public key: no database, no
/// network, no trust in the server. The formats are C2SP's tlog-proof, tlog-checkpoint and signed-note, so any other
/// verifier of these gives the same answer.
/// </summary>
public static class OfflineVerifier
{
    /// <summary>Says whether exactly these bytes are in the log that <paramref name="vkey"/> names. Does not throw on any input.</summary>
    /// <param name="receiptBytes">The receipt as it was downloaded, unformatted.</param>
    /// <param name="proofText">The content of the <c>.tlog-proof</c> file.</param>
    /// <param name="vkey">The public key, <c>name+id+base64</c>, from a source the verifier trusts.</param>
    /// <param name="keyList">
    /// The log's keys with their handovers (<c>log/vkeys</c>), for a log whose key was changed. It need not be trusted: it leads from
    /// <paramref name="vkey"/> to the key that signed, or does not.
    /// </param>
    public static VerificationResult VerifyReceipt(ReadOnlySpan<byte> receiptBytes, string proofText, string vkey, string? keyList = null)
    {
        ArgumentNullException.ThrowIfNull(proofText);
        ArgumentNullException.ThrowIfNull(vkey);
        if (vkey.Length == 0) return VerificationResult.Incomplete("key_missing", "No public key was given.");
        if (proofText.Length == 0) return VerificationResult.Incomplete("proof_missing", "No proof was given.");
        return ReadKeys(vkey, keyList, out var keys) ?? VerifyReceipt(receiptBytes, proofText, keys!);
    }

    internal static VerificationResult VerifyReceipt(ReadOnlySpan<byte> receiptBytes, string proofText, LogKeys keys)
    {
        TlogProof proof;
        try
        {
            proof = TlogProof.Parse(proofText);
        }
        catch (FormatException e)
        {
            return VerificationResult.Invalid("malformed_proof", $"The proof is not a proof file: {e.Message}");
        }
        if (keys.OpenCheckpoint(proof.CheckpointNote, out var checkpoint) is { } refused) return refused with { Index = proof.Index };
        var result = VerifyInclusion(receiptBytes, proof, checkpoint);
        return result with { Message = result.Verdict == Verdict.Valid ? result.Message + keys.About(checkpoint) : result.Message, Index = proof.Index, Size = checkpoint.Size, Origin = checkpoint.Origin };
    }

    /// <summary>Reads a public key; returns why it cannot be used, or null.</summary>
    internal static VerificationResult? ReadKey(string vkey, out VerifierKey? key)
    {
        key = null;
        try
        {
            key = VerifierKey.Parse(vkey);
        }
        catch (FormatException e)
        {
            return VerificationResult.Incomplete("key_malformed", $"The public key cannot be read: {e.Message}");
        }
        return key.IsSupported ? null : VerificationResult.Incomplete("algorithm_unsupported", "The log signs with Ed25519, and this machine has no OpenSSL 3 to check it.");
    }

    /// <summary>Reads a public key and the list that may lead from it to others; returns why they cannot be used, or null.</summary>
    internal static VerificationResult? ReadKeys(string vkey, string? keyList, out LogKeys? keys)
    {
        keys = null;
        if (ReadKey(vkey, out var anchor) is { } unusable) return unusable;
        if (string.IsNullOrEmpty(keyList))
        {
            keys = LogKeys.Of(anchor!);
            return null;
        }
        try
        {
            keys = LogKeys.Parse(keyList).TrustedBy(anchor!);
            return null;
        }
        catch (FormatException e)
        {
            return VerificationResult.Invalid("key_list_wrong", $"The list of the log's keys cannot be used: {e.Message}");
        }
        catch (PlatformNotSupportedException e)
        {
            return VerificationResult.Incomplete("algorithm_unsupported", e.Message);
        }
    }

    /// <summary>Checks bytes and path against a checkpoint whose signature was checked.</summary>
    internal static VerificationResult VerifyInclusion(ReadOnlySpan<byte> receiptBytes, TlogProof proof, Checkpoint checkpoint)
    {
        if (proof.Index >= checkpoint.Size)
        {
            return VerificationResult.Invalid("index_out_of_range", $"The proof is for entry {proof.Index}, and the checkpoint covers {checkpoint.Size} entries, from 0 on.");
        }
        var canonical = ReceiptLeaf.Canonical(receiptBytes);
        if (canonical is null) return VerificationResult.Invalid("receipt_not_json", "The receipt is not a JSON object; it may be cut off.");
        if (!receiptBytes.SequenceEqual(canonical)) return VerificationResult.Invalid("receipt_not_canonical", "The receipt was reformatted or edited after it was logged. Download it again.");
        if (!MerkleTree.VerifyInclusion(proof.Index, checkpoint.Size, MerkleTree.HashLeaf(receiptBytes), proof.Hashes, checkpoint.Root))
        {
            return VerificationResult.Invalid("root_mismatch", "The receipt and the proof do not lead to the signed checkpoint: one of them was changed, or they do not belong together.");
        }
        return new VerificationResult(Verdict.Valid, "ok", $"The receipt is entry {proof.Index} of the log {checkpoint.Origin}, whose first {checkpoint.Size} entries are signed.");
    }
}
