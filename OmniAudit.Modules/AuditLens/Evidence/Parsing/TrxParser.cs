using System.Xml;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// Visual Studio test results (TRX): results come before the definitions that name their classes, joined by <c>testId</c>; a data-driven test's inner results count and the outer one does not.
/// </summary>
internal sealed class TrxParser : EvidenceParser
{
    public override string Profile => "trx";
    public override IReadOnlyList<string> Aliases => ["mstest", "vstest"];

    public override int Recognises(EvidenceHead head) => head.Root == "TestRun" ? 95 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        using var xml = XmlEvidence.Open(content);
        var results = new List<(string TestId, ReadTest Test)>();
        var classes = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        try
        {
            string? definition = null;
            while (xml.Read())
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (xml.NodeType != XmlNodeType.Element) continue;
                switch (xml.LocalName)
                {
                    case "UnitTestResult" or "TestResultAggregation" or "GenericTestResult" or "ManualTestResult" or "WebTestResult":
                        ReadResult(xml, results, sink, 0);
                        break;
                    case "UnitTest":
                        definition = xml.Attribute("id");
                        break;
                    case "TestMethod" when definition is { Length: > 0 }:
                        // "Namespace.Class, Assembly, Version=…"
                        if (classes.Count < sink.Bounds.Tests) classes[definition] = xml.Attribute("className").Split(',')[0];
                        break;
                    case "RunInfo":
                        ReadRunInfo(xml, sink);
                        break;
                }
            }
        }
        finally
        {
            // A file that ends too early keeps its results, without their classes.
            foreach (var (id, test) in results) sink.AddTest(test with { FullName = TestName.Join(classes.GetValueOrDefault(id), test.FullName) }, id);
        }
    }

    private static void ReadResult(XmlReader xml, List<(string, ReadTest)> results, ParseSink sink, int nesting)
    {
        var id = xml.Attribute("testId");
        var line = xml.Line();
        var outcome = OutcomeOf(xml.Attribute("outcome"));
        var test = new ReadTest(xml.Attribute("testName"), outcome, Seconds: TimeSpan.TryParse(xml.Attribute("duration"), out var duration) ? duration.TotalSeconds : 0, EvidenceLine: line);
        if (test.FullName.Length == 0) test = test with { FullName = id.Length > 0 ? id : "(unnamed test)" };
        var inner = false;
        if (!xml.IsEmptyElement)
        {
            var depth = xml.Depth;
            while (xml.Read() && xml.Depth > depth)
            {
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (xml.LocalName == "UnitTestResult" && nesting < 8)
                {
                    inner = true;
                    ReadResult(xml, results, sink, nesting + 1);
                }
                else if (xml.LocalName == "Message") test = test with { Message = Texts.Below(xml, sink) };
                else if (xml.LocalName == "StackTrace") test = test with { Details = Texts.Below(xml, sink) };
                else if (xml.LocalName is "StdOut" or "StdErr" or "DebugTrace") JUnitParser.PassOver(xml);
            }
        }
        if (inner) return;
        var (file, at) = StackPlace.In(test.Details);
        if (results.Count < sink.Bounds.Tests) results.Add((id, test with { File = file, Line = at }));
        else sink.AddTest(test, id);
    }

    private static void ReadRunInfo(XmlReader xml, ParseSink sink)
    {
        var outcome = xml.Attribute("outcome");
        var line = xml.Line();
        var text = Texts.Below(xml, sink).Trim();
        if (outcome is "Error" or "Aborted") sink.Add(new EvidenceFinding { Kind = FindingKind.BuildError, Tool = "vstest", Rule = "run", Level = outcome, Severity = Severities.High, Title = text, Message = text }, line);
        else if (text.Length > 0) sink.Note(text);
    }

    private static TestOutcome OutcomeOf(string word) => word switch
    {
        "Passed" or "Completed" or "PassedButRunAborted" or "Warning" => TestOutcome.Passed,
        "Failed" => TestOutcome.Failed,
        "Timeout" => TestOutcome.TimedOut,
        "Error" or "Aborted" or "Disconnected" or "" => TestOutcome.Error,
        _ => TestOutcome.Skipped,
    };
}

/// <summary>The place that a stack trace names first.</summary>
internal static class StackPlace
{
    /// <summary>.NET: <c> in /path/File.cs:line 12</c>.</summary>
    public static (string? File, int Line) In(string stack)
    {
        var at = stack.IndexOf(":line ", StringComparison.Ordinal);
        if (at < 0) return (null, 0);
        var from = stack.LastIndexOf(" in ", at, StringComparison.Ordinal);
        var end = at + 6;
        while (end < stack.Length && char.IsAsciiDigit(stack[end])) end++;
        return from >= 0 && stack.IndexOf('\n', from, at - from) < 0 && int.TryParse(stack.AsSpan(at + 6, end - at - 6), out var line) ? (stack[(from + 4)..at], line) : (null, 0);
    }
}
