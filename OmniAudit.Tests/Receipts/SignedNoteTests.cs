using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

public class SignedNoteTests
{
    private static readonly string Note = ReferenceLog.Checkpoint(ReferenceLog.Leaves(5));

    [Fact]
    public void Key_OfTheReferenceSeed_HasTheReferenceVkey() => Assert.Equal(ReferenceLog.Vkey, ReferenceLog.Key.Verifier.ToString());

    [Fact]
    public void Checkpoint_OfTheReferenceLeaves_IsTheReferenceNoteByteForByte()
    {
        var expected = $"{ReferenceLog.Origin}\n5\n{ReferenceLog.Root}\n\n\u2014 {ReferenceLog.Origin} {ReferenceLog.Signature}\n";
        Assert.Equal(expected, Note);
        Assert.Equal(NoteTrust.Signed, SignedNote.Parse(expected).Check(VerifierKey.Parse(ReferenceLog.Vkey)));
    }

    [Fact]
    public void Verify_SpecificationsExampleText_SplitsAtTheLastEmptyLine()
    {
        var text = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned \u00e8 subito sera.\n";
        var note = SignedNote.Parse(SignedNote.Sign(text, ReferenceLog.Key));
        Assert.Equal(text, note.Text);
        Assert.Equal(NoteTrust.Signed, note.Check(ReferenceLog.Key.Verifier));
    }

