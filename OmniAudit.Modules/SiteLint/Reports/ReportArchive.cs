using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>
/// A report with everything that goes with it in one ZIP: the report in every form, the ledger of network hops, screenshots, element crops and documents
/// as they were audited (text, to be opened in an editor), and <c>manifest.json</c> with the size and SHA-256 of each. The same report always gives the same bytes: fixed order, fixed times, pictures stored as they are.
/// </summary>
internal static class ReportArchive
{
    private const int MostCrops = 200;

    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <returns>The archive from its beginning; closing it deletes it.</returns>
    public static async Task<FileStream> BuildAsync(ScanReport report, string reportRef, ObjectStore objects, CancellationToken cancellationToken)
    {
        var file = ScratchFile.Create();
        try
        {
            using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
            {
                var entries = new List<ManifestEntry> { await AddAsync("report.json", reportRef, CompressionLevel.Optimal) };
                foreach (var format in new[] { ReportFormat.Html, ReportFormat.Sarif, ReportFormat.JUnit, ReportFormat.Markdown })
                    entries.Add(await AddBytesAsync(ReportFormat.FileName(format), await RenderAsync(report, format, objects, cancellationToken)));
                entries.Add(await AddBytesAsync("network.csv", HopLedgerCsv.Write(report.Network)));
                for (var i = 0; i < report.Pages.Count; i++)
                {
                    var page = report.Pages[i];
                    var name = string.Create(CultureInfo.InvariantCulture, $"{i + 1:000}-{page.Viewport}");
                    if (page.Screenshot is { } screenshot) entries.Add(await AddAsync($"screenshots/{name}.png", screenshot.Reference, CompressionLevel.NoCompression));
                    if (page.SnapshotRef is { } snapshot) entries.Add(await AddAsync($"documents/{name}.html.txt", snapshot, CompressionLevel.Optimal));
                }
                foreach (var finding in report.Findings.Where(f => f.CropRef is not null).Take(MostCrops)) entries.Add(await AddAsync($"crops/{finding.FindingId}.png", finding.CropRef!, CompressionLevel.NoCompression));
                var manifest = new { schema = "omniaudit.sitelint.archive/1", scan_id = report.ScanId, files = entries };
                await using var target = Entry("manifest.json", CompressionLevel.Optimal);
                await JsonSerializer.SerializeAsync(target, manifest, ReportJson.Options, cancellationToken);

                Stream Entry(string name, CompressionLevel level)
                {
                    var entry = archive.CreateEntry(name, level);
                    entry.LastWriteTime = Epoch;
                    return entry.Open();
                }

                async Task<ManifestEntry> AddBytesAsync(string name, byte[] content) => await AddStreamAsync(name, new MemoryStream(content, writable: false), CompressionLevel.Optimal);

                async Task<ManifestEntry> AddAsync(string name, string reference, CompressionLevel level)
                {
                    await using var source = await objects.OpenAsync(reference, cancellationToken);
                    return await AddStreamAsync(name, source, level);
                }

                async Task<ManifestEntry> AddStreamAsync(string name, Stream source, CompressionLevel level)
                {
                    await using var entry = Entry(name, level);
                    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                    var buffer = new byte[81920];
                    long size = 0;
                    int read;
                    while ((read = await source.ReadAsync(buffer, cancellationToken)) > 0)
                    {
                        hash.AppendData(buffer, 0, read);
                        await entry.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                        size += read;
                    }
                    return new ManifestEntry(name, Convert.ToHexStringLower(hash.GetHashAndReset()), size);
                }
            }
            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>The report in one of the forms that are made from it; the same report always gives the same bytes.</summary>
    public static async Task<byte[]> RenderAsync(ScanReport report, string format, ObjectStore objects, CancellationToken cancellationToken) => format switch
    {
        ReportFormat.Html => HtmlReport.Write(report, await ReportPictures.LoadAsync(report, objects, cancellationToken)),
        ReportFormat.Sarif => SarifReport.Write(report),
        ReportFormat.JUnit => JUnitReport.Write(report),
        ReportFormat.Markdown => MarkdownReport.Write(report),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "is no form that is made from a report"),
    };

    private sealed record ManifestEntry(string Name, string Sha256, long SizeBytes);
}
