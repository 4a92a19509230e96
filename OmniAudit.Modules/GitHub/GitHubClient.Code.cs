using OmniAudit.Modules.GitHub.Http;

namespace OmniAudit.Modules.GitHub;

internal sealed partial class GitHubClient
{
    private const string ReadPulls = "Pull requests: read";
    private const int MostComparedFiles = 300;

    public Task<GitHubPull> GetPullAsync(string repository, long number, CancellationToken cancellationToken) =>
        GetAsync(Repository(repository, $"/pulls/{number}"), GitHubJson.Default.GitHubPull, new($"pull request {number} of {repository}", ReadPulls), cancellationToken);

    /// <summary>Pull requests, latest change first.</summary>
    /// <param name="state"><c>open</c>, <c>closed</c> or <c>all</c>.</param>
    /// <param name="head">Only from this branch, <c>owner:branch</c>; null for all.</param>
    public Task<GitHubList<GitHubPull>> ListPullsAsync(string repository, string state, string? head, int most, CancellationToken cancellationToken) =>
        ListAsync(
            Repository(repository, $"/pulls?{PerPage}&sort=updated&direction=desc{Query("state", state)}{Query("head", head)}"), GitHubJson.Default.GitHubPullArray, p => p.Number,
            new($"the pull requests of {repository}", ReadPulls), most, cancellationToken);

    /// <summary>The files of a pull request; GitHub lists 3,000 at most.</summary>
    public async Task<GitHubList<GitHubChangedFile>> ListPullFilesAsync(string repository, long number, int most, CancellationToken cancellationToken)
    {
        var files = await ListAsync(
            Repository(repository, $"/pulls/{number}/files?{PerPage}"), GitHubJson.Default.GitHubChangedFileArray, f => f.Filename ?? "", new($"the files of pull request {number} of {repository}", ReadPulls), most, cancellationToken);
        return files is { Capped: null, Items.Count: >= 3000 } ? files with { Capped = new GitHubCap("GitHub lists 3,000 files at most.", files.Items.Count, null) } : files;
    }

    /// <summary>Pull requests that a commit came with, open and merged ones. Those of forks and other bases are among them.</summary>
    public Task<GitHubList<GitHubPull>> ListPullsOfCommitAsync(string repository, string sha, CancellationToken cancellationToken) =>
        ListAsync(
            Repository(repository, $"/commits/{Uri.EscapeDataString(sha)}/pulls?{PerPage}"), GitHubJson.Default.GitHubPullArray, p => $"{p.Base?.Repo?.FullName}#{p.Number}",
            new($"the pull requests of commit {sha} of {repository}", ReadPulls), PageSize, cancellationToken);

