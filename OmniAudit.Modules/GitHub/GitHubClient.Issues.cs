using System.Globalization;
using System.Runtime.CompilerServices;

namespace OmniAudit.Modules.GitHub;

internal sealed partial class GitHubClient
{
    private const string ReadIssues = "Issues: read";
    private const string WriteIssues = "Issues: read and write";
    private const string IssuesOff = "Issues may be switched off in the repository's settings";

    public Task<GitHubMilestone> GetMilestoneAsync(string repository, long number, CancellationToken cancellationToken) =>
        GetAsync(Repository(repository, $"/milestones/{number}"), GitHubJson.Default.GitHubMilestone, new($"milestone {number} of {repository}", ReadIssues), cancellationToken);

    /// <summary>Null when there is no such issue, or it was deleted. Pull requests are issues too.</summary>
    public async Task<GitHubIssue?> FindIssueAsync(string repository, long number, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(Repository(repository, $"/issues/{number}"), GitHubJson.Default.GitHubIssue, new($"issue {number} of {repository}", ReadIssues), cancellationToken);
        }
        catch (GitHubRefusedException refused) when (refused.Code == "github_gone")
        {
            return null;
        }
    }

    /// <summary>Issues and pull requests in any state, newest first, a hundred a page. Lists lag behind writes by seconds.</summary>
    /// <param name="since">Only what was changed at or after this time; whole seconds. Null for all.</param>
    /// <param name="mostPages">Where to stop; the last page then has <see cref="GitHubIssuePage.HasMore"/>.</param>
    public async IAsyncEnumerable<GitHubIssuePage> ListIssuesAsync(string repository, DateTimeOffset? since, int mostPages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var address = Repository(repository, $"/issues?state=all&sort=created&direction=desc&{PerPage}{Query("since", since is { } from ? Timestamp(from) : null)}");
        await foreach (var (page, next) in PagesAsync(address, GitHubJson.Default.GitHubIssueArray, new($"the issues of {repository}", ReadIssues, IssuesOff), mostPages, cancellationToken))
            yield return new GitHubIssuePage(page, next is not null);
    }

    /// <summary>One page of a search (docs.github.com, "Searching issues and pull requests"), with a limit of its own of 30 a minute.</summary>
    /// <param name="most">1 to 100.</param>
    public async Task<GitHubList<GitHubIssue>> SearchIssuesAsync(string query, int most, CancellationToken cancellationToken)
    {
        var found = await GetAsync(http.Hosts.Address($"/search/issues?per_page={Math.Clamp(most, 1, PageSize)}{Query("q", query)}"), GitHubJson.Default.GitHubIssueSearch, new("the search of issues", ReadIssues), cancellationToken);
        var items = found.Items ?? [];
        var why = found.IncompleteResults ? "GitHub's search ran out of time: there may be more." : found.TotalCount > items.Count ? $"Only the first {items.Count} are read." : null;
        return new(items, why is null ? null : new GitHubCap(why, items.Count, found.TotalCount));
    }

    /// <summary>Creates the issue, once. GitHub has no key that would make a second request harmless.</summary>
    /// <exception cref="GitHubRefusedException">No issue was created by this call.</exception>
    /// <exception cref="GitHubAmbiguousException">It may have been; also when <paramref name="cancellationToken"/> ends the waiting.</exception>
    public Task<GitHubIssue> CreateIssueAsync(string repository, NewIssue issue, CancellationToken cancellationToken) =>
        WriteAsync(
            HttpMethod.Post, Repository(repository, "/issues"), issue, GitHubJson.Default.NewIssue, GitHubJson.Default.GitHubIssue, 201,
            new($"a new issue in {repository}", WriteIssues, IssuesOff), created => created.Number > 0 && IsPage(created.HtmlUrl), cancellationToken);

    /// <summary>The labels that a repository has.</summary>
    public Task<GitHubList<GitHubLabel>> ListLabelsAsync(string repository, int most, CancellationToken cancellationToken) =>
        ListAsync(Repository(repository, $"/labels?{PerPage}"), GitHubJson.Default.GitHubLabelArray, l => l.Name ?? "", new($"the labels of {repository}", ReadIssues), most, cancellationToken);

    /// <summary>The comments of an issue or a pull request, oldest first.</summary>
    public Task<GitHubList<GitHubComment>> ListCommentsAsync(string repository, long number, int most, CancellationToken cancellationToken) =>
        ListAsync(Repository(repository, $"/issues/{number}/comments?{PerPage}"), GitHubJson.Default.GitHubCommentArray, c => c.Id, new($"the comments of {repository}#{number}", ReadIssues), most, cancellationToken);

    /// <summary>Comments on an issue or a pull request, once.</summary>
    /// <exception cref="GitHubRefusedException">No comment was made by this call.</exception>
    /// <exception cref="GitHubAmbiguousException">It may have been.</exception>
    public Task<GitHubComment> CreateCommentAsync(string repository, long number, string body, CancellationToken cancellationToken) =>
        WriteAsync(
            HttpMethod.Post, Repository(repository, $"/issues/{number}/comments"), new NewComment(body), GitHubJson.Default.NewComment, GitHubJson.Default.GitHubComment, 201,
            new($"a new comment on {repository}#{number}", "Issues or Pull requests: read and write", "It may have been deleted"), created => created.Id > 0, cancellationToken);

    private static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
