namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Release notes before they are written: every commit of the range is on exactly one line or among the excluded. All texts come from outside.</summary>
/// <param name="GroupBy">The grouping that was used.</param>
/// <param name="NewContributors">With the pull request of their first contribution.</param>
/// <param name="ContributorsProblem">Why new contributors were not computed; null when they were.</param>
/// <param name="Warnings">What a reader should know, in words.</param>
public sealed record NotesDocument(
    string Repo, string RepoUrl, NotesEnd? From, NotesEnd To, bool FallbackUsed, string GroupBy, IReadOnlyList<NotesSection> Sections, IReadOnlyList<ExcludedCommit> Excluded, NotesAccounting Accounting,
    IReadOnlyList<FirstContribution> NewContributors, string? ContributorsProblem, IReadOnlyList<string> Warnings)
{
    /// <summary>How many lines say that something breaks.</summary>
    public int Breaking => Sections.Where(s => s.Id == NotesSection.BreakingId).Sum(s => s.Lines.Count);
}

/// <summary>A heading with its lines.</summary>
/// <param name="Id">A word for programs.</param>
public sealed record NotesSection(string Id, string Title, IReadOnlyList<NotesLine> Lines)
{
    /// <summary>The section of breaking changes, always the first.</summary>
    public const string BreakingId = "breaking";
    /// <summary>What was made and taken back within the range, always the last.</summary>
    public const string RevertedId = "reverted";
    /// <summary>What programs contributed.</summary>
    public const string BotsId = "bots";
}

/// <summary>One pull request, or one commit without any.</summary>
/// <param name="Text">One line.</param>
/// <param name="Pull">Its number; null for a commit without any.</param>
/// <param name="Commits">Their hashes, oldest first; then those of what took it back.</param>
/// <param name="Details">What breaks, and what else the message says, each on a line of its own below.</param>
/// <param name="RevertedBy">What took it back; null for most.</param>
/// <param name="Labels">Of the pull request.</param>
public sealed record NotesLine(
    string Type, string? Scope, string Text, long? Pull, IReadOnlyList<string> Commits, IReadOnlyList<NotesPerson> People, IReadOnlyList<string> Details, NotesReference? RevertedBy, IReadOnlyList<string> Labels);

/// <summary>A pull request, or a commit without any.</summary>
public sealed record NotesReference(long? Pull, string Sha);

/// <summary>Somebody who contributed.</summary>
/// <param name="Login">Their account as GitHub names it; null when only the commit's own text names them.</param>
public sealed record NotesPerson(string? Login, string Name, bool IsBot);

/// <summary>A commit that is on no line.</summary>
/// <param name="Reason"><c>merge_commit</c>, <c>label:x</c> or <c>author:x</c>.</param>
/// <param name="Subject">Its first line, cut.</param>
public sealed record ExcludedCommit(string Sha, string Reason, string Subject);

/// <summary>The sum over the range.</summary>
/// <param name="Total">As GitHub counts it.</param>
/// <param name="Missing">Counted and not listed by GitHub; they are in no line.</param>
public sealed record NotesAccounting(int Total, int OnLines, int Lines, int Excluded, int Missing)
{
    /// <summary>In words.</summary>
    public string Text =>
        $"{OnLines + Excluded} of {Total} {(Total == 1 ? "commit" : "commits")} accounted: {OnLines} on {Lines} {(Lines == 1 ? "line" : "lines")}, {Excluded} excluded{(Missing > 0 ? $"; {Missing} not listed by GitHub" : "")}";
}

/// <summary>Who contributed for the first time.</summary>
public sealed record FirstContribution(string Login, long Pull);
