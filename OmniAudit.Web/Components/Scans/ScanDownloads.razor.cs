using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint;

namespace OmniAudit.Web.Components.Scans;

/// <summary>The report in every form in which it can be had.</summary>
public sealed partial class ScanDownloads
{
    private static readonly (string Format, string Label, string What)[] Formats =
    [
        ("html", "HTML", "one file that opens offline and prints well"), ("json", "JSON", "everything, for programs"), ("zip", "ZIP", "every format, the screenshots, and a manifest of hashes"),
        ("sarif", "SARIF", "for code scanning, with the state against the baseline"), ("junit", "JUnit", "for build servers: budgets and findings as tests"), ("markdown", "Markdown", "a summary for a pull request"),
    ];

    [Parameter, EditorRequired] public ScanSummary Scan { get; set; } = null!;
}
