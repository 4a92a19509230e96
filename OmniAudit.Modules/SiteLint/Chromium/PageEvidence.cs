using System.Text;
using System.Text.Json;
using Microsoft.Playwright;
using OmniAudit.Modules.SiteLint.Findings;
using OmniAudit.Modules.SiteLint.Reports;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>What a page leaves behind as proof: the full picture, pictures of elements at fault, the document's text, the filmstrip. All bounded.</summary>
internal sealed class PageEvidence(Viewport viewport, ReportStore reports, ScanBrowser browser)
{
    private static readonly TimeSpan StepLimit = TimeSpan.FromSeconds(10);

    /// <summary>Chromium cannot draw taller surfaces.</summary>
    private const int MaxScreenshotPixels = 16_384;
    private const int MaxSnapshotBytes = 5 * 1024 * 1024;
    private const int MostCrops = 12;
    private const int MostCropsOfARule = 3;
    private const int Margin = 8;
    private const int MaxCropWidth = 900;
    private const int MaxCropHeight = 700;
    private const int MostFrames = 10;

    /// <summary>Stored, with the picture itself; null when the page gives none.</summary>
    public async Task<(ReportScreenshot Stored, byte[] Png)?> ShootAsync(IPage page, PageFacts? facts, CancellationToken cancellationToken)
    {
        var most = (int)(MaxScreenshotPixels / viewport.Scale);
        int? cutAt = facts is not null && facts.Height > most ? most : null;
        try
        {
            var png = await page.ScreenshotAsync(new PageScreenshotOptions
            {
                Type = ScreenshotType.Png,
                FullPage = facts is not null,
                Clip = cutAt is { } height ? new Clip { X = 0, Y = 0, Width = (float)Math.Clamp(facts!.Width, viewport.Width, most), Height = height } : null,
                Timeout = (float)StepLimit.TotalMilliseconds,
            }).WaitAsync(StepLimit + StepLimit, cancellationToken);
            var stored = await reports.PutAsync(png, "image/png", cancellationToken);
            return (new ReportScreenshot(stored.Reference, stored.Sha256, stored.Size, cutAt), png);
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            return null;
        }
    }

