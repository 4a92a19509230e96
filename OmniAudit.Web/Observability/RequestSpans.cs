using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace OmniAudit.Web.Observability;

/// <summary>Says on the server's span which endpoint answered, by its pattern, and how. The framework itself would put the path there.</summary>
internal static class RequestSpans
{
    private static readonly HashSet<string> Methods = new(StringComparer.Ordinal) { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE" };

    public static void UseRequestSpans(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.Features.Get<IHttpActivityFeature>()?.Activity is not { IsAllDataRequested: true } span)
        {
            await next(context);
            return;
        }
        try
        {
            await next(context);
        }
        finally
        {
            // Any word can be a method.
            span.SetTag("http.request.method", Methods.Contains(context.Request.Method) ? context.Request.Method : "_OTHER");
            span.SetTag("http.route", (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is { } pattern ? "/" + pattern.TrimStart('/') : null);
            span.SetTag("http.response.status_code", context.Response.StatusCode);
            if (context.Response.StatusCode >= 500) span.SetStatus(ActivityStatusCode.Error);
        }
    });
}
