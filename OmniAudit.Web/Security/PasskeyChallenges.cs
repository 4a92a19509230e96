using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Nodes;

namespace OmniAudit.Web.Security;

/// <summary>
/// Keeps a passkey challenge between its two requests: sealed, in a cookie of the one browser it was made for, good for one
/// answer, for five minutes, to any server. A registration's is also tied to its session.
/// </summary>
internal sealed class PasskeyChallenges(IDataProtectionProvider protection, UsedOnce used, TimeProvider time)
{
    private const string Cookie = "omniaudit-passkey";

    private readonly IDataProtector _protector = protection.CreateProtector("OmniAudit.PasskeyChallenge");

    /// <param name="session">What the challenge is tied to: the session's stamp, or empty for a sign-in.</param>
    public void Keep(HttpContext context, string session, string state)
    {
        var kept = new Kept(Id(), session, state, time.GetUtcNow() + PasskeyDirectory.Lifetime);
        context.Response.Cookies.Append(Cookie, Convert.ToBase64String(_protector.Protect(JsonSerializer.SerializeToUtf8Bytes(kept))), Options(context));
    }

    /// <summary>The state of the challenge that this browser was given, once; afterwards it is used up, whatever becomes of the answer.</summary>
    /// <exception cref="IdentityRefusedException">There is none, or it was answered, is too old, or belongs to another session.</exception>
    public async Task<string> TakeAsync(HttpContext context, string session)
    {
        var kept = Read(context.Request.Cookies[Cookie]);
        context.Response.Cookies.Delete(Cookie, Options(context));
        if (kept is null || kept.Until <= time.GetUtcNow() || kept.Session != session || !await used.TryUseAsync($"passkey:{kept.Id}", kept.Until, context.RequestAborted))
            throw new IdentityRefusedException("This took too long, or was answered already. Begin again.");
        return kept.State;
    }

    private Kept? Read(string? cookie)
    {
        if (string.IsNullOrEmpty(cookie)) return null;
        try
        {
            return JsonSerializer.Deserialize<Kept>(_protector.Unprotect(Convert.FromBase64String(cookie)));
        }
        catch (Exception forged) when (forged is CryptographicException or FormatException or JsonException)
        {
            return null;
        }
    }

    private static CookieOptions Options(HttpContext context) =>
        new() { HttpOnly = true, Secure = context.Request.IsHttps, SameSite = SameSiteMode.Strict, Path = "/", IsEssential = true, MaxAge = PasskeyDirectory.Lifetime };

    private static string Id() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private sealed record Kept(string Id, string Session, string State, DateTimeOffset Until);
}
