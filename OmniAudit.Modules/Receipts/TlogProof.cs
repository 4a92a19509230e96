using System.Globalization;
using System.Text;

namespace OmniAudit.Modules.Receipts;

/// <summary>
/// A proof file (c2sp.org/tlog-proof@v1): the leaf's index, its inclusion proof from the leaf's sibling up to the root's
/// child, and the signed checkpoint it leads to. The format's optional <c>extra</c> line is neither written nor read:
/// nothing authenticates it.
/// </summary>
internal sealed record TlogProof(ulong Index, IReadOnlyList<byte[]> Hashes, string CheckpointNote)
{
    private const string Header = "c2sp.org/tlog-proof@v1";
    private const string IndexStart = "index ";
    private const int MaxHashes = 64;

    public string ToText()
    {
        var text = new StringBuilder(Header).Append('\n').Append(IndexStart).Append(CultureInfo.InvariantCulture, $"{Index}").Append('\n');
        foreach (var hash in Hashes) text.Append(Convert.ToBase64String(hash)).Append('\n');
        return text.Append('\n').Append(CheckpointNote).ToString();
    }

    /// <summary>Reads the frame; the checkpoint inside is still unread text.</summary>
    /// <exception cref="FormatException">It is not a proof file.</exception>
    public static TlogProof Parse(string text)
    {
        var split = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0) throw new FormatException("A proof has an empty line before its checkpoint.");
        var lines = text[..split].Split('\n');
        if (lines[0] != Header) throw new FormatException($"A proof starts with the line {Header}.");
        if (lines.Length < 2 || !lines[1].StartsWith(IndexStart, StringComparison.Ordinal)) throw new FormatException("A proof's second line reads: index, space, number.");
        if (lines.Length - 2 > MaxHashes) throw new FormatException($"A proof has at most {MaxHashes} hashes.");
        return new TlogProof(NoteEncoding.Number(lines[1][IndexStart.Length..]), lines.Skip(2).Select(NoteEncoding.Hash).ToList(), text[(split + 2)..]);
    }
}
