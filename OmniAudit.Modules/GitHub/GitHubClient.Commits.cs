namespace OmniAudit.Modules.GitHub;

internal sealed partial class GitHubClient
{
    /// <summary>The history of a branch, a tag or a hash, newest first.</summary>
    public Task<GitHubList<GitHubCommit>> ListCommitsAsync(string repository, string reference, int most, CancellationToken cancellationToken) =>
        ListAsync(
            Repository(repository, $"/commits?per_page={Math.Clamp(most, 1, PageSize)}{Query("sha", reference)}"), GitHubJson.Default.GitHubCommitArray, c => c.Sha,
            new($"the commits of {repository}"), most, cancellationToken);
}
