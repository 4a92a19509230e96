using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.DataProtection;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Oidc;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Components.Layout;

namespace OmniAudit.Web.Security;

/// <summary>
/// Console sign-in at an OIDC provider: the browser's side. What belongs to an attempt is kept in a sealed cookie of the
/// browser that began it, so that no other browser can end it, and a restart in between does not matter.
/// </summary>
internal sealed class OidcSignIn(OidcClient client, FederatedOperators operators, ConsoleSignIn signIn, OmniAuditOptions options, IDataProtectionProvider protection, TimeProvider time, ILogger<OidcSignIn> log)
{
    /// <summary>Where people begin; a link, since a form may not lead away (form-action).</summary>
    public const string StartPath = "/signin/oidc/start";
    private const string CallbackPath = "/signin/oidc";
    private const string OutPath = "/signin/oidc/out";
    private const string AttemptCookie = "omniaudit-oidc-";
    private const string OutCookie = "omniaudit-oidc.out";
    private const string IdTokenItem = "omniaudit:id-token";
    /// <summary>The session's cookie carries it; a longer one is left out, and the provider asks the person whether to sign out.</summary>
    private const int LongestKeptToken = 2500;
    /// <summary>A session does not outlive this, used or not: what the provider takes away is gone then.</summary>
    private static readonly TimeSpan SessionTime = TimeSpan.FromHours(8);
    private static readonly TimeSpan AttemptTime = TimeSpan.FromMinutes(10);

    private readonly IDataProtector _attempts = protection.CreateProtector("OmniAudit.Oidc.Attempt");
    private readonly IDataProtector _tokens = protection.CreateProtector("OmniAudit.Oidc.SignOut");

