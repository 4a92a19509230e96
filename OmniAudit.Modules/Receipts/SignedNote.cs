using System.Buffers.Binary;

namespace OmniAudit.Modules.Receipts;

/// <summary>What a key says about a note.</summary>
internal enum NoteTrust
{
    /// <summary>The key signed this text.</summary>
    Signed = 1,
    /// <summary>No signature is by this key; those that are there were ignored.</summary>
    UnknownKey = 2,
    /// <summary>A signature names this key and is not good: the note as a whole is refused.</summary>
    BadSignature = 3,
}

/// <summary>A line <c>— name base64(id ‖ signature)</c>.</summary>
internal sealed record NoteSignature(string Name, uint KeyId, byte[] Signature);

/// <summary>A text with signatures (c2sp.org/signed-note). Its text means nothing until <see cref="Check"/> answers <see cref="NoteTrust.Signed"/>.</summary>
internal sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>A bound against notes made to be slow; the specification asks verifiers to take at least 16.</summary>
    public const int MaxSignatures = 64;
    private const string LineStart = "\u2014 ";

    /// <exception cref="FormatException">It is not a signed note.</exception>
    public static SignedNote Parse(string note)
    {
        _ = NoteEncoding.Bytes(note);
        if (note.Any(c => c < ' ' && c != '\n')) throw new FormatException("A note holds no control character other than the newline.");
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0) throw new FormatException("A note has an empty line before its signatures.");
        var lines = note[(split + 2)..];
        if (lines.Length == 0 || lines[^1] != '\n') throw new FormatException("A note ends with a signature line and a newline.");
        var signatures = lines[..^1].Split('\n').Select(ParseSignature).ToList();
        if (signatures.Count > MaxSignatures) throw new FormatException($"A note has at most {MaxSignatures} signatures.");
        return new SignedNote(note[..(split + 1)], signatures);
    }

    /// <summary>The whole note: <paramref name="text"/>, an empty line, one signature line; two when a second key signs the same text.</summary>
    public static string Sign(string text, LogKey key, LogKey? second = null)
    {
        if (!text.EndsWith('\n')) throw new ArgumentException("A note's text ends with a newline.", nameof(text));
        return $"{text}\n{Line(text, key)}{(second is null ? "" : Line(text, second))}";
    }

    private static string Line(string text, LogKey key)
    {
        var id = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(id, key.Verifier.Id);
        return $"{LineStart}{key.Verifier.Name} {Convert.ToBase64String([.. id, .. key.Sign(NoteEncoding.Bytes(text))])}\n";
    }

    public NoteTrust Check(VerifierKey key)
    {
        var text = NoteEncoding.Bytes(Text);
        var trust = NoteTrust.UnknownKey;
        foreach (var signature in Signatures.Where(s => s.KeyId == key.Id && s.Name == key.Name))
        {
            if (!key.Verify(text, signature.Signature)) return NoteTrust.BadSignature;
            trust = NoteTrust.Signed;
        }
        return trust;
    }

    /// <summary>Not empty, no Unicode space, no plus, no control character.</summary>
    public static bool IsKeyName(string name) => name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c == '+');

    private static NoteSignature ParseSignature(string line)
    {
        var parts = line.StartsWith(LineStart, StringComparison.Ordinal) ? line[LineStart.Length..].Split(' ') : [];
        if (parts.Length != 2 || !IsKeyName(parts[0])) throw new FormatException("A signature line reads: em dash, space, key name, space, base64.");
        var blob = NoteEncoding.Base64(parts[1]);
        if (blob.Length < 5) throw new FormatException("A signature has a 4-byte key id and at least one byte more.");
        return new NoteSignature(parts[0], BinaryPrimitives.ReadUInt32BigEndian(blob), blob[4..]);
    }
}
