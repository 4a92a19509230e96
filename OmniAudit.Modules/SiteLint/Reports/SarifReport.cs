using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.SiteLint.Findings;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>A report as a SARIF 2.1.0 log (OASIS, docs.oasis-open.org/sarif/sarif/v2.1.0). Findings that are gone since the baseline are in it as <c>absent</c>.</summary>
internal static class SarifReport
{
    private const int PagesPerResult = 20;

    public static byte[] Write(ScanReport report)
    {
        var state = new FindingState(report);
        var rules = report.Findings.Concat(state.Gone(report)).GroupBy(f => f.Rule, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        var index = rules.Select((g, i) => (g.Key, i)).ToDictionary(p => p.Key, p => p.i, StringComparer.Ordinal);
        var results = new JsonArray();
        foreach (var finding in report.Findings) results.Add(Result(finding, state.Of(finding)));
        foreach (var finding in state.Gone(report)) results.Add(Result(finding, "absent"));
        var run = new JsonObject
        {
            ["tool"] = new JsonObject { ["driver"] = new JsonObject { ["name"] = "OmniAudit SiteLint", ["semanticVersion"] = "1.0.0", ["rules"] = new JsonArray([.. rules.Select(Rule)]) } },
            ["automationDetails"] = new JsonObject { ["id"] = $"sitelint/{Uri.EscapeDataString(report.Url)}/{report.ScanId}", ["description"] = Text($"Scan of {report.Url}, profile {report.Profile}, {report.ViewportSet}") },
            ["invocations"] = new JsonArray(new JsonObject { ["executionSuccessful"] = true, ["startTimeUtc"] = Time(report.StartedAt), ["endTimeUtc"] = Time(report.FinishedAt) }),
            ["columnKind"] = "utf16CodeUnits",
            ["results"] = results,
        };
        var log = new JsonObject { ["$schema"] = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", ["version"] = "2.1.0", ["runs"] = new JsonArray(run) };
        return JsonSerializer.SerializeToUtf8Bytes(log, ReportJson.Options);

        JsonObject Result(Finding finding, string? baselineState)
        {
            var pages = finding.Places.Select(p => p.Url).Prepend(finding.PageUrl).Distinct().Take(PagesPerResult).ToList();
            var result = new JsonObject
            {
                ["ruleId"] = finding.Rule, ["ruleIndex"] = index[finding.Rule], ["level"] = Level(finding.Severity), ["kind"] = "fail",
                ["message"] = Text($"{finding.Title}. {finding.SuggestedFix}"),
                ["locations"] = new JsonArray(Location(pages[0], finding)),
                ["partialFingerprints"] = new JsonObject { ["omniauditFinding/v1"] = finding.FindingId },
                ["occurrenceCount"] = Math.Max(1, finding.Occurrences),
                ["rank"] = Math.Round(finding.Confidence * 100, 1),
                ["properties"] = new JsonObject
                {
                    ["severity"] = finding.Severity, ["category"] = finding.Category, ["pageCount"] = finding.PageCount, ["viewports"] = new JsonArray([.. finding.Viewports.Select(v => JsonValue.Create(v))]),
                },
            };
            if (pages.Count > 1) result["relatedLocations"] = new JsonArray([.. pages.Skip(1).Select(p => Location(p, null))]);
            if (finding.OnlyIn is { } only) result["properties"]!["onlyIn"] = only;
            if (baselineState is not null) result["baselineState"] = baselineState;
            return result;
        }
    }

    private static JsonNode Rule(IGrouping<string, Finding> rule)
    {
        var first = rule.First();
        var node = new JsonObject
        {
            ["id"] = rule.Key, ["shortDescription"] = Text(first.Title), ["help"] = Text(first.SuggestedFix.Length > 0 ? first.SuggestedFix : first.Title),
            ["defaultConfiguration"] = new JsonObject { ["level"] = Level(rule.Min(f => f.Severity)!) }, ["properties"] = new JsonObject { ["tags"] = new JsonArray(first.Category) },
        };
        if (first.HelpUrl is { } help && Uri.TryCreate(help, UriKind.Absolute, out var uri)) node["helpUri"] = Address(uri);
        return node;
    }

    private static JsonObject Location(string page, Finding? finding)
    {
        var physical = new JsonObject { ["artifactLocation"] = new JsonObject { ["uri"] = Uri.TryCreate(page, UriKind.Absolute, out var uri) ? Address(uri) : Uri.EscapeDataString(page) } };
        var location = new JsonObject { ["physicalLocation"] = physical };
        if (finding is null) return location;
        physical["region"] = new JsonObject { ["startLine"] = 1 };
        if (finding.Evidence.Length > 0) physical["region"]!["snippet"] = Text(finding.Evidence);
        if (finding.Selector.Length > 0) location["logicalLocations"] = new JsonArray(new JsonObject { ["fullyQualifiedName"] = finding.Selector, ["kind"] = "element" });
        return location;
    }

    /// <summary>RFC 3986 knows brackets in hosts only; browsers leave them in queries, and validators do not.</summary>
    private static string Address(Uri uri) =>
        uri.GetLeftPart(UriPartial.Authority) + (uri.PathAndQuery + uri.Fragment).Replace("[", "%5B", StringComparison.Ordinal).Replace("]", "%5D", StringComparison.Ordinal);

    private static JsonObject Text(string text) => new() { ["text"] = text };

    private static string Level(string severity) => severity switch { "s1" or "s2" => "error", "s3" => "warning", _ => "note" };

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