    private string RedirectUri => options.App.PublicUrl + CallbackPath;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(StartPath, (HttpContext context, OidcSignIn oidc, string? returnUrl) => oidc.StartAsync(context, returnUrl)).AllowAnonymous();
        routes.MapGet(CallbackPath, (HttpContext context, OidcSignIn oidc) => oidc.FinishAsync(context)).AllowAnonymous();
        routes.MapGet(OutPath, (HttpContext context, OidcSignIn oidc) => oidc.LeaveAsync(context)).AllowAnonymous();
    }

    private async Task<IResult> StartAsync(HttpContext context, string? returnUrl)
    {
        if (!client.IsOn) return Results.NotFound();
        returnUrl = PageLinks.LocalOrStart(returnUrl);
        if (returnUrl.Length > 1000) returnUrl = PageLinks.Start;
        try
        {
            var (url, attempt) = await client.BeginAsync(RedirectUri, context.RequestAborted);
            var pending = new Pending(attempt, returnUrl, time.GetUtcNow() + AttemptTime);
            context.Response.Cookies.Append(CookieOf(attempt.State), _attempts.Protect(JsonSerializer.Serialize(pending)), Cookie(AttemptTime));
            context.Response.Headers.CacheControl = "no-store";
            return Results.Redirect(url);
        }
        catch (OidcUnavailableException unavailable)
        {
            log.LogWarning("Nobody can sign in at the provider: {Reason}", unavailable.Message);
            return Refuse(SignInProblem.Unavailable, returnUrl);
        }
    }

    private async Task<IResult> FinishAsync(HttpContext context)
    {
        if (!client.IsOn) return Results.NotFound();
        context.Response.Headers.CacheControl = "no-store";
        var query = context.Request.Query;
        var state = One("state");
        if (TakePending(context, state) is not { } pending) return Refuse(SignInProblem.Stale, null);
        try
        {
            if (One("error") is { Length: > 0 } error)
            {
                log.LogInformation("The provider did not sign a person in: {Error}", Shown(error));
                return Refuse(error == "access_denied" ? SignInProblem.Denied : SignInProblem.ProviderError, pending.ReturnUrl);
            }
            if (One("code") is not { Length: > 0 and <= 4096 } code) return Refuse(SignInProblem.ProviderError, pending.ReturnUrl);
            var person = await client.FinishAsync(code, query.ContainsKey("iss") ? One("iss") : null, pending.Attempt, RedirectUri, context.RequestAborted);
            var found = await operators.SignInAsync(person.Issuer, person.Subject, person.UserName, person.DisplayName, person.Role, person.Groups, context.RequestAborted);
            if (found is null) return Refuse(SignInProblem.Disabled, pending.ReturnUrl);
            await EnterAsync(context, found, person.IdToken);
            return Results.Redirect(pending.ReturnUrl);
        }
        catch (SignInRefusedException refused)
        {
            log.LogWarning("A sign-in at the provider is refused ({Problem}): {Reason}", refused.Problem, refused.Message);
            return Refuse(refused.Problem, pending.ReturnUrl);
        }
        catch (OidcUnavailableException unavailable)
        {
            log.LogWarning("A sign-in at the provider cannot be ended: {Reason}", unavailable.Message);
            return Refuse(SignInProblem.Unavailable, pending.ReturnUrl);
        }

        // A parameter that is there twice is nobody's answer (RFC 6749, 3.1).
        string? One(string name) => query[name] is { Count: 1 } value ? value.ToString() : null;
    }

    private async Task EnterAsync(HttpContext context, OperatorInfo person, string idToken)
    {
        var now = time.GetUtcNow();
        var properties = new AuthenticationProperties { IssuedUtc = now, ExpiresUtc = now + SessionTime, AllowRefresh = false };
        properties.Items[IdTokenItem] = idToken.Length <= LongestKeptToken ? idToken : "";
        await context.SignInAsync(ConsoleSession.Scheme, (await signIn.EnterAsync(person, context.RequestAborted)).User!, properties);
    }

    /// <summary>For somebody who is about to be signed out here: where to go next, when the session began at the provider; null for other sessions.</summary>
    public async Task<string?> BeginSignOutAsync(HttpContext context)
    {
        var session = await context.AuthenticateAsync(ConsoleSession.Scheme);
        if (session.Properties is null || !client.IsOn || !session.Properties.Items.TryGetValue(IdTokenItem, out var idToken)) return null;
        // By a page of ours and a cookie: the form that asked may not lead away, and the token is not for addresses of ours.
        context.Response.Cookies.Append(OutCookie, _tokens.Protect(idToken ?? ""), Cookie(AttemptTime));
        return "/signin?signedOut=here";
    }

    /// <summary>On from our page to the provider's sign-out.</summary>
    private async Task<IResult> LeaveAsync(HttpContext context)
    {
        if (!client.IsOn) return Results.NotFound();
        context.Response.Headers.CacheControl = "no-store";
        if (!context.Request.Cookies.TryGetValue(OutCookie, out var cookie)) return Results.Redirect("/signin");
        context.Response.Cookies.Delete(OutCookie, Cookie(TimeSpan.Zero));
        var idToken = Open(_tokens, cookie);
        if (idToken is null) return Results.Redirect("/signin");
        return Results.Redirect(await client.SignOutUrlAsync(idToken.Length > 0 ? idToken : null, options.App.PublicUrl + "/signin", context.RequestAborted) ?? "/signin?signedOut=only-here");
    }

    private Pending? TakePending(HttpContext context, string? state)
    {
        if (state is not { Length: > 20 and < 100 } || !context.Request.Cookies.TryGetValue(CookieOf(state), out var cookie)) return null;
        // Spent whatever comes of it: a code is for one try.
        context.Response.Cookies.Delete(CookieOf(state), Cookie(TimeSpan.Zero));
        if (Open(_attempts, cookie) is not { } json || JsonSerializer.Deserialize<Pending>(json) is not { } pending) return null;
        return pending.Attempt.State == state && pending.ExpiresAt > time.GetUtcNow() ? pending : null;
    }

    private static string? Open(IDataProtector protector, string cookie)
    {
        try
        {
            return protector.Unprotect(cookie);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static IResult Refuse(SignInProblem problem, string? returnUrl) =>
        Results.Redirect($"/signin?problem={problem.ToString().ToLowerInvariant()}" + (returnUrl is null or PageLinks.Start ? "" : "&returnUrl=" + Uri.EscapeDataString(returnUrl)));

    /// <summary>One per attempt, so that sign-ins in two tabs do not disturb each other. A hash: the state may hold what a cookie's name may not.</summary>
    private static string CookieOf(string state) => AttemptCookie + Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(state)))[..12];

    /// <summary>Lax: the provider's redirect back must carry it.</summary>
    private CookieOptions Cookie(TimeSpan lifetime) => new()
    {
        HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = options.App.PublicUrl.StartsWith("https:", StringComparison.OrdinalIgnoreCase), Path = "/signin", MaxAge = lifetime, IsEssential = true,
    };

    private static string Shown(string text) => string.Concat(text.Take(60).Where(c => !char.IsControl(c)));

    private sealed record Pending(OidcAttempt Attempt, string ReturnUrl, DateTimeOffset ExpiresAt);
}
