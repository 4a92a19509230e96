using System.Text;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Logs;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// TAP 12 to 14 (testanything.org): directives SKIP and TODO, YAML blocks, subtests by indentation, Bail out!, and a plan that promises more than came. Node's test runner writes it.
/// </summary>
internal sealed class TapParser : EvidenceParser
{
    public override string Profile => "tap";

    public override int Recognises(EvidenceHead head)
    {
        if (head.Json is not null || head.Root is not null) return 0;
        if (head.Text.StartsWith("TAP version", StringComparison.Ordinal)) return 96;
        if (head.Name.EndsWith(".tap", StringComparison.Ordinal)) return 90;
        var lines = head.Text.Split('\n', 40);
        return lines.Any(l => l.StartsWith("1..", StringComparison.Ordinal)) && lines.Any(l => l.StartsWith("ok ", StringComparison.Ordinal) || l.StartsWith("not ok ", StringComparison.Ordinal)) ? 85 : 0;
    }

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var lines = new LineReader(content, sink.Bounds.LineBytes);
        var suites = new SortedDictionary<int, string>();
        var failedBelow = new HashSet<int>();
        (ReadTest Test, int Indent, bool HasChildren)? waiting = null;
        var diagnostics = new StringBuilder();
        var inYaml = false;
        long planned = -1, points = 0;
        while (lines.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var raw = lines.Text;
            var text = raw.TrimStart();
            var indent = raw.Length - text.Length;
            if (inYaml)
            {
                if (text.StartsWith("...", StringComparison.Ordinal)) inYaml = false;
                else if (diagnostics.Length < sink.Bounds.DetailsChars * 2) diagnostics.Append(text).Append('\n');
                continue;
            }
            if (text == "---" && waiting is not null) inYaml = true;
            else if (text.StartsWith("ok ", StringComparison.Ordinal) || text is "ok" or "not ok" || text.StartsWith("not ok ", StringComparison.Ordinal))
            {
                Flush();
                if (indent == 0) points++;
                waiting = Point(text, indent);
            }
            else if (text.StartsWith("# Subtest", StringComparison.Ordinal))
            {
                Flush();
                // The line stands at the children's indentation (TAP 14) or the parent's (older): children are deeper than their parent either way.
                suites[indent] = text.Length > 11 ? text[(text.IndexOf(':') + 1)..].Trim() : "";
            }
            else if (text.StartsWith("Bail out!", StringComparison.Ordinal))
            {
                Flush();
                sink.AddTest(new ReadTest("(run)", TestOutcome.Error, text, EvidenceLine: lines.Number), "bail");
            }
            else if (indent == 0 && text.StartsWith("1..", StringComparison.Ordinal) && long.TryParse(text.AsSpan(3, text.AsSpan(3).IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : text.Length - 3), out var count)) planned = count;
            else if (text.StartsWith('#') && waiting is not null && diagnostics.Length < sink.Bounds.DetailsChars * 2) diagnostics.Append(text.AsSpan(1).Trim()).Append('\n');
        }
        Flush();
        if (planned > points) sink.AddTest(new ReadTest("(run)", TestOutcome.Error, $"{planned} tests were planned, {points} reported.", EvidenceLine: lines.Number), "plan");
        sink.Cut("line bytes", lines.CutBytes, sink.Bounds.LineBytes);

        (ReadTest, int, bool) Point(string text, int indent)
        {
            var failed = text.StartsWith("not", StringComparison.Ordinal);
            var rest = text.AsSpan(failed ? 6 : 2).Trim();
            var number = rest.IndexOfAnyExceptInRange('0', '9');
            if (number < 0) number = rest.Length;
            var name = rest[number..].TrimStart();
            if (name.StartsWith("-")) name = name[1..].TrimStart();
            var hash = name.IndexOf(" # ");
            var directive = hash >= 0 ? name[(hash + 3)..].TrimStart() : name.StartsWith("# ") ? name[2..] : default;
            if (hash >= 0) name = name[..hash];
            else if (name.StartsWith("# ")) name = default;
            var outcome = directive.StartsWith("skip", StringComparison.OrdinalIgnoreCase) || directive.StartsWith("todo", StringComparison.OrdinalIgnoreCase) ? TestOutcome.Skipped : failed ? TestOutcome.Failed : TestOutcome.Passed;
            var own = name.IsEmpty ? $"test {rest[..number]}" : name.ToString().Replace("\\#", "#", StringComparison.Ordinal);
            // The suites above, outermost first.
            var above = suites.Where(s => s.Key < indent || (s.Key == indent && s.Value != own)).Select(s => s.Value).Where(s => s.Length > 0);
            var full = string.Join(" › ", above.Append(own));
            foreach (var ended in suites.Keys.Where(k => k >= indent && suites[k] == own || k > indent).ToList()) suites.Remove(ended);
            var children = failedBelow.RemoveWhere(i => i > indent) > 0;
            if (outcome == TestOutcome.Failed) failedBelow.Add(indent);
            return (new ReadTest(full, outcome, EvidenceLine: lines.Number), indent, children);
        }

