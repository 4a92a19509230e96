using System.Net;
using System.Text.RegularExpressions;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Security;

/// <summary>A person's browser without its looks: cookies and redirects, between the console and the provider.</summary>
internal sealed partial class ProviderVisitor(TestApp app) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Dictionary<string, string> _cookies = new(StringComparer.Ordinal);

    /// <summary>Its cookies, by name; ports do not tell them apart, as in a browser.</summary>
    public Dictionary<string, string> Cookies => _cookies;

    /// <summary>The address on which the provider sent the person back.</summary>
    public Uri? Callback { get; private set; }

    /// <summary>From the console's link to where the console sends the person in the end: a path on it.</summary>
    /// <param name="login">Null presses Cancel.</param>
    public async Task<string> SignInAsync(string? login, string returnUrl = "/approvals") => await EndAsync(await BeginAsync(login, returnUrl));

    /// <summary>As far as the provider's redirect back, which is not followed.</summary>
    public async Task<Uri> BeginAsync(string? login, string returnUrl = "/approvals")
    {
        var at = new Uri(app.Url, "/signin/oidc/start?returnUrl=" + Uri.EscapeDataString(returnUrl));
        for (var step = 0; step < 10; step++)
        {
            using var answer = await GetAsync(at);
            if (answer.Headers.Location is { } next)
            {
                at = new Uri(at, next);
                if (at.Authority == app.Url.Authority && at.AbsolutePath != "/signin/oidc/start") return Callback = at;
                continue;
            }
            // The provider's form.
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var form = new HttpRequestMessage(HttpMethod.Post, at) { Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["login"] = login ?? "", ["do"] = login is null ? "cancel" : "login" }) };
            using var sent = await SendAsync(form);
            at = new Uri(at, sent.Headers.Location!);
        }
        throw new InvalidOperationException("The provider goes round in circles.");
    }

    /// <summary>Opens what the provider sent the person to; where the console sends them on.</summary>
    public async Task<string> EndAsync(Uri callback)
    {
        if (callback.AbsolutePath != "/signin/oidc") return callback.PathAndQuery;
        using var answer = await GetAsync(callback);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!.ToString();
    }

    public async Task<(HttpStatusCode Status, string Body)> OpenAsync(string path)
    {
        using var answer = await GetAsync(new Uri(app.Url, path));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public Task<HttpResponseMessage> GetAsync(Uri address) => SendAsync(new HttpRequestMessage(HttpMethod.Get, address));

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        if (_cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", _cookies.Select(c => $"{c.Key}={c.Value}")));
        var answer = await _http.SendAsync(request);
        foreach (var line in answer.Headers.TryGetValues("Set-Cookie", out var lines) ? lines : [])
        {
            var match = CookieLine().Match(line);
            if (match.Groups[2].Length == 0 || line.Contains("expires=Thu, 01 Jan 1970", StringComparison.OrdinalIgnoreCase)) _cookies.Remove(match.Groups[1].Value);
            else _cookies[match.Groups[1].Value] = match.Groups[2].Value;
        }
        return answer;
    }

    public void Dispose() => _http.Dispose();

    [GeneratedRegex("^([^=]+)=([^;]*)", RegexOptions.NonBacktracking)]
    private static partial Regex CookieLine();
}
