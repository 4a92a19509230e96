using OmniAudit.Modules.SiteLint;

namespace OmniAudit.Web.Endpoints;

/// <summary>Screenshots and reports of a scan. They come from audited sites: served with a type that cannot run, and only what the scan refers to.</summary>
internal static class ScanObjects
{
    public static RouteHandlerBuilder MapScanObjects(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/scans/{scanId}/object", async (string scanId, string @ref, ScanQueries scans, HttpContext context, CancellationToken cancellationToken) =>
        {
            if (await scans.OpenObjectAsync(scanId, @ref, cancellationToken) is not { } file) return Results.NotFound();
            // Content-addressed: what a reference names never changes.
            context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
            return Results.Stream(file.Content, file.MediaType, file.FileName);
        });

    /// <summary>A report to keep, in any of its formats. Always a download: an HTML report is opened from disk, never as a page of this server.</summary>
    public static RouteHandlerBuilder MapReportDownloads(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/scans/{scanId}/report/{format}", async (string scanId, string format, ScanQueries scans, CancellationToken cancellationToken) =>
            await scans.DownloadAsync(scanId, format, cancellationToken) is { } file ? Results.Stream(file.Content, file.MediaType, file.FileName) : Results.NotFound());
}