        void Flush()
        {
            if (waiting is { } point)
            {
                var said = diagnostics.ToString();
                // A suite that failed through its subtests is not a failure of its own.
                if (point.Test.Outcome != TestOutcome.Failed) sink.AddTest(point.Test with { Details = said });
                else if (!point.HasChildren) sink.AddTest(point.Test with { Message = Message(said), Details = said });
            }
            waiting = null;
            diagnostics.Clear();
            inYaml = false;
        }
    }

    private static string Message(string said)
    {
        var all = said.Split('\n');
        for (var i = 0; i < all.Length; i++)
        {
            var name = all[i].StartsWith("error:", StringComparison.Ordinal) ? 6 : all[i].StartsWith("message:", StringComparison.Ordinal) ? 8 : 0;
            if (name == 0) continue;
            var value = all[i][name..].Trim().Trim('"', '\'');
            return value is "|-" or "|" or ">" or ">-" ? i + 1 < all.Length ? all[i + 1].Trim() : "" : value;
        }
        return all[0];
    }
}

/// <summary>A unified diff, as formatters write it (gofmt -d, black --diff): each hunk is a finding with the change as its fix.</summary>
internal sealed class DiffParser : EvidenceParser
{
    private const int MostHunkChars = 64 << 10;

    public override string Profile => "diff";
    public override IReadOnlyList<string> Aliases => ["unified_diff", "patch"];

    public override int Recognises(EvidenceHead head) =>
        head.Json is null && head.Root is null && (head.Has("\n@@ -") || head.Text.StartsWith("@@ -", StringComparison.Ordinal)) && head.Has("+++ ") && head.Has("--- ") ? 92 : head.Name.EndsWith(".diff", StringComparison.Ordinal) || head.Name.EndsWith(".patch", StringComparison.Ordinal) ? 60 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var lines = new LineReader(content, sink.Bounds.LineBytes);
        string oldFile = "", newFile = "";
        Hunk? hunk = null;
        while (lines.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var line = lines.Text;
            if (hunk is not null && (hunk.OldLeft > 0 || hunk.NewLeft > 0 || line.StartsWith('\\')))
            {
                hunk.Take(line);
                continue;
            }
            if (hunk is not null) Flush();
            if (line.StartsWith("--- ", StringComparison.Ordinal)) oldFile = Path(line[4..]);
            else if (line.StartsWith("+++ ", StringComparison.Ordinal)) newFile = Path(line[4..]);
            else if (line.StartsWith("@@ -", StringComparison.Ordinal))
            {
                hunk = Hunk.Of(line, lines.Number);
                if (hunk is null) sink.Problem("item_skipped", "A hunk's head cannot be read.", lines.Number);
            }
            else if (line.StartsWith("Binary files ", StringComparison.Ordinal)) sink.Note(line);
        }
        if (hunk is { } last && (last.OldLeft > 0 || last.NewLeft > 0))
        {
            sink.Problem("malformed", $"The last hunk ends {Math.Max(last.OldLeft, last.NewLeft)} lines too early and is left out.", lines.Number);
            hunk = null;
        }
        if (hunk is not null) Flush();
        sink.Cut("line bytes", lines.CutBytes, sink.Bounds.LineBytes);

