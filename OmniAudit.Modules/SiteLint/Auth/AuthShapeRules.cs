using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Auth;

/// <summary>What a sign-in may be. Every refusal names the field and what is allowed.</summary>
internal static class AuthShapeRules
{
    private const int MostOrigins = 5;
    private const int MostNames = 20;
    private const int MostSteps = 20;
    private const int LongestSecret = 8_192;
    /// <summary>A shorter one could not be taken out of reports without tearing holes into other words.</summary>
    private const int ShortestSecret = 4;

    // Framing, routing and what the browser says about itself belong to the browser; cookies have a field of their own.
    private static readonly string[] ForbiddenHeaders = ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect", "cookie", "origin", "referer", "keep-alive"];

    /// <returns>The same with its origins in canonical spelling.</returns>
    /// <exception cref="IdentityRefusedException">Something is not allowed.</exception>
    public static AuthShape Checked(string name, AuthShape shape)
    {
        if (!NameRule.Accepts(name)) throw Refused("name", $"'{name}' is no name for an auth profile. Allowed: {NameRule.Allowed}");
        if (shape.Origins.Count is 0 or > MostOrigins) throw Refused("origins", $"must have 1 to {MostOrigins} entries");
        var origins = shape.Origins.Select(o => WebTarget.TryParse(o, out var target, out var problem)
            ? target.PathAndQuery == "/" ? target.Origin : throw Refused("origins", $"'{Cut(o)}' must end after the host, for example {target.Origin}")
            : throw Refused("origins", $"'{Cut(o)}': {problem}")).Distinct(StringComparer.Ordinal).ToList();
        if (shape.Cookies.Count > MostNames || shape.Headers.Count > MostNames) throw Refused("cookies and headers", $"must be at most {MostNames} each");
        foreach (var cookie in shape.Cookies) if (!IsToken(cookie)) throw Refused("cookies", $"'{Cut(cookie)}' is no cookie name");
        foreach (var header in shape.Headers)
        {
            if (!IsToken(header)) throw Refused("headers", $"'{Cut(header)}' is no header name");
            if (ForbiddenHeaders.Contains(header.ToLowerInvariant()) || header.StartsWith("proxy-", StringComparison.OrdinalIgnoreCase) || header.StartsWith("sec-", StringComparison.OrdinalIgnoreCase))
                throw Refused("headers", $"'{header}' is the browser's own. Use cookies for a cookie, and leave the others out");
        }
        if (shape.BasicUser is { } user && (user.Length is 0 or > 200 || user.Contains(':', StringComparison.Ordinal) || user.Any(char.IsControl))) throw Refused("basic user", "must have 1 to 200 characters and no colon");
        if (shape.BasicUser is not null && shape.Headers.Any(h => h.Equals("authorization", StringComparison.OrdinalIgnoreCase))) throw Refused("headers", "Authorization and a basic user exclude each other");
        if (shape.Login is { } login) CheckLogin(login, origins);
        if (shape.SecretKeys().Count == 0) throw Refused("profile", "has nothing to sign in with: give it a cookie, a header, a basic user, or a login with a secret");
        return shape with { Origins = origins };
    }

    /// <exception cref="IdentityRefusedException">One is missing, unknown or unfit. No value is in the message.</exception>
    public static void CheckSecrets(AuthShape shape, IReadOnlyDictionary<string, string> secrets)
    {
        var keys = shape.SecretKeys();
        if (keys.FirstOrDefault(k => !secrets.ContainsKey(k)) is { } missing) throw Refused("secrets", $"'{missing}' has no value");
        if (secrets.Keys.FirstOrDefault(k => !keys.Contains(k)) is { } unknown) throw Refused("secrets", $"'{Cut(unknown)}' is used nowhere in this profile; it uses {string.Join(", ", keys)}");
        foreach (var (key, value) in secrets) CheckSecret(key, value);
    }

    private static void CheckSecret(string key, string value)
    {
        if (value.Length is < ShortestSecret or > LongestSecret) throw Refused("secrets", $"'{key}' must have {ShortestSecret} to {LongestSecret} characters");
        if (value.Any(c => c is '\r' or '\n' or '\0')) throw Refused("secrets", $"'{key}' must not hold line breaks");
        if (key.StartsWith("cookie:", StringComparison.Ordinal) && value.Any(c => c is ';' or ',' or '"' or '\\' or <= ' ' or >= '\u007f')) throw Refused("secrets", $"'{key}' holds characters that cookies cannot (RFC 6265 §4.1.1)");
        if (key.StartsWith("header:", StringComparison.Ordinal) && value.Any(c => (c < ' ' && c != '\t') || c >= '\u007f')) throw Refused("secrets", $"'{key}' holds characters that headers cannot");
    }

    private static void CheckLogin(AuthLogin login, List<string> origins)
    {
        if (!WebTarget.TryParse(login.Url, out var target, out var problem)) throw Refused("login url", problem);
        if (!origins.Contains(target.Origin)) throw Refused("login url", $"must be on one of the origins ({string.Join(", ", origins)})");
        if (login.Steps.Count is 0 or > MostSteps) throw Refused("login steps", $"must be 1 to {MostSteps}");
        for (var i = 0; i < login.Steps.Count; i++)
        {
            var (step, field) = (login.Steps[i], $"login step {i + 1}");
            if (step.Action is not ("fill" or "click" or "wait")) throw Refused(field, "must be fill, click or wait");
            if (step.Selector.Length is 0 or > 300) throw Refused(field, "needs a selector of 1 to 300 characters");
            if (step.Action == "fill" ? step.Value is null == step.Secret is null : step.Value is not null || step.Secret is not null)
                throw Refused(field, step.Action == "fill" ? "needs either a value or the name of a secret" : "takes no value");
            if (step.Value is { Length: > 500 }) throw Refused(field, "takes a value of at most 500 characters");
            if (step.Secret is { } secret && (!NameRule.Accepts(secret) || secret == "basic")) throw Refused(field, $"'{Cut(secret)}' is no name for a secret. Allowed: {NameRule.Allowed}");
        }
        if (login.SignedIn is { Length: 0 or > 300 }) throw Refused("signed-in selector", "must have 1 to 300 characters");
    }

    private static bool IsToken(string text) => text.Length is > 0 and <= 200 && text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));

    private static IdentityRefusedException Refused(string field, string rule) => new($"{field}: {rule}.");

    private static string Cut(string text) => new([.. text.Take(100).Select(c => char.IsControl(c) ? ' ' : c)]);
}
