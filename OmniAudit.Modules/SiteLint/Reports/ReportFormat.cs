namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>The forms in which a report can be had.</summary>
internal static class ReportFormat
{
    public const string Json = "json", Zip = "zip", Html = "html", Sarif = "sarif", JUnit = "junit", Markdown = "markdown";

    public static IReadOnlyList<string> All { get; } = [Json, Zip, Html, Sarif, JUnit, Markdown];

    public static string MediaType(string format) => format switch
    {
        Zip => "application/zip", Html => "text/html; charset=utf-8", Sarif => "application/sarif+json", JUnit => "application/xml", Markdown => "text/markdown; charset=utf-8", _ => "application/json",
    };

    /// <summary>As in the archive.</summary>
    public static string FileName(string format) => format switch
    {
        Html => "report.html", Sarif => "findings.sarif", JUnit => "junit.xml", Markdown => "summary.md", Zip => "report.zip", _ => "report.json",
    };

    /// <summary>For people, with its article: "the archive".</summary>
    public static string InWords(string format) => format switch
    {
        Zip => "the archive (report in every format, and screenshots)", Html => "the HTML report", Sarif => "the SARIF log", JUnit => "the JUnit result", Markdown => "the Markdown summary", _ => "the JSON report",
    };
}
