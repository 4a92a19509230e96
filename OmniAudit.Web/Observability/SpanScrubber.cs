using System.Diagnostics;
using OpenTelemetry;

namespace OmniAudit.Web.Observability;

/// <summary>
/// What the frameworks put on their spans is kept only as far as it can hold nothing that a caller or another system sent: no addresses, paths,
/// queries, header values. A framework's span with an event is not sent at all: an exception's words may repeat anything.
/// </summary>
internal sealed class SpanScrubber : BaseProcessor<Activity>
{
    private static readonly HashSet<string> Kept = new(StringComparer.Ordinal) { "http.request.method", "http.route", "http.response.status_code", "network.protocol.version", "error.type" };

    public override void OnEnd(Activity data)
    {
        if (data.Source.Name == TraceSources.Own) return;
        var (method, route) = (data.GetTagItem("http.request.method") as string, data.GetTagItem("http.route") as string);
        if (data.Events.Any() || data.Links.Any(l => l.Tags?.Any() == true) || TraceSources.Untraced.Contains(route, StringComparer.Ordinal))
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            return;
        }
        foreach (var (name, _) in data.TagObjects.ToList())
            if (!Kept.Contains(name)) data.SetTag(name, null);
        data.DisplayName = data.Kind == ActivityKind.Server ? $"{method ?? "HTTP"} {route ?? ""}".TrimEnd() : $"HTTP {method}".TrimEnd();
        // The words beside a status are an exception's.
        if (data.Status == ActivityStatusCode.Error) data.SetStatus(ActivityStatusCode.Error);
    }
}

/// <summary>Whose spans are sent.</summary>
internal static class TraceSources
{
    public const string Own = "OmniAudit";

    public static readonly string[] All = [Own, "Microsoft.AspNetCore", "System.Net.Http"];

    /// <summary>What is looked at every few seconds would bury everything else.</summary>
    public static readonly string[] Untraced = ["/healthz", "/readyz", "/metrics"];
}
