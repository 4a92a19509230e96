using System.Text.Json;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.AdminOps.Ingest.Http;

/// <summary>
/// Access tokens of the app by client_credentials (learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow), one per API. Kept in memory until shortly
/// before they expire, or until one is refused. Thread safe.
/// </summary>
internal sealed class MicrosoftTokens(IHttpClientFactory clients, OmniAuditOptions options, IngestLimits limits, TimeProvider time) : IDisposable
{
    /// <summary>What never mends itself: the app, its secret or its consent must be put right.</summary>
    private static readonly string[] Permanent = ["invalid_client", "unauthorized_client", "invalid_request", "invalid_scope", "access_denied"];
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<string, (string Token, DateTimeOffset Until)> _tokens = new(StringComparer.Ordinal);

    /// <param name="refused">A token that was just refused, so that it is not given again.</param>
    /// <exception cref="FetchException">There is none to be had.</exception>
    public async Task<string> GetAsync(string api, string? refused, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_tokens.TryGetValue(api, out var kept) && kept.Token != refused && kept.Until > time.GetUtcNow()) return kept.Token;
            var (token, lives) = await AskAsync(api, cancellationToken);
            // Five minutes before its end, or after four fifths of a short life.
            var margin = TimeSpan.FromTicks(Math.Min(TimeSpan.FromMinutes(5).Ticks, lives.Ticks / 5));
            _tokens[api] = (token, time.GetUtcNow() + (lives - margin > Shortest ? lives - margin : lives * 0.8));
            return token;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<(string Token, TimeSpan Lives)> AskAsync(string api, CancellationToken cancellationToken)
    {
        var o = options.AdminOps;
        if (o.TenantId.Length == 0 || o.ClientId.Length == 0 || o.ClientSecret.Length == 0)
            throw new FetchException(FetchErrors.SignIn, "Set ADMINOPS_TENANT_ID, ADMINOPS_CLIENT_ID and ADMINOPS_CLIENT_SECRET, and start again.");
        var address = new Uri($"{o.LoginUrl.TrimEnd('/')}/{o.TenantId}/oauth2/v2.0/token");
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, address)
                {
                    Content = new FormUrlEncodedContent([new("client_id", o.ClientId), new("client_secret", o.ClientSecret), new("grant_type", "client_credentials"), new("scope", $"{api.TrimEnd('/')}/.default")]),
                };
                var answer = await MicrosoftHttp.SendOnceAsync(clients, request, limits with { LargestAnswer = 1 << 20 }, time, cancellationToken);
                return Read(answer, api);
            }
            catch (FetchException failed) when (failed.Kind is FetchErrors.Unavailable or FetchErrors.Throttled && attempt < limits.Attempts && (failed.RetryAfter ?? limits.Pause) <= limits.LongestWait)
            {
                await Task.Delay(failed.RetryAfter ?? limits.Pause * Math.Pow(2, attempt - 1), time, cancellationToken);
            }
        }
    }

    private static (string Token, TimeSpan Lives) Read(MicrosoftAnswer answer, string api)
    {
        if (answer.Status is 429 or >= 500) throw new FetchException(answer.Status == 429 ? FetchErrors.Throttled : FetchErrors.Unavailable, $"The sign-in service answered {answer.Status}.", "", answer.RetryAfter);
        using var document = answer.Json();
        var body = document?.RootElement ?? default;
        if (answer.Status == 200 && body.ValueKind == JsonValueKind.Object && body.TryGetProperty("access_token", out var token) && token.ValueKind == JsonValueKind.String && token.GetString() is { Length: > 0 and < 20_000 } text && !text.Any(c => c is < '!' or > '~'))
        {
            var seconds = body.TryGetProperty("expires_in", out var expires) && double.TryParse(expires.ToString(), System.Globalization.CultureInfo.InvariantCulture, out var given) ? Math.Clamp(given, 1, 86_400) : 3600;
            return (text, TimeSpan.FromSeconds(seconds));
        }
        var (error, words) = (MicrosoftAnswer.Text(body, "error"), MicrosoftAnswer.Text(body, "error_description"));
        var code = words.StartsWith("AADSTS", StringComparison.Ordinal) ? new string([.. words.TakeWhile(char.IsAsciiLetterOrDigit)]) : "";
        // The description begins with the code and one sentence; trace ids and times follow.
        var sentence = words.Split(["\r", "\n", " Trace ID"], 2, StringSplitOptions.None)[0];
        if (answer.Status is 400 or 401 or 403 && (Permanent.Contains(error, StringComparer.Ordinal) || code.Length > 0))
            throw new FetchException(FetchErrors.SignIn, $"Microsoft refuses the sign-in of the app: {(sentence.Length > 0 ? MicrosoftAnswer.Shown(sentence) : MicrosoftAnswer.Shown(error))}{Hint(code)}", code);
        throw new FetchException(FetchErrors.BadAnswer, $"The sign-in service answered {answer.Status} without a token for {api}.");
    }

    private static string Hint(string code) => code switch
    {
        "AADSTS7000229" => " The app is not there in this tenant: give it consent there.",
        "AADSTS7000215" => " Check ADMINOPS_CLIENT_SECRET.",
        "AADSTS7000222" => " The secret has expired: make a new one.",
        "AADSTS700016" => " Check ADMINOPS_CLIENT_ID.",
        "AADSTS90002" => " Check ADMINOPS_TENANT_ID.",
        _ => "",
    };
}
