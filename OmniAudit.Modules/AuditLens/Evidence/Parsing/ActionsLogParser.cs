using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Logs;
using OmniAudit.Modules.AuditLens.Evidence.Text;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// A log of GitHub Actions, line by line in constant memory: the runner's and the steps' errors, warnings and notices, diagnostics that name their severity, and failed tests. "Process completed
/// with exit code 1" is a finding only when nothing else says why.
/// </summary>
internal sealed class ActionsLogParser : EvidenceParser
{
    public override string Profile => "actions_log";
    public override IReadOnlyList<string> Aliases => ["log", "github_log", "github_actions", "logs"];

    public override int Recognises(EvidenceHead head)
    {
        if (head.Root is not null || (head.Json is not null && !head.Has("##["))) return 0;
        if (head.Has("##[group]") || head.Has("##[error]") || head.Has("##[command]") || head.Has("##[warning]")) return 90;
        if (head.Has("\n::error") || head.Has("\n::warning") || head.Text.StartsWith("::", StringComparison.Ordinal)) return 80;
        var first = ActionsLine.Of(head.Text.Split('\n')[0].TrimEnd('\r'));
        return first.Time is not null ? 70 : head.Name.EndsWith(".log", StringComparison.Ordinal) ? 10 : 0;
    }

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var compiler = new CompilerText(sink, strict: true);
        var lines = new LineReader(content, sink.Bounds.LineBytes);
        string? stopped = null;
        (string Text, long Line)? exit = null;
        var said = 0L;
        var failedTests = new HashSet<string>(StringComparer.Ordinal);
        while (lines.Read())
        {
            if ((lines.Number & 0xFFF) == 0) cancellationToken.ThrowIfCancellationRequested();
            var line = ActionsLine.Of(EvidenceText.WithoutColours(lines.Text));
            if (stopped is not null)
            {
                if (line.Text.AsSpan().Trim() is var end && (end.SequenceEqual($"::{stopped}::") || (line.Kind == ActionsLineKind.Other && lines.Text.Contains($"::{stopped}::", StringComparison.Ordinal)))) stopped = null;
                // A step's commands do not count now; the runner's own marks still do.
                else if (line.Properties is null && lines.Utf8.IndexOf("##["u8) >= 0) Take(line);
                continue;
            }
            if (line.Kind == ActionsLineKind.StopCommands) stopped = line.Text.Trim();
            else Take(line);
        }
        compiler.Finish();
        if (exit is { } code && said == 0 && compiler.Errors == 0 && failedTests.Count == 0)
            sink.Add(new EvidenceFinding { Kind = FindingKind.Annotation, Tool = "github", Rule = "exit-code", Level = "error", Severity = Severities.High, Title = code.Text, Message = code.Text }, code.Line);
        sink.Cut("line bytes", lines.CutBytes, sink.Bounds.LineBytes);

        void Take(ActionsLine line)
        {
            switch (line.Kind)
            {
                case ActionsLineKind.Error:
                    if (line.Text.StartsWith("Process completed with exit code", StringComparison.Ordinal) || line.Text.StartsWith("The process '", StringComparison.Ordinal) && line.Text.Contains("failed with exit code", StringComparison.Ordinal)) exit ??= (line.Text, lines.Number);
                    else
                    {
                        said++;
                        Annotation(line, "error");
                    }
                    break;
                case ActionsLineKind.Warning:
                    Annotation(line, "warning");
                    break;
                case ActionsLineKind.Notice:
                    Annotation(line, "notice");
                    break;
                case ActionsLineKind.Plain:
                    if (FailedTestLine.MayBe(line.Text) && FailedTestLine.Read(line.Text) is { } failed)
                    {
                        // Runners name a failed test in the course and again in the summary.
                        if (failedTests.Count < 20_000 && !failedTests.Add(failed.Name) && failed.Message.Length == 0) break;
                        sink.AddTest(new ReadTest(failed.Name, TestOutcome.Failed, failed.Message, EvidenceLine: lines.Number), failed.Name);
                    }
                    else compiler.Line(line.Text, lines.Number);
                    break;
            }
        }

        void Annotation(ActionsLine line, string level)
        {
            // A problem matcher repeats the compiler's own line, and the place is in the text.
            if (line.Properties is null && compiler.Line(line.Text, lines.Number, "github")) return;
            var file = line.Properties?.GetValueOrDefault("file") ?? "";
            var title = line.Properties?.GetValueOrDefault("title") ?? "";
            sink.Add(new EvidenceFinding
            {
                Kind = FindingKind.Annotation, Tool = "github", Level = level, Severity = Severities.Of(level), Title = title.Length > 0 ? title : line.Text, Message = line.Text.Length > 0 ? line.Text : title, File = file.Length > 0 ? file : null,
                Range = file.Length == 0 ? null : new SourceSpan(Number("line"), Number("col", "column"), Number("endLine"), Number("endColumn")).Range,
            }, lines.Number);

            int Number(string name, string other = "") => int.TryParse(line.Properties?.GetValueOrDefault(name) ?? line.Properties?.GetValueOrDefault(other), out var number) && number > 0 ? number : 0;
        }
    }
}
