using System.Text;
using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Logs;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// Events of <c>go test -json</c> (go doc test2json): a test's output is put together from its events. A parent that failed through its subtests is not a failure of its own; a package that
/// failed without a failed test is (build, panic, TestMain), and so is a test that never ended.
/// </summary>
internal sealed class GoTestParser : EvidenceParser
{
    private const int MostRunning = 5_000;

    public override string Profile => "go_test";
    public override IReadOnlyList<string> Aliases => ["gotest", "go", "test2json"];

    public override int Recognises(EvidenceHead head) => head.Json == '{' && head.HasKeys("Action", "Package") ? 94 : head.HasKey("Action") && head.Has("\"build-output\"") ? 94 : !head.Text.StartsWith('{') && head.Has("{\"Time\":") && head.Has("\"Action\":") && head.Has("\"Package\":") ? 88 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var run = new Run(sink);
        var lines = new LineReader(content, 1 << 20);
        while (lines.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var text = lines.Text;
            if (!text.StartsWith('{'))
            {
                // The compiler of older versions writes between the events.
                run.Compiler.Line(text, lines.Number);
                continue;
            }
            try
            {
                using var happened = JsonDocument.Parse(text);
                run.Take(happened.RootElement, lines.Number);
            }
            catch (JsonException malformed)
            {
                sink.Problem("item_skipped", malformed.Message, lines.Number, (malformed.BytePositionInLine ?? 0) + 1);
            }
        }
        sink.Cut("line bytes", lines.CutBytes, 1 << 20);
        run.Finish();
    }

    private sealed class Run(ParseSink sink)
    {
        private readonly Dictionary<(string Package, string Test), StringBuilder> _running = [];
        private readonly HashSet<(string Package, string Test)> _failedBelow = [];
        private readonly HashSet<string> _failedPackages = new(StringComparer.Ordinal);

        public CompilerText Compiler { get; } = new(sink, "go");

        public void Take(JsonElement happened, long line)
        {
            var (package, test, action) = (happened.Str("Package"), happened.Str("Test"), happened.Str("Action"));
            var key = (package, test);
            switch (action)
            {
                case "build-output":
                    Compiler.Line(happened.Str("Output").TrimEnd('\n'), line);
                    break;
                case "run" or "start":
                    Output(key);
                    break;
                case "output":
                    var output = Output(key);
                    var said = happened.Str("Output");
                    if (output is null) break;
                    if (output.Length < sink.Bounds.DetailsChars * 2) output.Append(said);
                    else sink.Cut("details characters", said.Length, sink.Bounds.DetailsChars);
                    break;
                case "pass" or "skip" or "bench":
                    _running.Remove(key);
                    if (test.Length > 0) sink.AddTest(new ReadTest(Name(package, test), action == "skip" ? TestOutcome.Skipped : TestOutcome.Passed, Seconds: happened.Num("Elapsed"), Tool: "go test", EvidenceLine: line));
                    break;
                case "fail":
                    Fail(key, happened, line);
                    break;
            }
        }

        public void Finish()
        {
            Compiler.Finish();
            foreach (var ((package, test), output) in _running)
                if (test.Length > 0) sink.AddTest(Failure(package, test, output, TestOutcome.Error, 0, "The test did not end."));
        }

        private void Fail((string Package, string Test) key, JsonElement happened, long line)
        {
            var (package, test) = key;
            _running.Remove(key, out var output);
            if (test.Length > 0)
            {
                _failedPackages.Add(package);
                for (var slash = test.LastIndexOf('/'); slash > 0; slash = test.LastIndexOf('/', slash - 1)) _failedBelow.Add((package, test[..slash]));
                if (!_failedBelow.Contains(key)) sink.AddTest(Failure(package, test, output, TestOutcome.Failed, happened.Num("Elapsed"), "") with { EvidenceLine = line });
                return;
            }
            // Whatever still runs was taken down with its package: a panic, or the time was up.
            foreach (var open in _running.Keys.Where(k => k.Package == package && k.Test.Length > 0).ToList())
            {
                _running.Remove(open, out var its);
                _failedPackages.Add(package);
                for (var slash = open.Test.LastIndexOf('/'); slash > 0; slash = open.Test.LastIndexOf('/', slash - 1)) _failedBelow.Add((package, open.Test[..slash]));
                if (!_failedBelow.Contains(open)) sink.AddTest(Failure(package, open.Test, its, Timeout(its, output) ? TestOutcome.TimedOut : TestOutcome.Error, 0, "The test did not end.") with { EvidenceLine = line });
            }
            if (_failedPackages.Contains(package)) return;
            var text = output?.ToString() ?? "";
            var isBuild = happened.Str("FailedBuild").Length > 0 || text.Contains("[build failed]", StringComparison.Ordinal) || text.Contains("[setup failed]", StringComparison.Ordinal);
            sink.Add(new EvidenceFinding
            {
                Kind = isBuild ? FindingKind.BuildError : FindingKind.TestFailure, Tool = "go test", Rule = isBuild ? "build-failed" : "package-failed", Level = "error", Severity = Severities.High,
                Title = isBuild ? $"{package} does not build" : $"{package} failed outside of its tests", Details = text, Test = isBuild ? null : package,
            }, line);
        }

        private StringBuilder? Output((string, string) key)
        {
            if (_running.TryGetValue(key, out var output)) return output;
            if (_running.Count >= MostRunning)
            {
                sink.Cut("tests running at once", 1, MostRunning);
                return null;
            }
            return _running[key] = new StringBuilder();
        }

        private static bool Timeout(StringBuilder? first, StringBuilder? second) =>
            (first?.ToString().Contains("panic: test timed out", StringComparison.Ordinal) ?? false) || (second?.ToString().Contains("panic: test timed out", StringComparison.Ordinal) ?? false);

        private static ReadTest Failure(string package, string test, StringBuilder? output, TestOutcome outcome, double seconds, string otherwise)
        {
            string message = "", file = "";
            var at = 0;
            foreach (var raw in (output?.ToString() ?? "").Split('\n'))
            {
                var line = raw.Trim();
                if (line.Length == 0 || line.StartsWith("===", StringComparison.Ordinal) || line.StartsWith("---", StringComparison.Ordinal)) continue;
                if (line.StartsWith("panic:", StringComparison.Ordinal))
                {
                    message = line;
                    break;
                }
                var mark = line.IndexOf(".go:", StringComparison.Ordinal);
                var end = mark < 0 ? -1 : line.IndexOf(':', mark + 4);
                if (mark > 0 && end > 0 && int.TryParse(line.AsSpan(mark + 4, end - mark - 4), out var number))
                {
                    (file, at) = (line[..(mark + 3)], number);
                    message = line[(end + 1)..].Trim();
                    // testify says where, and then what.
                    if (message.Length > 0) break;
                }
                else if (message.Length == 0) message = line;
            }
            return new ReadTest(Name(package, test), outcome, message.Length > 0 ? message : otherwise, output?.ToString() ?? "", "", file.Length > 0 ? file : null, at, seconds, "go test");
        }

        private static string Name(string package, string test) => package.Length > 0 ? $"{package}.{test}" : test;
    }
}
