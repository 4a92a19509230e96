using System.Globalization;
using System.Text.Json.Nodes;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Tests.SiteLint;

/// <summary>A log held against what the SARIF 2.1.0 schema (OASIS, errata 01) asks of the parts that we write: known properties only, required ones, types, enumerations, bounds.</summary>
public sealed class SarifShapeTests
{
    // Object by object: the properties we may write of those that the schema names (it allows no others but in property bags); ! marks the required ones.
    private static readonly Dictionary<string, string> Shapes = new(StringComparer.Ordinal)
    {
        ["sarifLog"] = "$schema:uri version!:enum(2.1.0) runs!:array(run)",
        ["run"] = "tool!:tool automationDetails:runAutomationDetails invocations:array(invocation) columnKind:enum(utf16CodeUnits|unicodeCodePoints) results:array(result)",
        ["tool"] = "driver!:toolComponent",
        ["toolComponent"] = "name!:string semanticVersion:string rules:array(reportingDescriptor)",
        ["reportingDescriptor"] = "id!:string shortDescription:multiformatMessageString help:multiformatMessageString helpUri:uri defaultConfiguration:reportingConfiguration properties:bag",
        ["multiformatMessageString"] = "text!:string",
        ["reportingConfiguration"] = "level:enum(none|note|warning|error)",
        ["runAutomationDetails"] = "id:string description:message",
        ["invocation"] = "executionSuccessful!:boolean startTimeUtc:time endTimeUtc:time",
        ["result"] = "message!:message ruleId:string ruleIndex:integer(-1) level:enum(none|note|warning|error) kind:enum(notApplicable|pass|fail|review|open|informational) locations:array(location) relatedLocations:array(location) partialFingerprints:strings occurrenceCount:integer(1) rank:number(-1,100) baselineState:enum(new|unchanged|updated|absent) properties:bag",
        ["message"] = "text!:string",
        ["location"] = "physicalLocation:physicalLocation logicalLocations:array(logicalLocation)",
        ["physicalLocation"] = "artifactLocation!:artifactLocation region:region",
        ["artifactLocation"] = "uri!:uri",
        ["region"] = "startLine:integer(1) snippet:artifactContent",
        ["artifactContent"] = "text:string",
        ["logicalLocation"] = "fullyQualifiedName:string kind:string",
    };

    [Fact]
    public void Sarif_OfEveryKindOfFinding_HasTheShapeOfTheSchema()
    {
        foreach (var report in new[] { ReportFormatTests.Compared(), new ReportMaker().Page("/").Make(), new ReportMaker().Page("/a b|c?x=[1]&y=ü").Fault("/a b|c?x=[1]&y=ü", "seo/x", severity: "s4").Make(), ReportFormatTests.Compared() with { Comparison = null } })
        {
            var log = JsonNode.Parse(SarifReport.Write(report))!;
            Assert.Equal("", string.Join(' ', Check("sarifLog", log, "")));
            var run = log["runs"]![0]!;
            // What the schema cannot say: indexes lead to their rules (§3.27.6), every level of kind fail is one (§3.27.10), and nothing stands twice in relatedLocations.
            var rules = run["tool"]!["driver"]!["rules"]!.AsArray();
            Assert.Equal(rules.Count, rules.Select(r => r!["id"]!.GetValue<string>()).Distinct().Count());
            Assert.All(run["results"]!.AsArray(), r => Assert.Equal(r!["ruleId"]!.GetValue<string>(), rules[r["ruleIndex"]!.GetValue<int>()]!["id"]!.GetValue<string>()));
            Assert.All(run["results"]!.AsArray(), r => Assert.Equal("fail", r!["kind"]!.GetValue<string>()));
            Assert.All(run["results"]!.AsArray(), r => Assert.Single(r!["locations"]!.AsArray()));
            // All or none: a viewer cannot mix compared results with others (§3.27.24).
            Assert.Single(run["results"]!.AsArray().Select(r => r!["baselineState"] is not null).Append(report.Comparison is not null).Distinct());
        }
    }

    [Fact]
    public void Sarif_Spoilt_FailsTheCheck()
    {
        var log = JsonNode.Parse(SarifReport.Write(ReportFormatTests.Compared()))!;
        var result = log["runs"]![0]!["results"]![0]!;
        (result["level"], result["rank"], result["extra"], result["occurrenceCount"]) = ("fatal", 101, true, 0);
        result.AsObject().Remove("message");
        result["locations"]![0]!["physicalLocation"]!["artifactLocation"]!["uri"] = "http://a b";
        result["partialFingerprints"]!["x"] = 1;

        Assert.Equal(
            ["/extra", "/level", "/locations[0]/physicalLocation/artifactLocation/uri", "/message", "/occurrenceCount", "/partialFingerprints", "/rank"],
            Check("sarifLog", log, "").Select(p => p.Replace("/runs[0]/results[0]", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Check(string shape, JsonNode? node, string path)
    {
        if (node is not JsonObject value) return [path];
        var known = Shapes[shape].Split(' ').Select(p => p.Split(':', 2)).ToDictionary(p => p[0].TrimEnd('!'), p => (Required: p[0].EndsWith('!'), Type: p[1]), StringComparer.Ordinal);
        return known.Where(k => k.Value.Required && !value.ContainsKey(k.Key)).Select(k => $"{path}/{k.Key}")
            .Concat(value.SelectMany(p => known.TryGetValue(p.Key, out var rule) ? One(rule.Type, p.Value, $"{path}/{p.Key}") : [$"{path}/{p.Key}"]));
    }

    private static IEnumerable<string> One(string type, JsonNode? value, string path)
    {
        var (name, detail) = type.IndexOf('(', StringComparison.Ordinal) is > 0 and var open ? (type[..open], type[(open + 1)..^1]) : (type, "");
        if (name == "array") return value is JsonArray items ? items.SelectMany((item, i) => Check(detail, item, $"{path}[{i}]")) : [path];
        if (Shapes.ContainsKey(name)) return Check(name, value, path);
        var right = name switch
        {
            "string" => Text(value) is not null,
            "enum" => Text(value) is { } word && detail.Split('|').Contains(word),
            "uri" => Text(value) is { } uri && Uri.TryCreate(uri, UriKind.Absolute, out _) && !uri.Any(c => c is <= ' ' or >= '\u007f' or '[' or ']' or '<' or '>' or '"' or '\\' or '^' or '`' or '{' or '|' or '}'),
            "time" => Text(value) is { } time && DateTimeOffset.TryParseExact(time, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _),
            "boolean" => value is JsonValue flag && flag.TryGetValue<bool>(out _),
            "integer" => value is JsonValue whole && whole.TryGetValue<int>(out var integer) && integer >= int.Parse(detail, CultureInfo.InvariantCulture),
            "number" => value is JsonValue real && real.TryGetValue<double>(out var number) && number >= double.Parse(detail.Split(',')[0], CultureInfo.InvariantCulture) && number <= double.Parse(detail.Split(',')[1], CultureInfo.InvariantCulture),
            "strings" => value is JsonObject named && named.All(p => Text(p.Value) is not null),
            // The tags of a bag are unique strings (§3.8.2).
            "bag" => value is JsonObject bag && (bag["tags"] is not { } tags || (tags is JsonArray words && words.All(w => Text(w) is not null) && words.Select(Text).Distinct().Count() == words.Count)),
            _ => throw new InvalidOperationException(type),
        };
        return right ? [] : [path];
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
