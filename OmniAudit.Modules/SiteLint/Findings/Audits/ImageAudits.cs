using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>Pictures drawn in another shape or with fewer pixels than they should be, by Lighthouse 13.5's measures (core/audits/image-aspect-ratio.js, image-size-responsive.js).</summary>
internal static class ImageAudits
{
    private const string Practice = FindingCategory.BestPractices;

    private static readonly Question Ratio = new("image-aspect-ratio", Practice, "Images are shown in their own aspect ratio", 1);
    private static readonly Question Size = new("image-size-responsive", Practice, "Images have enough pixels for the screen", 1);

    public static IEnumerable<AuditResult> All(PageObservation page)
    {
        if (page.Facts is null) return [Ratio.Skipped(), Size.Skipped()];
        var images = page.Facts.Images.Where(i => i.Fit == "fill" && !IsVector(i.Url)).ToList();
        // One file may be shown in several places: the pixels are its own fault, once.
        var small = images.Where(i => HasTooFewPixels(i, page.Viewport.Scale)).DistinctBy(i => i.Url, StringComparer.Ordinal);
        return
        [
            Ratio.Of([.. images.Where(IsDistorted).Select(i => new Sighting("best_practices/image-aspect-ratio", "s4", Practice, "An image is shown in another shape than its own", 0.9,
                "Give the image the width and height of its own shape, or CSS object-fit. https://developer.chrome.com/docs/lighthouse/best-practices/image-aspect-ratio/", i.Selector, Evidence(i)))], "image", "images"),
            Size.Of([.. small.Select(i => new Sighting("best_practices/image-size-responsive", "s4", Practice, "An image has too few pixels for its size on the screen", 0.9,
                "Offer a larger file, with srcset for denser screens. https://web.dev/articles/serve-responsive-images", i.Selector, Evidence(i)))], "image", "images"),
        ];
    }

    private static string Evidence(ImageFact i) => Text.Cut($"{i.NaturalWidth}×{i.NaturalHeight} shown as {i.Width}×{i.Height}: {i.Url}", 300);

    /// <summary>More than two CSS pixels away from the natural shape.</summary>
    private static bool IsDistorted(ImageFact i)
    {
        if (i.NaturalWidth <= 5 || i.NaturalHeight <= 5 || i.Width <= 0 || i.Height <= 0) return false;
        var ratio = (double)i.NaturalWidth / i.NaturalHeight;
        var (height, width) = (i.Width / ratio, i.Height * ratio);
        return height < width ? Math.Abs(height - i.Height) >= 2 : Math.Abs(width - i.Width) >= 2;
    }

    /// <summary>Only what is on the first screen and no larger than it; a larger image may have three quarters of the pixels.</summary>
    private static bool HasTooFewPixels(ImageFact i, float scale)
    {
        if (i.Width <= 1 || i.Height <= 1 || i.NaturalWidth <= 0 || i.NaturalHeight <= 0 || !i.Visible || !i.Fits) return false;
        if (i.ByDensity || i.Rendering is "pixelated" or "crisp-edges") return false;
        var density = scale switch { >= 2 => 2.0, >= 1.5f => 1.5, _ => 1.0 };
        var factor = density * (i.Width > 64 || i.Height > 64 ? 0.75 : 1);
        return i.NaturalWidth < Math.Ceiling(factor * i.Width) || i.NaturalHeight < Math.Ceiling(factor * i.Height);
    }

    private static bool IsVector(string url) => url.StartsWith("data:image/svg+xml", StringComparison.OrdinalIgnoreCase)
        || (Uri.TryCreate(url, UriKind.Absolute, out var address) && address.AbsolutePath.EndsWith(".svg", StringComparison.OrdinalIgnoreCase));
}