    [Fact]
    public void Ed25519_Rfc8032Test2_IsReproduced()
    {
        var seed = Convert.FromHexString("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        var signature = Ed25519.Sign(seed, [0x72]);
        Assert.Equal("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", Convert.ToHexStringLower(Ed25519.PublicKey(seed)));
        Assert.Equal(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            Convert.ToHexStringLower(signature));
        Assert.True(Ed25519.Verify(Ed25519.PublicKey(seed), [0x72], signature));
        Assert.False(Ed25519.Verify(Ed25519.PublicKey(seed), [0x73], signature));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Sign_WithEitherAlgorithm_VerifiesAndNothingElseDoes(byte algorithm)
    {
        var key = LogKey.FromSecret("log.example/a", LogKey.NewSecret((NoteAlgorithm)algorithm));
        var reread = VerifierKey.Parse(key.Verifier.ToString());
        var note = SignedNote.Parse(SignedNote.Sign("text\n", key));
        Assert.Equal(NoteTrust.Signed, note.Check(reread));
        Assert.Equal(NoteTrust.BadSignature, (note with { Text = "test\n" }).Check(reread));
        Assert.Equal(NoteTrust.UnknownKey, note.Check(LogKey.FromSecret("log.example/a", LogKey.NewSecret()).Verifier));
        Assert.Equal(NoteTrust.UnknownKey, (note with { Signatures = [note.Signatures[0] with { Name = "log.example/b" }] }).Check(reread));
    }

    [Fact]
    public void Check_WithForeignSignaturesBeside_IgnoresThem()
    {
        var foreign = SignedNote.Parse(SignedNote.Sign(SignedNote.Parse(Note).Text, LogKey.FromSecret("witness.example", LogKey.NewSecret()))).Signatures[0];
        var note = SignedNote.Parse(Note);
        Assert.Equal(NoteTrust.Signed, (note with { Signatures = [foreign, .. note.Signatures] }).Check(ReferenceLog.Key.Verifier));
        var sixteen = SignedNote.Parse(Note + string.Concat(Enumerable.Repeat(Note[Note.LastIndexOf('\u2014')..], 15)));
        Assert.Equal(NoteTrust.Signed, sixteen.Check(ReferenceLog.Key.Verifier));
    }

    [Fact]
    public void Check_WithOneGoodAndOneBadSignatureOfTheKey_RefusesTheNote()
    {
        var note = SignedNote.Parse(Note);
        var good = note.Signatures[0];
        var bad = good with { Signature = [.. good.Signature.Select(b => (byte)~b)] };
        Assert.Equal(NoteTrust.BadSignature, (note with { Signatures = [good, bad] }).Check(ReferenceLog.Key.Verifier));
        Assert.Equal(NoteTrust.BadSignature, (note with { Signatures = [bad, good] }).Check(ReferenceLog.Key.Verifier));
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\u2014 a AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 a AAAAAAA=")]
    [InlineData("text\n\n- a AAAAAAA=\n")]
    [InlineData("text\n\n\u2014  AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 a+b AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 a\u00a0b AAAAAAA=\n")]
    [InlineData("text\n\n\u2014 a AAAAAAA= \n")]
    [InlineData("text\n\n\u2014 a AAAAAAA\n")]
    [InlineData("text\n\n\u2014 a AAAAAAB=\n")]
    [InlineData("text\n\n\u2014 a AAAAAA==\n")]
    [InlineData("text\n\n\u2014 a AAAAAAA=\n\u2014 b\n")]
    [InlineData("te\txt\n\n\u2014 a AAAAAAA=\n")]
    [InlineData("text\r\n\r\n\u2014 a AAAAAAA=\r\n")]
    public void Parse_WhatIsNotANote_IsRefused(string note) => Assert.Throws<FormatException>(() => SignedNote.Parse(note));

    [Fact]
    public void Parse_HalfASurrogatePair_IsRefused() => Assert.Throws<FormatException>(() => SignedNote.Parse("text\ud800\n\n\u2014 a AAAAAAA=\n"));

    [Fact]
    public void Parse_SmallestNote_IsRead() => Assert.Equal("text\n", SignedNote.Parse("text\n\n\u2014 a AAAAAAA=\n").Text);

    [Fact]
    public void Parse_MoreSignaturesThanTheBound_IsRefused() => Assert.Throws<FormatException>(
        () => SignedNote.Parse("text\n\n" + string.Concat(Enumerable.Repeat("\u2014 a AAAAAAA=\n", SignedNote.MaxSignatures + 1))));

    [Fact]
    public void Parse_AnyText_IsReadOrRefusedAsFormat() => Prop.ForAll(
        Gen.Elements("\n", "\n\n", "\u2014 ", "a ", "AAAAAAA=", "x", "\r", " ", "+", "\ud83d", ReferenceLog.Root).ListOf().Select(string.Concat).ToArbitrary(),
        text =>
        {
            try
            {
                var note = SignedNote.Parse(text);
                return text.StartsWith(note.Text + "\n\u2014 ", StringComparison.Ordinal) && note.Check(ReferenceLog.Key.Verifier) == NoteTrust.UnknownKey;
            }
            catch (FormatException)
            {
                return true;
            }
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("a\n01\n{0}\n")]
    [InlineData("a\n-1\n{0}\n")]
    [InlineData("a\n+1\n{0}\n")]
    [InlineData("a\n\u0661\n{0}\n")]
    [InlineData("a\n18446744073709551616\n{0}\n")]
    [InlineData("a\n\n{0}\n")]
    [InlineData("\n1\n{0}\n")]
    [InlineData("a\n1\n{0}")]
    [InlineData("a\n1\n{0}\nextension\n")]
    [InlineData("a\n1\n {0}\n")]
    [InlineData("a\n1\nAAAA\n")]
    public void Checkpoint_WithAnotherSpelling_IsRefused(string text) =>
        Assert.Throws<FormatException>(() => Checkpoint.Parse(text.Replace("{0}", ReferenceLog.Root, StringComparison.Ordinal)));

    [Fact]
    public void Checkpoint_OfTheLargestSize_IsRead() => Assert.Equal(ulong.MaxValue, Checkpoint.Parse($"a\n18446744073709551615\n{ReferenceLog.Root}\n").Size);

    [Fact]
    public void Vkey_WithAnyFlippedBit_IsRefusedOrAnotherKey()
    {
        var bytes = Encoding.ASCII.GetBytes(ReferenceLog.Vkey);
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var changed = bytes.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            if (changed[bit / 8] >= 0x80) continue;
            // The id is 32 bits of a hash over name and key: no single flip of either keeps it.
            Assert.Throws<FormatException>(() => VerifierKey.Parse(Encoding.ASCII.GetString(changed)));
        }
    }

    [Fact]
    public void Vkey_OnAnotherCurveThanP256_IsRefused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Throws<FormatException>(() => VerifierKey.Create("a", NoteAlgorithm.Ecdsa, other.ExportSubjectPublicKeyInfo()));
        using var sameSize = ECDsa.Create(ECCurve.CreateFromValue("1.3.132.0.10"));
        Assert.Throws<FormatException>(() => VerifierKey.Create("a", NoteAlgorithm.Ecdsa, sameSize.ExportSubjectPublicKeyInfo()));
        using var right = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Throws<FormatException>(() => VerifierKey.Create("a", NoteAlgorithm.Ecdsa, [.. right.ExportSubjectPublicKeyInfo(), 0]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a+00000000")]
    [InlineData("a+00000000+AQ==")]
    [InlineData("a+00000000+AgAA")]
    [InlineData("omniaudit.example/log1+8F8D889B+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")]
    [InlineData("omniaudit.example/log1+8f8d889b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n")]
    public void Vkey_OfAnotherForm_IsRefused(string vkey) => Assert.Throws<FormatException>(() => VerifierKey.Parse(vkey));
}
