using System.Globalization;
using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Performance;

/// <summary>What is drawn, and what keeps it from being drawn: paint, shifts, images, fonts, the size of the document, long tasks.</summary>
internal static class PaintingRules
{
    private const int MostFaults = 20;
    private const int ManyElements = 1_500;
    private const int TooManyElements = 5_000;
    private const double ShiftsToMend = 0.1;
    private const double BadShifts = 0.25;
    private const int WorthResizing = 12 * 1024;

    public static void Judge(PageObservation page, Judgement found)
    {
        Largest(page, found);
        Shifts(page, found);
        Images(page, found);
        Fonts(page, found);
        if (page.Dom is { } dom) Document(dom, found);
        Tasks(page, found);
    }

    private static void Largest(PageObservation page, Judgement found)
    {
        if (page is not { Lcp: { } lcp, LcpPhases: { } phases })
        {
            found.Audit("lcp-breakdown-insight", "Where the largest paint's time goes", null, "not measured");
            found.Audit("lcp-discovery-insight", "The largest paint's image is found early", null, "");
            return;
        }
        found.Audit("lcp-breakdown-insight", "Where the largest paint's time goes", null, string.Create(CultureInfo.InvariantCulture,
            $"first byte {phases.Ttfb:0} ms, until it is asked for {phases.LoadDelay:0} ms, loading {phases.LoadTime:0} ms, until it is drawn {phases.RenderDelay:0} ms; {lcp.Selector}"));
        var request = lcp.Url.Length > 0 ? page.Requests.LastOrDefault(r => r.Url == lcp.Url) : null;
        if (request is null)
        {
            found.Audit("lcp-discovery-insight", "The largest paint's image is found early", null, "");
            return;
        }
        var early = request.Initiator is "parser" or "preload" or "other";
        var first = lcp.Priority == "high" || request.Priority is "High" or "VeryHigh" && lcp.Tag != "img";
        found.Audit("lcp-discovery-insight", "The largest paint's image is found early", !lcp.Lazy && early && first ? 1 : 0,
            string.Join(", ", new[] { lcp.Lazy ? "loading=lazy" : "", early ? "" : "asked for by a script", first ? "" : "no fetchpriority=high" }.Where(w => w.Length > 0)));
        if (lcp.Lazy)
            found.Fault("lcp-lazy", "s2", "The largest image of the first screen is loaded late on purpose", "Take loading=\"lazy\" off this image, and add fetchpriority=\"high\".", lcp.Selector, lcp.Url);
        else if (!early)
            found.Fault("lcp-discovery", "s3", "The largest image of the first screen is asked for by a script", "Put the image into the document, or announce it with <link rel=\"preload\" as=\"image\" fetchpriority=\"high\">.", lcp.Selector, lcp.Url, 0.8);
    }

    private static void Shifts(PageObservation page, Judgement found)
    {
        if (page.Metrics?.Cls is not { } cls) return;
        var culprits = page.Shifts.Where(s => s.Sources.Count > 0).GroupBy(s => s.Sources[0], StringComparer.Ordinal).Select(g => (Selector: g.Key, Value: g.Sum(s => s.Value))).OrderByDescending(c => c.Value).ToList();
        found.Audit("cls-culprits-insight", "Nothing moves while the page loads", cls <= ShiftsToMend ? 1 : 0,
            string.Join(", ", culprits.Take(5).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Selector} {c.Value:0.###}"))));
        if (cls > ShiftsToMend)
        {
            found.Fault("layout-shift", cls > BadShifts ? "s2" : "s3", "Things move while the page loads", "Give images, frames and what scripts insert their space beforehand (width, height, aspect-ratio, min-height).", "",
                string.Join(", ", culprits.Take(3).Select(c => c.Selector)));
        }
    }

    private static void Images(PageObservation page, Judgement found)
    {
        if (page.Dom is null) return;
        found.Audit("unsized-images", "Images have a width and a height", page.UnsizedImages.Count == 0 ? 1 : 0, page.UnsizedImages.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{page.UnsizedImages.Count} without"));
        foreach (var image in page.UnsizedImages.Take(MostFaults))
            found.Fault("unsized-images", "s4", "An image has no width and height of its own", "Add width and height attributes: the browser then keeps the space free.", image.Selector, image.Url);

        var sizes = page.Requests.Where(r => r.Type == "Image").GroupBy(r => r.Url, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Max(r => r.WireBytes), StringComparer.Ordinal);
        var density = page.Viewport.Scale;
        var large = new List<(ShownImage Image, long Waste)>();
        foreach (var image in page.Images.Where(i => i.Width > 0 && i.Height > 0 && !i.Url.Contains(".svg", StringComparison.OrdinalIgnoreCase)))
        {
            var needed = image.Width * image.Height * density * density / (image.NaturalWidth * image.NaturalHeight);
            var waste = (long)(sizes.GetValueOrDefault(image.Url) * (1 - needed));
            if (needed < 0.75 && waste > WorthResizing) large.Add((image, waste));
        }
        found.Audit("image-delivery-insight", "Images are no larger than they are drawn", large.Count == 0 ? 1 : 0, large.Count == 0 ? "" : $"{PerformanceJudge.Size(large.Sum(l => l.Waste))} could be saved");
        foreach (var (image, waste) in large.OrderByDescending(l => l.Waste).Take(MostFaults))
        {
            found.Fault("image-size", waste > 200_000 ? "s3" : "s4", "An image is much larger than it is drawn", "Offer it in the sizes that are shown (srcset and sizes), in a modern format such as AVIF or WebP.", image.Selector,
                string.Create(CultureInfo.InvariantCulture, $"{image.NaturalWidth:0}×{image.NaturalHeight:0} drawn at {image.Width:0}×{image.Height:0}: {image.Url}"), 0.8);
        }
    }

    private static void Fonts(PageObservation page, Judgement found)
    {
        var hiding = page.Fonts.Where(f => f.Display is "auto" or "block" or "").Select(f => f.Family.Trim('"', '\'')).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        found.Audit("font-display-insight", "Text shows before its font is there", page.Fonts.Count == 0 ? null : hiding.Count == 0 ? 1 : 0, string.Join(", ", hiding.Take(8)));
        foreach (var family in hiding.Take(MostFaults))
            found.Fault("font-display", "s4", "Text stays invisible until its font has come", "Add font-display: swap (or optional) to the @font-face rule.", "", family);
    }

    private static void Document(DomSize dom, Judgement found)
    {
        found.Audit("dom-size-insight", "The document is of a moderate size", dom.Elements <= ManyElements ? 1 : 0,
            string.Create(CultureInfo.InvariantCulture, $"{dom.Elements} elements, {dom.Depth} deep, at most {dom.MostChildren} children"));
        if (dom.Elements > TooManyElements)
        {
            found.Fault("dom-size", "s3", "The document is very large", "Show long lists in parts, and make elements when they come into view.", dom.Widest,
                string.Create(CultureInfo.InvariantCulture, $"more than {dom.Elements / 1000 * 1000} elements; {dom.MostChildren} children here"));
        }
    }

    private static void Tasks(PageObservation page, Judgement found)
    {
        if (page.Metrics is null) return;
        var longest = page.LongTasks.OrderByDescending(t => t.Duration).Take(5).ToList();
        found.Audit("long-tasks", "The main thread stays free", page.LongTasks.Count == 0 ? 1 : null,
            page.LongTasks.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{page.LongTasks.Count} long tasks, the longest {string.Join(", ", longest.Select(t => PerformanceJudge.Milliseconds(t.Duration)))}"));
    }
}
