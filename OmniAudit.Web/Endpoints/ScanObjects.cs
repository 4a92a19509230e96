using OmniAudit.Modules.SiteLint;

namespace OmniAudit.Web.Endpoints;

/// <summary>Screenshots and reports of a scan. They come from audited sites: served with a type that cannot run, and only what the scan refers to.</summary>
internal static class ScanObjects
{
    public static RouteHandlerBuilder MapScanObjects(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/scans/{scanId}/object", async (string scanId, string @ref, ScanQueries scans, HttpContext context, CancellationToken cancellationToken) =>
        {
            if (await scans.OpenObjectAsync(scanId, @ref, cancellationToken) is not { } content) return Results.NotFound();
            // Content-addressed: what a reference names never changes.
            context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
            var scan = (await scans.FindAsync(scanId, cancellationToken))!;
            var isPicture = scan.Report?.Pages.Any(p => p.Screenshot?.Reference == @ref) == true;
            return isPicture ? Results.Stream(content, "image/png")
                : @ref == scan.Scan.ReportRef ? Results.Stream(content, "application/json", scanId + ".json")
                : Results.Stream(content, "application/zip", scanId + ".zip");
        });
}
