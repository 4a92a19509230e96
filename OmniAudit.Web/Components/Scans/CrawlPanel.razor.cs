using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Web.Components.Scans;

/// <summary>What the crawl found and what it left out.</summary>
public sealed partial class CrawlPanel
{
    [Parameter, EditorRequired] public ReportCrawl Crawl { get; set; } = null!;
}
