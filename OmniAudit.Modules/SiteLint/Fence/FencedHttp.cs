using System.Net;
using System.Text;
using OmniAudit.Modules.SiteLint.Auth;

namespace OmniAudit.Modules.SiteLint.Fence;

/// <param name="Status">0 when nothing answered; <see cref="Problem"/> says why.</param>
/// <param name="FinalUrl">Where redirects ended.</param>
/// <param name="Body">At most the bytes asked for; <see cref="CutOff"/> when there were more.</param>
/// <param name="Fenced">The fence refused: no word about the site.</param>
internal sealed record FencedAnswer(int Status, string FinalUrl, IReadOnlyDictionary<string, string> Headers, byte[] Body, bool CutOff, string Problem, bool Fenced)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>Plain requests of a job (robots.txt, sitemaps, link checks), through the same fence as the browser. Follows redirects by itself.</summary>
internal sealed class FencedHttp : IDisposable
{
    private const int MostHops = 20;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(15);

    private readonly FilteringProxy _fence;
    private readonly HttpMessageInvoker _http;

    /// <summary>Sent along to its own origins, judged anew at every hop.</summary>
    public SignIn? SignIn { get; set; }

    public FencedHttp(FilteringProxy fence)
    {
        _fence = fence;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            Proxy = new WebProxy($"http://{fence.EndPoint}"), UseProxy = true, AllowAutoRedirect = false, UseCookies = false,
            AutomaticDecompression = DecompressionMethods.All, ConnectTimeout = AnswerLimit, MaxConnectionsPerServer = 4,
        });
    }

    /// <param name="method">GET or HEAD.</param>
    /// <param name="maxBytes">Of the decompressed body.</param>
    public async Task<FencedAnswer> SendAsync(HttpMethod method, string url, int maxBytes, CancellationToken cancellationToken)
    {
        var at = url;
        for (var hop = 0; hop <= MostHops; hop++)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(AnswerLimit);
            try
            {
                using var request = new HttpRequestMessage(method, at);
                request.Headers.UserAgent.ParseAdd("Mozilla/5.0 (compatible; OmniAudit)");
                foreach (var (name, value) in SignIn?.HeadersFor(at) ?? []) request.Headers.TryAddWithoutValidation(name, value);
                if (SignIn?.CookiesFor(at) is { } cookies) request.Headers.TryAddWithoutValidation("Cookie", cookies);
                using var response = await _http.SendAsync(request, limit.Token);
                var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key.ToLowerInvariant(), h => string.Join(", ", h.Value), StringComparer.Ordinal);
                if (headers.TryGetValue(FilteringProxy.MarkHeader, out var mark) && mark.StartsWith(_fence.Mark, StringComparison.Ordinal))
                    return new FencedAnswer(0, at, headers, [], false, mark[_fence.Mark.Length..].Trim(), true);
                if ((int)response.StatusCode is 301 or 302 or 303 or 307 or 308 && response.Headers.Location is { } location && Uri.TryCreate(new Uri(at), location, out var next) && next.Scheme is "http" or "https")
                {
                    at = next.AbsoluteUri;
                    continue;
                }
                var (body, cut) = method == HttpMethod.Head ? ([], false) : await ReadAsync(response, maxBytes, limit.Token);
                return new FencedAnswer((int)response.StatusCode, at, headers, body, cut, "", false);
            }
            catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                return new FencedAnswer(0, at, new Dictionary<string, string>(), [], false, e is OperationCanceledException ? "no answer in time" : "no answer", false);
            }
        }
        return new FencedAnswer(0, at, new Dictionary<string, string>(), [], false, $"more than {MostHops} redirects", false);
    }

    public void Dispose() => _http.Dispose();

    private static async Task<(byte[] Body, bool Cut)> ReadAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[maxBytes + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return (buffer[..Math.Min(length, maxBytes)], length > maxBytes);
    }
}
