using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Security;

/// <summary>
/// Keeps a passkey challenge between its two requests: sealed, in a cookie of the one browser it was made for, good for one
/// answer, for five minutes, to this process. A registration's is also tied to its session.
/// </summary>
internal sealed class PasskeyChallenges(IDataProtectionProvider protection, TimeProvider time)
{
    private const string Cookie = "omniaudit-passkey";
    /// <summary>Past it nobody begins: a flood is not to fill the memory.</summary>
    private const int MostUsed = 50_000;

    private readonly IDataProtector _protector = protection.CreateProtector("OmniAudit.PasskeyChallenge");
    private readonly ConcurrentDictionary<string, DateTimeOffset> _used = new(StringComparer.Ordinal);
    /// <summary>What was answered is forgotten with the process, so challenges of an earlier one count for nothing.</summary>
    private readonly string _process = Id();

    /// <param name="session">What the challenge is tied to: the session's stamp, or empty for a sign-in.</param>
    public void Keep(HttpContext context, string session, string state)
    {
        var kept = new Kept(_process, Id(), session, state, time.GetUtcNow() + PasskeyDirectory.Lifetime);
        context.Response.Cookies.Append(Cookie, Convert.ToBase64String(_protector.Protect(JsonSerializer.SerializeToUtf8Bytes(kept))), Options(context));
    }

    /// <summary>The state of the challenge that this browser was given, once; afterwards it is used up, whatever becomes of the answer.</summary>
    /// <exception cref="IdentityRefusedException">There is none, or it was answered, is too old, or belongs to another session.</exception>
    public string Take(HttpContext context, string session)
    {
        var now = time.GetUtcNow();
        foreach (var (id, until) in _used) if (until <= now) _used.TryRemove(id, out _);
        if (_used.Count >= MostUsed) throw new IdentityRefusedException("Too many sign-ins by passkey at once. Try again in a few minutes.");
        var kept = Read(context.Request.Cookies[Cookie]);
        context.Response.Cookies.Delete(Cookie, Options(context));
        if (kept is null || kept.Process != _process || kept.Until <= now || kept.Session != session || !_used.TryAdd(kept.Id, kept.Until))
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

    private sealed record Kept(string Process, string Id, string Session, string State, DateTimeOffset Until);
}
