using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Reads of a repository that a tool's argument names, with errors that name that argument.</summary>
internal static class RepositoryReads
{
    /// <summary>The repository under its present name only: what may be read is judged by name, and an old one leads anywhere.</summary>
    /// <exception cref="ToolRefusedException">It is not there, not to be seen, or called otherwise now.</exception>
    public static async Task<GitHubRepository> FindAsync(GitHubClient gitHub, string repo, CancellationToken cancellationToken)
    {
        if (!IsName(repo)) throw new ToolRefusedException("invalid_arguments", "repo: must be owner/name, for example acme/site.", "repo");
        var repository = await ReadAsync(gitHub.GetRepositoryAsync(repo, cancellationToken), "repo");
        return string.Equals(repository.FullName, repo, StringComparison.OrdinalIgnoreCase)
            ? repository
            : throw new ToolRefusedException("repository_moved", $"repo: {repo} is now called {repository.FullName}. Ask for it by that name.", "repo");
    }

    /// <summary>True for <c>owner/name</c> of the characters that GitHub takes.</summary>
    public static bool IsName(string repo) =>
        repo.Split('/') is [{ Length: > 0 and <= 100 } owner, { Length: > 0 and <= 100 } name] && owner is not ("." or "..") && name is not ("." or "..") && repo.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '/');

    public static async Task<T> ReadAsync<T>(Task<T> read, string? field = null)
    {
        try
        {
            return await read;
        }
        catch (GitHubRefusedException refused)
        {
            throw new ToolRefusedException(refused.Code, field is null ? refused.Message : $"{field}: {refused.Message}", refused.Code == "not_found" ? field : null);
        }
    }
}
