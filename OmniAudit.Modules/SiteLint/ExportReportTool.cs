using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint;

internal sealed class ExportReportTool(ReportStore reports, ExportPathPolicy paths)
    : ITool<ExportReportTool.Input, ExportReportTool.Output>, IReconcilable<ExportReportTool.Input, ExportReportTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "sitelint.export_report",
        Title = "Export scan report",
        Description = "Writes a scan's report to a file in the server's exports directory, after approval. Never replaces other content.",
        Risk = ToolRisk.Write,
        Policy = ToolPolicy.ExportPath<Input>(i => i.Destination),
        Intent = i => $"write {ReportFormat.InWords(i.Format)} of scan {i.ScanId} to the file {i.Destination} in the exports directory",
        Destructive = false,
        Idempotent = true,
    };

    internal sealed record Input
    {
        [Description("From sitelint.start_scan")]
        [StringLength(60, MinimumLength = 1)]
        public required string ScanId { get; init; }

        [Description("zip: every format, with screenshots and hashes")]
        [AllowedValues("json", "zip", "html", "sarif", "junit", "markdown")]
        public required string Format { get; init; }

        [Description("The file there, for example acme/2026-05-report.zip")]
        [StringLength(400, MinimumLength = 1)]
        public required string Destination { get; init; }
    }

    internal sealed record Output(
        [property: Description("Relative to the exports directory, as asked for")] string Path,
        [property: Description("Lower-case hex SHA-256 of the file")] string Sha256,
        long SizeBytes,
        [property: Description("True when the same file was there already and nothing was written")] bool AlreadyThere);

    public async Task<IReadOnlyList<Fact>> CheckAsync(Input input, CancellationToken cancellationToken)
    {
        var scan = await FinishedScan.RequireAsync(reports, input.ScanId, cancellationToken);
        return [new Fact("report SHA-256", scan.ReportSha256!), new Fact("file", ExportFile.Exists(Require(input.Destination)) ? "there already" : "not there yet")];
    }

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await ExportAsync(input, cancellationToken);
        }
        catch (ObjectStoreUnavailableException away)
        {
            // The file appears whole or not at all: nothing was done, and nobody has to find that out.
            throw new ToolRefusedException("object_store_unavailable", away.ForCallers);
        }
    }

    private async Task<Output> ExportAsync(Input input, CancellationToken cancellationToken)
    {
        var source = await SourceAsync(input, cancellationToken);
        var path = Require(input.Destination);
        await using var content = await reports.OpenAsync(source.Reference, cancellationToken);
        try
        {
            if (await ExportFile.CreateAsync(path, content, () => Require(input.Destination), cancellationToken))
                return new Output(input.Destination, source.Sha256, source.Size, false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolRefusedException("export_failed", $"destination: the file could not be written ({e.GetType().Name}). Check that the exports directory (REPORTS_ROOT) exists, is writable and has room.", "destination");
        }
        if (await ExportFile.Sha256Async(path, cancellationToken) == source.Sha256) return new Output(input.Destination, source.Sha256, source.Size, true);
        throw new ToolRefusedException("file_exists", $"destination: '{input.Destination}' is there already with other content, and exports replace nothing. Choose another name.", "destination");
    }

    /// <summary>The file appears under its name only once it is whole: the same bytes there are the export.</summary>
    public async Task<Output?> FindEffectAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var source = await SourceAsync(input, cancellationToken);
        var path = Require(input.Destination);
        return ExportFile.Exists(path) && await ExportFile.Sha256Async(path, cancellationToken) == source.Sha256 ? new Output(input.Destination, source.Sha256, source.Size, false) : null;
    }

    private async Task<StoredObject> SourceAsync(Input input, CancellationToken cancellationToken)
    {
        var scan = await FinishedScan.RequireAsync(reports, input.ScanId, cancellationToken);
        return await reports.InFormatAsync(scan, input.Format, cancellationToken);
    }

    /// <summary>Judged when the call came in and again here: weeks may lie between asking and approval.</summary>
    private string Require(string destination)
    {
        var verdict = paths.Resolve(destination, out var fullPath);
        return verdict.Allowed ? fullPath : throw new ToolRefusedException("policy_denied", $"destination: {verdict.Message}", "destination");
    }
}
