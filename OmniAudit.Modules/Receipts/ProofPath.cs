namespace OmniAudit.Modules.Receipts;

/// <summary>One step up the tree. All hashes are base64, as they stand in the proof file.</summary>
/// <param name="SiblingIsLeft">On which side the sibling is joined.</param>
/// <param name="Sibling">The sibling's hash, from the proof.</param>
/// <param name="SiblingFirst">The first receipt that the sibling covers.</param>
/// <param name="SiblingLast">The last receipt that the sibling covers.</param>
/// <param name="Hash">Of both together: SHA-256 of 0x01, left, right.</param>
/// <param name="First">The first receipt that both cover.</param>
/// <param name="Last">The last receipt that both cover.</param>
public sealed record ProofStep(bool SiblingIsLeft, string Sibling, ulong SiblingFirst, ulong SiblingLast, string Hash, ulong First, ulong Last);

/// <summary>A proof as a person can follow it. Nothing in it is a verdict: <see cref="OfflineVerifier"/> gives that.</summary>
/// <param name="LeafHash">Base64 SHA-256 of 0x00 and the receipt's bytes.</param>
/// <param name="Steps">From the leaf up; the last one's hash should be the root. Empty in a log of one receipt.</param>
/// <param name="Root">Base64, as the checkpoint says it.</param>
/// <param name="CheckpointText">The signed text.</param>
/// <param name="Signatures">The signature lines below it.</param>
public sealed record ProofPath(ulong Index, ulong Size, string LeafHash, IReadOnlyList<ProofStep> Steps, string Root, string CheckpointText, IReadOnlyList<string> Signatures)
{
    /// <summary>Null when the proof cannot be read.</summary>
    public static ProofPath? Of(ReceiptDownload download)
    {
        ArgumentNullException.ThrowIfNull(download);
        try
        {
            var proof = TlogProof.Parse(download.Proof);
            var note = SignedNote.Parse(proof.CheckpointNote);
            var checkpoint = Checkpoint.Parse(note.Text);
            if (proof.Index >= checkpoint.Size) return null;
            var ranges = MerkleTree.InclusionProof(proof.Index, checkpoint.Size);
            if (ranges.Count != proof.Hashes.Count) return null;
            var leaf = MerkleTree.HashLeaf(download.Receipt.Span);
            var (hash, covered) = (leaf, new LeafRange(proof.Index, proof.Index + 1));
            var steps = new List<ProofStep>();
            foreach (var (range, sibling) in ranges.Zip(proof.Hashes))
            {
                var left = range.Start < covered.Start;
                hash = left ? MerkleTree.HashNode(sibling, hash) : MerkleTree.HashNode(hash, sibling);
                covered = left ? covered with { Start = range.Start } : covered with { End = range.End };
                steps.Add(new ProofStep(left, Convert.ToBase64String(sibling), range.Start, range.End - 1, Convert.ToBase64String(hash), covered.Start, covered.End - 1));
            }
            var lines = proof.CheckpointNote[(note.Text.Length + 1)..].TrimEnd('\n').Split('\n');
            return new ProofPath(proof.Index, checkpoint.Size, Convert.ToBase64String(leaf), steps, Convert.ToBase64String(checkpoint.Root), note.Text, lines);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
