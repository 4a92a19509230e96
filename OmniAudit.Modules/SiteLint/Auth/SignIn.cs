using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Auth;

/// <summary>An auth profile in use by one scan: what to send where, and what must never be written down.</summary>
internal sealed class SignIn(AuthProfile profile, IReadOnlyDictionary<string, string> secrets)
{
    public const string Mask = "[secret]";

    /// <summary>A session's cookie that is shorter says nothing, and would be found in every other word.</summary>
    private const int ShortestSession = 12;

    private readonly ConcurrentDictionary<string, string> _sessionCookies = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private string[] _masked = [.. secrets.Values.Concat(profile.Shape.BasicUser is { } user ? [Basic(user, secrets["basic"])] : []).SelectMany(Spellings).Distinct().OrderByDescending(s => s.Length)];

    public AuthProfile Profile => profile;

    public AuthShape Shape => profile.Shape;

    /// <summary>Whether anything has to be added to the requests themselves.</summary>
    public bool HasHeaders => Shape.Headers.Count > 0 || Shape.BasicUser is not null;

    /// <summary>The same scheme, host and port as one of the profile's origins.</summary>
    public bool Covers(string url) => WebTarget.TryParse(url, out var target, out _) && Shape.Origins.Contains(target.Origin);

    public string Secret(string key) => secrets[key];

    /// <summary>What a request to this address must carry; empty for every other origin.</summary>
    public IReadOnlyList<(string Name, string Value)> HeadersFor(string url)
    {
        if (!Covers(url)) return [];
        var headers = Shape.Headers.Select(h => (h, secrets["header:" + h])).ToList();
        if (Shape.BasicUser is { } user) headers.Add(("Authorization", "Basic " + Basic(user, secrets["basic"])));
        return headers;
    }

    /// <summary>The cookie header of a request that no browser makes; null for every other origin, or when there are none.</summary>
    public string? CookiesFor(string url)
    {
        if (!Covers(url) || !WebTarget.TryParse(url, out var target, out _)) return null;
        if (_sessionCookies.TryGetValue(target.Origin, out var session)) return session;
        return Shape.Cookies.Count == 0 ? null : string.Join("; ", Shape.Cookies.Select(c => $"{c}={secrets["cookie:" + c]}"));
    }

    /// <summary>What the browser holds for an origin once it is signed in. The values are secrets from now on.</summary>
    public void Learn(string origin, IReadOnlyList<(string Name, string Value)> cookies)
    {
        if (cookies.Count > 0) _sessionCookies[origin] = string.Join("; ", cookies.Select(c => $"{c.Name}={c.Value}"));
        Hide(cookies.Select(c => c.Value));
    }

    /// <summary>More that must not be written down; what is too short to be a session's is left alone.</summary>
    public void Hide(IEnumerable<string> values)
    {
        lock (_gate) _masked = [.. _masked.Concat(values.Where(v => v.Length >= ShortestSession).SelectMany(Spellings)).Distinct().OrderByDescending(s => s.Length)];
    }

    /// <summary>What the site keeps in the browser's local storage: many keep the session there.</summary>
    /// <param name="state">As the browser's driver writes it.</param>
    public void HideStorage(string state)
    {
        using var json = JsonDocument.Parse(state);
        Hide([.. json.RootElement.GetProperty("origins").EnumerateArray().SelectMany(o => o.GetProperty("localStorage").EnumerateArray()).Select(i => i.GetProperty("value").GetString()!)]);
    }

    /// <summary>The text without any secret, in whatever way it was written into a URL, a document or JSON.</summary>
    public string Redact(string text)
    {
        foreach (var secret in _masked) text = text.Replace(secret, Mask, StringComparison.Ordinal);
        return text;
    }

    private static string Basic(string user, string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    private static IEnumerable<string> Spellings(string secret) =>
    [
        secret, Uri.EscapeDataString(secret), WebUtility.UrlEncode(secret), WebUtility.HtmlEncode(secret), JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(secret), JavaScriptEncoder.Default.Encode(secret),
        Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)),
    ];
}
