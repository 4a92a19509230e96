using OmniAudit.Modules.Settings;
using OmniAudit.Web.Observability;

namespace OmniAudit.Web.Endpoints;

/// <summary>What programs ask the server itself: what it is, whether it lives, its figures.</summary>
internal static class ServiceEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", (HttpContext context, OmniAuditOptions options) =>
            // A person with a browser wants the console; a program wants to know what this is.
            context.Request.GetTypedHeaders().Accept.Any(a => a.MediaType == "text/html")
                ? Results.Redirect("/ui")
                : Results.Json(new
                {
                    name = options.App.Name,
                    env = options.App.Env,
                    endpoints = new { mcp = "/mcp", console = "/ui", state = "/ui/state", health = "/healthz", metrics = "/metrics" },
                })).AllowAnonymous();

        routes.MapGet("/healthz", () => Results.Json(new { status = "ok" })).AllowAnonymous();

        routes.MapGet("/metrics", (OmniAuditOptions options, PrometheusExporter metrics) => options.Observability.PrometheusEnabled
            ? Results.Text(metrics.Scrape(), PrometheusExporter.ContentType)
            : Results.NotFound(new { error = "disabled", message = "Metrics are switched off: set PROMETHEUS_ENABLED=true." })).AllowAnonymous();
    }
}
