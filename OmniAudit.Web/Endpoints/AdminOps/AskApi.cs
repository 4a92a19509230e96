using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Endpoints.AdminOps;

/// <summary>Explanations and questions over HTTP. Both answer without a model too.</summary>
internal static class AskApi
{
    public static void Map(RouteGroupBuilder api)
    {
        // Before a page shows its buttons; says nothing about the tenant.
        api.MapGet("/config/features", (EventQuestions questions) => Results.Json(new { ai_features_enabled = questions.IsEnabled }, ApiCall.Json));

        api.MapPost("/events/{id}/explain", (string id, HttpContext context, ApiCall call, EventExplainer explainer) => call.RunAsync(context, "adminops.ask", Role.Viewer, async (by, cancellationToken) =>
        {
            var explained = await explainer.ExplainAsync(EventApi.IdOf(id), by, cancellationToken) ?? throw EventApi.Unknown(id);
            return new { explanation = explained.Text, llm_used = explained.LlmUsed, llm_error = explained.LlmError, related_count = explained.RelatedCount, cited = explained.Cited, dropped = explained.Dropped };
        }));

        api.MapPost("/ask", (HttpContext context, ApiCall call, EventQuestions questions) => call.RunAsync(context, "adminops.ask", Role.Viewer, async (by, cancellationToken) =>
        {
            var body = await ApiCall.BodyAsync<AskBody>(context);
            var answer = await questions.AskAsync(body.Question ?? throw new BadHttpRequestException("question: is missing."), Filters(body), by, cancellationToken);
            return new { answer = answer.Answer, events = answer.Events.Select(e => EventApi.Item(e)), llm_used = answer.LlmUsed, llm_error = answer.LlmError, total = answer.Total.Events, exact = answer.Total.Exact, answer.Counts, answer.Understood, dropped = answer.Dropped };
        }));
    }

    private static EventQuery Filters(AskBody body) => new()
    {
        Start = body.Start, End = body.End, Actor = body.Actor, Search = body.Search, OperationText = body.Operation, Result = body.Result, Services = body.Services ?? body.SelectedServices ?? [],
        IncludeTags = body.IncludeTags ?? [], ExcludeTags = body.ExcludeTags ?? [],
    };

    /// <summary>The question and the filters that are active in the page, as AOC sends them.</summary>
    private sealed record AskBody(
        string? Question, string? Actor, string? Search, string? Operation, string? Result, DateTimeOffset? Start, DateTimeOffset? End,
        IReadOnlyList<string>? Services, IReadOnlyList<string>? SelectedServices, IReadOnlyList<string>? IncludeTags, IReadOnlyList<string>? ExcludeTags);
}
