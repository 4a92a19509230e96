using System.Xml;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>NUnit 2 (<c>test-results</c>) and 3 (<c>test-run</c>).</summary>
internal sealed class NUnitParser : EvidenceParser
{
    public override string Profile => "nunit";
    public override IReadOnlyList<string> Aliases => ["nunit2", "nunit3"];

    public override int Recognises(EvidenceHead head) => head.Root is "test-run" or "test-results" ? 95 : head.Root is "test-suite" or "test-case" ? 60 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        using var xml = XmlEvidence.Open(content);
        var suites = new Stack<(string Name, bool OwnFault)>();
        while (xml.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "test-suite") suites.TryPop(out _);
            if (xml.NodeType != XmlNodeType.Element) continue;
            switch (xml.LocalName)
            {
                case "test-suite" when !xml.IsEmptyElement:
                    // What only sums up its children has the site Child, or in NUnit 2 none at all.
                    suites.Push((xml.Attribute("fullname", "name"), xml.Attribute("site") is "SetUp" or "TearDown" or "Test" || xml.Attribute("label") is "Invalid" or "Cancelled"));
                    break;
                case "test-case":
                    ReadCase(xml, sink);
                    break;
                case "failure" when suites.TryPeek(out var suite):
                    var line = xml.Line();
                    var (message, stack) = Failure(xml, sink);
                    if (suite.OwnFault) sink.AddTest(new ReadTest(suite.Name, TestOutcome.Error, message, stack, EvidenceLine: line), "suite");
                    break;
                case "output" or "properties" or "settings" or "environment" or "attachments":
                    JUnitParser.PassOver(xml);
                    break;
            }
        }
    }

    private static void ReadCase(XmlReader xml, ParseSink sink)
    {
        var result = xml.Attribute("result");
        var label = xml.Attribute("label");
        var outcome = (result, label) switch
        {
            ("Failed", "Error" or "Invalid") => TestOutcome.Error,
            ("Failed", "Cancelled") => TestOutcome.TimedOut,
            ("Failed" or "Failure", _) => TestOutcome.Failed,
            ("Error" or "NotRunnable" or "Cancelled", _) => TestOutcome.Error,
            ("Passed" or "Success" or "Warning", _) => TestOutcome.Passed,
            // The first NUnit 2 says it with Booleans.
            ("", _) => xml.Attribute("executed") == "False" ? TestOutcome.Skipped : xml.Attribute("success") == "False" ? TestOutcome.Failed : TestOutcome.Passed,
            _ => TestOutcome.Skipped,
        };
        var test = new ReadTest(xml.Attribute("fullname") is { Length: > 0 } full ? full : TestName.Join(xml.Attribute("classname"), xml.Attribute("name")), outcome, Seconds: xml.Seconds("duration", "time"), EvidenceLine: xml.Line());
        if (test.FullName.Length == 0) test = test with { FullName = "(unnamed test)" };
        var id = xml.Attribute("id");
        if (!xml.IsEmptyElement)
        {
            var depth = xml.Depth;
            while (xml.Read() && xml.Depth > depth)
            {
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (xml.LocalName == "failure")
                {
                    // The oldest files say nothing else of it.
                    if (result.Length == 0 && test.Outcome == TestOutcome.Passed) test = test with { Outcome = TestOutcome.Failed };
                    var (message, stack) = Failure(xml, sink);
                    var (file, line) = StackPlace.In(stack);
                    test = test with { Message = message, Details = stack, File = file, Line = line };
                }
                else JUnitParser.PassOver(xml);
            }
        }
        sink.AddTest(test, id);
    }

    private static (string Message, string Stack) Failure(XmlReader xml, ParseSink sink)
    {
        string message = "", stack = "";
        if (xml.IsEmptyElement) return (message, stack);
        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.LocalName == "message") message = Texts.Below(xml, sink);
            else if (xml.LocalName == "stack-trace") stack = Texts.Below(xml, sink);
        }
        return (message, stack);
    }
}

/// <summary>xUnit.net v1 (<c>assembly/class/test</c>), v2 and v3 (<c>assemblies/assembly/collection/test</c>).</summary>
internal sealed class XUnitParser : EvidenceParser
{
    public override string Profile => "xunit";
    public override IReadOnlyList<string> Aliases => ["xunit_v1", "xunit_v2", "xunit_v3", "xunit2", "xunit3"];

    public override int Recognises(EvidenceHead head) => head.Root is "assemblies" or "assembly" && (head.Has("<assembly") || head.Has("<assemblies")) ? 90 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        using var xml = XmlEvidence.Open(content);
        while (xml.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (xml.NodeType != XmlNodeType.Element) continue;
            var line = xml.Line();
            if (xml.LocalName == "test")
            {
                var outcome = xml.Attribute("result") switch { "Pass" => TestOutcome.Passed, "Fail" => TestOutcome.Failed, _ => TestOutcome.Skipped };
                var name = xml.Attribute("name") is { Length: > 0 } display ? display : TestName.Join(xml.Attribute("type"), xml.Attribute("method"));
                var type = xml.Attribute("type");
                var test = new ReadTest(name.Contains('.') ? name : TestName.Join(type, name), outcome, File: xml.Attribute("source-file") is { Length: > 0 } file ? file : null, Line: xml.Number("source-line"), Seconds: xml.Seconds("time"), EvidenceLine: line);
                sink.AddTest(ReadFailure(xml, test, sink));
            }
            else if (xml.LocalName == "error")
            {
                var name = xml.Attribute("name", "type");
                sink.AddTest(ReadFailure(xml, new ReadTest(name.Length > 0 ? name : "(assembly)", TestOutcome.Error, EvidenceLine: line), sink), "error");
            }
        }
    }

    private static ReadTest ReadFailure(XmlReader xml, ReadTest test, ParseSink sink)
    {
        if (xml.IsEmptyElement) return test;
        var depth = xml.Depth;
        var inFailure = false;
        while (xml.Read() && xml.Depth > depth)
        {
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.LocalName == "failure")
            {
                inFailure = true;
                test = test with { Type = xml.Attribute("exception-type") };
            }
            else if (inFailure && xml.LocalName == "message") test = test with { Message = Texts.Below(xml, sink) };
            else if (inFailure && xml.LocalName == "stack-trace")
            {
                test = test with { Details = Texts.Below(xml, sink) };
                if (test.File is null && StackPlace.In(test.Details) is { File: { } file, Line: var line }) test = test with { File = file, Line = line };
            }
            else if (xml.LocalName is "output" or "traits" or "attachments") JUnitParser.PassOver(xml);
        }
        return test;
    }
}

/// <summary>Long texts in XML, up to a bound, with the rest counted.</summary>
internal static class Texts
{
    public static string Below(XmlReader xml, ParseSink sink)
    {
        var text = xml.TextBelow(4 * sink.Bounds.DetailsChars, out var cut);
        sink.Cut("details characters", cut, sink.Bounds.DetailsChars);
        return text;
    }
}
