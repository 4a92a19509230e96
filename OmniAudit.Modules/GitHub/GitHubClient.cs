using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.GitHub;

/// <summary>
/// GitHub's REST API (docs.github.com/rest, version 2022-11-28). Every failure is one of two exceptions:
/// <see cref="GitHubRefusedException"/>, certainly nothing happened, or, for writes only, <see cref="GitHubAmbiguousException"/>.
/// A write is sent once and never again. The token goes to the configured origin only.
/// </summary>
internal sealed partial class GitHubClient(HttpClient http, OmniAuditOptions options, TimeProvider time)
{
    /// <summary>From the first byte sent to the last one received; GitHub itself gives up after ten seconds.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A hundred issues of the greatest length, in letters of three bytes, and something over.</summary>
    private const int LargestAnswer = 32 * 1024 * 1024;

    private const int PageSize = 100;
    private const int MostRedirects = 3;

    /// <param name="repository"><c>owner/name</c>. A repository that was renamed or moved is found under its old name too: compare <see cref="GitHubRepository.FullName"/>.</param>
    public Task<GitHubRepository> GetRepositoryAsync(string repository, CancellationToken cancellationToken) =>
        ReadOneAsync(Address(repository, ""), GitHubJson.Default.GitHubRepository, $"the repository {repository}", cancellationToken);

    public Task<GitHubMilestone> GetMilestoneAsync(string repository, long number, CancellationToken cancellationToken) =>
        ReadOneAsync(Address(repository, $"/milestones/{number}"), GitHubJson.Default.GitHubMilestone, $"milestone {number} of {repository}", cancellationToken);

    /// <summary>Issues and pull requests in any state, newest first, a hundred a page. Lists lag behind writes by seconds.</summary>
    /// <param name="since">Only what was changed at or after this time; whole seconds. Null for all.</param>
    /// <param name="mostPages">Where to stop; the last page then has <see cref="GitHubIssuePage.HasMore"/>.</param>
    public async IAsyncEnumerable<GitHubIssuePage> ListIssuesAsync(string repository, DateTimeOffset? since, int mostPages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = $"/issues?state=all&sort=created&direction=desc&per_page={PageSize}";
        if (since is { } from) query += "&since=" + from.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var what = $"the issues of {repository}";
        var address = Address(repository, query);
        for (var page = 0; page < mostPages; page++)
        {
            var (answer, at) = await ReadAsync(address, what, cancellationToken);
            var issues = Parse(answer, GitHubJson.Default.GitHubIssueArray) ?? throw Unreadable(what);
            // Only ever on to our own origin: the token goes with it.
            var next = answer.NextPage is { } link && Uri.TryCreate(at, link, out var target) && IsOurs(target) ? target : null;
            yield return new GitHubIssuePage(issues, next is not null);
            if (next is null) yield break;
            address = next;
        }
    }

    /// <summary>Creates the issue, once. GitHub has no key that would make a second request harmless.</summary>
    /// <exception cref="GitHubRefusedException">No issue was created by this call.</exception>
    /// <exception cref="GitHubAmbiguousException">It may have been; also when <paramref name="cancellationToken"/> ends the waiting.</exception>
    public async Task<GitHubIssue> CreateIssueAsync(string repository, NewIssue issue, CancellationToken cancellationToken)
    {
        var what = $"a new issue in {repository}";
        using var content = new WatchedContent(JsonSerializer.SerializeToUtf8Bytes(issue, GitHubJson.Default.NewIssue));
        using var request = Request(HttpMethod.Post, Address(repository, "/issues"));
        request.Content = content;
        GitHubAnswer answer;
        try
        {
            answer = await ExchangeAsync(request, cancellationToken);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
        {
            // The body is written after the connection stands, and without it GitHub can create nothing. The handler
            // does not repeat a request on another connection once its body was begun.
            if (content.WasBegun) throw new GitHubAmbiguousException($"The request for {what} was sent, and no whole answer came ({Reason(failure)}).", failure);
            cancellationToken.ThrowIfCancellationRequested();
            throw Unreachable(failure);
        }
        if ((int)answer.Status != 201) throw answer.WriteFailure(what);
        var created = Parse(answer, GitHubJson.Default.GitHubIssue);
        return created is { Number: > 0 } && IsPage(created.HtmlUrl) ? created : throw new GitHubAmbiguousException($"GitHub answered 201 to the request for {what}, with a body that cannot be read.");
    }

    private async Task<T> ReadOneAsync<T>(Uri address, JsonTypeInfo<T> type, string what, CancellationToken cancellationToken)
        where T : class
    {
        var (answer, _) = await ReadAsync(address, what, cancellationToken);
        return Parse(answer, type) ?? throw Unreadable(what);
    }

    private async Task<(GitHubAnswer Answer, Uri Address)> ReadAsync(Uri address, string what, CancellationToken cancellationToken)
    {
        for (var redirects = 0; ; redirects++)
        {
            using var request = Request(HttpMethod.Get, address);
            GitHubAnswer answer;
            try
            {
                answer = await ExchangeAsync(request, cancellationToken);
            }
            catch (Exception failure) when (failure is HttpRequestException or IOException or OperationCanceledException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw Unreachable(failure);
            }
            if ((int)answer.Status == 200) return (answer, address);
            if (!answer.IsRedirect) throw answer.ReadFailure(what);
            // A renamed repository answers so. The handler would drop the token on the way, even within one origin.
            if (redirects == MostRedirects || answer.Location is not { } location || !Uri.TryCreate(address, location, out var target) || !IsOurs(target))
                throw new GitHubRefusedException("github_redirected", $"GitHub redirects the request for {what} to another server or in circles. Check GITHUB_API_URL.");
            address = target;
        }
    }

    /// <summary>Sends, and reads the whole answer. A body of another status than 2xx may stay unread: the status speaks for itself.</summary>
    private async Task<GitHubAnswer> ExchangeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        byte[]? body = null;
        try
        {
            body = await BodyAsync(response, either.Token);
        }
        catch (Exception failure) when (!response.IsSuccessStatusCode && failure is HttpRequestException or IOException or OperationCanceledException)
        {
            // Then GitHub's words are missing, and nothing else.
        }
        return new(
            response.StatusCode, body, response.Headers.Location, NextLink().Match(Header(response, "Link")) is { Success: true } link ? link.Groups[1].Value : null,
            WaitOf(response), Header(response, "x-ratelimit-remaining") == "0", RequestId().Match(Header(response, "x-github-request-id")).Value);
    }

