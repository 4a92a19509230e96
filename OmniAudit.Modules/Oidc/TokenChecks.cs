using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace OmniAudit.Modules.Oidc;

/// <summary>The checks that every token of an issuer must pass (RFC 7519, RFC 8725): form, algorithm, type, issuer, audience, signature, times.</summary>
internal sealed class TokenChecks(TimeProvider time)
{
    public const int LongestToken = 16 * 1024;
    /// <summary>How far the issuer's clock may be from ours.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);
    /// <summary>Signatures by the issuer's private key only: with a shared secret or with none, anyone could sign.</summary>
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = LongestToken };

    /// <summary>The claims of a token that holds.</summary>
    /// <param name="types">What the header's <c>typ</c> may be; null for anything.</param>
    /// <exception cref="TokenRefusedException">It does not hold.</exception>
    /// <exception cref="OidcUnavailableException">The issuer's keys cannot be had.</exception>
    public async Task<JsonElement> ReadAsync(string token, OidcIssuer issuer, string audience, string[]? types, CancellationToken cancellationToken)
    {
        var jwt = Parse(token);
        // A header parameter that must be understood, and is not (RFC 7515, 4.1.11).
        if (jwt.TryGetHeaderValue<object>("crit", out _)) throw new TokenRefusedException("its header has a crit parameter, which is not understood here");
        if (!Algorithms.Contains(jwt.Alg, StringComparer.Ordinal)) throw new TokenRefusedException($"its algorithm is not allowed; allowed: {string.Join(", ", Algorithms)}");
        if (types is not null && !types.Contains(jwt.Typ, StringComparer.OrdinalIgnoreCase)) throw new TokenRefusedException($"its type (typ) must be {string.Join(" or ", types)}");
        // Looked at before the keys are: a stranger's token must not make us ask the issuer for anything.
        var document = await issuer.GetAsync(cancellationToken);
        if (jwt.Issuer != document.Issuer) throw new TokenRefusedException("it comes from another issuer");
        if (!jwt.Audiences.Contains(audience, StringComparer.Ordinal)) throw new TokenRefusedException($"it is not for this server: its audience must be {audience}");
        var keys = await issuer.KeysAsync(jwt.Kid, cancellationToken);
        if (keys.Count == 0) throw new TokenRefusedException("the issuer has no such signing key; if its keys have just changed, try again in half a minute");

        var result = await _handler.ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            ValidIssuer = document.Issuer,
            ValidAudience = audience,
            ValidAlgorithms = Algorithms,
            IssuerSigningKeys = keys,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            LifetimeValidator = (_, expires, _, _) => expires is not null,
        });
        if (!result.IsValid)
        {
            throw new TokenRefusedException(result.Exception is SecurityTokenInvalidSignatureException or SecurityTokenSignatureKeyNotFoundException ? "its signature is wrong"
                : result.Exception is SecurityTokenInvalidLifetimeException or SecurityTokenNoExpirationException ? "it has no end (exp)"
                : "it does not pass the checks");
        }
        CheckTimes(jwt);
        return Claims(jwt);
    }

    private void CheckTimes(JsonWebToken jwt)
    {
        var now = time.GetUtcNow();
        if (jwt.ValidTo <= (now - ClockSkew).UtcDateTime) throw new TokenRefusedException($"it expired at {jwt.ValidTo:u}; now is {now:u}");
        if (jwt.ValidFrom > (now + ClockSkew).UtcDateTime) throw new TokenRefusedException($"it is not valid before {jwt.ValidFrom:u}; now is {now:u}");
        if (jwt.IssuedAt > (now + ClockSkew).UtcDateTime) throw new TokenRefusedException($"it was issued in the future, at {jwt.IssuedAt:u}; now is {now:u}");
    }

    private static JsonWebToken Parse(string token)
    {
        if (token.Length > LongestToken) throw new TokenRefusedException($"it is longer than {LongestToken} bytes");
        if (token.Count(c => c == '.') != 2) throw new TokenRefusedException("it is no signed JWT");
        try
        {
            return new JsonWebToken(token);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or SecurityTokenException or JsonException)
        {
            throw new TokenRefusedException("it is no signed JWT");
        }
    }

    private static JsonElement Claims(JsonWebToken jwt)
    {
        using var document = JsonDocument.Parse(Encoding.UTF8.GetString(Base64UrlEncoder.DecodeBytes(jwt.EncodedPayload)));
        return document.RootElement.Clone();
    }
}
