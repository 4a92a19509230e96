using System.Net;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Web.Security;

/// <summary>
/// Answers only under names that are ours, so that a page elsewhere cannot reach a loopback server through a name of its
/// own (DNS rebinding), and accepts browser requests to /mcp from no foreign origin.
/// </summary>
internal sealed class HostGuard(OmniAuditOptions options)
{
    private readonly HashSet<string> _hosts = new(Names(options), StringComparer.OrdinalIgnoreCase);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var host = context.Request.Host.Host;
        if (!IsOurs(host))
        {
            await RefuseAsync(context, $"Host: '{Shown(host)}' is not a name of this server. Use its own address, or add the name to APP_ALLOWED_HOSTS.");
            return;
        }
        if (context.Request.Path.StartsWithSegments("/mcp", StringComparison.OrdinalIgnoreCase) && context.Request.Headers.Origin is { Count: > 0 } origin
            && !(Uri.TryCreate(origin.ToString(), UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https") && IsOurs(uri.Host)))
        {
            await RefuseAsync(context, $"Origin: '{Shown(origin.ToString())}' may not call /mcp. Programs send no Origin; add a browser client's host to APP_ALLOWED_HOSTS.");
            return;
        }
        await next(context);
    }

    private bool IsOurs(string host) => _hosts.Contains(host.Trim('[', ']'));

    private static string Shown(string text) => text.Length <= 100 ? text : text[..100];

    private static IEnumerable<string> Names(OmniAuditOptions options)
    {
        foreach (var name in new[] { "localhost", "127.0.0.1", "::1" }) yield return name;
        if (!IPAddress.TryParse(options.App.Host, out var address) || (!address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))) yield return options.App.Host;
        if (Uri.TryCreate(options.App.PublicUrl, UriKind.Absolute, out var url)) yield return url.Host;
        foreach (var name in options.App.AllowedHosts) yield return name;
    }

    private static Task RefuseAsync(HttpContext context, string message)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsJsonAsync(new { error = "forbidden_host", message });
    }
}
