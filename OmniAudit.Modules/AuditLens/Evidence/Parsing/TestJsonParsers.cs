using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>Jest's and Vitest's JSON. A suite that did not even load has no assertions and is a failure of its own.</summary>
internal sealed class JestParser : EvidenceParser
{
    public override string Profile => "jest";
    public override IReadOnlyList<string> Aliases => ["vitest"];

    public override int Recognises(EvidenceHead head) => head.Json != '{' ? 0 : head.HasKey("testResults") && (head.HasKey("assertionResults") || head.HasKey("numTotalTests")) ? 93 : head.HasKey("numFailedTestSuites") ? 85 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["testResults[]"], (_, suite) =>
        {
            var file = suite.Str("name", "testFilePath");
            var path = file.Length > 0 ? file : null;
            var cases = suite.Items("assertionResults").Concat(suite.Items("testResults")).ToList();
            foreach (var test in cases)
            {
                var name = test.Str("fullName") is { Length: > 0 } full ? full : string.Join(' ', test.Items("ancestorTitles").Select(t => t.Text()).Append(test.Str("title")));
                var outcome = test.Str("status") switch { "passed" => TestOutcome.Passed, "failed" => TestOutcome.Failed, _ => TestOutcome.Skipped };
                var said = string.Join("\n\n", test.Items("failureMessages").Select(m => m.Text()));
                var place = test.Prop("location");
                var read = new ReadTest(name, outcome, said, said, "", path, place?.Int("line") ?? 0, test.Num("duration") / 1_000, "jest", items.Line);
                // Retries that failed before this end.
                foreach (var reason in test.Items("retryReasons")) sink.AddTest(read with { Outcome = TestOutcome.Failed, Message = reason.Text(), Details = reason.Text() }, file);
                sink.AddTest(read, file);
            }
            var broke = suite.Str("message", "failureMessage");
            if (cases.Count == 0 && (suite.Str("status") == "failed" || suite.Prop("testExecError") is not null))
                sink.AddTest(new ReadTest(file.Length > 0 ? SourcePath.Normalise(file) : "(suite)", TestOutcome.Error, broke, broke, "", path, Tool: "jest", EvidenceLine: items.Line), "suite");
        }, cancellationToken);
    }
}

/// <summary>Mocha's JSON: <c>tests</c> has every test; hooks that failed are in <c>failures</c> only.</summary>
internal sealed class MochaParser : EvidenceParser
{
    public override string Profile => "mocha";

    public override int Recognises(EvidenceHead head) => head.Json == '{' && head.HasKeys("stats", "tests") && (head.HasKey("fullTitle") || head.HasKey("passes")) ? 92 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var items = new JsonItems(content, sink);
        items.Read(["tests[]", "failures[]"], (list, test) =>
        {
            var name = test.Str("fullTitle", "title");
            if (list == 1 && seen.Contains(name)) return;
            seen.Add(name);
            var error = test.Prop("err");
            var (message, stack) = (error?.Str("message") ?? "", error?.Str("stack") ?? "");
            var outcome = list == 1 || message.Length > 0 || stack.Length > 0 ? TestOutcome.Failed
                // What was not run has no duration.
                : test.Prop("duration") is null ? TestOutcome.Skipped : TestOutcome.Passed;
            var read = new ReadTest(name, outcome, message, stack, error?.Str("name", "code") ?? "", test.Str("file") is { Length: > 0 } file ? file : null, 0, test.Num("duration") / 1_000, "mocha", items.Line);
            for (var retry = Math.Min(test.Int("currentRetry"), 20); retry > 0; retry--) sink.AddTest(read with { Outcome = TestOutcome.Failed, Message = message.Length > 0 ? message : "failed before a retry" });
            sink.AddTest(read);
        }, cancellationToken);
    }
}

/// <summary>RSpec's JSON.</summary>
internal sealed class RSpecParser : EvidenceParser
{
    public override string Profile => "rspec";

    public override int Recognises(EvidenceHead head) => head.Json == '{' && head.HasKey("examples") && (head.HasKey("full_description") || head.HasKey("rspec") || head.HasKey("summary_line")) ? 92 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["examples[]", "messages[]"], (list, value) =>
        {
            if (list == 1)
            {
                // "An error occurred while loading ./spec/x_spec.rb": outside of any example.
                var text = value.Text();
                if (text.Contains("error occurred", StringComparison.Ordinal)) sink.AddTest(new ReadTest(text.Trim().Split('\n')[0], TestOutcome.Error, text, text, Tool: "rspec", EvidenceLine: items.Line), "outside");
                else sink.Note(text);
                return;
            }
            var exception = value.Prop("exception");
            var outcome = value.Str("status") switch { "passed" => TestOutcome.Passed, "failed" => TestOutcome.Failed, _ => TestOutcome.Skipped };
            sink.AddTest(new ReadTest(
                value.Str("full_description", "description"), outcome, exception?.Str("message") ?? "", string.Join('\n', exception?.Prop("backtrace").Items().Take(50).Select(l => l.Text()) ?? []), exception?.Str("class") ?? "",
                value.Str("file_path") is { Length: > 0 } file ? file : null, value.Int("line_number"), value.Num("run_time"), "rspec", items.Line), value.Str("id"));
        }, cancellationToken);
    }
}