        void Flush()
        {
            var done = hunk!;
            hunk = null;
            var file = newFile is "" or "/dev/null" ? oldFile : newFile;
            if (done.Cut > 0)
            {
                sink.Cut("hunk characters", done.Cut, MostHunkChars);
                return;
            }
            var (removed, added) = (done.Removed, done.Added);
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Lint, Tool = "diff", Rule = "diff", Level = "", Severity = Severities.Low, Title = $"The tool would change {removed} line{(removed == 1 ? "" : "s")} into {added}", Details = done.Text.ToString(), File = file,
                Range = new SourceRange(Math.Max(1, done.OldStart), 0, Math.Max(1, done.OldStart + done.OldCount - 1)), Snippet = done.Old.ToString().Split('\n').FirstOrDefault(l => l.Trim().Length > 0),
                // A hunk without old lines names the line before it; of a new file there is nothing to patch.
                Fixes = done is { OldStart: 0 } ? [] : [new FindingFix("Apply the hunk", [new FindingEdit(SourcePath.Normalise(file), done.New.ToString(), done.Replaced, OldText: done.Old.ToString())])],
            }, done.Line);
        }
    }

    /// <summary>Without <c>a/</c>, <c>b/</c> and the time behind a tab.</summary>
    private static string Path(string named)
    {
        var tab = named.IndexOf('\t');
        if (tab >= 0) named = named[..tab];
        named = named.Trim().Trim('"');
        return named.StartsWith("a/", StringComparison.Ordinal) || named.StartsWith("b/", StringComparison.Ordinal) ? named[2..] : named.EndsWith(".orig", StringComparison.Ordinal) ? named[..^5] : named;
    }

    private sealed class Hunk
    {
        public int OldStart { get; private init; }
        public int OldCount { get; private init; }
        public int OldLeft { get; private set; }
        public int NewLeft { get; private set; }
        public int Removed { get; private set; }
        public int Added { get; private set; }
        public long Line { get; private init; }
        public long Cut { get; private set; }
        public StringBuilder Old { get; } = new();
        public StringBuilder New { get; } = new();
        public StringBuilder Text { get; } = new();
        private char _last = ' ';

        /// <summary>The old lines, up to where the next one begins.</summary>
        public SourceRange Replaced => OldCount == 0 ? new SourceRange(OldStart + 1, 1, OldStart + 1, 1) : new SourceRange(OldStart, 1, OldStart + OldCount, 1);

        /// <summary><c>@@ -1,2 +1,3 @@ function</c>; a count that is not there is 1.</summary>
        public static Hunk? Of(string head, long line)
        {
            var parts = head.Split(' ', 5);
            return parts.Length >= 4 && Read(parts[1], '-', out var oldStart, out var oldCount) && Read(parts[2], '+', out _, out var newCount)
                ? new Hunk { OldStart = oldStart, OldCount = oldCount, OldLeft = oldCount, NewLeft = newCount, Line = line }
                : null;
        }

        public void Take(string line)
        {
            // An editor may have taken the blank of an empty line.
            var mark = line.Length == 0 ? ' ' : line[0];
            var text = line.Length == 0 ? "" : line[1..];
            if (Text.Length + line.Length > MostHunkChars) Cut += line.Length;
            else
            {
                Text.Append(line).Append('\n');
                if (mark is ' ' or '-') Old.Append(text).Append('\n');
                if (mark is ' ' or '+') New.Append(text).Append('\n');
            }
            switch (mark)
            {
                case '-':
                    OldLeft--;
                    Removed++;
                    break;
                case '+':
                    NewLeft--;
                    Added++;
                    break;
                case '\\':
                    // "\ No newline at end of file" belongs to the line before it.
                    if (_last is ' ' or '-' && Old.Length > 0) Old.Length--;
                    if (_last is ' ' or '+' && New.Length > 0) New.Length--;
                    break;
                case ' ':
                    OldLeft--;
                    NewLeft--;
                    break;
                default:
                    (OldLeft, NewLeft) = (0, 0);
                    break;
            }
            _last = mark;
        }

        private static bool Read(string part, char sign, out int start, out int count)
        {
            (start, count) = (0, 1);
            if (part.Length < 2 || part[0] != sign) return false;
            var comma = part.IndexOf(',');
            return int.TryParse(part.AsSpan(1, (comma < 0 ? part.Length : comma) - 1), out start) && (comma < 0 || int.TryParse(part.AsSpan(comma + 1), out count)) && start >= 0 && count is >= 0 and < 10_000_000;
        }
    }
}
