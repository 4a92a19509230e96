using System.Text;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

public class OfflineVerifierTests
{
    private static readonly UTF8Encoding Utf8 = new(false, true);
    private static readonly List<byte[]> Leaves = ReferenceLog.Leaves(5);
    private static readonly string Proof = ReferenceLog.Proof(2, Leaves);

    [Fact]
    public void VerifyReceipt_ReferenceVector_IsValid()
    {
        var result = OfflineVerifier.VerifyReceipt(Leaves[2], Proof, ReferenceLog.Vkey);
        Assert.Equal((Verdict.Valid, "ok", 2UL, 5UL, ReferenceLog.Origin), (result.Verdict, result.Reason, result.Index, result.Size, result.Origin));
    }

    [Fact]
    public void VerifyReceipt_EveryLeafOfEverySizeUpTo33_IsValidAndOnlyInItsPlace()
    {
        for (var n = 1; n <= 33; n++)
        {
            var leaves = ReferenceLog.Leaves(n);
            for (var i = 0; i < n; i++)
            {
                var proof = ReferenceLog.Proof(i, leaves);
                Assert.Equal(Verdict.Valid, OfflineVerifier.VerifyReceipt(leaves[i], proof, ReferenceLog.Vkey).Verdict);
                if (n > 1) Assert.Equal("root_mismatch", OfflineVerifier.VerifyReceipt(leaves[(i + 1) % n], proof, ReferenceLog.Vkey).Reason);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void VerifyReceipt_WithAnyBitOfTheProofFlipped_IsInvalid(byte algorithm)
    {
        var key = LogKey.FromSecret(ReferenceLog.Origin, LogKey.NewSecret((NoteAlgorithm)algorithm));
        var vkey = key.Verifier.ToString();
        var bytes = Utf8.GetBytes(ReferenceLog.Proof(2, Leaves, key));
        Assert.Equal(Verdict.Valid, OfflineVerifier.VerifyReceipt(Leaves[2], Utf8.GetString(bytes), vkey).Verdict);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var changed = bytes.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            string text;
            try
            {
                text = Utf8.GetString(changed);
            }
            catch (DecoderFallbackException)
            {
                continue; // Not text at all: a file reader refuses it before.
            }
            Assert.Equal(Verdict.Invalid, OfflineVerifier.VerifyReceipt(Leaves[2], text, vkey).Verdict);
        }
    }

    [Fact]
    public void VerifyReceipt_WithAnyBitOfTheReceiptFlipped_IsInvalid()
    {
        var leaf = new ReceiptLeaf(ReceiptStore.Entry("apr_1"), null, DateTimeOffset.UnixEpoch).ToBytes();
        List<byte[]> leaves = [Leaves[0], leaf, Leaves[1]];
        var proof = ReferenceLog.Proof(1, leaves);
        Assert.Equal(Verdict.Valid, OfflineVerifier.VerifyReceipt(leaf, proof, ReferenceLog.Vkey).Verdict);
        for (var bit = 0; bit < leaf.Length * 8; bit++)
        {
            var changed = leaf.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(Verdict.Invalid, OfflineVerifier.VerifyReceipt(changed, proof, ReferenceLog.Vkey).Verdict);
        }
    }

    [Fact]
    public void VerifyReceipt_CutOffAnywhere_IsNeverValid()
    {
        for (var length = 0; length < Proof.Length; length++)
        {
            Assert.NotEqual(Verdict.Valid, OfflineVerifier.VerifyReceipt(Leaves[2], Proof[..length], ReferenceLog.Vkey).Verdict);
        }
        for (var length = 0; length < Leaves[2].Length; length++)
        {
            Assert.Equal("receipt_not_json", OfflineVerifier.VerifyReceipt(Leaves[2].AsSpan(0, length), Proof, ReferenceLog.Vkey).Reason);
        }
    }

    [Theory]
    [InlineData("{\"n\":3}", "root_mismatch")]
    [InlineData("{\"n\": 2}", "receipt_not_canonical")]
    [InlineData("{\"n\":2}\n", "receipt_not_canonical")]
    [InlineData("{\"n\":2.0}", "receipt_not_canonical")]
    [InlineData("{\"n\":2,\"n\":2}", "receipt_not_json")]
    [InlineData("[2]", "receipt_not_json")]
    [InlineData("", "receipt_not_json")]
    public void VerifyReceipt_WithAnotherReceipt_NamesTheReason(string receipt, string reason) =>
        Assert.Equal((Verdict.Invalid, reason), Outcome(OfflineVerifier.VerifyReceipt(Utf8.GetBytes(receipt), Proof, ReferenceLog.Vkey)));

    [Theory]
    [InlineData("index 2\n", "index 02\n", "malformed_proof")]
    [InlineData("index 2\n", "index 2\nextra AAAA\n", "malformed_proof")]
    [InlineData("index 2\n", "extra AAAA\nindex 2\n", "malformed_proof")]
    [InlineData("index 2\n", "index 2 \n", "malformed_proof")]
    [InlineData("index 2\n", "index 2\r\n", "malformed_proof")]
    [InlineData("index 2\n", "index 5\n", "index_out_of_range")]
    [InlineData("index 2\n", "index 3\n", "root_mismatch")]
    [InlineData("@v1", "@v2", "malformed_proof")]
    [InlineData("\n5\n", "\n6\n", "signature_invalid")]
    [InlineData("\n5\n", "\n05\n", "signature_invalid")]
    [InlineData("\u2014 omniaudit.example/log1", "\u2014 omniaudit.example/log2", "unknown_key")]
    [InlineData("\u2014 omni", "- omni", "malformed_checkpoint")]
    [InlineData("Fq6h/", "Fq6i/", "signature_invalid")]
    [InlineData("j42Imz", "k42Imz", "unknown_key")]
    public void VerifyReceipt_WithAnEditedProof_NamesTheReason(string old, string edited, string reason)
    {
        var proof = Proof.Replace(old, edited, StringComparison.Ordinal);
        Assert.NotEqual(Proof, proof);
        Assert.Equal((Verdict.Invalid, reason), Outcome(OfflineVerifier.VerifyReceipt(Leaves[2], proof, ReferenceLog.Vkey)));
    }

    [Fact]
    public void VerifyReceipt_SignedByAForeignKeyOfTheSameName_IsUnknown()
    {
        var forged = ReferenceLog.Proof(2, Leaves, LogKey.FromSecret(ReferenceLog.Origin, LogKey.NewSecret()));
        Assert.Equal((Verdict.Invalid, "unknown_key"), Outcome(OfflineVerifier.VerifyReceipt(Leaves[2], forged, ReferenceLog.Vkey)));
    }

    [Fact]
    public void VerifyReceipt_WhoseCheckpointIsOfAnotherOrigin_IsInvalid()
    {
        var proof = new TlogProof(2, ReferenceLog.Path(2, Leaves), ReferenceLog.Checkpoint(Leaves, origin: "omniaudit.example/log2")).ToText();
        Assert.Equal((Verdict.Invalid, "origin_mismatch"), Outcome(OfflineVerifier.VerifyReceipt(Leaves[2], proof, ReferenceLog.Vkey)));
    }

    [Theory]
    [InlineData("", ReferenceLog.Vkey, "proof_missing")]
    [InlineData("x", "", "key_missing")]
    [InlineData("x", "not a key", "key_malformed")]
    public void VerifyReceipt_WithAPartMissing_IsIncomplete(string proof, string vkey, string reason) =>
        Assert.Equal((Verdict.Incomplete, reason), Outcome(OfflineVerifier.VerifyReceipt(Leaves[2], proof, vkey)));

    private static (Verdict, string) Outcome(VerificationResult result) => (result.Verdict, result.Reason);
}
