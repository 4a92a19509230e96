using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Oidc;

/// <summary>The console's side of OpenID Connect Core 1.0: the authorization code flow with PKCE (RFC 7636, S256), state and nonce. A singleton; keeps nothing between the steps.</summary>
public sealed class OidcClient
{
    /// <summary>What a subject is at most (Core, 2).</summary>
    private const int LongestSubject = 255;

    private readonly OidcOptions _options;
    private readonly OidcHttp _http;
    private readonly TokenChecks _checks;
    private readonly OidcIssuer? _issuer;
    private readonly RoleMap _roles;

    internal OidcClient(OmniAuditOptions options, Func<string, OidcIssuer> issuers, OidcHttp http, TokenChecks checks)
    {
        (_options, _http, _checks, _roles) = (options.Oidc, http, checks, new RoleMap(options.Oidc.Roles));
        if (IsOn) _issuer = issuers(_options.Authority);
    }

    /// <summary>Whether people may sign in at a provider (OIDC_AUTHORITY).</summary>
    public bool IsOn => _options.Authority.Length > 0;

    /// <summary>What the provider is called on the sign-in page.</summary>
    public string Name => _options.Name.Length > 0 ? _options.Name : IsOn ? new Uri(_options.Authority).Host : "";

    /// <summary>Which groups have a role here, for a person who has none: <c>admin: omni-admins</c> ….</summary>
    public string Allowed => _roles.ToString();