/// <summary>Dart's and Flutter's test events, one JSON value per line (dart-lang/test, json_reporter.md).</summary>
internal sealed class DartParser : EvidenceParser
{
    public override string Profile => "dart";
    public override IReadOnlyList<string> Aliases => ["flutter"];

    public override int Recognises(EvidenceHead head) => head.Json is not null && head.HasKeys("protocolVersion", "runnerVersion") ? 94 : head.Json is not null && head.HasKeys("type", "testID") ? 80 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var suites = new Dictionary<int, string>();
        var running = new Dictionary<int, ReadTest>();
        var starts = new Dictionary<int, double>();
        JsonLines.Read(content, sink, Take, ["[]"], (items, value) => Take(value, items.Line), cancellationToken);
        // The run ended before they did.
        foreach (var test in running.Values) sink.AddTest(test with { Outcome = TestOutcome.Error, Message = test.Message.Length > 0 ? test.Message : "The test did not end." });

        void Take(JsonElement happened, long line)
        {
            switch (happened.Str("type"))
            {
                case "suite" when happened.Prop("suite") is { } suite && suites.Count < 10_000:
                    suites[suite.Int("id")] = suite.Str("path");
                    break;
                case "testStart" when happened.Prop("test") is { } test:
                    if (running.Count >= 10_000) break;
                    var path = test.Str("root_url", "url");
                    if (path.Length == 0 || path.StartsWith("package:", StringComparison.Ordinal)) path = suites.GetValueOrDefault(test.Int("suiteID"), "");
                    running[test.Int("id")] = new ReadTest(test.Str("name"), TestOutcome.Passed, File: path.Length > 0 ? path : null, Line: test.Int("root_line", "line"), Tool: "dart", EvidenceLine: line);
                    starts[test.Int("id")] = happened.Num("time");
                    break;
                case "error" when running.TryGetValue(happened.Int("testID"), out var failing):
                    // Of several errors of a test the first tells most.
                    if (failing.Message.Length == 0) running[happened.Int("testID")] = failing with { Message = happened.Str("error"), Details = happened.Str("stackTrace"), Outcome = happened.Is("isFailure") ? TestOutcome.Failed : TestOutcome.Error };
                    break;
                case "testDone" when running.Remove(happened.Int("testID"), out var done):
                    var result = happened.Str("result");
                    // Loading a suite is a hidden test; it counts when it fails.
                    if (happened.Is("hidden") && result == "success") break;
                    var outcome = happened.Is("skipped") ? TestOutcome.Skipped : result switch { "success" => TestOutcome.Passed, "failure" => TestOutcome.Failed, _ => TestOutcome.Error };
                    sink.AddTest(done with { Outcome = outcome, Seconds = (happened.Num("time") - starts.GetValueOrDefault(happened.Int("testID"))) / 1_000 }, done.File);
                    break;
            }
        }
    }
}

/// <summary>Common Test Report Format (ctrf.io).</summary>
internal sealed class CtrfParser : EvidenceParser
{
    public override string Profile => "ctrf";

    public override int Recognises(EvidenceHead head) => head.Json != '{' ? 0 : head.Has("\"CTRF\"") ? 95 : head.HasKeys("results", "tool", "summary", "tests") ? 88 : head.Name.Contains("ctrf", StringComparison.Ordinal) ? 70 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        var items = new JsonItems(content, sink);
        items.Read(["results.tests[]"], (_, test) =>
        {
            var suite = test.Prop("suite") is { ValueKind: JsonValueKind.Array } parts ? string.Join(' ', ((JsonElement?)parts).Items().Select(p => p.Text())) : test.Str("suite");
            var outcome = test.Str("status") switch { "passed" => TestOutcome.Passed, "failed" => TestOutcome.Failed, "other" => TestOutcome.Error, _ => TestOutcome.Skipped };
            var read = new ReadTest(
                TestName.Join(suite, test.Str("name")), outcome, test.Str("message"), test.Str("trace"), "", test.Str("filePath") is { Length: > 0 } file ? file : null, test.Int("line"), test.Num("duration") / 1_000,
                items.Scalar("results.tool.name"), items.Line);
            var attempts = test.Items("retryAttempts").ToList();
            foreach (var attempt in attempts) sink.AddTest(read with { Outcome = attempt.Str("status") == "passed" ? TestOutcome.Passed : TestOutcome.Failed, Message = attempt.Str("message"), Details = attempt.Str("trace") });
            // It says flaky and names no attempts.
            if (attempts.Count == 0 && outcome == TestOutcome.Passed && (test.Is("flaky") || test.Int("retries") > 0)) sink.AddTest(read with { Outcome = TestOutcome.Failed, Message = "failed before a retry" });
            sink.AddTest(read);
        }, cancellationToken);
    }
}
