using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.GitHub;

/// <summary>A request as it arrived.</summary>
/// <param name="Target">Path and query.</param>
internal sealed record FakeRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body)
{
    /// <summary>The body before it was taken for text.</summary>
    public byte[] Bytes { get; init; } = [];

    public string Path => Target.Split('?')[0];
}

/// <summary>
/// GitHub's REST API as its documentation describes it, as far as this product uses it, on a loopback port of its own, for this
/// process or another one: pages by Link, ETags, both kinds of limits, redirects to a <see cref="FakeStorage"/> on another origin,
/// missing and null fields, drafts, upload addresses. Counts the effects of every operation, and breaks in the ways a test orders.
/// Thread safe.
/// </summary>
internal sealed partial class FakeGitHub : IAsyncDisposable
{
    public const string Token = "github_pat_only_for_tests";

    private readonly Lock _lock = new();
    private readonly List<FakeRepository> _repositories = [];
    private readonly Dictionary<string, FakeRepository> _oldNames = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<FakeRequest> _requests = [];
    private readonly Queue<PostFault> _faults = new();
    private readonly List<PostFault> _allFaults = [];
    private WebApplication _app = null!;
    private readonly List<RouteFault> _routeFaults = [];
    private readonly Dictionary<string, int> _effects = new(StringComparer.Ordinal);
    private int _commits;
    /// <summary>Commits past this one are not listed yet; null when lists are up to date.</summary>
    private int? _listedCommits;

    private FakeGitHub() { }

    /// <summary>For GITHUB_API_URL.</summary>
    public string Url => _app.Urls.First().TrimEnd('/');

    /// <summary>For created_at. Where an app's <see cref="Support.TestTime"/> is moved by a day or more, set it to that.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Where downloads are redirected to; null answers them here.</summary>
    public FakeStorage? Storage { get; set; }

    /// <summary>Requests left of the primary limit. At 0 everything but a 304 is answered 403.</summary>
    public int CoreLeft { get; set; } = 5000;
    /// <summary>The same for the search.</summary>
    public int SearchLeft { get; set; } = 30;
    /// <summary>When the limit is full again.</summary>
    public int ResetSeconds { get; set; } = 3600;
    /// <summary>x-ratelimit-reset as it is sent, however absurd; null for the truth.</summary>
    public string? ResetHeader { get; set; }
    /// <summary>Where Link headers point; null for here.</summary>
    public string? LinkOrigin { get; set; }
    public bool SearchIsIncomplete { get; set; }

    /// <summary>How often something happened: <c>issue</c>, <c>comment</c>, <c>release</c>, <c>release_changed</c>, <c>asset</c>, <c>asset_deleted</c>, <c>token</c>.</summary>
    public int Effects(string kind)
    {
        lock (_lock) return _effects.GetValueOrDefault(kind);
    }

    /// <summary>Orders a fault for some requests of a route.</summary>
    public RouteFault Break(RouteFault fault)
    {
        lock (_lock) _routeFaults.Add(fault);
        return fault;
    }

