using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Asks GitHub for everything that notes are made of. Where GitHub does not give all of it, the inputs say what is missing.</summary>
internal sealed class NotesCollector(GitHubClient gitHub)
{
    private const int MostMessage = 20_000;

    /// <summary>Ranges of more commits first read the pull requests in lists: most commits of a project that squashes need no request of their own then.</summary>
    private const int FewCommits = 10;
    private const int MostListedPulls = 1_000;
    private const int MostLookups = 1_000;

    /// <summary>New contributors are searched for, one request each, of thirty a minute.</summary>
    private const int MostAuthors = 25;

    /// <exception cref="ToolRefusedException">There is no such range, or GitHub does not give it.</exception>
    public async Task<NotesInputs> CollectAsync(string repo, RangeRequest request, Action<double, string> progress, CancellationToken cancellationToken)
    {
        progress(0, "looking for the range");
        var repository = await RepositoryReads.FindAsync(gitHub, repo, cancellationToken);
        var range = await new NotesRange(gitHub).FindAsync(repository, request, cancellationToken);
        var warnings = new List<string>(range.Warnings);
        progress(0.2, $"reading release.yml at {range.To.Name}");
        var config = await ConfigAsync(repository.FullName, range.To, cancellationToken);
        var pulls = await PullsAsync(repository, range.Commits, warnings, progress, cancellationToken);
        progress(0.9, "looking for new contributors");
        var (newcomers, problem) = await NewcomersAsync(repository.FullName, [.. pulls.Values.SelectMany(p => p).DistinctBy(p => p.Number)], cancellationToken);
        return new NotesInputs(
            repository.FullName, WebAddress(repository.HtmlUrl), range.From, range.To, range.FallbackUsed, range.FromIsAncestor, range.OnlyInFrom, range.Total,
            [.. range.Commits.Select(c => Commit(c, pulls.GetValueOrDefault(c.Sha, [])))], range.Capped,
            [.. pulls.Values.SelectMany(p => p).DistinctBy(p => p.Number).OrderBy(p => p.Number).Select(Pull)], config, newcomers, problem, warnings);
    }

    private async Task<ReleaseConfig?> ConfigAsync(string repo, NotesEnd to, CancellationToken cancellationToken)
    {
        foreach (var path in (string[])[".github/release.yml", ".github/release.yaml"])
        {
            if (await RepositoryReads.ReadAsync(gitHub.FindFileAsync(repo, path, to.Sha, ReleaseConfigReader.MostBytes, cancellationToken)) is not { } file) continue;
            try
            {
                return ReleaseConfigReader.Read(Encoding.UTF8.GetString(file.Bytes).TrimStart('\uFEFF'));
            }
            catch (ReleaseConfigException wrong)
            {
                throw new ToolRefusedException("release_config", $"{path} of {repo} at {to.Name} is not understood: {ShortText.Of(VisibleText.Of(wrong.Message), 300)}. Mend it there, and ask again.");
            }
        }
        return null;
    }

