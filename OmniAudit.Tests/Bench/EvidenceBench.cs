using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OmniAudit.Modules.AuditLens.Evidence.Findings;
using OmniAudit.Modules.AuditLens.Evidence.Logs;
using OmniAudit.Modules.AuditLens.Evidence.Parsing;

namespace OmniAudit.Tests.Bench;

/// <summary>What the parsers of evidence make of other projects' examples, and what they need for large ones. bench/formats.sh and bench/evidence.sh print it.</summary>
internal static class EvidenceBench
{
    /// <summary>
    /// Parsed and expected counts over directories with examples that carry their expectation: errorformat's <c>.in</c> with <c>.ok</c>, publish-unit-test-result-action's files with
    /// <c>.results</c> or <c>.exception</c>, and SARIF files, counted apart from the parser.
    /// </summary>
    public static int Formats(string[] directories)
    {
        var rows = new List<(string Format, string File, string Parsed, string Expected)>();
        foreach (var file in directories.SelectMany(d => Directory.EnumerateFiles(d, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal))
        {
            var bare = file[..^Path.GetExtension(file).Length];
            var extension = Path.GetExtension(file);
            if (extension == ".in" && File.Exists(bare + ".ok")) rows.Add(Diagnostics(file, bare + ".ok"));
            else if (extension == ".sarif") rows.Add(SarifFile(file));
            else if (extension is ".xml" or ".trx" or ".json" && File.Exists(bare + ".results")) rows.Add(Tests(file, bare + ".results"));
            else if (extension is ".xml" or ".trx" or ".json" && File.Exists(bare + ".exception"))
            {
                var read = Read(file);
                rows.Add((read.Profile, file, read.Problems.Count > 0 ? "problem" : "no problem", "problem"));
            }
        }
        foreach (var (format, file, parsed, expected) in rows.Where(r => r.Parsed != r.Expected)) Console.WriteLine($"miss  {format,-18} parsed {parsed,-22} expected {expected,-22} {file}");
        Console.WriteLine();
        Console.WriteLine($"{"format",-18} {"files",6} {"agree",6}");
        foreach (var group in rows.GroupBy(r => r.Format).OrderBy(g => g.Key, StringComparer.Ordinal)) Console.WriteLine($"{group.Key,-18} {group.Count(),6} {group.Count(r => r.Parsed == r.Expected),6}");
        Console.WriteLine($"{"all",-18} {rows.Count,6} {rows.Count(r => r.Parsed == r.Expected),6}");
        return rows.Count > 0 ? 0 : 1;
    }

    /// <summary>A SARIF log of that many results: time, and the process's peak of memory.</summary>
    public static int Sarif(int results)
    {
        var text = new StringBuilder("""{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"tool":{"driver":{"name":"Bench","rules":[""");
        for (var i = 0; i < 200; i++) text.Append(CultureInfo.InvariantCulture, $$$$$"""{{{{{(i > 0 ? "," : "")}}}}}{"id":"B{{{{{i:000}}}}}","shortDescription":{"text":"Rule {{{{{i}}}}}"},"defaultConfiguration":{"level":"error"},"messageStrings":{"default":{"text":"'{0}' breaks rule {{{{{i}}}}}"}}}""");
        text.Append("]}},\"results\":[");
        for (var i = 0; i < results; i++)
            text.Append(CultureInfo.InvariantCulture, $$$$$"""{{{{{(i > 0 ? "," : "")}}}}}{"ruleId":"B{{{{{i % 200:000}}}}}","ruleIndex":{{{{{i % 200}}}}},"message":{"id":"default","arguments":["name{{{{{i}}}}}"]},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"src/dir{{{{{i % 40}}}}}/File{{{{{i % 900}}}}}.cs","uriBaseId":"SRCROOT"},"region":{"startLine":{{{{{i % 2000 + 1}}}}},"startColumn":5,"endColumn":20,"snippet":{"text":"var name{{{{{i}}}}} = Compute(value, other);"}}}}],"partialFingerprints":{"primaryLocationLineHash":"{{{{{i * 2654435761L % 4294967296:x8}}}}}:1"},"relatedLocations":[{"physicalLocation":{"artifactLocation":{"uri":"src/Other.cs"},"region":{"startLine":3}},"message":{"text":"declared here"}}]}""");
        text.Append("]}]}");
        var bytes = Encoding.UTF8.GetBytes(text.ToString());
        text.Clear();
        for (var round = 1; round <= 3; round++)
        {
            var clock = Stopwatch.StartNew();
            var read = EvidenceReader.Read(new MemoryStream(bytes), new EvidenceSource("bench", "bench.sarif"));
            var parsed = clock.Elapsed;
            var set = FindingSet.Build(read.Findings);
            Console.WriteLine($"SARIF, {bytes.Length / 1_000_000} MB, {read.Findings.Count:N0} of {results:N0} results: {parsed.TotalSeconds:0.00} s (≤ 2 s), with ids {clock.Elapsed.TotalSeconds:0.00} s, {set.Count:N0} findings, {read.Problems.Count} problems; peak {PeakMegabytes()} MB");
        }
        return 0;
    }

    /// <summary>A log of that many megabytes from a stream that makes it up as it is read: each way of reading it, with the peak of memory.</summary>
    public static int Log(int megabytes)
    {
        var reader = new LogReader(LogBounds.Default);
        Row("tail of 500", log => reader.Tail(log, 500).Lines.Count);
        Row("range in the middle", log => reader.Range(log, 1_000_000, 1_000_200).Lines.Count);
        Row("search, text", log => reader.Search(log, "needle", regex: false, 2).Matches);
        Row("search, expression", log => reader.Search(log, @"test-\d+ failed|needle", regex: true).Matches);
        Row("jump to errors", log => reader.Errors(log).Matches);
        Row("index of groups", log => reader.Index(log).Sections.Count);
        Row("parse (actions_log)", log => EvidenceReader.Read(log, new EvidenceSource("bench", "bench.log")).Findings.Count);
        return 0;

        void Row(string what, Func<Stream, long> read)
        {
            using var log = new MadeUpLog(megabytes * 1_000_000L);
            var clock = Stopwatch.StartNew();
            var found = read(log);
            Console.WriteLine($"log of {megabytes} MB: {what,-22} {clock.Elapsed.TotalSeconds,6:0.00} s  {found,8:N0} found  peak {PeakMegabytes()} MB (< 256)");
        }
    }

    private static (string, string, string, string) Diagnostics(string file, string ok)
    {
        var read = Read(file, "compiler");
        // An entry is a file, a place and a text; a line without two bars goes on with the entry above.
        var expected = File.ReadLines(ok).Count(l => l.Split('|').Length >= 3);
        return ("text (errorformat)", file, Number(read.Findings.Sum(f => f.Occurrences)), Number(expected));
    }

    private static (string, string, string, string) Tests(string file, string results)
    {
        var read = Read(file);
        var golden = File.ReadAllText(results);
        var cases = golden.Split("UnitTestCase(")[1..];
        var failed = cases.Count(c => c.Contains("result='failure'", StringComparison.Ordinal) || c.Contains("result='error'", StringComparison.Ordinal));
        var failures = read.Tests.Sum(t => t.Attempts.Count(a => a is TestOutcome.Failed or TestOutcome.Error or TestOutcome.TimedOut));
        return (read.Profile, file, $"{read.Tests.Sum(t => t.Attempts.Count)} tests, {failures} failed", $"{cases.Length} tests, {failed} failed");
    }

    private static (string, string, string, string) SarifFile(string file)
    {
        var read = Read(file);
        string expected;
        try
        {
            using var log = JsonDocument.Parse(File.ReadAllBytes(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            expected = Number(log.RootElement.GetProperty("runs").EnumerateArray().Sum(r => r.TryGetProperty("results", out var all) && all.ValueKind == JsonValueKind.Array ? all.EnumerateArray().Count(IsFinding) : 0));
        }
        catch (Exception odd) when (odd is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            expected = "problem";
        }
        return ("sarif", file, expected == "problem" && read.Problems.Count > 0 ? "problem" : Number(read.Findings.Count), expected);

        static bool IsFinding(JsonElement result) =>
            !(result.TryGetProperty("kind", out var kind) && kind.GetString() is "pass" or "notApplicable" or "informational") && !(result.TryGetProperty("baselineState", out var state) && state.GetString() == "absent");
    }

    private static ParsedEvidence Read(string file, string profile = "auto")
    {
        using var stream = File.OpenRead(file);
        return EvidenceReader.Read(stream, new EvidenceSource("bench", file), profile);
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static long PeakMegabytes()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 >> 20;
    }

    /// <summary>Lines as runners write them, an error now and then.</summary>
    private sealed class MadeUpLog(long bytes) : Stream
    {
        private byte[] _line = [];
        private int _at;
        private long _number;
        private long _left = bytes;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var written = 0;
            while (written < buffer.Length)
            {
                if (_at == _line.Length)
                {
                    if (_left <= 0) break;
                    _number++;
                    var text = _number % 50_000 == 0 ? $"##[error]test-{_number} failed" : _number % 10_000 == 0 ? $"##[group]Step {_number}" : _number % 300_000 == 1 ? "needle in the hay" : $"Compiling module {_number} of the very long list: /home/runner/work/app/app/src/dir/file{_number % 977}.cs -> bin/Release, 0 warnings so far";
                    _line = Encoding.UTF8.GetBytes($"2026-01-01T10:00:{_number % 60:00}.0000000Z {text}\n");
                    _at = 0;
                    _left -= _line.Length;
                }
                var piece = Math.Min(_line.Length - _at, buffer.Length - written);
                _line.AsSpan(_at, piece).CopyTo(buffer[written..]);
                _at += piece;
                written += piece;
            }
            return written;
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
