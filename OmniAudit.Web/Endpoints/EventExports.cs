using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using OmniAudit.Modules.AdminOps;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Web.Components.Admin;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Endpoints;

/// <summary>Audit events to keep: those of the Explorer's filters, all of them, as they are read; and one event's record, byte for byte.</summary>
internal static class EventExports
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The columns of the CSV file, with what stands in them.</summary>
    private static readonly (string Name, Func<StoredEvent, string?> Cell)[] Columns =
    [
        ("id", s => s.Id), ("time", s => Time(s.Event.Time)), ("arrived", s => Time(s.IngestedAt)), ("service", s => s.Event.Service), ("operation", s => s.Event.Operation), ("outcome", s => s.Event.Outcome.Word()),
        ("result", s => s.Event.ResultRaw), ("result_code", s => s.Event.ResultCode), ("actor", s => s.Event.Actor.Name), ("actor_upn", s => s.Event.Actor.Upn), ("actor_id", s => s.Event.Actor.Id), ("actor_kind", s => s.Event.Actor.Kind),
        ("ip", s => s.Event.Actor.Ip), ("user_agent", s => s.Event.Actor.UserAgent), ("targets", s => string.Join("; ", s.Event.Targets.Select(t => t.Name))), ("target_ids", s => string.Join("; ", s.Event.Targets.Select(t => t.Id).OfType<string>())),
        ("changes", s => string.Join("; ", s.Event.Changes.Select(c => $"{c.Property}: {c.Old ?? "nothing"} -> {c.New ?? "nothing"}"))), ("summary", s => s.Event.Summary), ("category", s => s.Event.Category), ("severity", s => s.Event.Severity),
        ("client_app", s => s.Event.ClientApp), ("geo", s => s.Event.Geo), ("correlation_id", s => s.Event.CorrelationId), ("source", s => s.Event.Source), ("source_id", s => s.Event.SourceId), ("tenant", s => s.Event.Tenant), ("tags", s => string.Join(' ', s.Tags)),
    ];

    public static RouteGroupBuilder MapEventExports(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/adminops");
        group.MapGet("/events.csv", (HttpContext context, EventSearch search, AuditTrail trail, TimeProvider time) => WriteAsync(context, search, trail, time, "csv", "text/csv; charset=utf-8", Header(), Row));
        group.MapGet("/events.ndjson", (HttpContext context, EventSearch search, AuditTrail trail, TimeProvider time) => WriteAsync(context, search, trail, time, "ndjson", "application/x-ndjson; charset=utf-8", "", Line));
        group.MapGet("/events/{eventId}/raw", async (string eventId, EventSearch search, CancellationToken cancellationToken) =>
            await search.RawAsync(eventId, cancellationToken) is { } raw ? Results.File(raw, "application/json", $"event-{new string([.. eventId.Where(char.IsAsciiLetterOrDigit).Take(40)])}.json") : Results.NotFound());
        return group;
    }

    /// <summary>400 with the reason for filters that cannot be used: a file with other events than were asked for would be worse than none.</summary>
    private static async Task WriteAsync(HttpContext context, EventSearch search, AuditTrail trail, TimeProvider time, string extension, string type, string header, Func<StoredEvent, string> line)
    {
        var (filters, problems) = EventFilterParser.Parse(context.Request.QueryString.Value);
        if (problems.Count > 0)
        {
            await RefuseAsync(context, string.Join('\n', problems));
            return;
        }
        var now = time.GetUtcNow();
        await using var events = search.AllAsync(filters.ToQuery(now), context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);
        bool more;
        if (ConsoleSession.ActorOf(context.User) is { } person) await trail.RecordAsync("adminops.export_events", person, context.TraceIdentifier, "console");
        try
        {
            more = await events.MoveNextAsync();
        }
        catch (EventQueryException refused)
        {
            await RefuseAsync(context, refused.Message);
            return;
        }
        context.Response.ContentType = type;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentDisposition = new ContentDispositionHeaderValue("attachment") { FileName = $"audit-events-{now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.{extension}" }.ToString();
        await using var body = new StreamWriter(context.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 64 * 1024);
        await body.WriteAsync(header);
        for (; more; more = await events.MoveNextAsync()) await body.WriteAsync(line(events.Current));
    }

    private static Task RefuseAsync(HttpContext context, string why)
    {
        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(why + "\n", context.RequestAborted);
    }

    private static string Header() => string.Join(',', Columns.Select(c => c.Name)) + "\r\n";

    private static string Row(StoredEvent stored) => string.Join(',', Columns.Select(c => Cell(c.Cell(stored)))) + "\r\n";

    /// <summary>A cell after RFC 4180. What a spreadsheet would take for a formula begins with an apostrophe: the text came from outside.</summary>
    internal static string Cell(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var safe = text[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' ? "'" + text : text;
        return safe.AsSpan().IndexOfAny("\",\r\n") >= 0 ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    private static string Line(StoredEvent stored)
    {
        var e = stored.Event;
        return JsonSerializer.Serialize(new
        {
            stored.Id, Time = Time(e.Time), Arrived = Time(stored.IngestedAt), e.Tenant, e.Source, e.SourceId, e.Service, e.RecordType, e.Category, e.Operation, e.OperationNorm, Outcome = e.Outcome.Word(), e.ResultRaw, e.ResultCode,
            Actor = new { e.Actor.Kind, e.Actor.Id, e.Actor.Upn, e.Actor.Display, e.Actor.Ip, e.Actor.Port, e.Actor.UserAgent },
            Targets = e.Targets.Select(t => new { t.Id, t.Type, t.Display, t.Upn }), Changes = e.Changes.Select(c => new { c.Property, c.Old, c.New }),
            e.CorrelationId, e.ClientApp, e.Geo, e.Summary, e.Severity, e.Doubts, stored.Tags,
        }, Json) + "\n";
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
