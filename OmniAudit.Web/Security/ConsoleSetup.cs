using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Components;
using OmniAudit.Web.Components.Controls;
using OmniAudit.Web.Endpoints;
using Radzen;

namespace OmniAudit.Web.Security;

/// <summary>The console in one place: who may see it, what it is made of, where it is served.</summary>
internal static class ConsoleSetup
{
    /// <summary>A signed-in person, of whatever role. API keys and tokens of agents are no sign-in.</summary>
    public const string Policy = "Console";
    /// <summary>A person who may start work and ask for writes.</summary>
    public const string OperatorPolicy = "Console.operator";
    /// <summary>A person who may decide.</summary>
    public const string ApproverPolicy = "Console.approver";
    /// <summary>A person who may change who may do what.</summary>
    public const string AdminPolicy = "Console.admin";

    private static readonly (string Name, Role Role)[] RolePolicies = [(OperatorPolicy, Role.Operator), (ApproverPolicy, Role.Approver), (AdminPolicy, Role.Admin)];

    /// <summary>The role that policies ask for; viewer where they ask for a sign-in only.</summary>
    public static Role RoleNeeded(IEnumerable<IAuthorizeData> policies) =>
        policies.Select(p => RolePolicies.FirstOrDefault(r => r.Name == p.Policy).Role).Append(Role.Viewer).Max();

    public static IServiceCollection AddConsole(this IServiceCollection services)
    {
        services.AddSingleton<PasskeyChallenges>().AddSingleton<ConsoleSignIn>().AddScoped<ConsoleCookieEvents>().AddSingleton<OidcSignIn>();
        services.AddAuthentication().AddCookie(ConsoleSession.Scheme, cookie =>
        {
            cookie.Cookie.Name = "omniaudit-console";
            cookie.Cookie.HttpOnly = true;
            // Strict would hide the session from every link in a chat or mail, which is how people reach an approval.
            // What changes something is protected by antiforgery tokens and by the circuit's own origin.
            cookie.Cookie.SameSite = SameSiteMode.Lax;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = TimeSpan.FromHours(8);
            cookie.SlidingExpiration = true;
            cookie.LoginPath = "/signin";
            cookie.ReturnUrlParameter = "returnUrl";
            cookie.EventsType = typeof(ConsoleCookieEvents);
        });
        var authorization = services.AddAuthorizationBuilder().AddPolicy(Policy, policy => policy.AddAuthenticationSchemes(ConsoleSession.Scheme).RequireAuthenticatedUser());
        foreach (var (name, role) in RolePolicies)
            authorization.AddPolicy(name, policy => policy.AddAuthenticationSchemes(ConsoleSession.Scheme).RequireAuthenticatedUser().RequireAssertion(context => ConsoleSession.RoleOf(context.User) >= role));
        services.AddCascadingAuthenticationState().AddScoped<AuthenticationStateProvider, ConsoleAuthenticationState>().AddScoped<CircuitHandler, ConsoleCircuit>();

        services.AddAntiforgery(antiforgery => antiforgery.Cookie.Name = "omniaudit-form");
        services.AddRazorComponents().AddInteractiveServerComponents(circuit => circuit.DetailedErrors = false)
            // What is typed arrives whole: the body of a release is longer than SignalR's 32 KB, and past the limit the connection ends.
            .AddHubOptions(hub => hub.MaximumReceiveMessageSize = 4 * 1024 * 1024);
        services.AddRadzenComponents();
        services.AddScoped<PageClock>().AddScoped<PendingApprovals>();
        return services;
    }

    /// <summary>Call after UseRouting.</summary>
    public static void MapConsole(this WebApplication app)
    {
        app.Use(AddHeaders);
        app.UseAuthorization();
        app.Use(RequirePasswordFirst);
        app.UseAntiforgery();

        app.MapStaticAssets().AllowAnonymous();
        app.MapPost("/signout", SignOutAsync).RequireAuthorization(Policy);
        OidcSignIn.Map(app);
        app.MapPasskeys();
        app.MapReceiptDownloads().RequireAuthorization(Policy);
        app.MapPublicLog(app.Services.GetRequiredService<OmniAuditOptions>());
        app.MapScanObjects().RequireAuthorization(Policy);
        app.MapReportDownloads().RequireAuthorization(Policy);
        app.MapEvidenceFiles().RequireAuthorization(Policy);
        app.MapEventExports().RequireAuthorization(Policy);
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(server => server.ContentSecurityFrameAncestorsPolicy = null).RequireAuthorization(Policy);
    }

    private static Task AddHeaders(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        // Radzen and Blazor set style attributes; scripts come from this server's files only.
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";
        headers.XFrameOptions = "DENY";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return next(context);
    }

    /// <summary>A one-time link opens the door once; until a password is chosen, or a passkey added, there is nothing else to do.</summary>
    private static Task RequirePasswordFirst(HttpContext context, RequestDelegate next)
    {
        if (!ConsoleSession.MustChoosePassword(context.User) || context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null
            || context.Request.Path.StartsWithSegments("/account/password", StringComparison.OrdinalIgnoreCase)
            || context.Request.Path.StartsWithSegments("/account/passkeys", StringComparison.OrdinalIgnoreCase) || context.Request.Path.StartsWithSegments("/signout", StringComparison.OrdinalIgnoreCase))
            return next(context);
        if (context.Request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase)) context.Response.StatusCode = StatusCodes.Status403Forbidden;
        else context.Response.Redirect("/account/password?returnUrl=" + Uri.EscapeDataString(context.Request.Path + context.Request.QueryString));
        return Task.CompletedTask;
    }

    private static async Task<IResult> SignOutAsync(HttpContext context, IAntiforgery antiforgery, OidcSignIn oidc)
    {
        if (!await antiforgery.IsRequestValidAsync(context)) return Results.BadRequest("This form is out of date. Go back, reload the page and sign out again.");
        var provider = await oidc.BeginSignOutAsync(context);
        await context.SignOutAsync(ConsoleSession.Scheme);
        return Results.Redirect(provider ?? "/signin");
    }
}
