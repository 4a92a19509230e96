using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace OmniAudit.Web.Security;

/// <summary>Ends sessions whose person was disabled, renamed their key or changed the password, within a minute.</summary>
internal sealed class ConsoleCookieEvents(ConsoleSignIn signIn, TimeProvider time) : CookieAuthenticationEvents
{
    private static readonly TimeSpan CheckEvery = TimeSpan.FromMinutes(1);
    private const string CheckedAt = "omniaudit:checked";

    public override async Task ValidatePrincipal(CookieValidatePrincipalContext context)
    {
        var now = time.GetUtcNow();
        if (context.Properties.GetString(CheckedAt) is { } text
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var last) && now - last < CheckEvery) return;
        if (context.Principal is { } user && await signIn.IsCurrentAsync(user, context.HttpContext.RequestAborted))
        {
            context.Properties.SetString(CheckedAt, now.ToString("O", CultureInfo.InvariantCulture));
            context.ShouldRenew = true;
            return;
        }
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(ConsoleSession.Scheme);
    }

    /// <summary>A page goes to the sign-in; the circuit's own requests and downloads by programs get the plain status.</summary>
    public override Task RedirectToLogin(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (context.Request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase)) context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        else context.Response.Redirect(context.RedirectUri);
        return Task.CompletedTask;
    }
}
