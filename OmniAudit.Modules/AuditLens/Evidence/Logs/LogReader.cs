using System.Text.RegularExpressions;
using OmniAudit.Modules.AuditLens.Evidence.Text;

namespace OmniAudit.Modules.AuditLens.Evidence.Logs;

/// <summary>One line of an answer.</summary>
/// <param name="Number">From 1, in the whole log.</param>
/// <param name="Kind">As <see cref="ActionsLineKind"/>.</param>
/// <param name="Text">Cleaned: see <see cref="EvidenceText"/>. With <paramref name="Raw"/> for a viewer that paints colours: secrets redacted, escapes kept.</param>
internal sealed record LogLine(long Number, DateTimeOffset? Time, ActionsLineKind Kind, string Text, string Raw, bool Match = false);

/// <summary>Lines of a log, and exactly what is not among them.</summary>
/// <param name="TotalLines">Of the whole log.</param>
/// <param name="TotalBytes">Of the whole log.</param>
/// <param name="Matches">Lines that a search matched, listed or not; errors, for a jump to errors.</param>
/// <param name="Omitted">Lines or matches that were asked for and are not listed, beyond a bound.</param>
/// <param name="CutLines">Lines of the whole log that are longer than the bound and were read up to it.</param>
internal sealed record LogSlice(IReadOnlyList<LogLine> Lines, long TotalLines, long TotalBytes, long Matches, long Omitted, long CutLines)
{
    public bool Truncated => Omitted > 0 || CutLines > 0;
}

/// <summary>A group or step of a log: lines <paramref name="FirstLine"/> to <paramref name="LastLine"/> (inclusive, from 1).</summary>
internal sealed record LogSection(string Name, long FirstLine, long LastLine, int Errors, int Warnings, DateTimeOffset? Start, DateTimeOffset? End);

/// <summary>All sections of a log, and where its errors are; both lists end at a bound.</summary>
internal sealed record LogIndex(IReadOnlyList<LogSection> Sections, IReadOnlyList<long> ErrorLines, long Errors, long Warnings, long TotalLines, long TotalBytes, long SectionsOmitted);

/// <summary>How much of a log an answer holds.</summary>
internal sealed record LogBounds(int Lines = 500, int Chars = 200_000, int LineChars = 4_000, int LineBytes = 64 << 10)
{
    public static LogBounds Default { get; } = new();
}

/// <summary>
/// Reads parts of a log from a stream, once from start to end, in memory that the bounds fix and the size of the log does not. The stream stays open.
/// A private key over several lines is redacted line by line.
/// </summary>
internal sealed class LogReader(LogBounds bounds)
{
    private const int MostSections = 2_000;
    private const int MostErrorLines = 2_000;

    /// <summary>The last <paramref name="count"/> lines.</summary>
    public LogSlice Tail(Stream log, int count, CancellationToken cancellationToken = default)
    {
        var wanted = Math.Clamp(count, 0, bounds.Lines);
        var last = new Queue<LogLine>(wanted + 1);
        var reader = new LineReader(log, bounds.LineBytes);
        var keys = new KeyLines();
        while (Next(reader, cancellationToken))
        {
            var inKey = keys.Holds(reader.Utf8, () => reader.Text);
            if (wanted == 0) continue;
            last.Enqueue(new LogLine(reader.Number, null, ActionsLineKind.Plain, "", inKey ? KeyLines.Mark : Kept(reader.Text)));
            if (last.Count > wanted) last.Dequeue();
        }
        // The end of a log is worth more than the start of its tail.
        var kept = new LinkedList<LogLine>();
        var chars = 0L;
        foreach (var line in last.Reverse().Select(l => Shown(l.Number, l.Raw, match: false)))
        {
            if ((chars += line.Raw.Length) > bounds.Chars && kept.Count > 0) break;
            kept.AddFirst(line);
        }
        return Slice([.. kept], reader, kept.Count, Math.Min(count, reader.Number) - kept.Count);
    }

    /// <summary>Lines <paramref name="from"/> to <paramref name="to"/>, inclusive, from 1.</summary>
    public LogSlice Range(Stream log, long from, long to, CancellationToken cancellationToken = default)
    {
        var lines = new Collected(bounds);
        var reader = new LineReader(log, bounds.LineBytes);
        var keys = new KeyLines();
        while (Next(reader, cancellationToken))
        {
            var inKey = keys.Holds(reader.Utf8, () => reader.Text);
            if (reader.Number >= from && reader.Number <= to) lines.Add(() => Shown(reader.Number, inKey ? KeyLines.Mark : reader.Text, match: false));
        }
        return Slice(lines.Lines, reader, lines.Lines.Count, lines.Omitted);
    }

    /// <summary>The same lines alone: reads no further than <paramref name="to"/>, for who knows the log's length already.</summary>
    public IReadOnlyList<LogLine> Lines(Stream log, long from, long to, CancellationToken cancellationToken = default)
    {
        var lines = new Collected(bounds);
        var reader = new LineReader(log, bounds.LineBytes);
        var keys = new KeyLines();
        while (reader.Number < to && Next(reader, cancellationToken))
        {
            var inKey = keys.Holds(reader.Utf8, () => reader.Text);
            if (reader.Number >= from) lines.Add(() => Shown(reader.Number, inKey ? KeyLines.Mark : reader.Text, match: false));
        }
        return lines.Lines;
    }

