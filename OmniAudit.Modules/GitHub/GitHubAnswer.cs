using System.Net;
using System.Text;
using System.Text.Json;

namespace OmniAudit.Modules.GitHub;

/// <summary>A status and a body, and what they mean.</summary>
/// <param name="Body">Null when it could not be read whole.</param>
/// <param name="Wait">From Retry-After or x-ratelimit-reset, for the error text; null when neither is there.</param>
/// <param name="NothingRemains">x-ratelimit-remaining is 0.</param>
/// <param name="RequestId">x-github-request-id, which GitHub's support asks for; empty when missing.</param>
internal sealed record GitHubAnswer(HttpStatusCode Status, byte[]? Body, Uri? Location, string? NextPage, TimeSpan? Wait, bool NothingRemains, string RequestId)
{
    public bool IsRedirect => Status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>Why a write ended without the success that was expected.</summary>
    /// <returns>A <see cref="GitHubRefusedException"/> when GitHub said no, else a <see cref="GitHubAmbiguousException"/>.</returns>
    public Exception WriteFailure(string what)
    {
        var error = Error();
        // Anything on the way (a proxy, a load balancer) may answer 429 for a request that GitHub has already taken; only
        // GitHub's own words say that GitHub turned it away. 408 and 5xx never do.
        var saidNo = (int)Status is >= 400 and < 500 && Status != HttpStatusCode.RequestTimeout && (Status != HttpStatusCode.TooManyRequests || SaysRateLimit(error));
        return saidNo ? Refusal(what, error) : new GitHubAmbiguousException($"GitHub answered {(int)Status} to the request for {what}{Quote(error)}, which does not say whether it was done{Reference}.");
    }

    /// <summary>Why a read did not succeed.</summary>
    public GitHubRefusedException ReadFailure(string what) => Refusal(what, Error());

    private GitHubRefusedException Refusal(string what, GitHubError error)
    {
        if (Status == HttpStatusCode.TooManyRequests || (Status == HttpStatusCode.Forbidden && (NothingRemains || SaysRateLimit(error))))
        {
            var seconds = Math.Ceiling(Math.Clamp((Wait ?? TimeSpan.FromMinutes(1)).TotalSeconds, 1, 3600));
            return new("github_rate_limited", $"GitHub's rate limit is used up{Quote(error)}. Try again in {seconds} s{Reference}.");
        }
        var (fields, first) = Fields(error);
        return Status switch
        {
            HttpStatusCode.Unauthorized => new("github_unauthorized", $"GitHub does not accept the token{Quote(error)}. It may have expired or been revoked: give the server a new GITHUB_PAT{Reference}."),
            HttpStatusCode.Forbidden => new("github_forbidden", $"GitHub does not allow {what}{Quote(error)}. The token needs the permission Issues: read and write for this repository, and its owner the right to use it{Reference}."),
            HttpStatusCode.NotFound => new("not_found", $"GitHub finds nothing for {what}{Quote(error)}, or the token may not see it. Check the names, and that GITHUB_PAT covers this repository{Reference}."),
            HttpStatusCode.Gone => new("github_gone", $"GitHub says that it is gone: {what}{Quote(error)}. Issues may be switched off in the repository's settings{Reference}."),
            HttpStatusCode.UnprocessableEntity => new("github_invalid", $"GitHub does not accept the values{Quote(error)}{(fields.Length > 0 ? ": " + fields : "")}. Change them and ask again{Reference}.", first),
            >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout => new("github_unavailable", $"GitHub answered {(int)Status} to the request for {what}{Quote(error)}. Try again later{Reference}."),
            _ => new("github_refused", $"GitHub answered {(int)Status} to the request for {what}{Quote(error)}{Reference}."),
        };
    }

    private string Reference => RequestId.Length > 0 ? $" (GitHub request {RequestId})" : "";

    private static bool SaysRateLimit(GitHubError error) =>
        error.Message is { } said && (said.Contains("rate limit", StringComparison.OrdinalIgnoreCase) || said.Contains("abuse detection", StringComparison.OrdinalIgnoreCase));

    private static string Quote(GitHubError error) => error.Message is { Length: > 0 } said ? $" (“{OneLine(said)}”)" : "";

    private GitHubError Error()
    {
        try
        {
            return Body is null ? new() : JsonSerializer.Deserialize(Body, GitHubJson.Default.GitHubError) ?? new();
        }
        catch (JsonException)
        {
            return new();
        }
    }

    /// <summary>The entries of a 422's <c>errors</c>, in words, and the first field named.</summary>
    private static (string Text, string? First) Fields(GitHubError error)
    {
        if (error.Errors is not { ValueKind: JsonValueKind.Array } entries) return ("", null);
        var texts = new List<string>();
        string? first = null;
        foreach (var entry in entries.EnumerateArray().Take(10))
        {
            if (entry.ValueKind == JsonValueKind.String) texts.Add(OneLine(entry.GetString()!));
            if (entry.ValueKind != JsonValueKind.Object) continue;
            var field = Text(entry, "field");
            first ??= field;
            texts.Add(OneLine(string.Join(' ', new[] { field, Text(entry, "code"), Text(entry, "message") }.Where(t => t is not null))));
        }
        return (string.Join("; ", texts), first is null ? null : OneLine(first));

        static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static string OneLine(string text)
    {
        var line = new StringBuilder();
        foreach (var c in text.Length <= 300 ? text : text[..300] + "…") line.Append(char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c);
        return line.ToString();
    }
}
