using System.Xml;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>
/// The JUnit XML family: suites nested, rootless or with wrong counts, several results in a case, Surefire's <c>flaky*</c> and <c>rerun*</c> elements. A repeated case of one suite, name,
/// file and line is a retry.
/// </summary>
internal sealed class JUnitParser : EvidenceParser
{
    public override string Profile => "junit";
    public override IReadOnlyList<string> Aliases => ["junit_xml", "surefire", "pytest", "gtest"];

    public override int Recognises(EvidenceHead head) => head.Root is "testsuites" or "testsuite" or "testcase" ? 95 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        using var xml = XmlEvidence.Open(content);
        var suites = new Stack<Suite>();
        while (xml.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (xml.NodeType == XmlNodeType.EndElement && xml.LocalName is "testsuite" && suites.TryPop(out var ended)) Close(ended, sink);
            if (xml.NodeType != XmlNodeType.Element) continue;
            switch (xml.LocalName)
            {
                case "testsuite":
                    var suite = new Suite(xml.Attribute("name", "package"), xml.Attribute("file", "filepath"), xml.Number("tests"), xml.Number("failures") + xml.Number("errors"));
                    if (xml.IsEmptyElement) Close(suite, sink);
                    else suites.Push(suite);
                    break;
                case "testcase":
                    ReadCase(xml, suites, sink);
                    break;
                // A suite that broke before or after its cases.
                case "error" or "failure" when suites.TryPeek(out var broken):
                    broken.Failures++;
                    var type = xml.Attribute("type");
                    var said = xml.Attribute("message");
                    var line = xml.Line();
                    var text = Texts.Below(xml, sink);
                    sink.AddTest(new ReadTest(broken.Name.Length > 0 ? broken.Name : "(suite)", TestOutcome.Error, said.Length > 0 ? said : text, text, type, Nullable(broken.File), EvidenceLine: line), "suite");
                    break;
                case "system-out" or "system-err" or "properties":
                    PassOver(xml);
                    break;
            }
        }
    }

    private static void ReadCase(XmlReader xml, Stack<Suite> suites, ParseSink sink)
    {
        suites.TryPeek(out var suite);
        if (suite is not null) suite.Cases++;
        var evidenceLine = xml.Line();
        var file = xml.Attribute("file", "filepath");
        var line = xml.Number("line", "lineno");
        var state = xml.Attribute("status", "result");
        var test = new ReadTest(TestName.Join(xml.Attribute("classname", "class"), xml.Attribute("name")), TestOutcome.Passed, File: Nullable(file), Line: line, Seconds: xml.Seconds("time", "duration"), EvidenceLine: evidenceLine);
        var named = test.FullName.Length > 0;
        if (!named) test = test with { FullName = suite is { Name.Length: > 0 } ? suite.Name : "(unnamed test)" };
        if (test.File is null && suite is { File.Length: > 0 }) test = test with { File = suite.File };
        // Google Test: not run, disabled.
        if (state is "notrun" or "skipped" or "suppressed" or "disabled" or "ignored") test = test with { Outcome = TestOutcome.Skipped };
        var before = new List<ReadTest>();
        var after = new List<ReadTest>();
        if (!xml.IsEmptyElement)
        {
            var depth = xml.Depth;
            while (xml.Read() && xml.Depth > depth)
            {
                if (xml.NodeType != XmlNodeType.Element) continue;
                switch (xml.LocalName)
                {
                    case "error":
                        test = Worse(test, TestOutcome.Error, xml, sink);
                        break;
                    case "failure":
                        test = Worse(test, TestOutcome.Failed, xml, sink);
                        break;
                    case "skipped":
                        if (test.Outcome == TestOutcome.Passed) test = test with { Outcome = TestOutcome.Skipped };
                        PassOver(xml);
                        break;
                    case "flakyFailure" or "flakyError":
                        before.Add(Worse(test with { Outcome = TestOutcome.Passed }, xml.LocalName == "flakyError" ? TestOutcome.Error : TestOutcome.Failed, xml, sink));
                        break;
                    case "rerunFailure" or "rerunError":
                        after.Add(Worse(test with { Outcome = TestOutcome.Passed, Message = "", Details = "" }, xml.LocalName == "rerunError" ? TestOutcome.Error : TestOutcome.Failed, xml, sink));
                        break;
                    default:
                        PassOver(xml);
                        break;
                }
            }
        }
        // Without a name nothing says that two are one.
        var key = $"{suite?.Name}|{file}|{(named ? line : evidenceLine)}";
        foreach (var attempt in before.Append(test).Concat(after)) sink.AddTest(attempt, key);
        if (suite is not null && test.Outcome is (TestOutcome.Failed or TestOutcome.Error)) suite.Failures++;
    }

    /// <summary>Of several results in a case the worst counts, and its text comes first.</summary>
    private static ReadTest Worse(ReadTest test, TestOutcome outcome, XmlReader xml, ParseSink sink)
    {
        var type = xml.Attribute("type");
        var message = xml.Attribute("message");
        var text = Texts.Below(xml, sink);
        if (message.Length == 0) message = text;
        var isFirst = test.Outcome is TestOutcome.Passed or TestOutcome.Skipped;
        if (isFirst) return test with { Outcome = outcome, Message = message, Details = text, Type = type };
        var more = $"{test.Details}\n\n{message}\n{text}";
        return outcome == TestOutcome.Error && test.Outcome != TestOutcome.Error
            ? test with { Outcome = outcome, Message = message, Details = $"{text}\n\n{test.Message}\n{test.Details}", Type = type }
            : test with { Details = more.Length > 4 * sink.Bounds.DetailsChars ? more[..(4 * sink.Bounds.DetailsChars)] : more };
    }

    private static void Close(Suite suite, ParseSink sink)
    {
        if (suite.Tests > 0 && suite.Cases == 0) sink.Note($"Suite '{suite.Name}' counts {suite.Tests} tests and lists none.");
        else if (suite.DeclaredFailures > suite.Failures && suite.Cases > 0 && suite.Failures == 0) sink.Note($"Suite '{suite.Name}' counts {suite.DeclaredFailures} failures and lists none.");
    }

    private static string? Nullable(string text) => text.Length == 0 ? null : text;

    /// <summary>Ends on the element's end tag, in constant memory.</summary>
    internal static void PassOver(XmlReader xml)
    {
        if (xml.IsEmptyElement) return;
        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth) { }
    }

    private sealed class Suite(string name, string file, int tests, int declaredFailures)
    {
        public string Name => name;
        public string File => file;
        public int Tests => tests;
        public int DeclaredFailures => declaredFailures;
        public int Cases { get; set; }
        public int Failures { get; set; }
    }
}
