using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>
/// A report with its screenshots in one ZIP: <c>report.json</c>, <c>screenshots/001-desktop.png</c> …, and <c>manifest.json</c> with the size
/// and SHA-256 of each. The same report always gives the same bytes: fixed order, fixed times, pictures stored as they are.
/// </summary>
internal static class ReportArchive
{
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
                for (var i = 0; i < report.Pages.Count; i++)
                {
                    var page = report.Pages[i];
                    if (page.Screenshot is not { } screenshot) continue;
                    var name = string.Create(CultureInfo.InvariantCulture, $"screenshots/{i + 1:000}-{page.Viewport}.png");
                    entries.Add(await AddAsync(name, screenshot.Reference, CompressionLevel.NoCompression));
                }
                var manifest = new { schema = "omniaudit.sitelint.archive/1", scan_id = report.ScanId, files = entries };
                await using var target = Entry("manifest.json", CompressionLevel.Optimal);
                await JsonSerializer.SerializeAsync(target, manifest, ReportJson.Options, cancellationToken);

                Stream Entry(string name, CompressionLevel level)
                {
                    var entry = archive.CreateEntry(name, level);
                    entry.LastWriteTime = Epoch;
                    return entry.Open();
                }

                async Task<ManifestEntry> AddAsync(string name, string reference, CompressionLevel level)
                {
                    await using var source = await objects.OpenAsync(reference, cancellationToken);
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

    private sealed record ManifestEntry(string Name, string Sha256, long SizeBytes);
}
