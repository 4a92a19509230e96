using System.Globalization;

namespace OmniAudit.Modules.GitHub.Http;

/// <summary>What an answer's headers say about limits, with absurd values put right: waits and resets lie one second to one hour ahead.</summary>
/// <param name="Resource">Empty when not said, and for a name that is none of GitHub's.</param>
internal sealed record RateHeaders(string Resource, int? Limit, int? Remaining, DateTimeOffset? ResetsAt, TimeSpan? RetryAfter)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>How long GitHub asks to wait: Retry-After, else until the reset when nothing remains.</summary>
    public TimeSpan? WaitAt(DateTimeOffset now) => RetryAfter ?? (Remaining == 0 && ResetsAt is { } reset ? Clamp(reset - now) : null);

    public static RateHeaders Read(HttpResponseMessage response, DateTimeOffset now)
    {
        var resource = Header(response, "x-ratelimit-resource");
        TimeSpan? retryAfter = response.Headers.RetryAfter is { } after && (after.Delta ?? after.Date - now) is { } asked ? Clamp(asked) : null;
        return new RateHeaders(
            resource.Length <= GitHubBudgetRow.LongestName && resource.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? resource : "",
            Number(Header(response, "x-ratelimit-limit")), Number(Header(response, "x-ratelimit-remaining")), Reset(Header(response, "x-ratelimit-reset"), now), retryAfter);
    }

    internal static string Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "";

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Seconds since 1970, UTC. Milliseconds have been seen.</summary>
    private static DateTimeOffset? Reset(string text, DateTimeOffset now)
    {
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var at)) return null;
        if (at > 100_000_000_000) at /= 1000;
        return now + Clamp(TimeSpan.FromSeconds(Math.Clamp(at - now.ToUnixTimeSeconds(), -86_400, 86_400)));
    }

    private static TimeSpan Clamp(TimeSpan wait) => wait < Shortest ? Shortest : wait > Longest ? Longest : wait;
}
