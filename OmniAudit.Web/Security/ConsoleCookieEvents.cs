using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Security;

/// <summary>A cookie is good only as long as the store says so: a disabled person, a new password or a sign-out everywhere ends it at the next request. The role is the store's, never the cookie's.</summary>
internal sealed class ConsoleCookieEvents(ConsoleSignIn signIn) : CookieAuthenticationEvents
{
    public override async Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        if (context.Principal is { } user && await signIn.CurrentAsync(user, context.HttpContext.RequestAborted) is { } current)
        {
            context.ReplacePrincipal(current);
            return;
        }
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(ConsoleSession.Scheme);
    }

    /// <summary>A page goes to the sign-in; the circuit's own requests and those of scripts get the plain status.</summary>
    public override Task RedirectToLogin(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (IsPage(context.Request)) context.Response.Redirect(context.RedirectUri);
        else context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    }

    /// <summary>Signed in, but not for this: said in words on a page of its own.</summary>
    public override Task RedirectToAccessDenied(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (IsPage(context.Request)) context.Response.Redirect($"/denied?need={ConsoleSetup.RoleNeeded(context.HttpContext.GetEndpoint()?.Metadata.GetOrderedMetadata<IAuthorizeData>() ?? []).Word()}");
        else context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static bool IsPage(HttpRequest request) =>
        !request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase) && !request.HasJsonContentType();
}
