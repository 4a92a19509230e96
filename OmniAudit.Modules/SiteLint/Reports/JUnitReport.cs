using System.Globalization;
using System.Text;
using System.Xml;
using OmniAudit.Modules.SiteLint.Findings;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>
/// A report as JUnit XML, for build servers: one case per budget check, one per finding. Findings of the threshold or worse fail; against a baseline only
/// new ones do, and the others are skipped, not dropped.
/// </summary>
internal static class JUnitReport
{
    public const string DefaultThreshold = "s2";

    public static byte[] Write(ScanReport report, string threshold = DefaultThreshold)
    {
        var state = new FindingState(report);
        using var memory = new MemoryStream();
        using (var xml = XmlWriter.Create(memory, new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true, CheckCharacters = true }))
        {
            var cases = new List<Case>();
            cases.AddRange((report.Verdict?.Checks ?? []).Select(c => new Case("budgets", $"{c.Budget} ({c.Pages})", c.Passed ? null : $"limit {Number(c.Limit)}, worst {(c.Worst is { } worst ? Number(worst) : "not measured")} {c.Where}", null, "")));
            foreach (var finding in report.Findings)
            {
                var bad = string.CompareOrdinal(finding.Severity, threshold) <= 0;
                var known = bad && state.Of(finding) == "unchanged" ? $"known from {report.Comparison!.BaselineScanId}" : null;
                cases.Add(new Case($"findings.{finding.Category}", $"{finding.Rule} {finding.Selector}".Trim(), bad && known is null ? $"{finding.Severity}: {finding.Title}" : null, known, Details(finding)));
            }
            xml.WriteStartDocument();
            xml.WriteStartElement("testsuites");
            Attributes(xml, $"SiteLint {report.Url}", cases);
            foreach (var suite in cases.GroupBy(c => c.Suite, StringComparer.Ordinal))
            {
                xml.WriteStartElement("testsuite");
                Attributes(xml, suite.Key, [.. suite]);
                xml.WriteAttributeString("timestamp", report.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture));
                xml.WriteAttributeString("time", suite.Key == "budgets" ? "0" : Number(Math.Round((report.FinishedAt - report.StartedAt).TotalSeconds, 3)));
                foreach (var one in suite) Write(xml, one);
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        }
        return memory.ToArray();
    }

    private static void Attributes(XmlWriter xml, string name, List<Case> cases)
    {
        xml.WriteAttributeString("name", Clean(name));
        xml.WriteAttributeString("tests", cases.Count.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", cases.Count(c => c.Failure is not null).ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("errors", "0");
        xml.WriteAttributeString("skipped", cases.Count(c => c.Skipped is not null).ToString(CultureInfo.InvariantCulture));
    }

    private static void Write(XmlWriter xml, Case one)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", "sitelint." + one.Suite);
        xml.WriteAttributeString("name", Clean(one.Name));
        xml.WriteAttributeString("time", "0");
        if (one.Failure is { } failure)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("message", Clean(failure));
            xml.WriteAttributeString("type", one.Suite == "budgets" ? "budget" : "finding");
            xml.WriteString(Clean(one.Details));
            xml.WriteEndElement();
        }
        else if (one.Skipped is { } skipped)
        {
            xml.WriteStartElement("skipped");
            xml.WriteAttributeString("message", Clean(skipped));
            xml.WriteEndElement();
        }
        if (one.Failure is null && one.Details.Length > 0) xml.WriteElementString("system-out", Clean(one.Details));
        xml.WriteEndElement();
    }

    private static string Details(Finding finding) => string.Create(CultureInfo.InvariantCulture,
        $"{finding.FindingId}\n{finding.PageUrl}{(finding.PageCount > 1 ? $" and {finding.PageCount - 1} more pages" : "")} [{string.Join(", ", finding.Viewports)}]\n{finding.Evidence}\n{finding.SuggestedFix}");

    /// <summary>XML 1.0 has no room for control characters and halves of surrogate pairs, whatever the escape.</summary>
    internal static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) clean.Append(rune.Value is '\t' or '\n' or '\r' or (>= 0x20 and not 0xFFFE and not 0xFFFF) ? rune.ToString() : "\uFFFD");
        return clean.ToString();
    }

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private sealed record Case(string Suite, string Name, string? Failure, string? Skipped, string Details);
}
