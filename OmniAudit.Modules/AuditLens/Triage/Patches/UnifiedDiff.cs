using System.Globalization;
using System.Text;

namespace OmniAudit.Modules.AuditLens.Triage.Patches;

/// <summary>Writes the difference of two texts as git does: three lines of context, lines that end in LF, a carriage return as part of its line.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    /// <summary>A changed part: lines from 0, the ends exclusive.</summary>
    private readonly record struct Part(int OldFrom, int OldTo, int NewFrom, int NewTo);

    /// <param name="edits">Where the texts differ, in order and apart: offset and length in the old text, and the new part's length.</param>
    public static (string Diff, int Hunks, int Added, int Removed) Write(string path, string before, string after, string beforeSha, string afterSha, IReadOnlyList<(int Offset, int Length, int NewLength)> edits)
    {
        var (oldLines, newLines) = (Lines(before), Lines(after));
        var parts = Parts(oldLines, newLines, edits);
        var text = new StringBuilder();
        var (a, b) = (Quoted("a/" + path), Quoted("b/" + path));
        text.Append("diff --git ").Append(a).Append(' ').Append(b).Append('\n').Append("index ").Append(beforeSha).Append("..").Append(afterSha).Append('\n');
        // A tab ends a name with blanks, for programs that would take what follows for a date.
        text.Append("--- ").Append(a).Append(path.Contains(' ') && a[0] != '"' ? "\t" : "").Append('\n').Append("+++ ").Append(b).Append(path.Contains(' ') && b[0] != '"' ? "\t" : "").Append('\n');
        var (hunks, added, removed) = (0, 0, 0);
        for (var i = 0; i < parts.Count;)
        {
            var last = i;
            while (last + 1 < parts.Count && parts[last + 1].OldFrom - parts[last].OldTo <= 2 * Context) last++;
            var oldFrom = Math.Max(0, parts[i].OldFrom - Context);
            var oldTo = Math.Min(oldLines.Count, parts[last].OldTo + Context);
            var newFrom = parts[i].NewFrom - (parts[i].OldFrom - oldFrom);
            var newTo = parts[last].NewTo + (oldTo - parts[last].OldTo);
            text.Append(CultureInfo.InvariantCulture, $"@@ -{Range(oldFrom, oldTo)} +{Range(newFrom, newTo)} @@\n");
            var at = oldFrom;
            for (; i <= last; i++)
            {
                for (; at < parts[i].OldFrom; at++) Line(' ', oldLines[at]);
                for (; at < parts[i].OldTo; at++) Line('-', oldLines[at]);
                for (var n = parts[i].NewFrom; n < parts[i].NewTo; n++) Line('+', newLines[n]);
                removed += parts[i].OldTo - parts[i].OldFrom;
                added += parts[i].NewTo - parts[i].NewFrom;
            }
            for (; at < oldTo; at++) Line(' ', oldLines[at]);
            hunks++;
        }
        return (text.ToString(), hunks, added, removed);

        void Line(char mark, string line)
        {
            text.Append(mark).Append(line);
            if (!line.EndsWith('\n')) text.Append("\n\\ No newline at end of file\n");
        }
    }

    private static List<Part> Parts(List<string> oldLines, List<string> newLines, IReadOnlyList<(int Offset, int Length, int NewLength)> edits)
    {
        var (oldStarts, newStarts) = (Starts(oldLines), Starts(newLines));
        var parts = new List<Part>();
        var shift = 0;
        foreach (var (offset, length, newLength) in edits)
        {
            var part = new Part(LineOf(oldStarts, offset), Behind(oldStarts, offset + length, offset), LineOf(newStarts, offset + shift), Behind(newStarts, offset + shift + newLength, offset + shift));
            shift += newLength - length;
            // Two edits of one line are one part.
            if (parts.Count > 0 && (part.OldFrom <= parts[^1].OldTo || part.NewFrom <= parts[^1].NewTo))
                part = new Part(Math.Min(parts[^1].OldFrom, part.OldFrom), Math.Max(parts[^1].OldTo, part.OldTo), Math.Min(parts[^1].NewFrom, part.NewFrom), Math.Max(parts[^1].NewTo, part.NewTo));
            else
            {
                parts.Add(part);
                continue;
            }
            parts[^1] = part;
        }
        // What an edit covers and leaves as it was is context.
        var trimmed = new List<Part>();
        foreach (var part in parts.Select(Aligned))
        {
            var (of, ot, nf, nt) = part;
            while (of < ot && nf < nt && oldLines[of] == newLines[nf]) (of, nf) = (of + 1, nf + 1);
            while (of < ot && nf < nt && oldLines[ot - 1] == newLines[nt - 1]) (ot, nt) = (ot - 1, nt - 1);
            if (of < ot || nf < nt) trimmed.Add(new Part(of, ot, nf, nt));
        }
        return trimmed;

        // The lines between two parts are the same on both sides, so each part begins and ends at whole lines of both.
        Part Aligned(Part part) => part with { OldTo = Math.Min(part.OldTo, oldLines.Count), NewTo = Math.Min(part.NewTo, newLines.Count) };
    }

    /// <summary>The line an offset stands in; at the end of a text that ends in LF, the line behind the last.</summary>
    private static int LineOf(List<int> starts, int offset)
    {
        var at = starts.BinarySearch(offset);
        return at >= 0 ? at : ~at - 1;
    }

    /// <summary>Behind the last line that is touched: an edit that ends where a line begins has run into it.</summary>
    private static int Behind(List<int> starts, int end, int from) => LineOf(starts, Math.Max(end, from)) + 1;

    private static List<int> Starts(List<string> lines)
    {
        var starts = new List<int>(lines.Count + 1) { 0 };
        foreach (var line in lines) starts.Add(starts[^1] + line.Length);
        if (lines.Count > 0 && !lines[^1].EndsWith('\n')) starts.RemoveAt(starts.Count - 1);
        return starts;
    }

    /// <summary>With their line ends; none for an empty text.</summary>
    private static List<string> Lines(string text)
    {
        var lines = new List<string>();
        for (var from = 0; from < text.Length;)
        {
            var end = text.IndexOf('\n', from);
            var to = end < 0 ? text.Length : end + 1;
            lines.Add(text[from..to]);
            from = to;
        }
        return lines;
    }

    private static string Range(int from, int to)
    {
        var count = to - from;
        // Of nothing, the line before it is named.
        var start = count == 0 ? from : from + 1;
        return count == 1 ? start.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{start},{count}");
    }

    /// <summary>As git quotes names that have more than plain characters.</summary>
    private static string Quoted(string path)
    {
        if (path.All(c => c is >= ' ' and <= '~' and not ('"' or '\\'))) return path;
        var quoted = new StringBuilder("\"");
        foreach (var b in Encoding.UTF8.GetBytes(path))
        {
            if (b is (byte)'"' or (byte)'\\') quoted.Append('\\').Append((char)b);
            else if (b is >= (byte)' ' and <= (byte)'~') quoted.Append((char)b);
            else quoted.Append('\\').Append(Convert.ToString(b, 8).PadLeft(3, '0'));
        }
        return quoted.Append('"').ToString();
    }
}
