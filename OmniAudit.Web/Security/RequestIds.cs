using System.Data.Common;
using System.Text.RegularExpressions;
using OmniAudit.Modules.Storage.Objects;
using Serilog.Context;

namespace OmniAudit.Web.Security;

/// <summary>Every response carries x-request-id: the caller's own if it is a plain word, else a new one. Log lines and audit rows carry it too.</summary>
internal static partial class RequestIds
{
    public const string Header = "x-request-id";

    public static void UseRequestIds(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var given = context.Request.Headers[Header].ToString();
        var id = PlainWord().IsMatch(given) ? given : Guid.CreateVersion7().ToString("N");
        context.TraceIdentifier = id;
        context.Response.Headers[Header] = id;
        using var logged = LogContext.PushProperty("request_id", id);
        try
        {
            await next(context);
        }
        catch (Exception failure) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            // The last resort: nobody upstream had words for it. The reference finds this line.
            context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("OmniAudit.Requests").LogError(failure, "Request to {Path} failed", context.Request.Path);
            context.Response.Clear();
            context.Response.Headers[Header] = id;
            if (failure is ObjectStoreUnavailableException away)
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                await context.Response.WriteAsJsonAsync(new { error = "object_store_unavailable", message = away.ForCallers });
                return;
            }
            if (IsDatabaseAway(failure))
            {
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                context.Response.Headers.RetryAfter = "5";
                await context.Response.WriteAsJsonAsync(new { error = "database_unavailable", message = $"The database does not answer, and neither can this server. Try again in a moment; the operator finds more in the log under this reference: {id}." });
                return;
            }
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsJsonAsync(new { error = "failed", message = $"The server could not answer this request. Give the operator this reference: {id}." });
        }
    });

    /// <summary>The driver says that trying again may help, whatever is wrapped around its word.</summary>
    private static bool IsDatabaseAway(Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
            if (e is DbException { IsTransient: true }) return true;
        return false;
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex PlainWord();
}