    public static async Task<FakeGitHub> StartAsync()
    {
        var gitHub = new FakeGitHub();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.Limits.MaxRequestBodySize = null);
        gitHub._app = builder.Build();
        gitHub._app.Run(gitHub.AnswerAsync);
        await gitHub._app.StartAsync();
        return gitHub;
    }

    /// <summary>Settings for a <see cref="Support.TestApp"/>: this server, its token, and these repositories writable.</summary>
    public void Configure(OmniAuditOptions options, params string[] writable)
    {
        (options.GitHub.ApiUrl, options.GitHub.Pat) = (Url, Token);
        options.Policy.RepoWriteAllowlist = writable;
    }

    /// <summary>The same for a server process.</summary>
    public Dictionary<string, string> Settings(params string[] writable) =>
        new() { ["GITHUB_API_URL"] = Url, ["GITHUB_PAT"] = Token, ["REPO_WRITE_ALLOWLIST"] = string.Join(',', writable) };

    public FakeRepository AddRepository(string fullName)
    {
        lock (_lock)
        {
            var repository = new FakeRepository(4000 + _repositories.Count, fullName);
            _repositories.Add(repository);
            return repository;
        }
    }

    public FakeRepository Find(string fullName)
    {
        lock (_lock) return _repositories.Single(r => r.FullName == fullName);
    }

    /// <summary>The old name keeps leading to it: 301 for reads, 307 for writes.</summary>
    public void Rename(FakeRepository repository, string fullName)
    {
        lock (_lock)
        {
            _oldNames[repository.FullName] = repository;
            repository.FullName = fullName;
        }
    }

    /// <summary>Puts an issue there as somebody else's doing. It counts as an effect if it bears a marker.</summary>
    public FakeIssue AddIssue(FakeRepository repository, string title, string? body, bool isPullRequest = false, string state = "open")
    {
        lock (_lock) return Commit(repository, title, body, [], [], null, isPullRequest, state);
    }

    public IReadOnlyList<FakeIssue> IssuesOf(FakeRepository repository)
    {
        lock (_lock) return [.. repository.Issues];
    }

    /// <summary>How many issues bear the marker of <paramref name="operationId"/>: how often the operation happened.</summary>
    public int EffectsOf(string operationId)
    {
        lock (_lock) return _repositories.Sum(r => r.Issues.Count(i => i.Body?.Contains($"<!-- omniaudit-op:{operationId} -->", StringComparison.Ordinal) == true));
    }

    /// <summary>Everything that arrived, in order.</summary>
    public IReadOnlyList<FakeRequest> Requests
    {
        get { lock (_lock) return [.. _requests]; }
    }

    public int Posts => Requests.Count(r => r.Method == "POST");

    /// <summary>Orders a fault for the next POSTs, after those ordered before.</summary>
    public PostFault BreakNextPosts(PostFaultKind kind, int posts = 1) => BreakNextPosts(new PostFault(kind, posts));

    public PostFault BreakNextPosts(PostFault fault)
    {
        lock (_lock)
        {
            _faults.Enqueue(fault);
            _allFaults.Add(fault);
        }
        return fault;
    }

    /// <summary>True: lists do not show what is created from now on, until set to false again (eventual consistency).</summary>
    public bool ListsLag
    {
        get { lock (_lock) return _listedCommits is not null; }
        set { lock (_lock) _listedCommits = value ? _commits : null; }
    }

    internal static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        lock (_lock) _allFaults.ForEach(f => f.Release());
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var read = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(read);
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The upload broke off: GitHub keeps a stub of the asset.
            lock (_lock) LeaveStarter(context.Request.Path.Value!, context.Request.Query["name"].ToString());
            return;
        }
        var bytes = read.ToArray();
        var request = new FakeRequest(
            context.Request.Method, context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), Encoding.UTF8.GetString(bytes)) { Bytes = bytes };
        PostFault? fault = null;
        RouteFault? broken = null;
        lock (_lock)
        {
            _requests.Add(request);
            if (request.Method == "POST" && _faults.TryPeek(out var next) && next.Take(out var last))
            {
                fault = next;
                if (last) _faults.Dequeue();
            }
            broken = _routeFaults.Find(f => f.Take(request));
        }
        var headers = context.Response.Headers;
        headers["x-github-request-id"] = $"FA4E:{Requests.Count:X}";
        if (broken is not null) await broken.Act(context, () => ReplyAsync(context, Route(context, request)));
        else if (fault is not null)
        {
            LimitHeaders(context, false);
            await BreakAsync(context, fault, request);
        }
        else await ReplyAsync(context, Route(context, request));
    }

    /// <summary>Counts the request, and says what is left.</summary>
    private bool LimitHeaders(HttpContext context, bool counts)
    {
        var search = context.Request.Path.StartsWithSegments("/search", StringComparison.Ordinal);
        int left;
        lock (_lock)
        {
            left = search ? SearchLeft : CoreLeft;
            if (counts && left > 0) _ = search ? SearchLeft-- : CoreLeft--;
        }
        var headers = context.Response.Headers;
        headers["x-ratelimit-resource"] = search ? "search" : "core";
        headers["x-ratelimit-limit"] = search ? "30" : "5000";
        headers["x-ratelimit-remaining"] = Math.Max(0, left - (counts ? 1 : 0)).ToString(CultureInfo.InvariantCulture);
        headers["x-ratelimit-reset"] = ResetHeader ?? (Time.GetUtcNow().ToUnixTimeSeconds() + ResetSeconds).ToString(CultureInfo.InvariantCulture);
        return left > 0;
    }

    private async Task ReplyAsync(HttpContext context, Reply reply)
    {
        var text = reply.Json?.ToJsonString() ?? "";
        if (context.Request.Method == "GET" && reply is { Status: 200, Bytes: null } && context.Request.Headers.IfNoneMatch == Tag(text))
        {
            // Costs nothing of the limit.
            LimitHeaders(context, counts: false);
            context.Response.Headers.ETag = Tag(text);
            context.Response.StatusCode = 304;
            return;
        }
        if (!context.Response.Headers.ContainsKey("x-ratelimit-limit") && !LimitHeaders(context, counts: true))
            reply = Error(403, "API rate limit exceeded for user ID 7.", "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api");
        foreach (var (name, value) in reply.Headers) context.Response.Headers[name] = value;
        if (context.Request.Method == "GET" && reply is { Status: 200, Bytes: null }) context.Response.Headers.ETag = Tag(text);
        context.Response.StatusCode = reply.Status;
        if (reply.Bytes is { } bytes)
        {
            context.Response.ContentType = "application/octet-stream";
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes);
            return;
        }
        if (reply.Status == 204) return;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(text);
    }

    private static string Tag(string text) => $"W/\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}\"";

    private Reply Route(HttpContext context, FakeRequest request) => Refusal(context) ?? Route(request);

    private Reply? Refusal(HttpContext context)
    {
        if (context.Request.Headers.UserAgent.Count == 0) return Error(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.");
        if (context.Request.Path.StartsWithSegments("/app", StringComparison.Ordinal)) return null;
        var shown = context.Request.Headers.Authorization.ToString();
        return shown == $"Bearer {Token}" || TakesInstallationToken(shown) ? null : Error(401, "Bad credentials");
    }

    /// <summary>/repos/{owner}/{name}[/…], /repositories/{id}[/…], /search/issues and /app/installations/{id}/access_tokens.</summary>
    private Reply Route(FakeRequest request)
    {
        var (method, body) = (request.Method, request.Body);
        var parts = request.Path.Trim('/').Split('/').Select(Uri.UnescapeDataString).ToArray();
        var query = request.Target.Contains('?', StringComparison.Ordinal)
            ? Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(request.Target[request.Target.IndexOf('?', StringComparison.Ordinal)..]).ToDictionary(q => q.Key, q => q.Value.ToString())
            : [];
        lock (_lock)
        {
            if (method == "POST" && parts is ["app", "installations", var installation, "access_tokens"]) return IssueToken(installation, request);
            if (method == "GET" && parts is ["search", "issues"]) return Search(query);
            if (method == "POST" && parts is ["uploads", var owner, var name, var release]) return Upload($"{owner}/{name}", release, query, request);
            var byId = parts[0] == "repositories" && parts.Length > 1;
            if (!byId && !(parts[0] == "repos" && parts.Length > 2)) return NotFound();
            var repository = byId
                ? _repositories.Find(r => r.Id.ToString(CultureInfo.InvariantCulture) == parts[1])
                : _repositories.Find(r => r.FullName.Equals($"{parts[1]}/{parts[2]}", StringComparison.OrdinalIgnoreCase));
            var rest = parts[(byId ? 2 : 3)..];
            if (repository is null && !byId && _oldNames.TryGetValue($"{parts[1]}/{parts[2]}", out var moved))
            {
                var target = string.Join('/', [$"{Url}/repositories/{moved.Id}", .. rest.Select(Uri.EscapeDataString)]) + (query.Count == 0 ? "" : "?" + string.Join('&', query.Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value)}")));
                return new Reply(method == "GET" ? 301 : 307, new JsonObject { ["message"] = "Moved Permanently", ["url"] = target }, ("Location", target));
            }
            if (repository is null) return NotFound();
            return (method, rest) switch
            {
                ("GET", []) => new Reply(200, repository.ToJson(Url, Url)),
                ("GET", ["milestones", var number]) => Milestone(repository, number),
                ("GET", ["issues"]) => repository.HasIssues ? List(repository, query) : Error(410, "Issues has been disabled in this repository."),
                ("POST", ["issues"]) => Create(repository, body),
                ("GET", ["labels"]) => Page(repository, "labels", query, [.. repository.Labels.Select(l => new JsonObject { ["id"] = 1, ["name"] = l, ["color"] = "ededed", ["default"] = false, ["description"] = null })]),
                ("GET", ["issues", var number]) => One(repository, number),
                ("GET", ["issues", var number, "comments"]) => Page(repository, $"issues/{number}/comments", query, [.. repository.Comments.Where(c => c.Issue.ToString(CultureInfo.InvariantCulture) == number).Select(c => c.Json)]),
                ("POST", ["issues", var number, "comments"]) => Comment(repository, number, body),
                ("GET", ["actions" or "check-runs", ..]) => Actions(repository, rest, query),
                ("GET", ["pulls" or "commits" or "compare" or "tags" or "git" or "contents", ..]) => Code(repository, rest, query),
                (_, ["releases", ..]) => Releases(repository, method, rest, query, request),
                _ => NotFound(),
            };
        }
    }

    /// <summary>One page of a list, with the links that GitHub adds: by the repository's number.</summary>
    /// <param name="wrap">The member that holds the page, beside total_count; null for a bare array.</param>
    private Reply Page(FakeRepository repository, string path, Dictionary<string, string> query, List<JsonObject> all, string? wrap = null, int? total = null)
    {
        var size = Math.Clamp(Number(query, "per_page", 30), 1, 100);
        var page = Math.Max(Number(query, "page", 1), 1);
        var lastPage = Math.Max(1, (all.Count + size - 1) / size);
        JsonNode json = new JsonArray([.. all.Skip((page - 1) * size).Take(size).Select(n => n.DeepClone())]);
        if (wrap is not null) json = new JsonObject { ["total_count"] = total ?? all.Count, [wrap] = json };
        var links = new List<string>();
        if (page > 1) links.AddRange([Link(page - 1, "prev"), Link(1, "first")]);
        if (page < lastPage) links.AddRange([Link(page + 1, "next"), Link(lastPage, "last")]);
        return links.Count == 0 ? new Reply(200, json) : new Reply(200, json, ("Link", string.Join(", ", links)));

        string Link(int to, string relation)
        {
            var rest = query.Where(q => q.Key != "page").Append(new("page", to.ToString(CultureInfo.InvariantCulture))).Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value)}");
            return $"<{LinkOrigin ?? Url}/repositories/{repository.Id}/{path}?{string.Join('&', rest)}>; rel=\"{relation}\"";
        }
    }

    private static int Number(Dictionary<string, string> query, string name, int byDefault) => int.TryParse(query.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var value) ? value : byDefault;

    private static JsonObject? Parsed(string body)
    {
        try
        {
            return JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private void Count(string effect) => _effects[effect] = _effects.GetValueOrDefault(effect) + 1;

    private static Reply NotFound() => Error(404, "Not Found");

    private static Reply Invalid(JsonObject error) =>
        new(422, new JsonObject { ["message"] = "Validation Failed", ["errors"] = new JsonArray(error), ["documentation_url"] = "https://docs.github.com/rest/issues/issues#create-an-issue", ["status"] = "422" });

    private static Reply Error(int status, string message, string documentation = "https://docs.github.com/rest") =>
        new(status, new JsonObject { ["message"] = message, ["documentation_url"] = documentation, ["status"] = status.ToString(CultureInfo.InvariantCulture) });

    private sealed record Reply(int Status, JsonNode? Json, params (string Name, string Value)[] Headers)
    {
        /// <summary>Sent instead of JSON.</summary>
        public byte[]? Bytes { get; init; }
    }
}
