using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>The pictures that go into a single file: small, and no more than fit. By reference, as data URIs.</summary>
internal static class ReportPictures
{
    private const int MostBytes = 3 * 1024 * 1024;
    private const int MostScreenshots = 60;
    private const int MostCrops = 40;
    private const int MostCropBytes = 60 * 1024;
    private const int MostFrames = 8;

    public static async Task<IReadOnlyDictionary<string, string>> LoadAsync(ScanReport report, ObjectStore objects, CancellationToken cancellationToken)
    {
        var pictures = new Dictionary<string, string>(StringComparer.Ordinal);
        long size = 0;
        foreach (var page in report.Pages.Where(p => p.Screenshot is not null).Take(MostScreenshots)) await AddAsync(page.Screenshot!.Reference, "image/png", s => Task.FromResult(Thumbnail.Make(s, 200, 260)));
        foreach (var finding in report.Findings.Where(f => f.CropRef is not null).Take(MostCrops)) await AddAsync(finding.CropRef!, "image/png", SmallAsync);
        // The film of the first page in each viewport.
        foreach (var page in report.Pages.GroupBy(p => p.Viewport).Select(g => g.First()))
        {
            foreach (var frame in page.Filmstrip.Take(MostFrames)) await AddAsync(frame.Reference, "image/png", SmallAsync);
        }
        return pictures;

        async Task AddAsync(string reference, string type, Func<Stream, Task<byte[]?>> read)
        {
            if (pictures.ContainsKey(reference) || size >= MostBytes) return;
            try
            {
                await using var source = await objects.OpenAsync(reference, cancellationToken);
                if (await read(source) is not { } picture || size + picture.Length > MostBytes) return;
                size += picture.Length;
                pictures[reference] = $"data:{type};base64,{Convert.ToBase64String(picture)}";
            }
            catch (ObjectMissingException)
            {
                // The report is worth having without a picture that the store lost.
            }
        }

        async Task<byte[]?> SmallAsync(Stream source)
        {
            var buffer = new byte[MostCropBytes + 1];
            var length = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return length <= MostCropBytes ? buffer[..length] : null;
        }
    }
}