    /// <summary>
    /// Lines that contain <paramref name="pattern"/> (letters' case ignored), or match it as a regular expression that needs no backtracking, with <paramref name="context"/> lines around.
    /// Throws <see cref="ArgumentException"/> or <see cref="NotSupportedException"/> with the reason when the expression is none that can be used. <paramref name="skip"/> matches are passed over (paging).
    /// </summary>
    public LogSlice Search(Stream log, string pattern, bool regex, int context = 0, long skip = 0, CancellationToken cancellationToken = default)
    {
        var expression = regex ? new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant) : null;
        return Find(log, text => expression?.IsMatch(text) ?? text.Contains(pattern, StringComparison.OrdinalIgnoreCase), Math.Clamp(context, 0, 50), skip, cancellationToken);
    }

    /// <summary>Errors as the runner or a step marked them, with <paramref name="context"/> lines around.</summary>
    public LogSlice Errors(Stream log, int context = 3, long skip = 0, CancellationToken cancellationToken = default) =>
        Find(log, text => text.Contains("error", StringComparison.Ordinal) && ActionsLine.Of(text).Kind == ActionsLineKind.Error, Math.Clamp(context, 0, 50), skip, cancellationToken);

    /// <summary>Groups and steps with their errors. What stands before, between and after groups is in no section.</summary>
    public LogIndex Index(Stream log, CancellationToken cancellationToken = default)
    {
        var sections = new List<LogSection>();
        var errorLines = new List<long>();
        long errors = 0, warnings = 0, omitted = 0;
        var open = new Stack<LogSection>();
        var reader = new LineReader(log, bounds.LineBytes);
        while (Next(reader, cancellationToken))
        {
            // Nearly all lines are plain.
            if (reader.Utf8.IndexOf("##["u8) < 0 && reader.Utf8.IndexOf("::"u8) < 0) continue;
            var line = ActionsLine.Of(reader.Text);
            switch (line.Kind)
            {
                case ActionsLineKind.Error:
                    errors++;
                    if (errorLines.Count < MostErrorLines) errorLines.Add(reader.Number);
                    if (open.TryPop(out var failing)) open.Push(failing with { Errors = failing.Errors + 1 });
                    break;
                case ActionsLineKind.Warning:
                    warnings++;
                    if (open.TryPop(out var warned)) open.Push(warned with { Warnings = warned.Warnings + 1 });
                    break;
                case ActionsLineKind.Group:
                    // The runner does not nest groups: a new one ends the last.
                    Close(reader.Number - 1, line.Time);
                    open.Push(new LogSection(EvidenceText.Clean(line.Text, 200, out _), reader.Number, reader.Number, 0, 0, line.Time, null));
                    break;
                case ActionsLineKind.EndGroup:
                    Close(reader.Number, line.Time);
                    break;
            }
        }
        Close(reader.Number, null);
        return new LogIndex(sections, errorLines, errors, warnings, reader.Number, reader.Bytes, omitted);

        void Close(long at, DateTimeOffset? time)
        {
            if (!open.TryPop(out var section)) return;
            if (sections.Count < MostSections) sections.Add(section with { LastLine = at, End = time });
            else omitted++;
        }
    }

    private LogSlice Find(Stream log, Predicate<string> wanted, int context, long skip, CancellationToken cancellationToken)
    {
        var lines = new Collected(bounds);
        var before = new Queue<(long Number, string Text)>();
        long matches = 0, unlisted = 0;
        var after = 0;
        var reader = new LineReader(log, bounds.LineBytes);
        var keys = new KeyLines();
        while (Next(reader, cancellationToken))
        {
            var text = keys.Holds(reader.Utf8, () => reader.Text) ? KeyLines.Mark : reader.Text;
            if (wanted(text))
            {
                if (++matches <= skip) continue;
                while (before.TryDequeue(out var earlier)) lines.Add(() => Shown(earlier.Number, earlier.Text, match: false));
                if (!lines.Add(() => Shown(reader.Number, text, match: true))) unlisted++;
                after = context;
            }
            else if (after > 0)
            {
                after--;
                lines.Add(() => Shown(reader.Number, text, match: false));
            }
            else if (context > 0 && !lines.Full)
            {
                before.Enqueue((reader.Number, Kept(text)));
                if (before.Count > context) before.Dequeue();
            }
        }
        return Slice(lines.Lines, reader, matches, unlisted);
    }

    private static bool Next(LineReader reader, CancellationToken cancellationToken)
    {
        if ((reader.Number & 0xFFF) == 0) cancellationToken.ThrowIfCancellationRequested();
        return reader.Read();
    }

    /// <summary>What waits in memory is not longer than what could be shown of it.</summary>
    private string Kept(string text) => text.Length > 2 * bounds.LineChars ? text[..(2 * bounds.LineChars)] : text;

    private LogLine Shown(long number, string text, bool match)
    {
        var line = ActionsLine.Of(text);
        var raw = SecretRedactor.Redact(line.Kind == ActionsLineKind.Plain ? line.Text : text);
        return new LogLine(number, line.Time, line.Kind, EvidenceText.Clean(line.Text, bounds.LineChars, out _), raw.Length > bounds.LineChars ? raw[..bounds.LineChars] : raw, match);
    }

    private static LogSlice Slice(IReadOnlyList<LogLine> lines, LineReader reader, long matches, long omitted) =>
        new(lines, reader.Number, reader.Bytes, matches, Math.Max(0, omitted), reader.CutLines);

    private sealed class Collected(LogBounds bounds)
    {
        private long _chars;

        public List<LogLine> Lines { get; } = [];
        public long Omitted { get; private set; }
        public bool Full { get; private set; }

        public bool Add(Func<LogLine> line)
        {
            if (!Full)
            {
                var next = line();
                if (Lines.Count < bounds.Lines && (_chars + next.Raw.Length <= bounds.Chars || Lines.Count == 0))
                {
                    _chars += next.Raw.Length;
                    Lines.Add(next);
                    return true;
                }
                Full = true;
            }
            Omitted++;
            return false;
        }
    }
}
