using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OmniAudit.Modules.GitHub.Http;

/// <summary>A status and a body, and what they mean.</summary>
/// <param name="Address">Where it came from, after redirects.</param>
/// <param name="Body">Null when it could not be read whole.</param>
internal sealed record GitHubAnswer(Uri Address, HttpStatusCode Status, byte[]? Body)
{
    public Uri? Location { get; init; }

    /// <summary>The next page, absolute; null for none.</summary>
    public Uri? NextPage { get; init; }

    public string ETag { get; init; } = "";

    /// <summary>How long GitHub asks to wait; null when it does not.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>x-ratelimit-remaining is 0.</summary>
    public bool NothingRemains { get; init; }

    /// <summary>x-github-request-id, which GitHub's support asks for; empty when missing.</summary>
    public string RequestId { get; init; } = "";

    /// <summary>x-accepted-github-permissions: what would have been enough; empty when missing.</summary>
    public string Permissions { get; init; } = "";

    /// <summary>x-github-sso asks for a sign-in of the organisation.</summary>
    public bool WantsSso { get; init; }

    /// <summary>The token was an app installation's.</summary>
    public bool AsApp { get; init; }

    /// <summary>From a storage that GitHub redirected to, and not from GitHub.</summary>
    public bool Elsewhere { get; init; }

    public bool IsRedirect => Status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>GitHub turned it away for a limit, primary or secondary: 403 and 429 can be either, and a plain 403 is neither.</summary>
    public bool IsLimit => !Elsewhere && (Status == HttpStatusCode.TooManyRequests || (Status == HttpStatusCode.Forbidden && (NothingRemains || SaysRateLimit(Error()))));

    /// <summary>May well succeed when asked again. A storage's address is good for a minute: GitHub gives a new one.</summary>
    public bool MayPass => Status is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout || (Elsewhere && (int)Status >= 400);

