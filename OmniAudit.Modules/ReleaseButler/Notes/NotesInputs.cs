namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Everything that notes are made of, as GitHub gave it: with it and the options the notes are made again, byte for byte, without any network.</summary>
/// <param name="Repo">By its present name.</param>
/// <param name="RepoUrl">The page for people; empty when GitHub gave none that is a web address.</param>
/// <param name="From">Null for a window of the latest commits.</param>
/// <param name="FromIsAncestor">False when the two ends have diverged.</param>
/// <param name="OnlyInFrom">Commits that only the earlier end has.</param>
/// <param name="TotalCommits">As GitHub counts them.</param>
/// <param name="Commits">Oldest first; fewer than counted when GitHub listed no more.</param>
/// <param name="Capped">Why commits are missing; null when none is.</param>
/// <param name="Config">Null when the repository has no <c>release.yml</c>.</param>
/// <param name="NewContributors">Null when they were not computed.</param>
/// <param name="Warnings">What was found out on the way, in words.</param>
internal sealed record NotesInputs(
    string Repo, string RepoUrl, NotesEnd? From, NotesEnd To, bool FallbackUsed, bool FromIsAncestor, int OnlyInFrom, int TotalCommits, IReadOnlyList<InputCommit> Commits, string? Capped,
    IReadOnlyList<InputPull> Pulls, ReleaseConfig? Config, IReadOnlyList<string>? NewContributors, string? ContributorsProblem, IReadOnlyList<string> Warnings);

/// <summary>An end of the range.</summary>
/// <param name="Name">A tag, a branch or a hash, as it is shown.</param>
/// <param name="Sha">The commit; the range is read by it, so that a moving tag moves nothing.</param>
/// <param name="IsTag">True also for the tag of a release to come.</param>
public sealed record NotesEnd(string Name, string Sha, bool IsTag = true);

/// <summary>A commit of the range.</summary>
/// <param name="Login">Null when the address belongs to no account.</param>
/// <param name="Parents">-1 when GitHub did not say.</param>
/// <param name="Pulls">Merged pull requests of this repository that brought it; it is told with the first.</param>
internal sealed record InputCommit(string Sha, string Message, string? Login, bool IsBot, string Name, string Email, int Parents, IReadOnlyList<long> Pulls);

/// <summary>A merged pull request.</summary>
/// <param name="Override">What its body says instead of the commits' messages; null without.</param>
internal sealed record InputPull(long Number, string Title, string? Login, bool IsBot, IReadOnlyList<string> Labels, string? Override);

/// <summary>How notes are put together.</summary>
/// <param name="GroupBy">One of <see cref="NotesGrouping"/>; null for what the repository's <c>release.yml</c> wants, else by type.</param>
/// <param name="PrLinks">Numbers are links.</param>
public sealed record NotesOptions(string? GroupBy = null, bool PrLinks = true);

/// <summary>The groupings.</summary>
public static class NotesGrouping
{
    /// <summary>By the types of Conventional Commits.</summary>
    public const string Type = "type";
    /// <summary>By their scopes.</summary>
    public const string Scope = "scope";
    /// <summary>By who wrote it.</summary>
    public const string Author = "author";
    /// <summary>By the categories of <c>release.yml</c>; without any by the labels themselves.</summary>
    public const string Label = "label";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Type, Scope, Author, Label];
}
