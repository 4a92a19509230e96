using System.Globalization;

namespace OmniAudit.Modules.Receipts;

/// <summary>The state of a log at one size (c2sp.org/tlog-checkpoint): three lines, no extension lines.</summary>
/// <param name="Origin">The log's identity; also the name of the key that signs it.</param>
/// <param name="Size">The number of leaves.</param>
/// <param name="Root">The Merkle root over them.</param>
internal sealed record Checkpoint(string Origin, ulong Size, byte[] Root)
{
    public string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");

    /// <exception cref="FormatException">It is not a checkpoint's text.</exception>
    public static Checkpoint Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines.Length != 4 || lines[3].Length != 0 || lines[0].Length == 0) throw new FormatException("A checkpoint has three lines: origin, size, root.");
        return new Checkpoint(lines[0], NoteEncoding.Number(lines[1]), NoteEncoding.Hash(lines[2]));
    }

    public bool SameTree(Checkpoint other) => Size == other.Size && Root.AsSpan().SequenceEqual(other.Root);
}
