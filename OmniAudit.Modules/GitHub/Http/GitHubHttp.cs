using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using OmniAudit.Modules.GitHub.Credentials;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.GitHub.Http;

/// <summary>
/// How every request to GitHub goes: the credential, the shared budget, what was kept, redirects followed by hand. Reads are tried again
/// where that can help; a write is sent once and never again. The token goes to the configured origins only.
/// </summary>
internal sealed partial class GitHubHttp(
    IHttpClientFactory clients, GitHubHosts hosts, GitHubCredentials credentials, RateBudget budget, KeptAnswers kept, GitHubLimits limits, TimeProvider time)
{
    /// <summary>The HTTP client for the configured addresses.</summary>
    public const string Own = "github";
    /// <summary>The one for addresses that GitHub redirected to: bare requests over judged connections.</summary>
    public const string Elsewhere = "github-elsewhere";

    private const string Json = "application/vnd.github+json";
    private const int MostHops = 5;
    /// <summary>How often a read waits for a limit before it gives up.</summary>
    private const int MostLimits = 2;

    public GitHubHosts Hosts => hosts;
    public GitHubLimits Limits => limits;

    /// <summary>Reads one JSON answer. Redirects are followed within the API's origin.</summary>
    /// <exception cref="GitHubRefusedException">Every failure.</exception>
    public Task<GitHubAnswer> GetAsync(Uri address, GitHubTask task, CancellationToken cancellationToken) =>
        RepeatAsync(task, credential => GetOnceAsync(address, task, credential, cancellationToken), cancellationToken);

    /// <summary>The same, but null for what GitHub does not find.</summary>
    public async Task<GitHubAnswer?> FindAsync(Uri address, GitHubTask task, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(address, task, cancellationToken);
        }
        catch (GitHubRefusedException refused) when (refused.Code == "not_found")
        {
            return null;
        }
    }

    /// <summary>Sends a write, once.</summary>
    /// <param name="content">Null for none.</param>
    /// <exception cref="GitHubRefusedException">It was not done by this call.</exception>
    /// <exception cref="GitHubAmbiguousException">It may have been; also when <paramref name="cancellationToken"/> ends the waiting.</exception>
    public async Task<GitHubAnswer> WriteAsync(HttpMethod method, Uri address, WatchedContent? content, int expected, GitHubTask task, CancellationToken cancellationToken)
    {
        if (!hosts.IsApi(address) && !hosts.IsUpload(address)) throw new ArgumentException("The token goes to the configured origins only.", nameof(address));
        var credential = await CredentialAsync(cancellationToken);
        using var place = await budget.EnterAsync(write: true, ResourceOf(address), cancellationToken);
        using var request = Request(method, address, credential, Json);
        request.Content = content;
        GitHubAnswer answer;
        try
        {
            answer = await ExchangeAsync(request, content, cancellationToken);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            // The body is written after the connection stands, and without it GitHub can do nothing. The handler
            // does not repeat a request on another connection once its body was begun.
            if (content?.WasBegun ?? !NeverConnected(failure)) throw new GitHubAmbiguousException($"The request for {task.What} was sent, and no whole answer came ({Reason(failure)}).", failure);
            cancellationToken.ThrowIfCancellationRequested();
            throw Unreachable(failure);
        }
        if (answer.Status == HttpStatusCode.Unauthorized) credentials.Forget(credential);
        return (int)answer.Status == expected ? answer : throw answer.WriteFailure(task);
    }

    private async Task<T> RepeatAsync<T>(GitHubTask task, Func<GitHubCredential, Task<(T? Done, GitHubAnswer Answer)>> attempt, CancellationToken cancellationToken)
        where T : class
    {
        var (broken, limited, renewed) = (0, 0, false);
        while (true)
        {
            var credential = await CredentialAsync(cancellationToken);
            try
            {
                var (done, answer) = await attempt(credential);
                if (done is not null) return done;
                // The budget waits before the next attempt; what takes longer is for the caller to hear.
                if (answer.IsLimit && (answer.Wait ?? TimeSpan.Zero) <= limits.LongestWait && limited++ < MostLimits) continue;
                if (answer.Status == HttpStatusCode.Unauthorized && !renewed && credentials.Forget(credential))
                {
                    renewed = true;
                    continue;
                }
                if (!answer.MayPass || broken == limits.RetryPauses.Count) throw answer.ReadFailure(task);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Inside(failure) is { } inside) throw Redirected(task, $"inside your network: {inside.Message}", failure);
                // Who was silent for half a minute will be silent again.
                if (failure is OperationCanceledException || broken == limits.RetryPauses.Count) throw Unreachable(failure);
            }
            budget.NoteRetry();
            await Task.Delay(limits.RetryPauses[broken++], time, cancellationToken);
        }
    }

    private async Task<(GitHubAnswer? Done, GitHubAnswer Answer)> GetOnceAsync(Uri address, GitHubTask task, GitHubCredential credential, CancellationToken cancellationToken)
    {
        for (var hops = 0; ; hops++)
        {
            var key = KeptAnswers.KeyOf(address, Json, credential.Identity);
            var known = kept.Find(key);
            using var place = await budget.EnterAsync(write: false, ResourceOf(address), cancellationToken);
            using var request = Request(HttpMethod.Get, address, credential, Json);
            if (known is not null) request.Headers.TryAddWithoutValidation("If-None-Match", known.ETag);
            var answer = await ExchangeAsync(request, null, cancellationToken);
            if (answer.Status == HttpStatusCode.NotModified && known is not null)
            {
                budget.NoteNotModified();
                answer = answer with { Status = HttpStatusCode.OK, Body = known.Body, NextPage = known.NextPage };
                return (answer, answer);
            }
            if (answer.Status == HttpStatusCode.OK)
            {
                if (answer is { ETag.Length: > 0, Body: { } body }) kept.Keep(key, new KeptAnswer(answer.ETag, body, answer.NextPage));
                return (answer, answer);
            }
            if (!answer.IsRedirect) return (null, answer);
            // A renamed repository answers so. The handler would drop the token on the way, even within one origin.
            if (hops == MostHops) throw Redirected(task, "in circles");
            if (answer.Location is not { } target || !hosts.IsApi(target)) throw Redirected(task, "to another server");
            address = target;
        }
    }

    private Task<GitHubCredential> CredentialAsync(CancellationToken cancellationToken) => credentials.GetAsync(RenewAsync, cancellationToken);

    /// <summary>A POST, but a harmless one: a token more.</summary>
    private async Task<InstallationToken> RenewAsync(string appToken, CancellationToken cancellationToken)
    {
        var id = hosts.Installation;
        var task = new GitHubTask($"a token of the app's installation {id}");
        using var content = new WatchedContent("{}"u8.ToArray());
        using var request = Request(HttpMethod.Post, hosts.Address($"/app/installations/{id}/access_tokens"), new GitHubCredential(appToken, "app"), Json);
        request.Content = content;
        GitHubAnswer answer;
        try
        {
            // Not in the budget: whoever asks for the token may stand in the only place there is.
            answer = await ExchangeAsync(request, content, cancellationToken);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Unreachable(failure);
        }
        if (answer.Status == HttpStatusCode.Created) return answer.Parse(GitHubJson.Default.InstallationToken) ?? new InstallationToken();
        throw answer.Status switch
        {
            HttpStatusCode.Unauthorized => new GitHubRefusedException("github_unauthorized", "GitHub does not accept the app's key. Check that GITHUB_APP_ID and the private key belong to the same app, that the key was not deleted there, and that this machine's clock is right."),
            HttpStatusCode.NotFound => new GitHubRefusedException("github_unauthorized", $"GitHub knows no installation {id} of this app. Check GITHUB_APP_INSTALLATION_ID: it stands at the end of the address of the installation's settings page."),
            HttpStatusCode.Forbidden when !answer.IsLimit => new GitHubRefusedException("github_unauthorized", $"GitHub gives no token for the app's installation {id}: it may have been suspended. Look at its settings page."),
            _ => answer.ReadFailure(task),
        };
    }

    /// <summary>Sends, and reads the whole answer. A body of another status than 2xx may stay unread: the status speaks for itself.</summary>
    private async Task<GitHubAnswer> ExchangeAsync(HttpRequestMessage request, WatchedContent? content, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(limits.Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        if (content is not null) content.Progress = () => patience.CancelAfter(limits.Patience);
        using var http = clients.CreateClient(Own);
        using var span = Span(request.Method, ResourceOf(request.RequestUri!));
        using var response = await SendAsync(http, request, span, either.Token);
        var answer = await ReadAsync(request, response, either.Token);
        // Whoever follows must find the limit noted.
        await budget.NoteAsync(RateHeaders.Read(response, time.GetUtcNow()), ResourceOf(request.RequestUri!), answer.IsLimit);
        return answer;
    }

    /// <summary>A span of one request: what it was for is told by its parents, its address would name repositories.</summary>
    private static Activity? Span(HttpMethod method, string resource) =>
        Spans.Start($"github {method.Method}", ActivityKind.Client)?.SetTag("http.request.method", method.Method).SetTag("omniaudit.github.resource", resource);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, HttpRequestMessage request, Activity? span, CancellationToken cancellationToken)
    {
        try
        {
            var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            span?.SetTag("http.response.status_code", (int)response.StatusCode);
            if ((int)response.StatusCode >= 400) span.Failed(((int)response.StatusCode).ToString(CultureInfo.InvariantCulture));
            return response;
        }
        catch (Exception failure)
        {
            span.Failed(failure is HttpRequestException { HttpRequestError: var error } ? error.ToString() : failure.GetType().Name);
            throw;
        }
    }

    private async Task<GitHubAnswer> ReadAsync(HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[]? body = null;
        try
        {
            body = await BodyAsync(response, cancellationToken);
        }
        catch (Exception failure) when (!response.IsSuccessStatusCode && failure is HttpRequestException or IOException or OperationCanceledException)
        {
            // Then GitHub's words are missing, and nothing else.
        }
        return Answer(request.RequestUri!, response, body);
    }

    private GitHubAnswer Answer(Uri address, HttpResponseMessage response, byte[]? body)
    {
        var said = RateHeaders.Read(response, time.GetUtcNow());
        return new GitHubAnswer(address, response.StatusCode, body)
        {
            Location = response.Headers.Location is { } location && Uri.TryCreate(address, location, out var target) ? target : null,
            NextPage = NextLink().Match(RateHeaders.Header(response, "Link")) is { Success: true } link && Uri.TryCreate(address, link.Groups[1].Value, out var next) ? next : null,
            ETag = RateHeaders.Header(response, "ETag"),
            Wait = said.WaitAt(time.GetUtcNow()),
            NothingRemains = said.Remaining == 0,
            RequestId = RequestId().Match(RateHeaders.Header(response, "x-github-request-id")).Value,
            Permissions = RateHeaders.Header(response, "x-accepted-github-permissions"),
            WantsSso = RateHeaders.Header(response, "x-github-sso").Length > 0,
            AsApp = credentials.IsApp,
        };
    }

    private async Task<byte[]> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (body.Length + count > limits.LargestAnswer) throw new IOException($"the answer is larger than {limits.LargestAnswer / 1024 / 1024} MiB");
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    private static HttpRequestMessage Request(HttpMethod method, Uri address, GitHubCredential credential, string accept)
    {
        var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential.Token);
        request.Headers.Accept.ParseAdd(accept);
        request.Headers.Add("X-GitHub-Api-Version", "2022-11-28");
        request.Headers.UserAgent.ParseAdd("OmniAudit");
        return request;
    }

    /// <summary>Which of GitHub's limits a request counts against; its answer says so too, but later.</summary>
    private string ResourceOf(Uri address) => address.AbsoluteUri.AsSpan(Math.Min(hosts.Api.Length, address.AbsoluteUri.Length)).StartsWith("/search/", StringComparison.Ordinal) ? "search" : "core";

    private static bool NeverConnected(Exception failure) =>
        failure is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError };

    private static TargetInsideException? Inside(Exception failure)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
            if (cause is TargetInsideException inside) return inside;
        return null;
    }

    private static GitHubRefusedException Redirected(GitHubTask task, string where, Exception? inner = null) =>
        new("github_redirected", $"GitHub redirects the request for {task.What} {where.TrimEnd('.')}. Check GITHUB_API_URL.", inner: inner);

    private GitHubRefusedException Unreachable(Exception failure) => new(
        "github_unreachable", $"GitHub was not reached at {new Uri(hosts.Api).GetLeftPart(UriPartial.Authority)} ({Reason(failure)}). Check GITHUB_API_URL and the network, and try again.", inner: failure);

    private static string Reason(Exception failure) => failure switch
    {
        OperationCanceledException => "time ran out",
        HttpRequestException { HttpRequestError: not HttpRequestError.Unknown } http => http.HttpRequestError.ToString(),
        _ => failure.GetType().Name,
    };

    [GeneratedRegex("""<([^<>]*)>\s*;[^,<]*rel="?next\b""", RegexOptions.NonBacktracking)]
    private static partial Regex NextLink();

    [GeneratedRegex("^[A-Za-z0-9:-]{1,100}$", RegexOptions.NonBacktracking)]
    private static partial Regex RequestId();
}