    /// <summary>The merged pull requests of each commit: first one into the default branch, for a branch that was merged into a branch, and of several the smallest number. What could not be asked is a warning, and then the commits' own texts say it.</summary>
    private async Task<IReadOnlyDictionary<string, IReadOnlyList<GitHubPull>>> PullsAsync(
        GitHubRepository repository, IReadOnlyList<GitHubCommit> commits, List<string> warnings, Action<double, string> progress, CancellationToken cancellationToken)
    {
        var repo = repository.FullName;
        var found = new ConcurrentDictionary<string, IReadOnlyList<GitHubPull>>(StringComparer.Ordinal);
        var inRange = commits.Select(c => c.Sha).ToHashSet(StringComparer.Ordinal);
        var asked = 0;
        try
        {
            if (commits.Count > FewCommits)
            {
                progress(0.25, "reading merged pull requests");
                var listed = await gitHub.ListPullsAsync(repo, "closed", null, Math.Clamp((commits.Count + 99) / 100 * 100, 100, MostListedPulls), cancellationToken);
                foreach (var pull in listed.Items.Where(p => IsMergedInto(p, repo) && p.Base!.Ref == repository.DefaultBranch && p.MergeCommitSha is not null && inRange.Contains(p.MergeCommitSha))) found[pull.MergeCommitSha!] = [pull];
            }
            var rest = commits.Where(c => !found.ContainsKey(c.Sha)).ToList();
            if (rest.Count > MostLookups) warnings.Add($"Of {rest.Count - MostLookups} commits the pull request is taken from their text: at most {MostLookups} are asked for one by one.");
            rest = [.. rest.TakeLast(MostLookups)];
            await Parallel.ForEachAsync(rest, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = cancellationToken }, async (commit, cancelled) =>
            {
                var listed = await gitHub.ListPullsOfCommitAsync(repo, commit.Sha, cancelled);
                found[commit.Sha] = [.. listed.Items.Where(p => IsMergedInto(p, repo)).OrderBy(p => p.Base!.Ref == repository.DefaultBranch ? 0 : 1).ThenBy(p => p.Number)];
                var done = Interlocked.Increment(ref asked);
                if (done % 10 == 0) progress(0.3 + (0.6 * done / rest.Count), string.Create(CultureInfo.InvariantCulture, $"looking up the pull requests of {done} of {rest.Count} commits"));
            });
        }
        catch (GitHubRefusedException refused)
        {
            warnings.Add($"Of {commits.Count - found.Count} commits the pull request is taken from their text: {refused.Message}");
        }
        return found;
    }

    private static bool IsMergedInto(GitHubPull pull, string repo) => pull.MergedAt is not null && string.Equals(pull.Base?.Repo?.FullName, repo, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whose first merged pull request is in the range: one search each, for an earlier one.</summary>
    private async Task<(IReadOnlyList<string>? Logins, string? Problem)> NewcomersAsync(string repo, IReadOnlyList<GitHubPull> pulls, CancellationToken cancellationToken)
    {
        var authors = pulls.Where(p => p.User is { Login.Length: > 0 } user && !IsBot(user) && IsLogin(user.Login)).GroupBy(p => p.User!.Login!, StringComparer.OrdinalIgnoreCase).OrderBy(a => a.Key, StringComparer.OrdinalIgnoreCase).ToList();
        if (authors.Count == 0) return ([], null);
        if (authors.Count > MostAuthors) return (null, $"not computed: {authors.Count} people contributed, and at most {MostAuthors} are searched for.");
        var found = new List<string>();
        foreach (var author in authors)
        {
            var first = author.Min(p => p.MergedAt!.Value).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            try
            {
                var earlier = await gitHub.SearchIssuesAsync($"repo:{repo} is:pr is:merged author:{author.Key} merged:<{first}", 1, cancellationToken);
                if (earlier is { Items.Count: 0, Capped: not null }) return (null, $"not computed: {earlier.Capped.Why}");
                if (earlier.Items.Count == 0) found.Add(author.Key);
            }
            catch (GitHubRefusedException refused)
            {
                return (null, $"not computed: {refused.Message}");
            }
        }
        return (found, null);
    }

    private static InputCommit Commit(GitHubCommit commit, IReadOnlyList<GitHubPull> pulls)
    {
        var signature = commit.Commit?.Author;
        var (name, email) = (ShortText.Of(signature?.Name ?? commit.Author?.Login ?? "", 200), ShortText.Of(signature?.Email ?? "", 300));
        var isBot = commit.Author is { } account ? IsBot(account) : email.Contains("[bot]@", StringComparison.OrdinalIgnoreCase) || name.EndsWith("[bot]", StringComparison.OrdinalIgnoreCase);
        return new InputCommit(
            commit.Sha, ShortText.Of(commit.Commit?.Message, MostMessage), string.IsNullOrEmpty(commit.Author?.Login) ? null : commit.Author.Login, isBot, name, email, commit.Parents?.Count ?? -1, [.. pulls.Select(p => p.Number)]);
    }

    private static InputPull Pull(GitHubPull pull) => new(
        pull.Number, ShortText.Of(pull.Title, 1_000), string.IsNullOrEmpty(pull.User?.Login) ? null : pull.User.Login, pull.User is { } user && IsBot(user),
        [.. (pull.Labels ?? []).Select(l => ShortText.Of(l.Name, 200)).Where(l => l.Length > 0)], CommitParser.OverrideOf(pull.Body) is { } replaced ? ShortText.Of(replaced, MostMessage) : null);

    private static bool IsBot(GitHubUser user) => user.Type == "Bot" || user.Login?.EndsWith("[bot]", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>What can stand in a search without being more than one word of it.</summary>
    private static bool IsLogin(string login) => login.Length <= 60 && login.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string WebAddress(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var url) && url.Scheme is "https" or "http" && url.UserInfo.Length == 0 ? url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/') : "";
}
