using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Endpoints.AdminOps;

/// <summary>Rules over HTTP.</summary>
internal static class RuleApi
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/rules", (HttpContext context, ApiCall call, EventRules rules) => call.RunAsync(context, "adminops.search_events", Role.Viewer, async (_, cancellationToken) =>
            new { rules = (await rules.ListAsync(cancellationToken)).Select(Item) }));

        api.MapPost("/rules", (HttpContext context, ApiCall call, EventRules rules) => call.RunAsync(context, "adminops.create_rule", Role.Operator, async (by, cancellationToken) =>
        {
            var rule = await NamedAsync(async () => await rules.CreateAsync(await ApiCall.BodyAsync<EventRuleRequest>(context), by, cancellationToken));
            return Results.Json(Item(rule), ApiCall.Json, statusCode: StatusCodes.Status201Created);
        }));

        api.MapPut("/rules/{id}", (string id, HttpContext context, ApiCall call, EventRules rules) => call.RunAsync(context, "adminops.change_rule", Role.Operator, async (by, cancellationToken) =>
        {
            var request = await ApiCall.BodyAsync<EventRuleRequest>(context);
            await RequireAsync(rules, id, cancellationToken);
            return Item(await NamedAsync(() => rules.UpdateAsync(id, request, by, cancellationToken)));
        }));

        api.MapDelete("/rules/{id}", (string id, HttpContext context, ApiCall call, EventRules rules) => call.RunAsync(context, "adminops.delete_rule", Role.Operator, async (by, cancellationToken) =>
        {
            await RequireAsync(rules, id, cancellationToken);
            return Item(await NamedAsync(() => rules.DeleteAsync(id, by, cancellationToken)));
        }));
    }

    private static async Task RequireAsync(EventRules rules, string id, CancellationToken cancellationToken)
    {
        if (await rules.FindAsync(id, cancellationToken) is null) throw new KeyNotFoundException($"id: there is no rule '{(id.Length <= 60 ? id : id[..60])}'.");
    }

    private static async Task<EventRule> NamedAsync(Func<Task<EventRule>> change)
    {
        try
        {
            return await change();
        }
        catch (RuleRefusedException refused)
        {
            throw new EventQueryException(refused.Field, refused.Plain);
        }
    }

    private static object Item(EventRule rule) => new
    {
        id = rule.RuleId, rule.Kind, rule.Name, rule.Request.Description, rule.Severity, rule.Enabled, rule.Request.Sigma, rule.Request.Conditions, rule.Request.Threshold, rule.Request.GroupBy, rule.Request.GroupMinutes, rule.Request.Exclusions,
        rule.SigmaId, rule.Author, rule.Starter, rule.Problem, rule.Hits, rule.LastHitAt, rule.LastAlertAt, rule.CreatedAt, rule.ChangedAt, changed_by = rule.ChangedByName,
    };
}
