using System.IO.Compression;
using System.Text;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Endpoints;

/// <summary>The receipt log for machines (c2sp.org/tlog-tiles), below <c>/log</c>: for signed-in people, or with RECEIPTS_PUBLIC for everyone.</summary>
internal static class PublicLog
{
    private const string Text = "text/plain; charset=utf-8";

    public static void MapPublicLog(this IEndpointRouteBuilder routes, OmniAuditOptions options)
    {
        var isPublic = options.Receipts.Public;
        var group = routes.MapGroup("/log");
        if (isPublic) group.AllowAnonymous();
        else group.RequireAuthorization(ConsoleSetup.Policy);

        group.MapGet("/checkpoint", (LogTiles log, HttpContext context) => WriteAsync(context, isPublic, log.ReadCheckpoint() is { } note ? Encoding.UTF8.GetBytes(note) : null, Text, "no-cache"));
        group.MapGet("/vkey", async (LogTiles log, HttpContext context, CancellationToken cancellationToken) =>
            await WriteAsync(context, isPublic, await log.ReadVkeyAsync(cancellationToken) is { } vkey ? Encoding.UTF8.GetBytes(vkey + "\n") : null, Text, "no-cache"));
        group.MapGet("/vkeys", async (LogTiles log, HttpContext context, CancellationToken cancellationToken) =>
            await WriteAsync(context, isPublic, await log.ReadKeysAsync(cancellationToken) is { } keys ? Encoding.UTF8.GetBytes(keys) : null, "application/json", "no-cache"));
        group.MapGet("/tile/{**path}", async (string? path, LogTiles log, HttpContext context, CancellationToken cancellationToken) =>
            await WriteAsync(context, isPublic, await log.ReadTileAsync(path ?? "", cancellationToken), "application/octet-stream", $"{(isPublic ? "public" : "private")}, max-age=31536000, immutable"));
        // Not the console's own "nothing here", which would ask a stranger to sign in.
        group.Map("/{**rest}", (HttpContext context) =>
        {
            if (HttpMethods.IsGet(context.Request.Method)) return WriteAsync(context, isPublic, null, Text, "");
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = HttpMethods.Get;
            return Task.CompletedTask;
        });
    }

    private static async Task WriteAsync(HttpContext context, bool isPublic, byte[]? content, string type, string caching)
    {
        var response = context.Response;
        if (isPublic) response.Headers.AccessControlAllowOrigin = "*";
        // What is not there yet may be there soon.
        response.Headers.CacheControl = content is null ? "no-store" : caching;
        if (content is null)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        response.ContentType = type;
        // Receipts repeat themselves; hashes cannot be made smaller.
        if (context.Request.Path.StartsWithSegments("/log/tile/entries", StringComparison.Ordinal))
        {
            response.Headers.Vary = "Accept-Encoding";
            if (context.Request.GetTypedHeaders().AcceptEncoding.Any(e => e.Value == "gzip" && e.Quality is not 0))
            {
                response.Headers.ContentEncoding = "gzip";
                await using var gzip = new GZipStream(response.Body, CompressionLevel.Fastest);
                await gzip.WriteAsync(content, context.RequestAborted);
                return;
            }
        }
        response.ContentLength = content.Length;
        await response.Body.WriteAsync(content, context.RequestAborted);
    }
}
