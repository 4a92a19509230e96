using System.Text.Json.Serialization;

namespace OmniAudit.Modules.GitHub;

/// <summary>An end of a pull request.</summary>
/// <param name="Repo">Null when the fork was deleted.</param>
internal sealed record GitHubBranch(string? Ref = null, string? Sha = null, GitHubBranchRepository? Repo = null);

internal sealed record GitHubBranchRepository(long? Id = null, string? FullName = null);

/// <summary>A pull request.</summary>
/// <param name="MergedAt">Null unless it was merged.</param>
internal sealed record GitHubPull(
    [property: JsonRequired] long Number, string? Title = null, string? Body = null, string? State = null, bool Draft = false, string? HtmlUrl = null, GitHubUser? User = null, GitHubBranch? Head = null,
    GitHubBranch? Base = null, IReadOnlyList<GitHubLabel>? Labels = null, DateTimeOffset? CreatedAt = null, DateTimeOffset? UpdatedAt = null, DateTimeOffset? MergedAt = null, string? MergeCommitSha = null,
    string? AuthorAssociation = null);

/// <summary>A file that a pull request or a range of commits changes.</summary>
/// <param name="Status"><c>added</c>, <c>removed</c>, <c>modified</c>, <c>renamed</c>, …</param>
/// <param name="Patch">Null for binary and for large files.</param>
/// <param name="Sha">Of the blob; null for a removed submodule.</param>
internal sealed record GitHubChangedFile(
    string? Filename = null, string? Status = null, int? Additions = null, int? Deletions = null, string? Sha = null, string? Patch = null, string? PreviousFilename = null);

/// <summary>A commit.</summary>
/// <param name="Author">The account; null when the commit's email belongs to none.</param>
internal sealed record GitHubCommit(
    [property: JsonRequired] string Sha, GitHubCommitText? Commit = null, GitHubUser? Author = null, GitHubUser? Committer = null, IReadOnlyList<GitHubParent>? Parents = null, string? HtmlUrl = null);

internal sealed record GitHubCommitText(string? Message = null, GitHubSignature? Author = null, GitHubSignature? Committer = null);

/// <summary>Who, as git has it: anybody may write anything there.</summary>
internal sealed record GitHubSignature(string? Name = null, string? Email = null, DateTimeOffset? Date = null);

internal sealed record GitHubParent(string? Sha = null);

/// <summary>One page of <c>GET /compare/{base}...{head}</c>: files are on the first page only.</summary>
internal sealed record GitHubComparisonPage(
    string? Status = null, int? AheadBy = null, int? BehindBy = null, int? TotalCommits = null, GitHubCommit? MergeBaseCommit = null, IReadOnlyList<GitHubCommit>? Commits = null,
    IReadOnlyList<GitHubChangedFile>? Files = null, string? HtmlUrl = null);

/// <summary>What lies between two commits.</summary>
/// <param name="Status"><c>ahead</c>, <c>identical</c>, <c>behind</c> or <c>diverged</c>, seen from the base.</param>
/// <param name="Commits">Oldest first.</param>
/// <param name="Capped">Set when there are fewer commits here than <paramref name="TotalCommits"/>.</param>
/// <param name="Files">GitHub lists 300 at most.</param>
/// <param name="FilesCapped">Set when there may be more.</param>
internal sealed record GitHubComparison(
    string Status, int AheadBy, int BehindBy, int TotalCommits, string? MergeBase, IReadOnlyList<GitHubCommit> Commits, GitHubCap? Capped, IReadOnlyList<GitHubChangedFile> Files, GitHubCap? FilesCapped,
    string? HtmlUrl);

internal sealed record GitHubTag([property: JsonRequired] string Name, GitHubParent? Commit = null);

/// <summary>A reference.</summary>
internal sealed record GitHubRef(string? Ref = null, GitHubRefTarget? Object = null);

/// <param name="Type"><c>commit</c>, or <c>tag</c> for an annotated tag, whose commit is one step further.</param>
internal sealed record GitHubRefTarget(string? Type = null, string? Sha = null);

/// <summary>An entry of a directory, or a file with its content.</summary>
/// <param name="Type"><c>file</c>, <c>dir</c>, <c>symlink</c> or <c>submodule</c>.</param>
/// <param name="Encoding"><c>base64</c>, or <c>none</c> for files over 1 MB.</param>
internal sealed record GitHubContent(string? Type = null, string? Name = null, string? Path = null, string? Sha = null, long? Size = null, string? Encoding = null, string? Content = null);

/// <summary>A file of a repository at one commit.</summary>
/// <param name="Sha">Of the blob.</param>
internal sealed record GitHubFile(string Path, string Sha, byte[] Bytes);
