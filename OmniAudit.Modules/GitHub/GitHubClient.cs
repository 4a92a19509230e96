using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OmniAudit.Modules.GitHub.Http;

namespace OmniAudit.Modules.GitHub;

/// <summary>
/// GitHub's REST API (docs.github.com/rest, version 2022-11-28). Every failure is one of two exceptions:
/// <see cref="GitHubRefusedException"/>, certainly nothing happened, or, for writes only, <see cref="GitHubAmbiguousException"/>.
/// A write is sent once and never again. What a list leaves out it says. Texts are GitHub's and untrusted.
/// </summary>
internal sealed partial class GitHubClient(GitHubHttp http)
{
    private const int PageSize = 100;
    private const string PerPage = "per_page=100";

    /// <param name="repository"><c>owner/name</c>. A repository that was renamed or moved is found under its old name too: compare <see cref="GitHubRepository.FullName"/>.</param>
    public Task<GitHubRepository> GetRepositoryAsync(string repository, CancellationToken cancellationToken) =>
        GetAsync(Repository(repository, ""), GitHubJson.Default.GitHubRepository, new($"the repository {repository}", "Metadata: read"), cancellationToken);

    private Uri Repository(string repository, string rest) => http.Hosts.Repository(repository, rest);

    private async Task<T> GetAsync<T>(Uri address, JsonTypeInfo<T> type, GitHubTask task, CancellationToken cancellationToken)
        where T : class => (await http.GetAsync(address, task, cancellationToken)).Parse(type) ?? throw Unreadable(task);

    /// <summary>Null for what GitHub does not find, or the token may not see.</summary>
    private async Task<T?> FindAsync<T>(Uri address, JsonTypeInfo<T> type, GitHubTask task, CancellationToken cancellationToken)
        where T : class => await http.FindAsync(address, task, cancellationToken) is { } answer ? answer.Parse(type) ?? throw Unreadable(task) : null;

    /// <summary>The pages of a list, as far as the API's own origin carries them: the token goes with each.</summary>
    private async IAsyncEnumerable<(T Page, GitHubCap? Next)> PagesAsync<T>(Uri address, JsonTypeInfo<T> type, GitHubTask task, int mostPages, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        for (var pages = 1; ; pages++)
        {
            var answer = await http.GetAsync(address, task, cancellationToken);
            var page = answer.Parse(type) ?? throw Unreadable(task);
            var why = answer.NextPage is not { } next ? null
                : !http.Hosts.IsApi(next) ? "GitHub names the next page on another server, which is not asked."
                : pages == mostPages ? string.Create(CultureInfo.InvariantCulture, $"Only the first {mostPages} pages are read.") : "";
            yield return (page, why is null ? null : new GitHubCap(why, 0, null));
            if (why is not "") yield break;
            address = answer.NextPage!;
        }
    }

    /// <summary>Reads a list whole, or up to <paramref name="most"/>. What moves from one page to the next meanwhile is taken once.</summary>
    private async Task<GitHubList<TItem>> ListAsync<TPage, TItem>(
        Uri address, JsonTypeInfo<TPage> type, Func<TPage, (IReadOnlyList<TItem>? Items, long? Total)> open, Func<TItem, object> key, GitHubTask task, int most, CancellationToken cancellationToken)
        where TPage : class
    {
        var items = new List<TItem>();
        var seen = new HashSet<object>();
        long? total = null;
        await foreach (var (page, next) in PagesAsync(address, type, task, http.Limits.MostPages, cancellationToken))
        {
            var (found, count) = open(page);
            total = count ?? total;
            foreach (var item in (found ?? []).Where(i => i is not null && seen.Add(key(i))))
            {
                if (items.Count == most) return new(items, new GitHubCap($"Only the first {most} are read.", items.Count, total));
                items.Add(item);
            }
            if (next is null) break;
            if (items.Count == most) return new(items, new GitHubCap($"Only the first {most} are read.", items.Count, total));
            if (next.Why.Length > 0) return new(items, new GitHubCap(next.Why, items.Count, total));
        }
        // Filtered runs and searches end at 1,000 without a word; their count goes on.
        return new(items, total > items.Count ? new GitHubCap(string.Create(CultureInfo.InvariantCulture, $"GitHub counts {total} and lists {items.Count} (under a filter it lists 1,000 at most)."), items.Count, total) : null);
    }

    /// <summary>A list whose pages are arrays.</summary>
    private Task<GitHubList<T>> ListAsync<T>(Uri address, JsonTypeInfo<T[]> type, Func<T, object> key, GitHubTask task, int most, CancellationToken cancellationToken) =>
        ListAsync(address, type, page => (page, null), key, task, most, cancellationToken);

    private async Task<TOut> WriteAsync<TIn, TOut>(HttpMethod method, Uri address, TIn input, JsonTypeInfo<TIn> inputType, JsonTypeInfo<TOut> outputType, int expected, GitHubTask task, Func<TOut, bool> isWhole, CancellationToken cancellationToken)
        where TOut : class
    {
        using var content = new WatchedContent(JsonSerializer.SerializeToUtf8Bytes(input, inputType));
        return Whole(await http.WriteAsync(method, address, content, expected, task, cancellationToken), outputType, task, isWhole);
    }

    private static T Whole<T>(GitHubAnswer answer, JsonTypeInfo<T> type, GitHubTask task, Func<T, bool> isWhole)
        where T : class =>
        answer.Parse(type) is { } done && isWhole(done) ? done : throw new GitHubAmbiguousException($"GitHub answered {(int)answer.Status} to the request for {task.What}, with a body that cannot be read.");

    private static string Query(string name, string? value) => string.IsNullOrEmpty(value) ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static bool IsPage(string? address) => Uri.TryCreate(address, UriKind.Absolute, out var page) && page.Scheme is "https" or "http";

    private static GitHubRefusedException Unreadable(GitHubTask task) =>
        new("github_unreadable", $"The answer to the request for {task.What} is not what GitHub's API answers. Check GITHUB_API_URL; for GitHub Enterprise Server it ends in /api/v3.");
}