    /// <summary>The body as that type; null when it is none.</summary>
    public T? Parse<T>(JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return Body is null ? null : JsonSerializer.Deserialize(Body, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Why a write ended without the success that was expected.</summary>
    /// <returns>A <see cref="GitHubRefusedException"/> when GitHub said no, else a <see cref="GitHubAmbiguousException"/>.</returns>
    public Exception WriteFailure(GitHubTask task)
    {
        var error = Error();
        // Anything on the way (a proxy, a load balancer) may answer 429 for a request that GitHub has already taken; only
        // GitHub's own words say that GitHub turned it away. 408 and 5xx never do.
        var saidNo = (int)Status is >= 400 and < 500 && Status != HttpStatusCode.RequestTimeout && (Status != HttpStatusCode.TooManyRequests || SaysRateLimit(error));
        return saidNo ? Refusal(task, error) : new GitHubAmbiguousException($"GitHub answered {(int)Status} to the request for {task.What}{Quote(error)}, which does not say whether it was done{Reference}.");
    }

    /// <summary>Why a read did not succeed.</summary>
    public GitHubRefusedException ReadFailure(GitHubTask task) => Refusal(task, Error());

    private GitHubRefusedException Refusal(GitHubTask task, GitHubError error)
    {
        var what = task.What;
        if (Elsewhere) return new("github_storage_failed", $"The storage that GitHub named for {what} answered {(int)Status}. Try again; if it stays so, fetch it from GitHub's pages.");
        if (IsLimit)
        {
            var seconds = Math.Ceiling(Math.Clamp((Wait ?? TimeSpan.FromMinutes(1)).TotalSeconds, 1, 3600));
            return new("github_rate_limited", $"GitHub's rate limit is used up{Quote(error)}. Try again in {seconds} s{Reference}.");
        }
        var (fields, first, reason) = Fields(error);
        return Status switch
        {
            HttpStatusCode.Unauthorized => new("github_unauthorized", AsApp
                ? $"GitHub does not accept the app's token{Quote(error)}. The installation may have been suspended or removed: check GITHUB_APP_INSTALLATION_ID{Reference}."
                : $"GitHub does not accept the token{Quote(error)}. It may have expired or been revoked: give the server a new GITHUB_PAT{Reference}."),
            HttpStatusCode.Forbidden when WantsSso => new("github_forbidden", $"GitHub does not allow {what}{Quote(error)}: the organisation wants single sign-on. Authorise the token for it on GitHub's page of tokens (“Configure SSO”){Reference}."),
            HttpStatusCode.Forbidden => new("github_forbidden", $"GitHub does not allow {what}{Quote(error)}. {Holder} needs the permission {Needed(task)} for this repository{(AsApp ? "" : ", and its owner the right to use it")}{Reference}."),
            HttpStatusCode.NotFound => new("not_found", $"GitHub finds nothing for {what}{Quote(error)}, or the token may not see it. Check the names (it may have been renamed or deleted), and that {(AsApp ? "the app is installed for" : "GITHUB_PAT covers")} this repository if it is private{Reference}."),
            HttpStatusCode.Gone when task.Gone.Length > 0 => new("github_gone", $"GitHub says that it is gone: {what}{Quote(error)}. {task.Gone}{Reference}."),
            HttpStatusCode.Gone => new("github_gone", $"GitHub says that it is gone: {what}{Quote(error)}{Reference}."),
            HttpStatusCode.UnprocessableEntity => new("github_invalid", $"GitHub does not accept the values{Quote(error)}{(fields.Length > 0 ? ": " + fields : "")}. Change them and ask again{Reference}.", first) { Reason = reason },
            >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout => new("github_unavailable", $"GitHub answered {(int)Status} to the request for {what}{Quote(error)}. Try again later{Reference}."),
            _ => new("github_refused", $"GitHub answered {(int)Status} to the request for {what}{Quote(error)}{Reference}."),
        };
    }

    private string Holder => AsApp ? "The app" : "The token";

    /// <summary>GitHub's own word for it where it gives one: <c>issues=write; …</c>.</summary>
    private string Needed(GitHubTask task) => Permissions.Length > 0 ? $"{task.Needs} (GitHub names {OneLine(Permissions)})" : task.Needs;

    private string Reference => RequestId.Length > 0 ? $" (GitHub request {RequestId})" : "";

    private static bool SaysRateLimit(GitHubError error) =>
        error.Message is { } said && (said.Contains("rate limit", StringComparison.OrdinalIgnoreCase) || said.Contains("abuse detection", StringComparison.OrdinalIgnoreCase));

    private static string Quote(GitHubError error) => error.Message is { Length: > 0 } said ? $" (“{OneLine(said)}”)" : "";

    private GitHubError Error() => Parse(GitHubJson.Default.GitHubError) ?? new();

    /// <summary>The entries of a 422's <c>errors</c>, in words, the first field named and the first code.</summary>
    private static (string Text, string? First, string? Reason) Fields(GitHubError error)
    {
        if (error.Errors is not { ValueKind: JsonValueKind.Array } entries) return ("", null, null);
        var texts = new List<string>();
        string? first = null, reason = null;
        foreach (var entry in entries.EnumerateArray().Take(10))
        {
            if (entry.ValueKind == JsonValueKind.String) texts.Add(OneLine(entry.GetString()!));
            if (entry.ValueKind != JsonValueKind.Object) continue;
            var field = Text(entry, "field");
            first ??= field;
            reason ??= Text(entry, "code");
            texts.Add(OneLine(string.Join(' ', new[] { field, Text(entry, "code"), Text(entry, "message") }.Where(t => t is not null))));
        }
        return (string.Join("; ", texts), first is null ? null : OneLine(first), reason is null ? null : OneLine(reason));

        static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static string OneLine(string text)
    {
        var line = new StringBuilder();
        foreach (var c in text.Length <= 300 ? text : text[..300] + "…") line.Append(char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c);
        return line.ToString();
    }
}
