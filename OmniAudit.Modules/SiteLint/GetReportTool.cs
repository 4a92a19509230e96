using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint;

internal sealed class GetReportTool(ReportStore reports) : ITool<GetReportTool.Input, GetReportTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "sitelint.get_report",
        Title = "Get scan report",
        Description = "The report of a completed scan, cut to read: verdict, changes, worst findings, pages; or where the whole one is.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
        Idempotent = true,
    };

    internal sealed record Input
    {
        [Description("The scan_id that sitelint.start_scan answered.")]
        [StringLength(60, MinimumLength = 1)]
        public required string ScanId { get; init; }

        [Description("json (default): cut to about 8 kB; others: a reference")]
        [AllowedValues("json", "zip", "html", "sarif", "junit", "markdown", null)]
        public string? Format { get; init; }
    }

    internal sealed record Output(
        string ScanId,
        string Format,
        [property: Description("The whole report in that format, in the object store; sitelint.export_report writes it to a file")] string ReportRef,
        [property: Description("Size of that object")] long SizeBytes,
        string Sha256,
        [property: Description("With format json: the report, cut for size")] CompactReport? Report,
        [property: Description("All findings, in parts: resources/read or core.read_resource")] string FindingsUri,
        [property: Description("All pages, in parts")] string ReportUri);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var scan = await FinishedScan.RequireAsync(reports, input.ScanId, cancellationToken);
        if (input.Format is { } format and not ReportFormat.Json)
        {
            var stored = await reports.InFormatAsync(scan, format, cancellationToken);
            return new Output(scan.ScanId, format, stored.Reference, stored.Size, stored.Sha256, null, ScanUris.Findings(scan.ScanId), ScanUris.Report(scan.ScanId));
        }
        var report = await reports.LoadAsync(scan.ReportRef!, cancellationToken);
        return new Output(scan.ScanId, "json", scan.ReportRef!, scan.ReportSize, scan.ReportSha256!, CompactReport.Of(report), ScanUris.Findings(scan.ScanId), ScanUris.Report(scan.ScanId));
    }
}
