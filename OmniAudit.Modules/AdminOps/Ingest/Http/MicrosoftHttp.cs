using System.Net.Http.Headers;
using System.Text.Json;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps.Ingest.Http;

/// <summary>An answer, read whole.</summary>
/// <param name="NextPage">The header NextPageUri, in whatever case; empty when there is none.</param>
internal sealed record MicrosoftAnswer(int Status, byte[] Body, TimeSpan? RetryAfter, string NextPage)
{
    /// <summary>The body; null when it is no JSON.</summary>
    public JsonDocument? Json()
    {
        try
        {
            return JsonDocument.Parse(Body.AsMemory(Body.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0), new JsonDocumentOptions { MaxDepth = 500 });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Code and words of an error, in Graph's and the Management API's shape.</summary>
    public (string Code, string Message) Error()
    {
        using var document = Json();
        if (document?.RootElement is not { ValueKind: JsonValueKind.Object } body) return ("", "");
        var error = body.TryGetProperty("error", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : body;
        return (Shown(Text(error, "code")), Shown(Text(error, "message")));
    }

    public static string Text(JsonElement body, string name)
    {
        try
        {
            return body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            // Broken text.
            return "";
        }
    }

    /// <summary>Somebody else's words, bounded and visible.</summary>
    public static string Shown(string text)
    {
        text = VisibleText.Of(text).Trim();
        return text.Length <= 300 ? text : text[..300] + "…";
    }
}

/// <summary>
/// Requests to Graph and the Management Activity API. A token goes only to the host it is for, redirects are not followed, answers are bounded, and what asks for
/// patience gets it: 429, the Management API's 403 with AF429, errors of the server and of the network.
/// </summary>
internal sealed class MicrosoftHttp(IHttpClientFactory clients, MicrosoftTokens tokens, IngestLimits limits, TimeProvider time)
{
    public const string ClientName = "microsoft365";

    /// <param name="api">The API's base URL, from the settings: nothing goes elsewhere.</param>
    /// <param name="address">May come from an answer.</param>
    /// <returns>An answer with a 2xx status.</returns>
    /// <exception cref="FetchException">It cannot be had.</exception>
    public async Task<MicrosoftAnswer> SendAsync(HttpMethod method, string api, Uri address, RequestPace pace, CancellationToken cancellationToken)
    {
        if (!IsOf(api, address)) throw new FetchException(FetchErrors.BadAnswer, $"An answer leads to another host ({MicrosoftAnswer.Shown(address.Host)}); nothing was sent there.", "other_host");
        string? refused = null;
        for (var attempt = 1; ; attempt++)
        {
            var token = await tokens.GetAsync(api, refused, cancellationToken);
            await pace.EnterAsync(cancellationToken);
            FetchException failed;
            try
            {
                using var request = new HttpRequestMessage(method, address);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
                request.Headers.Accept.ParseAdd("application/json");
                request.Headers.UserAgent.ParseAdd("OmniAudit");
                var answer = await SendOnceAsync(clients, request, limits, time, cancellationToken);
                if (answer.Status is >= 200 and < 300) return answer;
                if (answer.Status == 401 && refused is null)
                {
                    // Taken back before its time: one more, once.
                    refused = token;
                    continue;
                }
                failed = Judge(answer);
            }
            catch (FetchException unanswered) when (unanswered.Kind == FetchErrors.Unavailable)
            {
                failed = unanswered;
            }
            var wait = failed.RetryAfter ?? limits.Pause * Math.Pow(2, attempt - 1);
            if (failed.Kind is not (FetchErrors.Throttled or FetchErrors.Unavailable) || attempt >= limits.Attempts || wait > limits.LongestWait) throw failed;
            if (failed.Kind == FetchErrors.Throttled) pace.Pause(wait);
            else await Task.Delay(wait, time, cancellationToken);
        }
    }

    /// <summary>Whether an address has the origin of an API.</summary>
    public static bool IsOf(string api, Uri address) =>
        Uri.TryCreate(api, UriKind.Absolute, out var own) && address.IsAbsoluteUri && address.UserInfo.Length == 0 && Uri.Compare(own, address, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <summary>One request, without patience.</summary>
    /// <exception cref="FetchException">There was no answer, or one past the bound.</exception>
    public static async Task<MicrosoftAnswer> SendOnceAsync(IHttpClientFactory clients, HttpRequestMessage request, IngestLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        var host = request.RequestUri!.Host;
        using var limit = new CancellationTokenSource(limits.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var http = clients.CreateClient(ClientName);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await ReadAsync(response.Content, limits.LargestAnswer, host, either.Token);
            var after = response.Headers.RetryAfter is { } said ? said.Delta ?? said.Date - time.GetUtcNow() : null;
            TimeSpan? wait = after is not { } asked ? null : asked < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : asked > TimeSpan.FromHours(1) ? TimeSpan.FromHours(1) : asked;
            return new MicrosoftAnswer((int)response.StatusCode, body, wait, response.Headers.TryGetValues("NextPageUri", out var next) ? next.First().Trim() : "");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new FetchException(FetchErrors.Unavailable, $"{host} did not answer within {limits.Timeout.TotalSeconds:0} s.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var why = failure is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } known ? known.HttpRequestError.ToString() : failure.GetType().Name;
            throw new FetchException(FetchErrors.Unavailable, $"{host} cannot be reached ({why}). Check the network and the ADMINOPS_*_URL settings.", "", null, failure);
        }
    }

    private static async Task<byte[]> ReadAsync(HttpContent content, int most, string host, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream(content.Headers.ContentLength is > 0 and <= 1 << 20 and var length ? (int)length : 64 << 10);
        var buffer = new byte[64 << 10];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (body.Length + count > most) throw new FetchException(FetchErrors.BadAnswer, $"An answer of {host} is larger than {most >> 20} MiB.", "too_large");
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    private static FetchException Judge(MicrosoftAnswer answer)
    {
        var (code, message) = answer.Error();
        var words = message.Length > 0 ? $" {code}: {message}" : code.Length > 0 ? $" {code}" : "";
        if (answer.Status == 429 || code == "AF429") return new FetchException(FetchErrors.Throttled, $"Microsoft asks to wait ({answer.Status}).{words}", code, answer.RetryAfter);
        if (answer.Status >= 500 || code == "AF50000" || answer.Status == 408) return new FetchException(FetchErrors.Unavailable, $"Microsoft answers {answer.Status}.{words}", code, answer.RetryAfter);
        if (message.Contains("AuditingDisabledTenant", StringComparison.OrdinalIgnoreCase) || code.Contains("AuditingDisabledTenant", StringComparison.OrdinalIgnoreCase))
            return new FetchException(FetchErrors.AuditingDisabled, "Auditing is switched off in this tenant; switch it on in Microsoft Purview.", code);
        if (answer.Status is >= 300 and < 400) return new FetchException(FetchErrors.BadAnswer, $"Microsoft answers with a redirect ({answer.Status}); check the ADMINOPS_*_URL settings.", code);
        if (answer.Status is 401) return new FetchException(FetchErrors.SignIn, $"Microsoft does not accept the token, a new one neither (401).{words}", code);
        // Content errors are told with 400, 403 or 404, by the code.
        if (answer.Status == 403 && !code.StartsWith("AF2", StringComparison.Ordinal)) return new FetchException(FetchErrors.Permission, $"The app may not read this, or the tenant has no licence for it (403).{words}", code);
        return new FetchException(FetchErrors.Rejected, $"Microsoft answers {answer.Status}.{words}", code);
    }
}
