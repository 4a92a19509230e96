using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.AdminOps.Ask;

/// <summary>
/// Chat completions of OpenAI, of Azure OpenAI and of servers that are compatible: one question, one answer. Whatever the server does, the caller gets a reply: nothing
/// that it says about a failure is passed on or logged.
/// </summary>
internal sealed class ModelClient(IHttpClientFactory clients, OmniAuditOptions options, TimeProvider time, ILogger<ModelClient> log) : IDisposable
{
    public const string ClientName = "model";
    /// <summary>Of the answer, in tokens.</summary>
    public const int MostTokens = 600;
    /// <summary>Of the answer's body, in bytes: 600 tokens are some 3 kB.</summary>
    public const int LargestAnswer = 256 * 1024;
    /// <summary>Of the model's text, in characters.</summary>
    public const int LongestText = 8_000;
    /// <summary>Requests at once; more wait their turn within their time.</summary>
    private const int AtOnce = 4;

    private readonly ModelOptions _model = options.Ai;
    private readonly SemaphoreSlim _places = new(AtOnce);

    /// <summary>Why nothing is sent; null when it would be.</summary>
    public ModelReply? WhyNot =>
        _model.ApiKey.Length == 0 ? ModelReply.Failed(ModelFailure.NotConfigured, "LLM_API_KEY not configured")
        : !_model.Enabled ? ModelReply.Failed(ModelFailure.NotAllowed, "AI_FEATURES_ENABLED is false")
        : null;

    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<ModelReply> AskAsync(ModelPrompt prompt, CancellationToken cancellationToken)
    {
        if (WhyNot is { } refused) return refused;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_model.TimeoutSeconds), time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        ModelReply reply;
        try
        {
            await _places.WaitAsync(either.Token);
            try
            {
                reply = await SendAsync(prompt, either.Token);
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            reply = ModelReply.Failed(ModelFailure.TimedOut, $"The model did not answer within {_model.TimeoutSeconds} s.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var why = failure is HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http ? http.HttpRequestError.ToString() : "the connection broke";
            reply = ModelReply.Failed(ModelFailure.Unreachable, $"The model's server was not reached ({why}). Check LLM_BASE_URL and the network.");
        }
        if (reply.Failure is { } kind) log.LogWarning("The model gave no answer: {Kind}. {Why}", kind, reply.Error);
        return reply;
    }

    private async Task<ModelReply> SendAsync(ModelPrompt prompt, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(_model)) { Content = new ByteArrayContent(Body(_model, prompt)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.UserAgent.ParseAdd("OmniAudit");
        if (_model.IsAzure) request.Headers.Add("api-key", _model.ApiKey);
        else request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _model.ApiKey);
        using var http = clients.CreateClient(ClientName);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK) return Refusal((int)response.StatusCode);
        return await ReadAsync(response.Content, cancellationToken) is { } body
            ? Parse(body)
            : ModelReply.Failed(ModelFailure.NotUnderstood, $"The model's answer was longer than {LargestAnswer / 1024} kB, and was not read further.");
    }

    /// <summary>Where requests go.</summary>
    internal static Uri Address(ModelOptions model)
    {
        const string End = "/chat/completions";
        var address = model.BaseUrl.TrimEnd('/');
        if (address.EndsWith(End, StringComparison.OrdinalIgnoreCase)) address = address[..^End.Length];
        if (model.IsAzure && !address.Contains("/openai/", StringComparison.OrdinalIgnoreCase))
            address += $"{(address.EndsWith("/openai", StringComparison.OrdinalIgnoreCase) ? "" : "/openai")}/deployments/{Uri.EscapeDataString(model.Name)}";
        var query = model.IsAzure && model.ApiVersion.Length > 0 ? $"?api-version={Uri.EscapeDataString(model.ApiVersion)}" : "";
        return new Uri(address + End + query);
    }

    /// <summary>The bytes that leave.</summary>
    internal static byte[] Body(ModelOptions model, ModelPrompt prompt) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        model = model.Name,
        messages = new[] { new { role = "system", content = prompt.System }, new { role = "user", content = prompt.User } },
        max_completion_tokens = MostTokens,
    });

    private static ModelReply Refusal(int status) => status switch
    {
        401 or 403 => ModelReply.Failed(ModelFailure.Refused, $"The model's server refuses the key ({status}). Check LLM_API_KEY."),
        429 => ModelReply.Failed(ModelFailure.RateLimited, "The model's server has had too many requests (429). Try again later."),
        >= 300 and < 400 => ModelReply.Failed(ModelFailure.Refused, $"The model's server sends elsewhere ({status}), which is not followed. Put the final address into LLM_BASE_URL."),
        >= 400 and < 500 => ModelReply.Failed(ModelFailure.Refused, $"The model's server refuses the request ({status}). Check LLM_BASE_URL, LLM_MODEL and, for Azure, LLM_API_VERSION."),
        >= 500 => ModelReply.Failed(ModelFailure.Unreachable, $"The model's server is out of order ({status}). Try again later."),
        _ => ModelReply.Failed(ModelFailure.NotUnderstood, $"The model's server answered {status} in place of 200."),
    };

    private static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > LargestAnswer) return null;
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (body.Length + count > LargestAnswer) return null;
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    internal static ModelReply Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("choices", out var choices) && choices.ValueKind == JsonValueKind.Array && choices.GetArrayLength() > 0
                && choices[0] is { ValueKind: JsonValueKind.Object } choice && choice.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object)
            {
                var reason = choice.TryGetProperty("finish_reason", out var finish) && finish.ValueKind == JsonValueKind.String ? finish.GetString() : null;
                if (reason == "content_filter" || (message.TryGetProperty("refusal", out var refusal) && refusal.ValueKind == JsonValueKind.String))
                    return ModelReply.Failed(ModelFailure.Refused, "The model declined to answer.");
                var text = message.TryGetProperty("content", out var content) ? TextOf(content).Trim() : "";
                if (text.Length > 0) return new ModelReply(text.Length > LongestText ? text[..LongestText] : text, reason == "length" || text.Length > LongestText, null, null);
            }
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            // Said below, without the text. A string with half a character in it throws the second.
        }
        return ModelReply.Failed(ModelFailure.NotUnderstood, "The model's answer was not understood: it is no chat completion with text.");
    }

    /// <summary>A string, or an array of parts with text.</summary>
    private static string TextOf(JsonElement content) => content.ValueKind switch
    {
        JsonValueKind.String => content.GetString()!,
        JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(p => p.ValueKind == JsonValueKind.Object && p.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String ? text.GetString() : "")),
        _ => "",
    };

    public void Dispose() => _places.Dispose();
}
