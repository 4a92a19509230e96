using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Oidc;

/// <summary>The access tokens of MCP_OAUTH_ISSUER (JWTs after RFC 9068): who calls, and what they may do. A singleton; safe to use from many threads.</summary>
public sealed class AccessTokens
{
    /// <summary>What the subjects of callers with access tokens begin with.</summary>
    public const string SubjectPrefix = "agent:oauth:";
    /// <summary>Lets an agent call the tools that only read.</summary>
    public const string ReadScope = "omniaudit:read";
    /// <summary>Lets an agent call every tool: work is started, writes are asked for. What it asks for still waits for a person.</summary>
    public const string WriteScope = "omniaudit:write";
    private const int LongestName = 100;
    private static readonly string[] Types = ["at+jwt", "application/at+jwt", "JWT"];

    private readonly OmniAuditOptions _options;
    private readonly OidcIssuer? _issuer;
    private readonly TokenChecks _checks;

    internal AccessTokens(OmniAuditOptions options, Func<string, OidcIssuer> issuers, TokenChecks checks)
    {
        (_options, _checks) = (options, checks);
        if (IsOn) _issuer = issuers(options.Mcp.OAuthIssuer);
    }

    /// <summary>Whether tokens are taken at all (MCP_AUTH_MODE=oauth).</summary>
    public bool IsOn => _options.Mcp.AuthMode == "oauth";

    /// <summary>What the tokens are for (RFC 8707): the address of /mcp as agents know it.</summary>
    public string Resource => _options.App.PublicUrl + "/mcp";

    private string Audience => _options.Mcp.OAuthAudience is { Length: > 0 } configured ? configured : Resource;

    /// <summary>Who shows the token. Different clients of one person are different agents: what is asked through one cannot be followed or withdrawn through another.</summary>
    /// <exception cref="TokenRefusedException">It is not good here.</exception>
    /// <exception cref="OidcUnavailableException">The issuer cannot be asked.</exception>
    public async Task<TokenCaller> ReadAsync(string token, CancellationToken cancellationToken)
    {
        if (_issuer is null) throw new TokenRefusedException("this server takes no tokens (MCP_AUTH_MODE)");
        var claims = await _checks.ReadAsync(token, _issuer, Audience, Types, cancellationToken);
        RefuseIdToken(claims);
        var subject = TokenClaims.Text(claims, "sub") ?? throw new TokenRefusedException("it names nobody (sub)");
        var client = TokenClaims.Text(claims, "client_id") ?? TokenClaims.Text(claims, "azp") ?? TokenClaims.Text(claims, "appid") ?? "";
        var allowed = _options.Mcp.OAuthGroups;
        var mayCall = allowed.Count == 0 || TokenClaims.List(claims, _options.Mcp.OAuthGroupsClaim).Intersect(allowed, StringComparer.Ordinal).Any();
        var scopes = Scopes(claims);
        var mayWrite = scopes.Contains(WriteScope);
        var actor = new Actor(ActorKind.Agent, SubjectOf(TokenClaims.Text(claims, "iss")!, subject, client), NameOf(claims, subject, client));
        return new TokenCaller(new Caller(actor, AgentScope.Everything with { ReadOnly = !mayWrite }), mayCall, mayWrite || scopes.Contains(ReadScope), mayWrite);
    }

    /// <summary>An id_token tells a client who its user is; whoever holds one has not been given access by it (RFC 9068, 5).</summary>
    private static void RefuseIdToken(JsonElement claims)
    {
        if (new[] { "nonce", "at_hash", "c_hash", "s_hash" }.Any(name => claims.TryGetProperty(name, out _)) || TokenClaims.Text(claims, "typ") is "ID" or "Refresh" or "Logout")
            throw new TokenRefusedException("it is an id_token or another kind of token, not an access token");
    }

    /// <summary>As RFC 9068 writes them, as Entra ID and Okta do (<c>scp</c>), and as Entra ID does for programs without a person (<c>roles</c>).</summary>
    private static HashSet<string> Scopes(JsonElement claims) =>
        [.. new[] { "scope", "scp", "roles" }.SelectMany(name => TokenClaims.List(claims, name)).SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>Lengths stand before the parts: no choice of names makes two callers one.</summary>
    private static string SubjectOf(string issuer, string subject, string client)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{issuer.Length}:{issuer}{subject.Length}:{subject}{client.Length}:{client}");
        return SubjectPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
    }

    /// <summary><c>oauth:client/person</c>: no agent with a key can have such a name, so no rule for one of those covers this one.</summary>
    private static string NameOf(JsonElement claims, string subject, string client)
    {
        var person = TokenClaims.Text(claims, "preferred_username") ?? TokenClaims.Text(claims, "name") ?? subject;
        var name = client.Length == 0 || person == client ? Plain(person) : $"{Plain(client)}/{Plain(person)}";
        return "oauth:" + (name.Length <= LongestName ? name : name[..LongestName]);
    }

    private static string Plain(string text) => string.Concat((text.Length <= LongestName ? text : text[..LongestName]).Select(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '-' or '@' or '+' ? c : '_'));
}

/// <summary>Who shows an access token.</summary>
/// <param name="Caller">The agent and its bounds.</param>
/// <param name="MayCall">It names one of MCP_OAUTH_GROUPS, or none is asked for.</param>
/// <param name="MayRead">The token has <see cref="AccessTokens.ReadScope"/> or <see cref="AccessTokens.WriteScope"/>.</param>
/// <param name="MayWrite">It has <see cref="AccessTokens.WriteScope"/>.</param>
public sealed record TokenCaller(Caller Caller, bool MayCall, bool MayRead, bool MayWrite);
