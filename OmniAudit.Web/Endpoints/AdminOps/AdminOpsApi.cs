using System.Reflection;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Web.Endpoints.AdminOps;

/// <summary>The HTTP interface of the Admin Operations Center 1.4, under its own paths. Who calls is found out by <see cref="ApiCall"/>.</summary>
internal static class AdminOpsApi
{
    public static IServiceCollection AddAdminOpsApi(this IServiceCollection services) => services.AddScoped<ApiCall>();

    /// <summary>AOC's /health is a page of the console for people, and the database's health for programs. Call before routing.</summary>
    public static Task TellHealthToPrograms(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path == "/health" && !context.Request.GetTypedHeaders().Accept.Any(a => a.MediaType == "text/html")) context.Request.Path = "/api/health";
        return next(context);
    }

    public static void Map(IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api").AllowAnonymous().DisableAntiforgery();
        EventApi.Map(api);
        AskApi.Map(api);
        FetchApi.Map(api);
        RuleApi.Map(api);

        api.MapGet("/version", () => Results.Json(new { version = typeof(AdminOpsApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "" }, ApiCall.Json));
        // What a browser must know before anybody has signed in: whether, and where.
        api.MapGet("/config/auth", (OmniAuditOptions options) => Results.Json(new
        {
            auth_enabled = true, sign_in = "/signin", provider = options.Oidc.Authority.Length > 0 ? options.Oidc.Authority : null, client_id = options.Oidc.ClientId.Length > 0 ? options.Oidc.ClientId : null,
        }, ApiCall.Json));
        api.MapGet("/health", async (EventSearch store, CancellationToken cancellationToken) =>
        {
            await store.ServicesAsync(cancellationToken);
            return Results.Json(new { status = "ok" }, ApiCall.Json);
        });
    }
}
