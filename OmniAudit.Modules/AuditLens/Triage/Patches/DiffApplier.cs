using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace OmniAudit.Modules.AuditLens.Triage.Patches;

/// <summary>
/// Applies a unified diff of one file to its bytes, strictly: every context and removed line must stand exactly where the diff says, and every count must be right. It shares nothing with
/// <see cref="UnifiedDiff"/>: what one gets wrong the other does not repeat.
/// </summary>
internal static partial class DiffApplier
{
    /// <exception cref="FormatException">The diff is malformed or does not apply; the message says where.</exception>
    public static byte[] Apply(ReadOnlySpan<byte> blob, string diff)
    {
        var result = new MemoryStream(blob.Length + diff.Length);
        var lines = diff.Split('\n');
        var (at, line, offset) = (0, 1, 0);
        while (at < lines.Length && !lines[at].StartsWith("@@ ", StringComparison.Ordinal)) at++;
        if (at == lines.Length) throw new FormatException("The diff has no hunk.");
        while (at < lines.Length && lines[at].Length > 0)
        {
            var head = Head().Match(lines[at]);
            if (!head.Success) throw new FormatException($"Line {at + 1} is no hunk's head.");
            var (oldStart, oldLeft, newLeft) = (Number(head, "old", 0), Number(head, "oldCount", 1), Number(head, "newCount", 1));
            var begin = oldLeft == 0 ? oldStart + 1 : oldStart;
            if (begin < line) throw new FormatException($"The hunk at line {at + 1} begins before the one above ends.");
            for (; line < begin; line++)
            {
                var next = blob[offset..].IndexOf((byte)'\n');
                if (next < 0 && (line + 1 < begin || offset == blob.Length)) throw new FormatException($"The file ends before line {begin}.");
                next = next < 0 ? blob.Length - offset : next + 1;
                result.Write(blob.Slice(offset, next));
                offset += next;
            }
            at++;
            while (oldLeft > 0 || newLeft > 0)
            {
                if (at >= lines.Length || lines[at].Length == 0) throw new FormatException($"The hunk ends {Math.Max(oldLeft, newLeft)} lines too early.");
                var mark = lines[at][0];
                var bare = at + 1 < lines.Length && lines[at + 1].StartsWith('\\');
                var bytes = Encoding.UTF8.GetBytes(lines[at][1..] + (bare ? "" : "\n"));
                at += bare ? 2 : 1;
                if (mark is ' ' or '-')
                {
                    if (--oldLeft < 0) throw new FormatException($"Line {at}: more old lines than the head says.");
                    if (!blob[offset..].StartsWith(bytes) || (bare && offset + bytes.Length != blob.Length)) throw new FormatException($"Line {line} of the file is not what the diff says.");
                    offset += bytes.Length;
                    line++;
                }
                if (mark is ' ' or '+')
                {
                    if (--newLeft < 0) throw new FormatException($"Line {at}: more new lines than the head says.");
                    result.Write(bytes);
                }
                if (mark is not (' ' or '-' or '+')) throw new FormatException($"Line {at} is no line of a diff.");
            }
        }
        result.Write(blob[offset..]);
        return result.ToArray();
    }

    private static int Number(Match head, string group, int otherwise) => head.Groups[group] is { Success: true } number ? int.Parse(number.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;

    [GeneratedRegex(@"^@@ -(?<old>[0-9]{1,9})(,(?<oldCount>[0-9]{1,9}))? \+(?<new>[0-9]{1,9})(,(?<newCount>[0-9]{1,9}))? @@", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Head();
}
