using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authentication;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Mcp;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Endpoints.AdminOps;

/// <summary>
/// The one way of a call to /api: who calls (a person's session, or an agent's key or token), may they, the answer as JSON, the row in the audit log. Agents
/// read what the tool of the same name would tell them, and change nothing.
/// </summary>
internal sealed class ApiCall(AgentAuthentication agents, ToolCatalog catalog, AuditTrail trail)
{
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.Never, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="deed">A tool's name for what agents may read; another for what people do.</param>
    /// <param name="needed">The role that a person needs.</param>
    /// <param name="run">Answers what goes out as JSON; a result of its own goes out as it is.</param>
    public async Task<IResult> RunAsync(HttpContext context, string deed, Role needed, Func<Actor, CancellationToken, Task<object>> run)
    {
        var (actor, refusal) = await WhoAsync(context, deed, needed);
        if (refusal is not null)
        {
            if (actor is not null) await trail.RecordAsync(deed, actor, context.TraceIdentifier, "api", refusal.Message);
            return Refuse(refusal.Status, refusal.Status == StatusCodes.Status401Unauthorized ? "unauthorized" : "forbidden", refusal.Message);
        }
        var (status, code, message) = (0, "", "");
        object? answer = null;
        try
        {
            answer = await run(actor!, context.RequestAborted);
        }
        catch (EventQueryException wrong)
        {
            (status, code, message) = (StatusCodes.Status400BadRequest, "invalid_argument", wrong.Message);
        }
        catch (BadHttpRequestException wrong)
        {
            (status, code, message) = (wrong.StatusCode, "invalid_argument", wrong.Message);
        }
        catch (IdentityRefusedException wrong)
        {
            (status, code, message) = (StatusCodes.Status400BadRequest, "invalid_argument", wrong.Message);
        }
        catch (KeyNotFoundException wrong)
        {
            (status, code, message) = (StatusCodes.Status404NotFound, "not_found", wrong.Message);
        }
        await trail.RecordAsync(deed, actor!, context.TraceIdentifier, "api", status == 0 ? null : message);
        return status != 0 ? Refuse(status, code, message) : answer as IResult ?? Results.Json(answer, Json);
    }

    /// <summary>Reads a JSON body of at most 256 kB.</summary>
    /// <exception cref="BadHttpRequestException">It is none, or too long; names what is wrong.</exception>
    public static async Task<T> BodyAsync<T>(HttpContext context)
    {
        if (!context.Request.HasJsonContentType()) throw new BadHttpRequestException("Content-Type: must be application/json.", StatusCodes.Status415UnsupportedMediaType);
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = 256 * 1024;
        try
        {
            return await context.Request.ReadFromJsonAsync<T>(Json, context.RequestAborted) ?? throw new BadHttpRequestException("body: must be a JSON object.");
        }
        catch (JsonException wrong)
        {
            throw new BadHttpRequestException($"body: {(wrong.Path is { Length: > 1 } path ? $"{path[1..].TrimStart('.')} is not of the right type." : "is no JSON object of the expected form.")}", wrong);
        }
    }

    private async Task<(Actor? Actor, Refusal? Why)> WhoAsync(HttpContext context, string deed, Role needed)
    {
        var session = await context.AuthenticateAsync(ConsoleSession.Scheme);
        if (session.Principal is { } user && ConsoleSession.ActorOf(user) is { } person)
        {
            // A page elsewhere can make a browser send the cookie; no page elsewhere can make it say that it is ours.
            if (IsFromElsewhere(context.Request)) return (person, new Refusal(StatusCodes.Status403Forbidden, "Origin: another site's page may not call /api with a person's session."));
            return ConsoleSession.RoleOf(user) >= needed ? (person, null) : (person, new Refusal(StatusCodes.Status403Forbidden, $"This needs the role {needed.Word()}. An admin of this server can give it."));
        }
        try
        {
            var caller = await agents.AuthenticateAsync(context);
            if (catalog.Find(deed) is not { } tool) return (caller.Actor, new Refusal(StatusCodes.Status403Forbidden, "Only people may do this: sign in to the console."));
            return caller.Scope.WhyNot(tool, caller.Actor.Name) is { } why ? (caller.Actor, new Refusal(StatusCodes.Status403Forbidden, why)) : (caller.Actor, null);
        }
        catch (McpRefusal refused)
        {
            return (null, new Refusal(refused.Status, refused.Message));
        }
    }

    private static bool IsFromElsewhere(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site) return site is not ("same-origin" or "none");
        return request.Headers.Origin.ToString() is { Length: > 0 } origin && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase));
    }

    private static IResult Refuse(int status, string code, string message) => Results.Json(new { error = code, message }, Json, statusCode: status);

    private sealed record Refusal(int Status, string Message);
}
