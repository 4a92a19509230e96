using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Which range is asked for.</summary>
/// <param name="Tag">The tag of the release; may be a new one.</param>
/// <param name="From">Null: the tag of the version before.</param>
/// <param name="To">Null: <paramref name="Tag"/>, or the default branch.</param>
/// <param name="Window">So many latest commits where there is no earlier tag; null: none, and an error says so.</param>
internal sealed record RangeRequest(string? Tag, string? From, string? To, int? Window);

/// <summary>A range with its commits.</summary>
/// <param name="Commits">Oldest first.</param>
internal sealed record FoundRange(NotesEnd? From, NotesEnd To, bool FallbackUsed, bool FromIsAncestor, int OnlyInFrom, int Total, IReadOnlyList<GitHubCommit> Commits, string? Capped, IReadOnlyList<string> Warnings);

/// <summary>Finds the two ends of a release and what lies between them. Never takes another range than the one that was asked for without saying so.</summary>
internal sealed class NotesRange(GitHubClient gitHub)
{
    /// <summary>Commits of one range.</summary>
    public const int MostCommits = 5_000;

    private const int MostTags = 5_000;

    /// <summary>Earlier versions that are looked at for one that is an ancestor.</summary>
    private const int MostCandidates = 8;

    /// <exception cref="ToolRefusedException">There is no such range; the message names the argument.</exception>
    public async Task<FoundRange> FindAsync(GitHubRepository repository, RangeRequest request, CancellationToken cancellationToken)
    {
        var repo = repository.FullName;
        var warnings = new List<string>();
        var to = await EndAsync(repository, request, warnings, cancellationToken);
        if (request.From is { } named)
        {
            if (named == to.Name) throw Refused("same_tag", "from_tag", $"{named} is both ends of the range. Give an earlier tag, or leave from_tag out.");
            var from = await ResolveAsync(repo, named, cancellationToken) ?? throw Missing(repo, "from_tag", named);
            return await CompareAsync(repo, from, to, "from_tag", warnings, cancellationToken);
        }
        var (previous, why) = await PreviousAsync(repo, to.IsTag ? to.Name : null, to, warnings, cancellationToken);
        if (previous is not null) return await CompareAsync(repo, previous, to, "tag", warnings, cancellationToken);
        if (request.Window is not { } window) throw Refused("no_earlier_tag", "from_tag", $"{why} Give from_tag, or fallback_window for the latest commits instead.");
        warnings.Add($"{why} These are the latest {window} commits of {to.Name} instead.");
        var latest = await RepositoryReads.ReadAsync(gitHub.ListCommitsAsync(repo, to.Sha, window, cancellationToken));
        return new FoundRange(null, to, true, true, 0, latest.Items.Count, [.. latest.Items.Reverse()], null, warnings);
    }

    /// <summary>The later end. A tag that is not there yet is that of the release to come: its commit is the default branch's.</summary>
    private async Task<NotesEnd> EndAsync(GitHubRepository repository, RangeRequest request, List<string> warnings, CancellationToken cancellationToken)
    {
        var repo = repository.FullName;
        if (request.To is { } named) return await ResolveAsync(repo, named, cancellationToken) ?? throw Missing(repo, "to_tag", named);
        if (request.Tag is { } tag && await ResolveAsync(repo, tag, cancellationToken) is { } there) return there;
        var branch = repository.DefaultBranch ?? "HEAD";
        var head = await RepositoryReads.ReadAsync(gitHub.FindCommitAsync(repo, branch, cancellationToken)) ?? throw Refused("no_commits", "repo", $"{repo} has no commit on {branch} yet.");
        if (request.Tag is not { } planned) return new NotesEnd(branch, head.Sha, IsTag: false);
        warnings.Add($"There is no tag {planned} yet: the range ends at {branch}, at {Short(head.Sha)}.");
        return new NotesEnd(planned, head.Sha);
    }

    private async Task<NotesEnd?> ResolveAsync(string repo, string name, CancellationToken cancellationToken)
    {
        // A tag before a branch of the same name.
        if (await RepositoryReads.ReadAsync(gitHub.FindCommitAsync(repo, $"tags/{name}", cancellationToken)) is { } tagged) return new NotesEnd(name, tagged.Sha);
        return await RepositoryReads.ReadAsync(gitHub.FindCommitAsync(repo, name, cancellationToken)) is { } commit ? new NotesEnd(name, commit.Sha, IsTag: false) : null;
    }

