using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using OmniAudit.Modules.AdminOps;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Endpoints.AdminOps;

/// <summary>Audit events over HTTP, under the paths and field names of the Admin Operations Center 1.4.</summary>
internal static class EventApi
{
    private const string Search = "adminops.search_events", Get = "adminops.get_event";

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/events", (HttpContext context, ApiCall call, EventSearch search) => call.RunAsync(context, Search, Role.Viewer, async (_, cancellationToken) =>
        {
            var query = EventParameters.Query(context.Request.Query);
            var limit = EventParameters.Number(context.Request.Query, "limit", 100, 1, 1000);
            var page = await search.SearchAsync(query, limit, context.Request.Query["cursor"], cancellationToken);
            // Counting may cost more than the page: done for the first only.
            var total = string.IsNullOrEmpty(context.Request.Query["cursor"]) ? await search.CountAsync(query, cancellationToken) : new EventTotal(-1, Exact: false);
            return new { items = page.Events.Select(e => Item(e)), next_cursor = page.NextCursor, total = total.Exact ? total.Events : -1, at_least = Math.Max(total.Events, page.Events.Count), searched_back_to = page.StoppedAt };
        }));

        api.MapGet("/events/{id}", (string id, HttpContext context, ApiCall call, EventSearch search, EventNotes notes) => call.RunAsync(context, Get, Role.Viewer, async (_, cancellationToken) =>
        {
            var stored = await search.FindAsync(IdOf(id), cancellationToken) ?? throw Unknown(id);
            var raw = await search.RawAsync(stored.Id, cancellationToken) ?? [];
            return Item(stored, raw, await notes.CommentsAsync(stored.Id, cancellationToken));
        }));

        api.MapGet("/filter-options", (HttpContext context, ApiCall call, EventSearch search) => call.RunAsync(context, Search, Role.Viewer, async (_, cancellationToken) =>
        {
            var options = await search.OptionsAsync(cancellationToken);
            return new { options.Services, options.Operations, options.Results, outcomes = options.Outcomes.Select(o => o.Word()), options.Sources };
        }));

        api.MapGet("/summary", (HttpContext context, ApiCall call, EventSearch search) => call.RunAsync(context, "adminops.get_summary", Role.Viewer, async (_, cancellationToken) =>
        {
            var facets = await search.FacetsAsync(EventParameters.Query(context.Request.Query), EventParameters.Number(context.Request.Query, "limit", 10, 1, 1000), cancellationToken);
            return new { total = facets.Total.Events, exact = facets.Total.Exact, facets.Services, facets.Operations, facets.Actors, facets.Results, facets.Outcomes, facets.Sources, facets.Histogram, notes = facets.More };
        }));

        api.MapPatch("/events/{id}/tags", (string id, HttpContext context, ApiCall call, EventNotes notes) => call.RunAsync(context, "adminops.tag_event", Role.Operator, async (by, cancellationToken) =>
        {
            var body = await ApiCall.BodyAsync<TagsBody>(context);
            if (body.Tags is null || body.Tags.Contains(null!)) throw new BadHttpRequestException("tags: must be a list of texts.");
            return new { id, tags = await notes.TagAsync(IdOf(id), body.Tags, by, cancellationToken) };
        }));

        api.MapPost("/events/{id}/comments", (string id, HttpContext context, ApiCall call, EventNotes notes) => call.RunAsync(context, "adminops.comment_event", Role.Operator, async (by, cancellationToken) =>
        {
            var body = await ApiCall.BodyAsync<CommentBody>(context);
            await notes.CommentAsync(IdOf(id), body.Text ?? throw new BadHttpRequestException("text: is missing."), by, cancellationToken);
            return new { id, comments = (await notes.CommentsAsync(IdOf(id), cancellationToken)).Select(Comment) };
        }));
    }

    /// <summary>An event as AOC names its fields, and what it did not have.</summary>
    internal static object Item(StoredEvent stored, byte[]? raw = null, IReadOnlyList<EventComment>? comments = null)
    {
        var e = stored.Event;
        return new
        {
            id = stored.Id, timestamp = e.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture), e.Source, e.SourceId, e.Service, e.Operation, outcome = e.Outcome.Word(), result = e.ResultRaw, e.ResultCode,
            actor_display = e.Actor.Display ?? e.Actor.Upn ?? e.Actor.Id, actor_upn = e.Actor.Upn, actor_id = e.Actor.Id, actor_kind = e.Actor.Kind, e.Actor.Ip, target_displays = e.Targets.Select(t => t.Name).Where(t => t.Length > 0),
            display_category = e.Category ?? e.Service, display_summary = e.Summary, e.CorrelationId, e.ClientApp, e.Severity, changes = e.Changes, e.Doubts, stored.Tags, stored.IngestedAt,
            raw = raw is null ? null : Parsed(raw), raw_text = raw is null ? null : Encoding.UTF8.GetString(raw), comments = comments?.Select(Comment),
        };
    }

    /// <summary>An id out of a path, where an escaped slash stays escaped.</summary>
    internal static string IdOf(string segment) => segment.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    internal static KeyNotFoundException Unknown(string id) => new($"id: there is no event '{(id.Length <= 60 ? id : id[..60])}'.");

    private static object Comment(EventComment c) => new { id = c.CommentId, c.Text, author = c.ByName, timestamp = c.At };

    private static JsonNode? Parsed(byte[] raw)
    {
        try
        {
            return JsonNode.Parse(raw);
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    private sealed record TagsBody(IReadOnlyList<string>? Tags);

    private sealed record CommentBody(string? Text);
}