    private static async Task<byte[]> BodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            if (body.Length + count > LargestAnswer) throw new IOException("the answer is larger than 32 MiB");
            body.Write(buffer, 0, count);
        }
        return body.ToArray();
    }

    private HttpRequestMessage Request(HttpMethod method, Uri address)
    {
        if (options.GitHub.AuthMode != "pat")
            throw new GitHubRefusedException("github_not_configured", $"GITHUB_AUTH_MODE '{options.GitHub.AuthMode}' is not available in this version. Set it to pat, and GITHUB_PAT to a token.");
        if (options.GitHub.Pat.Length == 0)
            throw new GitHubRefusedException("github_not_configured", "The server has no GitHub token. Set GITHUB_PAT to one with the permissions Metadata: read and Issues: read and write.");
        var request = new HttpRequestMessage(method, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.GitHub.Pat);
        request.Headers.Accept.ParseAdd("application/vnd.github+json");
        request.Headers.Add("X-GitHub-Api-Version", "2022-11-28");
        request.Headers.UserAgent.ParseAdd("OmniAudit");
        return request;
    }

    private Uri Address(string repository, string rest)
    {
        var parts = repository.Split('/');
        if (parts.Length != 2 || parts.Any(p => p is "" or "." or "..")) throw new ArgumentException($"'{repository}' is not owner/name.", nameof(repository));
        return new Uri($"{options.GitHub.ApiUrl.TrimEnd('/')}/repos/{Uri.EscapeDataString(parts[0])}/{Uri.EscapeDataString(parts[1])}{rest}");
    }

    private bool IsOurs(Uri address) =>
        Uri.Compare(address, new Uri(options.GitHub.ApiUrl), UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0 && address.UserInfo.Length == 0;

    private static bool IsPage(string address) => Uri.TryCreate(address, UriKind.Absolute, out var page) && page.Scheme is "https" or "http";

    private static T? Parse<T>(GitHubAnswer answer, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private TimeSpan? WaitOf(HttpResponseMessage response)
    {
        if (response.Headers.RetryAfter is { } after) return after.Delta ?? after.Date - time.GetUtcNow();
        return Header(response, "x-ratelimit-remaining") == "0" && long.TryParse(Header(response, "x-ratelimit-reset"), CultureInfo.InvariantCulture, out var reset)
            ? TimeSpan.FromSeconds(Math.Clamp(reset - time.GetUtcNow().ToUnixTimeSeconds(), 1, 3600))
            : null;
    }

    private static string Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "";

    private GitHubRefusedException Unreachable(Exception failure) => new(
        "github_unreachable", $"GitHub was not reached at {new Uri(options.GitHub.ApiUrl).GetLeftPart(UriPartial.Authority)} ({Reason(failure)}). Check GITHUB_API_URL and the network, and try again.", inner: failure);

    private static GitHubRefusedException Unreadable(string what) =>
        new("github_unreadable", $"The answer to the request for {what} is not what GitHub's API answers. Check GITHUB_API_URL; for GitHub Enterprise Server it ends in /api/v3.");

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

    /// <summary>Knows whether its bytes were asked for: until then the server cannot have understood the request.</summary>
    private sealed class WatchedContent : HttpContent
    {
        private readonly byte[] _json;
        private volatile bool _wasBegun;

        public WatchedContent(byte[] json)
        {
            _json = json;
            Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        }

        public bool WasBegun => _wasBegun;

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            _wasBegun = true;
            await stream.WriteAsync(_json, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _json.Length;
            return true;
        }
    }
}