    /// <summary>The first step: where to send the browser, and what to keep for the last step.</summary>
    /// <exception cref="OidcUnavailableException">The provider cannot be reached.</exception>
    public async Task<(string Url, OidcAttempt Attempt)> BeginAsync(string redirectUri, CancellationToken cancellationToken)
    {
        var document = await _issuer!.GetAsync(cancellationToken);
        if (!OidcHttp.IsSafe(document.AuthorizationEndpoint)) throw new OidcUnavailableException("the provider names no https address to sign in at");
        var attempt = new OidcAttempt(Random(), Random(), Random());
        var url = WithQuery(document.AuthorizationEndpoint, new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["response_type"] = "code",
            ["client_id"] = _options.ClientId,
            ["redirect_uri"] = redirectUri,
            ["scope"] = string.Join(' ', _options.Scopes.Prepend("openid").Distinct(StringComparer.Ordinal)),
            ["state"] = attempt.State,
            ["nonce"] = attempt.Nonce,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(attempt.Verifier))),
            ["code_challenge_method"] = "S256",
        });
        return (url, attempt);
    }

    /// <summary>The last step: trades the code for what the provider signs about the person.</summary>
    /// <param name="iss">The answer's <c>iss</c> parameter, if it had one (RFC 9207).</param>
    /// <exception cref="SignInRefusedException">The person is not let in.</exception>
    /// <exception cref="OidcUnavailableException">The provider cannot be reached.</exception>
    public async Task<OidcPerson> FinishAsync(string code, string? iss, OidcAttempt attempt, string redirectUri, CancellationToken cancellationToken)
    {
        var document = await _issuer!.GetAsync(cancellationToken);
        if (iss is null ? document.AuthorizationResponseIssParameterSupported : iss != document.Issuer) throw new SignInRefusedException(SignInProblem.TokenRefused, "The answer does not come from the issuer (iss).");
        var tokens = await RedeemAsync(document, code, attempt, redirectUri, cancellationToken);
        var idToken = TokenClaims.Text(tokens, "id_token") ?? throw new SignInRefusedException(SignInProblem.TokenRefused, "The provider sent no id_token.");
        var accessToken = TokenClaims.Text(tokens, "access_token");
        var claims = await ReadIdTokenAsync(idToken, accessToken, attempt.Nonce, cancellationToken);
        var subject = TokenClaims.Text(claims, "sub");
        if (subject is null or { Length: > LongestSubject }) throw new SignInRefusedException(SignInProblem.TokenRefused, "The id_token has no usable sub.");

        // Many providers keep groups and names out of the id_token.
        var more = TokenClaims.Has(claims, _options.RoleClaim) && TokenClaims.Has(claims, _options.GroupsClaim) && TokenClaims.Text(claims, "preferred_username") is not null
            ? null : await UserInfoAsync(document, accessToken, subject, cancellationToken);
        IReadOnlyList<string> List(string name) => TokenClaims.Has(claims, name) || more is not { } other ? TokenClaims.List(claims, name) : TokenClaims.List(other, name);
        string? Text(string name) => TokenClaims.Text(claims, name) ?? (more is { } other ? TokenClaims.Text(other, name) : null);

        var role = _roles.RoleOf(List(_options.RoleClaim))
            ?? throw new SignInRefusedException(SignInProblem.NoRole, $"None of the person's groups ({_options.RoleClaim}) has a role.");
        var name = Text("preferred_username") ?? Text("email") ?? subject;
        return new OidcPerson(document.Issuer, subject, name, Text("name") ?? name, role, List(_options.GroupsClaim), idToken);
    }

    /// <summary>Where to send the browser so that the provider's session ends too (RP-Initiated Logout 1.0); null when the provider has no such place or cannot be asked.</summary>
    /// <param name="idToken">The session's id_token; null when it was not kept.</param>
    public async Task<string?> SignOutUrlAsync(string? idToken, string returnTo, CancellationToken cancellationToken)
    {
        try
        {
            if (_issuer is null || (await _issuer.GetAsync(cancellationToken)).EndSessionEndpoint is not { Length: > 0 } endpoint || !OidcHttp.IsSafe(endpoint)) return null;
            var query = new Dictionary<string, string>(StringComparer.Ordinal) { ["client_id"] = _options.ClientId, ["post_logout_redirect_uri"] = returnTo };
            if (idToken is not null) query["id_token_hint"] = idToken;
            return WithQuery(endpoint, query);
        }
        catch (OidcUnavailableException)
        {
            return null;
        }
    }

    private async Task<JsonElement> RedeemAsync(OpenIdConnectConfiguration document, string code, OidcAttempt attempt, string redirectUri, CancellationToken cancellationToken)
    {
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["code_verifier"] = attempt.Verifier,
        };
        AuthenticationHeaderValue? basic = null;
        var methods = document.TokenEndpointAuthMethodsSupported;
        if (_options.ClientSecret.Length == 0)
        {
            form["client_id"] = _options.ClientId;
        }
        else if (methods.Count > 0 && !methods.Contains("client_secret_basic") && methods.Contains("client_secret_post"))
        {
            (form["client_id"], form["client_secret"]) = (_options.ClientId, _options.ClientSecret);
        }
        else
        {
            // RFC 6749, 2.3.1: each part form-encoded before they are joined.
            basic = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{Encode(_options.ClientId)}:{Encode(_options.ClientSecret)}")));
        }
        var (status, body) = await _http.PostAsync(document.TokenEndpoint, form, basic, cancellationToken);
        if (status == 200) return body;
        var error = TokenClaims.Text(body, "error") ?? "no error code";
        throw new SignInRefusedException(error == "invalid_grant" ? SignInProblem.CodeRefused : SignInProblem.ProviderError, $"The token endpoint answered {status}: {Bounded(error)}");
    }

    private async Task<JsonElement> ReadIdTokenAsync(string idToken, string? accessToken, string nonce, CancellationToken cancellationToken)
    {
        try
        {
            var claims = await _checks.ReadAsync(idToken, _issuer!, _options.ClientId, types: null, cancellationToken);
            // Core, 3.1.3.7: with several audiences, the party it was issued to must be this one.
            var party = TokenClaims.Text(claims, "azp");
            if (party is null ? TokenClaims.List(claims, "aud").Count > 1 : party != _options.ClientId) throw new TokenRefusedException("it was issued to another client (azp)");
            if (!claims.TryGetProperty("iat", out _)) throw new TokenRefusedException("it does not say when it was issued (iat)");
            if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(TokenClaims.Text(claims, "nonce") ?? ""), Encoding.UTF8.GetBytes(nonce))) throw new TokenRefusedException("it belongs to another sign-in (nonce)");
            if (TokenClaims.Text(claims, "at_hash") is { } hash && accessToken is not null && hash != HalfHash(idToken, accessToken)) throw new TokenRefusedException("it does not belong to the access token (at_hash)");
            return claims;
        }
        catch (TokenRefusedException refused)
        {
            throw new SignInRefusedException(SignInProblem.TokenRefused, $"The id_token is refused: {refused.Message}");
        }
    }

    /// <summary>What the provider tells the bearer of the access token; null when it tells nothing. About somebody else than the id_token, it counts for nothing (Core, 5.3.2).</summary>
    private async Task<JsonElement?> UserInfoAsync(OpenIdConnectConfiguration document, string? accessToken, string subject, CancellationToken cancellationToken)
    {
        if (accessToken is null || document.UserInfoEndpoint is not { Length: > 0 } endpoint) return null;
        var info = await _http.GetAsync(endpoint, accessToken, cancellationToken);
        return info is { } claims && TokenClaims.Text(claims, "sub") == subject ? info : null;
    }

    /// <summary>Core, 3.1.3.6: the left half of the hash, made by the hash of the id_token's own algorithm.</summary>
    private static string HalfHash(string idToken, string accessToken)
    {
        var algorithm = new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(idToken).Alg;
        var bytes = Encoding.ASCII.GetBytes(accessToken);
        var hash = algorithm[^3..] switch { "384" => SHA384.HashData(bytes), "512" => SHA512.HashData(bytes), _ => SHA256.HashData(bytes) };
        return Base64Url.EncodeToString(hash.AsSpan(0, hash.Length / 2));
    }

    private static string WithQuery(string address, Dictionary<string, string> query) =>
        address + (address.Contains('?', StringComparison.Ordinal) ? '&' : '?') + string.Join('&', query.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value)}"));

    private static string Encode(string text) => System.Net.WebUtility.UrlEncode(text);

    private static string Bounded(string text) => string.Concat(text.Take(60).Where(c => !char.IsControl(c)));

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}

/// <summary>What the browser's sealed cookie keeps between the first step and the last.</summary>
/// <param name="State">Ties the answer to the browser that asked.</param>
/// <param name="Nonce">Ties the id_token to the request.</param>
/// <param name="Verifier">Ties the code to this server (PKCE). A secret.</param>
public sealed record OidcAttempt(string State, string Nonce, string Verifier);

/// <summary>A person as their provider tells it, with a role here.</summary>
/// <param name="Issuer">As the provider spells itself.</param>
/// <param name="Subject">Who it is, for ever; the names below may change.</param>
/// <param name="UserName">What the provider calls the person; untrusted text.</param>
/// <param name="DisplayName">For others to see; untrusted text.</param>
/// <param name="Groups">The provider's names of the person's groups; untrusted text.</param>
/// <param name="IdToken">Hint for signing out at the provider.</param>
public sealed record OidcPerson(string Issuer, string Subject, string UserName, string DisplayName, Role Role, IReadOnlyList<string> Groups, string IdToken);
