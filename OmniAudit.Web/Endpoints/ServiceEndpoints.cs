using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Health;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Mcp;
using OmniAudit.Web.Observability;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Endpoints;

/// <summary>What programs ask the server itself: what it is, whether it lives, its figures.</summary>
internal static class ServiceEndpoints
{
    private static readonly JsonSerializerOptions StateJson = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

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
                    endpoints = new { mcp = "/mcp", console = "/ui", state = "/ui/state", health = "/healthz", ready = "/readyz", metrics = "/metrics" },
                })).AllowAnonymous();

        routes.MapGet("/ui/state", StateAsync).AllowAnonymous();

        routes.MapGet("/healthz", () => Results.Json(new { status = "ok" })).AllowAnonymous();

        routes.MapGet("/readyz", ReadyAsync).AllowAnonymous();

        routes.MapGet("/metrics", MetricsAsync).AllowAnonymous();
    }

    /// <summary>Whether the server can do its work: 200 or 503, each check by its name with <c>ok</c> or why not. <c>?check=browser</c> starts a browser too, at most once a minute.</summary>
    private static async Task<IResult> ReadyAsync(HttpContext context, Readiness readiness, CancellationToken cancellationToken)
    {
        var report = await readiness.CheckAsync(cancellationToken, [.. context.Request.Query["check"].OfType<string>()]);
        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(
            new { status = report.IsReady ? "ready" : "not_ready", checks = report.Checks.ToDictionary(c => c.Name, c => c.Reason ?? "ok", StringComparer.Ordinal) },
            statusCode: report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> MetricsAsync(HttpContext context, OmniAuditOptions options, ServerFigures figures, PrometheusExporter metrics)
    {
        if (!options.Observability.PrometheusEnabled) return Results.NotFound(new { error = "disabled", message = "Metrics are switched off: set PROMETHEUS_ENABLED=true." });
        await figures.RefreshAsync();
        context.Response.Headers.Vary = "Accept";
        return PrometheusExporter.WantsOpenMetrics(context.Request.GetTypedHeaders().Accept)
            ? Results.Text(metrics.Scrape(openMetrics: true), PrometheusExporter.OpenMetricsType)
            : Results.Text(metrics.Scrape(), PrometheusExporter.ContentType);
    }

    /// <summary>The last 25 jobs and 50 receipts, and what may be asked of GitHub, for a person signed in to the console or an agent that may call /mcp.</summary>
    private static async Task<IResult> StateAsync(HttpContext context, AgentAuthentication agents, JobQueries jobs, ReceiptQueries receipts, GitHubQueries gitHub, CancellationToken cancellationToken)
    {
        var session = await context.AuthenticateAsync(ConsoleSession.Scheme);
        if (session.Principal is null || ConsoleSession.ActorOf(session.Principal) is null)
        {
            try
            {
                await agents.AuthenticateAsync(context);
            }
            catch (McpRefusal refusal)
            {
                return Results.Json(new { error = "unauthorized", message = refusal.Message }, statusCode: StatusCodes.Status401Unauthorized);
            }
        }
        var lastJobs = await jobs.ListAsync("", 25, cancellationToken);
        var lastReceipts = await receipts.ListAsync(new ReceiptFilter(), null, 50, cancellationToken);
        return Results.Json(new
        {
            jobs = lastJobs.Select(j => new { j.JobId, j.Module, j.Status, j.Progress, j.Step, j.StartedAt, j.FinishedAt, j.ResultRef, j.Error }),
            receipts = lastReceipts.Items.Select(r => new { r.ReceiptId, operation = r.Tool, inputs_hash = r.PayloadSha256, actor = r.Requester, r.CreatedAt, result_ref = r.ResultRefSha256 is { } hash ? $"sha256:{hash}" : null, r.Kind, r.State, r.ApprovalId }),
            github = await gitHub.BudgetAsync(cancellationToken),
        }, StateJson);
    }
}