    /// <summary>The same sightings; the first few of each rule that name an element come back with its picture, cut from the full one.</summary>
    public async Task<IReadOnlyList<Sighting>> CropAsync(PageVisit visit, byte[] screenshot, IReadOnlyList<Sighting> sightings, CancellationToken cancellationToken)
    {
        if (Png.Size(screenshot) is not { } size) return sightings;
        var wanted = sightings.Select((s, i) => (Sighting: s, Index: i)).Where(s => s.Sighting.Selector.Length > 0 && !s.Sighting.Selector.Contains(": ", StringComparison.Ordinal))
            .OrderBy(s => s.Sighting.Severity, StringComparer.Ordinal).ThenBy(s => s.Index)
            .GroupBy(s => s.Sighting.Rule, StringComparer.Ordinal).SelectMany(g => g.Take(MostCropsOfARule)).Take(MostCrops).ToList();
        if (wanted.Count == 0) return sightings;
        var selectors = wanted.Select(w => w.Sighting.Selector).Distinct(StringComparer.Ordinal).ToList();
        if (await visit.CallAsync(MetricsScript.Boxes, selectors, cancellationToken) is not { ValueKind: JsonValueKind.String } answer) return sightings;

        var boxes = new List<(string Selector, Crop Crop)>();
        try
        {
            var found = JsonSerializer.Deserialize<double[]?[]>(answer.GetString()!) ?? [];
            for (var i = 0; i < Math.Min(found.Length, selectors.Count); i++)
            {
                if (found[i] is [var x, var y, var w, var h] && Crop.Of(x, y, w, h, viewport.Scale, size) is { } crop) boxes.Add((selectors[i], crop));
            }
            if (boxes.Count == 0) return sightings;
            var last = boxes.Max(b => b.Crop.Top + b.Crop.Height);
            Png.Read(screenshot, last, (row, pixels) => { foreach (var (_, crop) in boxes) crop.Take(row, pixels, size.PixelBytes); });
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            return sightings;
        }
        var pictures = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (selector, crop) in boxes)
        {
            pictures[selector] = (await reports.PutAsync(Png.Write(crop.Width, crop.Height, size.PixelBytes, crop.Pixels), "image/png", cancellationToken)).Reference;
        }
        var with = sightings.ToList();
        foreach (var (sighting, index) in wanted)
        {
            if (pictures.TryGetValue(sighting.Selector, out var reference)) with[index] = sighting with { EvidenceRef = reference };
        }
        return with;
    }

    /// <summary>The document's text as it was audited, stored; null when the page does not answer.</summary>
    public async Task<(string Sha256, string Reference)?> SnapshotAsync(PageVisit visit, CancellationToken cancellationToken)
    {
        if (await visit.EvaluateAsync(MetricsScript.Document, cancellationToken) is not { ValueKind: JsonValueKind.String } html) return null;
        var bytes = Encoding.UTF8.GetBytes(browser.Redact?.Invoke(html.GetString()!) ?? html.GetString()!);
        if (bytes.Length > MaxSnapshotBytes) bytes = bytes[..MaxSnapshotBytes];
        var stored = await reports.PutAsync(bytes, "text/plain; charset=utf-8", cancellationToken);
        return (stored.Sha256, stored.Reference);
    }

    /// <summary>The pictures that show the most change, the last among them, in order.</summary>
    public async Task<IReadOnlyList<ReportFrame>> FilmstripAsync(IReadOnlyList<(double At, double Progress, byte[] Png)> frames, CancellationToken cancellationToken)
    {
        var strip = new List<ReportFrame>();
        foreach (var (at, progress, png) in Thin(frames)) strip.Add(new ReportFrame((int)at, Math.Round(progress, 3), (await reports.PutAsync(png, "image/png", cancellationToken)).Reference));
        return strip;
    }

    internal static IReadOnlyList<(double At, double Progress, byte[] Png)> Thin(IReadOnlyList<(double At, double Progress, byte[] Png)> frames)
    {
        if (frames.Count <= MostFrames) return frames;
        var most = Enumerable.Range(1, frames.Count - 2).OrderByDescending(i => Math.Abs(frames[i].Progress - frames[i - 1].Progress)).ThenBy(i => i).Take(MostFrames - 2);
        return [.. most.Append(0).Append(frames.Count - 1).Order().Select(i => frames[i])];
    }

    /// <summary>A part of the picture, in its own pixels.</summary>
    private sealed record Crop(int Left, int Top, int Width, int Height)
    {
        public byte[] Pixels { get; private set; } = [];

        /// <summary>Null when the box lies outside the picture.</summary>
        public static Crop? Of(double x, double y, double width, double height, float scale, (int Width, int Height, int PixelBytes) picture)
        {
            var left = (int)Math.Clamp((x - Margin) * scale, 0, picture.Width);
            var top = (int)Math.Clamp((y - Margin) * scale, 0, picture.Height);
            var right = (int)Math.Clamp((x + width + Margin) * scale, left, Math.Min(picture.Width, left + MaxCropWidth));
            var bottom = (int)Math.Clamp((y + height + Margin) * scale, top, Math.Min(picture.Height, top + MaxCropHeight));
            return right - left > 2 && bottom - top > 2 && x * scale < picture.Width && y * scale < picture.Height ? new Crop(left, top, right - left, bottom - top) { Pixels = new byte[(right - left) * (bottom - top) * picture.PixelBytes] } : null;
        }

        public void Take(int row, ReadOnlySpan<byte> pixels, int pixelBytes)
        {
            if (row >= Top && row < Top + Height) pixels.Slice(Left * pixelBytes, Width * pixelBytes).CopyTo(Pixels.AsSpan((row - Top) * Width * pixelBytes));
        }
    }
}
