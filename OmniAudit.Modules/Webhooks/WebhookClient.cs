using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using System.Text;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.Webhooks;

/// <summary>What became of one attempt.</summary>
/// <param name="Status">The answer's status; null when there was no answer.</param>
/// <param name="Error">Null when it arrived.</param>
/// <param name="RetryAfter">How long the target asked to be left alone.</param>
internal sealed record WebhookAttempt(int? Status, string? Error, TimeSpan? RetryAfter);

/// <summary>Sends one delivery once. Each attempt has a connection of its own: no proxy, no redirects, no cookies, no trace headers.</summary>
internal sealed class WebhookClient : IDisposable
{
    private const int LongestAnswer = 1024;
    private const int LongestError = 500;

    private static readonly string Version = typeof(WebhookClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private readonly HttpMessageInvoker _http;
    private readonly byte[] _key;
    private readonly WebhookLimits _limits;
    private readonly TimeProvider _time;

    public WebhookClient(OutsideConnections connections, OmniAuditOptions options, WebhookLimits limits, TimeProvider time)
    {
        _key = WebhookSignature.KeyOf(options.Webhooks.Secret);
        (_limits, _time) = (limits, time);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            // A kept connection would go on leading to where the name pointed once.
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectTimeout = limits.Timeout,
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 0,
            ConnectCallback = async (context, cancellationToken) => await connections.OpenAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken),
        });
    }

    /// <summary>Never throws for what the target does.</summary>
    /// <exception cref="OperationCanceledException">The server stops; nobody knows whether it arrived.</exception>
    public async Task<WebhookAttempt> SendAsync(Uri url, string deliveryId, string body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_limits.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var request = Request(url, deliveryId, Encoding.UTF8.GetBytes(body));
            using var response = await _http.SendAsync(request, either.Token);
            if (response.IsSuccessStatusCode) return new WebhookAttempt((int)response.StatusCode, null, null);
            return new WebhookAttempt((int)response.StatusCode, Bounded(await DescribeAsync(response, either.Token)), RetryAfter(response.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAttempt(null, $"timeout: no answer within {_limits.Timeout.TotalSeconds:0.#} s.", null);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
            {
                if (cause is TargetInsideException inside) return new WebhookAttempt(null, Bounded("target_inside: " + inside.Message), null);
                if (cause is TimeoutException or OperationCanceledException) return new WebhookAttempt(null, $"timeout: no connection within {_limits.Timeout.TotalSeconds:0.#} s.", null);
            }
            return new WebhookAttempt(null, Bounded("no_connection: " + (failure.InnerException ?? failure).Message), null);
        }
    }

    private HttpRequestMessage Request(Uri url, string deliveryId, byte[] body)
    {
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("OmniAudit-Webhooks", Version));
        request.Headers.Add("webhook-id", deliveryId);
        request.Headers.Add("webhook-timestamp", timestamp.ToString());
        request.Headers.Add("webhook-signature", WebhookSignature.Sign(_key, deliveryId, timestamp, body));
        return request;
    }

    private static async Task<string> DescribeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (status is >= 300 and < 400) return $"http_{status}: redirects are not followed; put the final address into WEBHOOK_URLS.";
        var start = await ReadStartAsync(response.Content, cancellationToken);
        return start.Length == 0 ? $"http_{status}: no text in the answer." : $"http_{status}: {start}";
    }

    /// <summary>The first kilobyte, or what came of it in time: what is said about a failure does not change that it is one.</summary>
    private static async Task<string> ReadStartAsync(HttpContent content, CancellationToken cancellationToken)
    {
        var buffer = new byte[LongestAnswer];
        var length = 0;
        try
        {
            await using var stream = await content.ReadAsStreamAsync(cancellationToken);
            while (length < buffer.Length && await stream.ReadAsync(buffer.AsMemory(length), cancellationToken) is > 0 and var read) length += read;
        }
        catch (Exception cutOff) when (cutOff is HttpRequestException or IOException or OperationCanceledException)
        {
            // As far as it came.
        }
        return Encoding.UTF8.GetString(buffer, 0, length).Trim();
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date is { } date ? date - _time.GetUtcNow() : null);

    private static string Bounded(string text) => WebhookEvent.Bounded(text, LongestError);

    public void Dispose() => _http.Dispose();
}
