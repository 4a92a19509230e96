using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Endpoints.AdminOps;

/// <summary>Fetching, and how the sources stand, over HTTP.</summary>
internal static class FetchApi
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/source-health", (HttpContext context, ApiCall call, SourceHealth health) => call.RunAsync(context, "adminops.get_summary", Role.Viewer, async (_, cancellationToken) =>
            new
            {
                sources = (await health.ListAsync(cancellationToken)).Select(s => new
                {
                    s.Source, s.State, s.JobId, s.StartedAt, s.FinishedAt, s.SucceededAt, s.NextAt, s.SettledTo, lag_seconds = s.Lag is { } lag ? (long?)lag.TotalSeconds : null, s.ErrorClass, s.Error, s.Failures, s.Read, s.Stored,
                }),
            }));

        // AOC fetches by GET. A browser's other pages cannot: ApiCall asks where a session's call comes from.
        api.MapMethods("/fetch-audit-logs", [HttpMethods.Get, HttpMethods.Post], (HttpContext context, ApiCall call, EventFetch fetch) => call.RunAsync(context, "adminops.fetch", Role.Operator, async (by, cancellationToken) =>
        {
            var hours = EventParameters.Number(context.Request.Query, "hours", EventFetch.DefaultHours, 1, EventFetch.MostHours);
            var jobs = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var source in new[] { EventSources.Directory, EventSources.Unified, EventSources.Intune }) jobs[source] = await fetch.StartAsync(source, hours, by, cancellationToken);
            return Results.Json(new { hours, jobs, follow = "core.get_job, or the console's coverage page" }, ApiCall.Json, statusCode: StatusCodes.Status202Accepted);
        }));
    }
}
