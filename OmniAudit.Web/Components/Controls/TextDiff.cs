namespace OmniAudit.Web.Components.Controls;

/// <summary>What became of a piece of text between two versions.</summary>
internal enum DiffKind
{
    Same = 1,
    Removed = 2,
    Added = 3,
}

/// <summary>A line of either version; <see cref="Words"/> joined are the line, and those that are not in the other version are marked.</summary>
internal sealed record DiffLine(DiffKind Kind, IReadOnlyList<(string Text, bool Changed)> Words);

/// <summary>Compares two texts by lines, and changed lines by words (Myers, O(ND)). Past its bounds everything counts as changed: never wrong, only coarser.</summary>
internal static class TextDiff
{
    /// <summary>The work and the memory grow with the square of this.</summary>
    private const int MostEdits = 1000;

    public static IReadOnlyList<DiffLine> Lines(string before, string after)
    {
        var (a, b) = (LinesOf(before), LinesOf(after));
        var lines = new List<DiffLine>();
        var (removed, added) = (new List<string>(), new List<string>());
        foreach (var (kind, text) in Compare(a, b))
        {
            if (kind == DiffKind.Removed) removed.Add(text);
            else if (kind == DiffKind.Added) added.Add(text);
            else
            {
                Flush();
                lines.Add(new DiffLine(DiffKind.Same, [(text, false)]));
            }
        }
        Flush();
        return lines;

        void Flush()
        {
            lines.AddRange(Block(removed, added));
            removed.Clear();
            added.Clear();
        }
    }

    private static string[] LinesOf(string text) => text.Length == 0 ? [] : text.Split('\n');

    /// <summary>Lines that took the place of each other, compared by words; where only one side has any, all of it is new.</summary>
    private static IEnumerable<DiffLine> Block(List<string> removed, List<string> added)
    {
        if (removed.Count == 0 || added.Count == 0)
            return removed.Select(l => new DiffLine(DiffKind.Removed, [(l, false)])).Concat(added.Select(l => new DiffLine(DiffKind.Added, [(l, false)])));
        var steps = Compare(Words(string.Join('\n', removed)), Words(string.Join('\n', added))).ToList();
        return SideOf(steps, DiffKind.Removed).Concat(SideOf(steps, DiffKind.Added));
    }

    private static IEnumerable<DiffLine> SideOf(List<(DiffKind Kind, string Text)> steps, DiffKind side)
    {
        var line = new List<(string Text, bool Changed)>();
        foreach (var (kind, text) in steps)
        {
            if (kind != DiffKind.Same && kind != side) continue;
            if (text == "\n")
            {
                yield return new DiffLine(side, line);
                line = [];
            }
            else if (line.Count > 0 && line[^1].Changed == (kind == side)) line[^1] = (line[^1].Text + text, kind == side);
            else line.Add((text, kind == side));
        }
        yield return new DiffLine(side, line);
    }

    /// <summary>Runs of letters and digits, runs of blanks, line ends, and every other character by itself.</summary>
    private static string[] Words(string text)
    {
        var words = new List<string>();
        for (var i = 0; i < text.Length;)
        {
            var (start, kind) = (i++, Class(text[i - 1]));
            while (kind != 0 && i < text.Length && Class(text[i]) == kind) i++;
            if (kind == 0 && char.IsHighSurrogate(text[start]) && i < text.Length && char.IsLowSurrogate(text[i])) i++;
            words.Add(text[start..i]);
        }
        return [.. words];
    }

    private static int Class(char c) => char.IsLetterOrDigit(c) || c == '_' ? 1 : c is ' ' or '\t' ? 2 : 0;

    private static IEnumerable<(DiffKind Kind, string Text)> Compare(string[] a, string[] b)
    {
        var head = 0;
        while (head < a.Length && head < b.Length && a[head] == b[head]) head++;
        var tail = 0;
        while (tail < a.Length - head && tail < b.Length - head && a[^(tail + 1)] == b[^(tail + 1)]) tail++;
        var middle = Shortest(a.AsSpan(head, a.Length - head - tail), b.AsSpan(head, b.Length - head - tail));
        return a.Take(head).Select(Same).Concat(middle).Concat(a.Skip(a.Length - tail).Select(Same));

        static (DiffKind Kind, string Text) Same(string text) => (DiffKind.Same, text);
    }

    private static List<(DiffKind Kind, string Text)> Shortest(ReadOnlySpan<string> a, ReadOnlySpan<string> b)
    {
        var most = Math.Min(a.Length + b.Length, MostEdits);
        var reach = new int[2 * most + 3];
        var trace = new List<int[]>();
        for (var d = 0; d <= most; d++)
        {
            // Only diagonals -d..d have been reached; the copy holds those.
            trace.Add(reach[(most + 1 - d)..(most + 2 + d)]);
            for (var k = -d; k <= d; k += 2)
            {
                var x = k == -d || (k != d && reach[most + k] < reach[most + k + 2]) ? reach[most + k + 2] : reach[most + k] + 1;
                while (x < a.Length && x - k < b.Length && a[x] == b[x - k]) x++;
                reach[most + 1 + k] = x;
                if (x >= a.Length && x - k >= b.Length) return Back(a, b, trace);
            }
        }
        var steps = new List<(DiffKind, string)>(a.Length + b.Length);
        foreach (var text in a) steps.Add((DiffKind.Removed, text));
        foreach (var text in b) steps.Add((DiffKind.Added, text));
        return steps;
    }

    private static List<(DiffKind Kind, string Text)> Back(ReadOnlySpan<string> a, ReadOnlySpan<string> b, List<int[]> trace)
    {
        var steps = new List<(DiffKind, string)>();
        var (x, y) = (a.Length, b.Length);
        for (var d = trace.Count - 1; d > 0; d--)
        {
            var (reach, k) = (trace[d], x - y);
            var down = k == -d || (k != d && reach[d + k - 1] < reach[d + k + 1]);
            var fromX = down ? reach[d + k + 1] : reach[d + k - 1];
            var fromY = fromX - (down ? k + 1 : k - 1);
            for (; x > fromX && y > fromY; x--, y--) steps.Add((DiffKind.Same, a[x - 1]));
            steps.Add(down ? (DiffKind.Added, b[--y]) : (DiffKind.Removed, a[--x]));
        }
        while (x > 0) steps.Add((DiffKind.Same, a[--x]));
        steps.Reverse();
        return steps;
    }
}
