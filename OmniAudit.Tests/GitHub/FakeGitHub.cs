using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.GitHub;

/// <summary>A request as it arrived.</summary>
/// <param name="Target">Path and query.</param>
internal sealed record FakeRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>
/// GitHub's REST API for repositories, milestones and issues as its documentation describes it, on a loopback port of its
/// own, for this process or another one. Counts the effects of every operation, and breaks in the ways a test orders.
/// Thread safe.
/// </summary>
internal sealed class FakeGitHub : IAsyncDisposable
{
    public const string Token = "github_pat_only_for_tests";

    private readonly Lock _lock = new();
    private readonly List<FakeRepository> _repositories = [];
    private readonly Dictionary<string, FakeRepository> _oldNames = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<FakeRequest> _requests = [];
    private readonly Queue<PostFault> _faults = new();
    private readonly List<PostFault> _allFaults = [];
    private WebApplication _app = null!;
    private int _commits;
    /// <summary>Commits past this one are not listed yet; null when lists are up to date.</summary>
    private int? _listedCommits;

    private FakeGitHub() { }

    /// <summary>For GITHUB_API_URL.</summary>
    public string Url => _app.Urls.First().TrimEnd('/');

    /// <summary>For created_at. Where an app's <see cref="Support.TestTime"/> is moved by a day or more, set it to that.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    public static async Task<FakeGitHub> StartAsync()
    {
        var gitHub = new FakeGitHub();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
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
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        var request = new FakeRequest(
            context.Request.Method, context.Request.Path + context.Request.QueryString,
            context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body);
        PostFault? fault = null;
        lock (_lock)
        {
            _requests.Add(request);
            if (request.Method == "POST" && _faults.TryPeek(out var next) && next.Take(out var last))
            {
                fault = next;
                if (last) _faults.Dequeue();
            }
        }
        var headers = context.Response.Headers;
        headers["x-github-request-id"] = $"FA4E:{Requests.Count:X}";
        headers["x-ratelimit-limit"] = "5000";
        headers["x-ratelimit-remaining"] = "4999";
        headers["x-ratelimit-reset"] = (Time.GetUtcNow().ToUnixTimeSeconds() + 3600).ToString(CultureInfo.InvariantCulture);
        await (fault is null ? ReplyAsync(context, Route(context, body)) : BreakAsync(context, fault, body));
    }

    private async Task BreakAsync(HttpContext context, PostFault fault, string body)
    {
        switch (fault.Kind)
        {
            case PostFaultKind.CommitThenDrop:
                Route(context, body);
                fault.Reach();
                context.Abort();
                return;
            case PostFaultKind.DropBeforeCommit:
                fault.Reach();
                context.Abort();
                return;
            case PostFaultKind.LateCommit:
                _ = CommitLateAsync();
                await ReplyAsync(context, Error(502, "Server Error"));
                fault.Reach();
                return;
            case PostFaultKind.ServerErrorAfterCommit:
                Route(context, body);
                await ReplyAsync(context, Error(fault.Status, "Server Error"));
                fault.Reach();
                return;
            case PostFaultKind.TooManyRequestsAfterCommit:
                Route(context, body);
                context.Response.Headers.RetryAfter = "5";
                context.Response.StatusCode = 429;
                await context.Response.WriteAsync("<html><body>Too Many Requests</body></html>");
                fault.Reach();
                return;
            case PostFaultKind.NonsenseBody:
                Route(context, body);
                context.Response.StatusCode = 201;
                await context.Response.WriteAsync("<html>Created</html>");
                fault.Reach();
                return;
            case PostFaultKind.SlowBody or PostFaultKind.CutOffBody:
                var whole = Encoding.UTF8.GetBytes(Route(context, body).Json!.ToJsonString());
                context.Response.StatusCode = 201;
                context.Response.ContentLength = whole.Length;
                await context.Response.Body.WriteAsync(whole.AsMemory(0, whole.Length / 2));
                await context.Response.Body.FlushAsync();
                fault.Reach();
                if (fault.Kind == PostFaultKind.CutOffBody) context.Abort();
                else
                {
                    await fault.Released;
                    await context.Response.Body.WriteAsync(whole.AsMemory(whole.Length / 2));
                }
                return;
            case PostFaultKind.Redirect:
                context.Response.Headers.Location = fault.Target;
                await ReplyAsync(context, Error(307, "Temporary Redirect"));
                fault.Reach();
                return;
            case PostFaultKind.Hang:
                fault.Reach();
                await fault.Released;
                await ReplyAsync(context, Route(context, body));
                return;
            case PostFaultKind.PrimaryRateLimit:
                context.Response.Headers["x-ratelimit-remaining"] = "0";
                await ReplyAsync(context, Error(403, "API rate limit exceeded for user ID 7.", "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api"));
                fault.Reach();
                return;
            case PostFaultKind.SecondaryRateLimit:
                context.Response.Headers.RetryAfter = "60";
                await ReplyAsync(context, Error(429, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"));
                fault.Reach();
                return;
            case PostFaultKind.RequestTimeout:
                await ReplyAsync(context, Error(408, "Request Timeout"));
                fault.Reach();
                return;
            default:
                throw new InvalidOperationException($"Nobody knows the fault {fault.Kind}.");
        }

        async Task CommitLateAsync()
        {
            var (method, path) = (context.Request.Method, context.Request.Path.Value!);
            var authorized = Refusal(context);
            await fault.Released;
            if (authorized is null) Route(method, path, [], body);
        }
    }

    private static async Task ReplyAsync(HttpContext context, Reply reply)
    {
        var text = reply.Json?.ToJsonString() ?? "";
        foreach (var (name, value) in reply.Headers) context.Response.Headers[name] = value;
        if (context.Request.Method == "GET" && reply.Status == 200)
        {
            var tag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}\"";
            context.Response.Headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                context.Response.StatusCode = 304;
                return;
            }
        }
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = "application/json; charset=utf-8";
        await context.Response.WriteAsync(text);
    }