    /// <summary>The commit that a branch, a tag or a hash names; null when there is none.</summary>
    public async Task<GitHubCommit?> FindCommitAsync(string repository, string reference, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(Repository(repository, $"/commits/{Uri.EscapeDataString(reference)}?per_page=1"), GitHubJson.Default.GitHubCommit, new($"the commit {reference} of {repository}"), cancellationToken);
        }
        catch (GitHubRefusedException refused) when (refused.Code == "github_invalid")
        {
            // 422: "No commit found for SHA".
            return null;
        }
    }

    /// <summary>
    /// What lies between two commits, read page by page until all that GitHub counts are there: without page numbers it would stop at
    /// 250, and it is not certain that it links its pages. Look at <see cref="GitHubComparison.Status"/> and <see cref="GitHubComparison.Capped"/>.
    /// </summary>
    /// <param name="from">A branch, a tag or a hash.</param>
    /// <param name="to">The same.</param>
    /// <param name="most">Commits to read at most.</param>
    public async Task<GitHubComparison> CompareAsync(string repository, string from, string to, int most, CancellationToken cancellationToken)
    {
        var task = new GitHubTask($"the comparison {from}...{to} of {repository}");
        // Slashes in the names are escaped; the dots between them are not.
        var address = $"/compare/{Uri.EscapeDataString(from)}...{Uri.EscapeDataString(to)}?{PerPage}&page=";
        GitHubComparisonPage? first = null;
        var commits = new List<GitHubCommit>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var mostPages = Math.Min(http.Limits.MostPages, (most + PageSize - 1) / PageSize);
        var pages = 0;
        while (pages < mostPages)
        {
            var page = await GetAsync(Repository(repository, address + ++pages), GitHubJson.Default.GitHubComparisonPage, task, cancellationToken);
            first ??= page;
            var found = page.Commits ?? [];
            commits.AddRange(found.Where(c => seen.Add(c.Sha)));
            if (found.Count == 0 || commits.Count >= (first.TotalCommits ?? 0)) break;
        }
        if (first?.Status is not { } status) throw Unreadable(task);
        var total = first.TotalCommits ?? commits.Count;
        var files = first.Files ?? [];
        var cap = commits.Count >= total ? null
            : new GitHubCap(pages == mostPages ? $"Only the first {mostPages} pages are read." : $"GitHub counts {total} commits and lists {commits.Count}.", commits.Count, total);
        return new GitHubComparison(
            status, first.AheadBy ?? 0, first.BehindBy ?? 0, total, first.MergeBaseCommit?.Sha, commits, cap, files,
            files.Count >= MostComparedFiles ? new GitHubCap($"GitHub lists {MostComparedFiles} files of a comparison at most.", files.Count, null) : null, first.HtmlUrl);
    }

    /// <summary>Tags in GitHub's order, which is not that of versions.</summary>
    public Task<GitHubList<GitHubTag>> ListTagsAsync(string repository, int most, CancellationToken cancellationToken) =>
        ListAsync(Repository(repository, $"/tags?{PerPage}"), GitHubJson.Default.GitHubTagArray, t => t.Name, new($"the tags of {repository}"), most, cancellationToken);

    /// <summary>A reference by its full name without <c>refs/</c>, such as <c>tags/v1.2.0</c>; null when there is none.</summary>
    public Task<GitHubRef?> FindRefAsync(string repository, string name, CancellationToken cancellationToken) =>
        FindAsync(Repository(repository, $"/git/ref/{Escaped(name)}"), GitHubJson.Default.GitHubRef, new($"the reference {name} of {repository}"), cancellationToken);

    /// <summary>A file; null when it is not there, or is a directory, a link or a submodule.</summary>
    /// <param name="reference">A branch, a tag or a hash; null for the default branch.</param>
    /// <param name="mostBytes">A larger file is refused (<c>github_too_large</c>).</param>
    public async Task<GitHubFile?> FindFileAsync(string repository, string path, string? reference, long mostBytes, CancellationToken cancellationToken)
    {
        var task = new GitHubTask($"the file {path} of {repository}");
        var found = await http.FindAsync(Repository(repository, $"/contents/{Escaped(path)}?{Query("ref", reference).TrimStart('&')}"), task, cancellationToken);
        // A directory is answered with an array.
        if (found?.Parse(GitHubJson.Default.GitHubContent) is not { Type: "file", Sha: { Length: > 0 } sha } content) return null;
        if (content.Size > mostBytes) throw new GitHubRefusedException("github_too_large", $"The file {path} of {repository} has {content.Size} bytes; at most {mostBytes} are read.");
        // Over 1 MB the content is left out here.
        if (content.Encoding != "base64") content = await GetAsync(Repository(repository, $"/git/blobs/{Uri.EscapeDataString(sha)}"), GitHubJson.Default.GitHubContent, task, cancellationToken);
        try
        {
            return new GitHubFile(content.Path ?? path, sha, Convert.FromBase64String(content is { Encoding: "base64" } ? content.Content ?? "" : throw Unreadable(task)));
        }
        catch (FormatException)
        {
            throw Unreadable(task);
        }
    }

    /// <summary>The entries of a directory (GitHub lists 1,000 at most), without their contents; empty when it is not there, or is a file.</summary>
    public async Task<IReadOnlyList<GitHubContent>> ListDirectoryAsync(string repository, string path, string? reference, CancellationToken cancellationToken)
    {
        var found = await http.FindAsync(Repository(repository, $"/contents/{Escaped(path)}?{Query("ref", reference).TrimStart('&')}"), new($"the directory {path} of {repository}"), cancellationToken);
        return found?.Parse(GitHubJson.Default.GitHubContentArray) ?? [];
    }

    /// <summary>Each part escaped, the slashes kept.</summary>
    private static string Escaped(string path)
    {
        var parts = path.Trim('/').Split('/');
        if (parts.Any(p => p is "." or "..")) throw new ArgumentException($"'{path}' is no path within a repository.", nameof(path));
        return string.Join('/', parts.Select(Uri.EscapeDataString));
    }
}
