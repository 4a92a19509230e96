using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace OmniAudit.Web.Security;

/// <summary>A cookie is good only as long as the store says so: a disabled person, a new password or a sign-out everywhere ends it at the next request.</summary>
internal sealed class ConsoleCookieEvents(ConsoleSignIn signIn) : CookieAuthenticationEvents
{
    public override async Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        if (context.Principal is { } user && await signIn.IsCurrentAsync(user, context.HttpContext.RequestAborted)) return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(ConsoleSession.Scheme);
    }

    /// <summary>A page goes to the sign-in; the circuit's own requests get the plain status.</summary>
    public override Task RedirectToLogin(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (context.Request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase)) context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        else context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }
}