    /// <summary>The greatest earlier version with the same prefix, an ancestor where there is one; or why there is none.</summary>
    /// <param name="name">The later end, if it is a tag: branches and hashes may look like versions and are none.</param>
    private async Task<(NotesEnd? End, string Why)> PreviousAsync(string repo, string? name, NotesEnd to, List<string> warnings, CancellationToken cancellationToken)
    {
        var listed = await RepositoryReads.ReadAsync(gitHub.ListTagsAsync(repo, MostTags, cancellationToken));
        if (listed.Capped is { } cap) warnings.Add($"Not all tags were read: {cap.Why}");
        if (listed.Items.Count == 0) return (null, $"{repo} has no tags.");
        var versions = listed.Items.Where(t => t.Name != name && t.Commit?.Sha is not null).Select(t => (Version: VersionTag.TryParse(t.Name), t.Commit!.Sha)).Where(t => t.Version is not null).Select(t => (Version: t.Version!, Sha: t.Sha!)).ToList();
        var own = name is null ? null : VersionTag.TryParse(name);
        // A tag that names no version has no order.
        if (own is null && name is not null) return (null, $"The tag {name} names no version, so no tag is known to be the one before.");
        string prefix;
        if (own is not null) prefix = own.Prefix;
        else
        {
            var prefixes = versions.Select(v => v.Version.Prefix).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
            if (prefixes.Count == 0) return (null, $"No tag of {repo} names a version.");
            if (prefixes.Count > 1 && !prefixes.Contains("v", StringComparer.Ordinal)) return (null, $"The tags of {repo} have several prefixes ({string.Join(", ", prefixes.Take(5).Select(p => p.Length == 0 ? "none" : p))}).");
            prefix = prefixes.Count == 1 ? prefixes[0] : "v";
        }
        // A stable release is told from the stable one before; what its candidates told is told again.
        var candidates = versions.Where(v => v.Version.Prefix == prefix && (own is null || VersionTag.Compare(v.Version, own) < 0) && (own?.IsPrerelease == true || !v.Version.IsPrerelease))
            .OrderByDescending(v => v.Version, VersionTag.Order).ThenBy(v => v.Version.Name, StringComparer.Ordinal).ToList();
        if (candidates.Count == 0) return (null, $"No {(own?.IsPrerelease == true ? "" : "stable ")}tag of {repo} with the prefix '{prefix}' is {(own is null ? "there" : $"earlier than {name}")}.");
        foreach (var candidate in candidates.Take(MostCandidates))
        {
            if (candidate.Sha == to.Sha) continue;
            var step = await RepositoryReads.ReadAsync(gitHub.CompareAsync(repo, candidate.Sha, to.Sha, 1, cancellationToken));
            if (step.Status == "ahead") return (new NotesEnd(candidate.Version.Name, candidate.Sha), "");
        }
        var greatest = candidates.FirstOrDefault(c => c.Sha != to.Sha);
        return greatest.Version is null ? (null, $"The tag {candidates[0].Version.Name} is at the same commit as {to.Name}.") : (new NotesEnd(greatest.Version.Name, greatest.Sha), "");
    }

    private async Task<FoundRange> CompareAsync(string repo, NotesEnd from, NotesEnd to, string field, List<string> warnings, CancellationToken cancellationToken)
    {
        if (from.Sha == to.Sha) throw Refused("empty_range", field, $"{from.Name} and {to.Name} are the same commit: there is nothing between them.");
        GitHubComparison compared;
        try
        {
            compared = await gitHub.CompareAsync(repo, from.Sha, to.Sha, MostCommits, cancellationToken);
        }
        catch (GitHubRefusedException refused) when (refused.Code == "not_found")
        {
            throw Refused("no_common_history", field, $"{from.Name} and {to.Name} have no commit in common, so nothing lies between them. Give another from_tag.");
        }
        catch (GitHubRefusedException refused)
        {
            throw new ToolRefusedException(refused.Code, refused.Message);
        }
        switch (compared.Status)
        {
            case "behind": throw Refused("behind", field, $"{from.Name} is later than {to.Name}: all of {to.Name} is in it. Give an earlier from_tag, or swap the two.");
            case "identical": throw Refused("empty_range", field, $"{from.Name} and {to.Name} are the same commit: there is nothing between them.");
            case "diverged":
                warnings.Add($"{from.Name} is no ancestor of {to.Name}: they have diverged. {compared.BehindBy} {(compared.BehindBy == 1 ? "commit is" : "commits are")} only in {from.Name}; the notes tell what is only in {to.Name}. For another start give from_tag.");
                break;
        }
        return new FoundRange(from, to, false, compared.Status == "ahead", compared.BehindBy, compared.TotalCommits, compared.Commits, compared.Capped?.Why, warnings);
    }

    private static string Short(string sha) => sha.Length > 7 ? sha[..7] : sha;

    private static ToolRefusedException Missing(string repo, string field, string name) => Refused("not_found", field, $"{repo} has no tag, branch or commit '{name}'.");

    private static ToolRefusedException Refused(string code, string field, string message) => new(code, $"{field}: {message}", field);
}