    private Reply Route(HttpContext context, string body) =>
        Refusal(context) ?? Route(context.Request.Method, context.Request.Path.Value!, context.Request.Query.ToDictionary(q => q.Key, q => q.Value.ToString()), body);

    private static Reply? Refusal(HttpContext context)
    {
        if (context.Request.Headers.UserAgent.Count == 0) return Error(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.");
        return context.Request.Headers.Authorization == $"Bearer {Token}" ? null : Error(401, "Bad credentials");
    }

    /// <summary>/repos/{owner}/{name}[/…] and /repositories/{id}[/…].</summary>
    private Reply Route(string method, string path, Dictionary<string, string> query, string body)
    {
        var parts = path.Trim('/').Split('/');
        lock (_lock)
        {
            var byId = parts[0] == "repositories" && parts.Length > 1;
            if (!byId && !(parts[0] == "repos" && parts.Length > 2)) return NotFound();
            var repository = byId
                ? _repositories.Find(r => r.Id.ToString(CultureInfo.InvariantCulture) == parts[1])
                : _repositories.Find(r => r.FullName.Equals($"{parts[1]}/{parts[2]}", StringComparison.OrdinalIgnoreCase));
            var rest = parts[(byId ? 2 : 3)..];
            if (repository is null && !byId && _oldNames.TryGetValue($"{parts[1]}/{parts[2]}", out var moved))
            {
                var target = string.Join('/', [$"{Url}/repositories/{moved.Id}", .. rest]) + (query.Count == 0 ? "" : "?" + string.Join('&', query.Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value)}")));
                return new Reply(method == "GET" ? 301 : 307, new JsonObject { ["message"] = "Moved Permanently", ["url"] = target }, ("Location", target));
            }
            return (repository, method, rest) switch
            {
                (null, _, _) => NotFound(),
                (_, "GET", []) => new Reply(200, repository.ToJson(Url, Url)),
                (_, "GET", ["milestones", var number]) => Milestone(repository, number),
                (_, "GET", ["issues"]) => repository.HasIssues ? List(repository, query) : Error(410, "Issues has been disabled in this repository."),
                (_, "POST", ["issues"]) => Create(repository, body),
                _ => NotFound(),
            };
        }
    }

    private static Reply Milestone(FakeRepository repository, string text) =>
        long.TryParse(text, CultureInfo.InvariantCulture, out var number) && repository.Milestones.TryGetValue(number, out var title)
            ? new Reply(200, new JsonObject { ["number"] = number, ["title"] = title, ["state"] = "open", ["description"] = null, ["due_on"] = null })
            : NotFound();

    private Reply List(FakeRepository repository, Dictionary<string, string> query)
    {
        var size = Math.Clamp(Number("per_page", 30), 1, 100);
        var page = Math.Max(Number("page", 1), 1);
        var state = query.GetValueOrDefault("state", "open");
        // The order of commit is that of time and of number.
        var issues = repository.Issues.Where(i => (state == "all" || i.State == state) && i.Commit <= (_listedCommits ?? int.MaxValue));
        if (query.TryGetValue("since", out var since)) issues = issues.Where(i => string.CompareOrdinal(Timestamp(i.CreatedAt), since) >= 0);
        if (query.GetValueOrDefault("direction", "desc") == "desc") issues = issues.Reverse();
        var all = issues.ToList();
        var lastPage = Math.Max(1, (all.Count + size - 1) / size);
        var json = new JsonArray([.. all.Skip((page - 1) * size).Take(size).Select(i => i.ToJson(repository, Url, Url))]);
        var links = new List<string>();
        if (page > 1) links.AddRange([Link(page - 1, "prev"), Link(1, "first")]);
        if (page < lastPage) links.AddRange([Link(page + 1, "next"), Link(lastPage, "last")]);
        return links.Count == 0 ? new Reply(200, json) : new Reply(200, json, ("Link", string.Join(", ", links)));

        int Number(string name, int byDefault) => int.TryParse(query.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var value) ? value : byDefault;

        string Link(int to, string relation)
        {
            var rest = query.Where(q => q.Key != "page").Append(new("page", to.ToString(CultureInfo.InvariantCulture))).Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value)}");
            return $"<{Url}/repositories/{repository.Id}/issues?{string.Join('&', rest)}>; rel=\"{relation}\"";
        }
    }

    private Reply Create(FakeRepository repository, string body)
    {
        if (!repository.HasIssues) return Error(410, "Issues has been disabled in this repository.");
        if (repository.Archived) return Error(403, "Repository was archived so is read-only.");
        if (!repository.TokenMayWriteIssues) return Error(403, "Resource not accessible by personal access token");
        JsonObject? input;
        try
        {
            input = JsonNode.Parse(body) as JsonObject;
        }
        catch (JsonException)
        {
            input = null;
        }
        if (input is null) return Error(400, "Problems parsing JSON");
        var title = input["title"]?.GetValue<string>() ?? "";
        var text = input["body"]?.GetValue<string>();
        string[] labels = [.. (input["labels"] as JsonArray ?? []).Select(l => l!.GetValue<string>())];
        string[] assignees = [.. (input["assignees"] as JsonArray ?? []).Select(a => a!.GetValue<string>())];
        var milestone = input["milestone"]?.GetValue<long>();
        if (title.Trim().Length == 0) return Invalid(new() { ["resource"] = "Issue", ["code"] = "missing_field", ["field"] = "title" });
        if (title.Length > 256) return Invalid(new() { ["resource"] = "Issue", ["code"] = "custom", ["field"] = "title", ["message"] = "title is too long (maximum is 256 characters)" });
        if (text?.Length > 65_536) return Invalid(new() { ["resource"] = "Issue", ["code"] = "custom", ["field"] = "body", ["message"] = "body is too long (maximum is 65536 characters)" });
        if (assignees.FirstOrDefault(a => !repository.Assignable.Contains(a)) is { } stranger) return Invalid(new() { ["value"] = stranger, ["resource"] = "Issue", ["field"] = "assignees", ["code"] = "invalid" });
        if (milestone is { } number && !repository.Milestones.ContainsKey(number)) return Invalid(new() { ["value"] = number, ["resource"] = "Issue", ["field"] = "milestone", ["code"] = "invalid" });
        // Without the role they are dropped and nothing is said.
        if (!repository.MayWrite) (labels, assignees, milestone) = ([], [], null);
        var issue = Commit(repository, title, text, labels, assignees, milestone, isPullRequest: false, "open").ToJson(repository, Url, Url);
        return new Reply(201, issue, ("Location", issue["url"]!.GetValue<string>()));
    }

    private FakeIssue Commit(FakeRepository repository, string title, string? body, IReadOnlyList<string> labels, IReadOnlyList<string> assignees, long? milestone, bool isPullRequest, string state)
    {
        var issue = new FakeIssue(repository.Issues.Count + 1, title, body, labels, assignees, milestone, Time.GetUtcNow(), isPullRequest, state, ++_commits);
        repository.Issues.Add(issue);
        return issue;
    }

    private static Reply NotFound() => Error(404, "Not Found");

    private static Reply Invalid(JsonObject error) =>
        new(422, new JsonObject { ["message"] = "Validation Failed", ["errors"] = new JsonArray(error), ["documentation_url"] = "https://docs.github.com/rest/issues/issues#create-an-issue", ["status"] = "422" });

    private static Reply Error(int status, string message, string documentation = "https://docs.github.com/rest") =>
        new(status, new JsonObject { ["message"] = message, ["documentation_url"] = documentation, ["status"] = status.ToString(CultureInfo.InvariantCulture) });

    private sealed record Reply(int Status, JsonNode? Json, params (string Name, string Value)[] Headers);
}
