using System.Xml;
using OmniAudit.Modules.AuditLens.Evidence.Findings;

namespace OmniAudit.Modules.AuditLens.Evidence.Parsing;

/// <summary>Checkstyle's XML, which many linters write too.</summary>
internal sealed class CheckstyleParser : EvidenceParser
{
    public override string Profile => "checkstyle";

    public override int Recognises(EvidenceHead head) => head.Root == "checkstyle" ? 95 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        using var xml = XmlEvidence.Open(content);
        var file = "";
        while (xml.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.LocalName == "file") file = xml.Attribute("name");
            else if (xml.LocalName is "error" or "exception")
            {
                var level = xml.Attribute("severity") is { Length: > 0 } said ? said : "error";
                var message = xml.Attribute("message");
                sink.Add(new EvidenceFinding
                {
                    Kind = FindingKind.Lint, Tool = "checkstyle", Rule = xml.Attribute("source"), Level = level, Severity = Severities.Of(level), Title = message, Message = message,
                    File = file.Length > 0 ? file : null, Range = new SourceSpan(xml.Number("line"), xml.Number("column"), 0, 0).Range,
                }, xml.Line());
            }
        }
    }
}

/// <summary>PMD's violations and the duplications of its copy-paste detector.</summary>
internal sealed class PmdParser : EvidenceParser
{
    public override string Profile => "pmd";
    public override IReadOnlyList<string> Aliases => ["cpd", "pmd_cpd"];

    public override int Recognises(EvidenceHead head) => head.Root is "pmd" or "pmd-cpd" ? 95 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        using var xml = XmlEvidence.Open(content);
        var file = "";
        while (xml.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (xml.NodeType != XmlNodeType.Element) continue;
            var line = xml.Line();
            switch (xml.LocalName)
            {
                case "file":
                    file = xml.Attribute("name", "path");
                    break;
                case "violation":
                    var priority = xml.Number("priority");
                    var finding = new EvidenceFinding
                    {
                        Kind = FindingKind.Lint, Tool = "pmd", Rule = xml.Attribute("rule"), Level = priority == 0 ? "" : $"priority {priority}",
                        Severity = priority switch { 1 => Severities.Critical, 2 => Severities.High, 4 or 5 => Severities.Low, _ => Severities.Medium },
                        Title = "", File = file, HelpUrl = xml.Attribute("externalInfoUrl"),
                        Range = new SourceSpan(xml.Number("beginline"), xml.Number("begincolumn"), xml.Number("endline"), xml.Number("endcolumn")).Range,
                    };
                    sink.Add(finding with { Message = Texts.Below(xml, sink) }, line);
                    break;
                case "error" or "configerror":
                    var message = xml.Attribute("msg");
                    sink.Add(new EvidenceFinding { Kind = FindingKind.BuildError, Tool = "pmd", Rule = xml.LocalName, Level = "error", Severity = Severities.High, Title = message, Message = message, File = xml.Attribute("filename") is { Length: > 0 } name ? name : null }, line);
                    break;
                case "duplication":
                    ReadDuplication(xml, sink, line);
                    break;
            }
        }
    }

    private static void ReadDuplication(XmlReader xml, ParseSink sink, long line)
    {
        var (lines, tokens) = (xml.Number("lines"), xml.Number("tokens"));
        var places = new List<(string Path, int Line)>();
        if (!xml.IsEmptyElement)
        {
            var depth = xml.Depth;
            while (xml.Read() && xml.Depth > depth)
                if (xml is { NodeType: XmlNodeType.Element, LocalName: "file" }) places.Add((xml.Attribute("path", "name"), xml.Number("line")));
        }
        var first = places.FirstOrDefault();
        sink.Add(new EvidenceFinding
        {
            Kind = FindingKind.Lint, Tool = "cpd", Rule = "duplication", Severity = Severities.Low, Title = $"{lines} lines ({tokens} tokens) are duplicated in {places.Count} places",
            Details = string.Join('\n', places.Select(p => $"{p.Path}:{p.Line}")), File = first.Path, Range = new SourceSpan(first.Line, 0, first.Line > 0 ? first.Line + Math.Max(0, lines - 1) : 0, 0).Range,
        }, line);
    }
}

/// <summary>SpotBugs and FindBugs.</summary>
internal sealed class SpotBugsParser : EvidenceParser
{
    public override string Profile => "spotbugs";
    public override IReadOnlyList<string> Aliases => ["findbugs"];

    public override int Recognises(EvidenceHead head) => head.Root == "BugCollection" ? 95 : 0;

    public override void Parse(Stream content, ParseSink sink, CancellationToken cancellationToken)
    {
        using var xml = XmlEvidence.Open(content);
        while (xml.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (xml.NodeType != XmlNodeType.Element) continue;
            if (xml.LocalName == "BugInstance") ReadBug(xml, sink);
            else if (xml.LocalName == "MissingClass") sink.Note("SpotBugs missed the class " + Texts.Below(xml, sink).Trim());
        }
    }

    private static void ReadBug(XmlReader xml, ParseSink sink)
    {
        var line = xml.Line();
        var type = xml.Attribute("type");
        var rank = xml.Number("rank");
        var priority = xml.Number("priority");
        var hash = xml.Attribute("instanceHash");
        var occurrence = xml.Attribute("instanceOccurrenceNum");
        var category = xml.Attribute("category");
        string shortText = "", longText = "", file = "", details = "";
        SourceRange? range = null;
        var best = 0;
        if (!xml.IsEmptyElement)
        {
            var depth = xml.Depth;
            while (xml.Read() && xml.Depth > depth)
            {
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (xml.LocalName == "ShortMessage") shortText = Texts.Below(xml, sink);
                else if (xml.LocalName == "LongMessage") longText = Texts.Below(xml, sink);
                else if (xml.LocalName == "SourceLine")
                {
                    // The bug's own line, then one that is marked as the main one; the whole class comes last.
                    var sure = (xml.Depth == depth + 1 ? 4 : 0) + (xml.Attribute("primary") == "true" ? 2 : 0) + 1;
                    if (sure <= best || xml.Attribute("sourcepath", "sourcefile").Length == 0) continue;
                    best = sure;
                    file = xml.Attribute("relSourcepath", "sourcepath", "sourcefile");
                    range = new SourceSpan(xml.Number("start"), 0, xml.Number("end"), 0).Range;
                }
                else if (xml.LocalName == "Details") details = Texts.Below(xml, sink);
            }
        }
        sink.Add(new EvidenceFinding
        {
            Kind = FindingKind.Lint, Tool = "spotbugs", Rule = type, Level = rank > 0 ? $"rank {rank}" : $"priority {priority}",
            // Rank 1 to 4 scariest, 5 to 9 scary, 10 to 14 troubling, else of concern.
            Severity = rank switch { > 0 and <= 4 => Severities.Critical, > 4 and <= 9 => Severities.High, > 9 and <= 14 => Severities.Medium, > 14 => Severities.Low, _ => priority == 1 ? Severities.High : priority == 2 ? Severities.Medium : Severities.Low },
            Title = shortText.Length > 0 ? shortText : longText.Length > 0 ? longText : type, Message = longText.Length > 0 ? longText : shortText, Details = details.Length > 0 ? details : category,
            File = file.Length > 0 ? file : null, Range = range,
            Fingerprints = hash.Length > 0 ? new Dictionary<string, string> { ["spotbugs/instanceHash"] = occurrence is "" or "0" ? hash : $"{hash}#{occurrence}" } : new Dictionary<string, string>(),
        }, line);
    }
}
