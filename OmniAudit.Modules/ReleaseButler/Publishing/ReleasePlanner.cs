using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>What a release would be made of, and what stands on GitHub for it.</summary>
/// <param name="Commit">What the tag is at, or will be.</param>
/// <param name="TagExists">Then GitHub takes no other commit for it.</param>
/// <param name="Draft">The unfinished or asked-for draft that an earlier operation of ours left; null for none.</param>
/// <param name="Mark">The operation whose mark that draft bears.</param>
/// <param name="Fingerprint">Of all that the draft is made from.</param>
internal sealed record ReleasePlan(GitHubRepository Repository, string Commit, bool TagExists, IReadOnlyList<MeasuredFile> Files, GitHubRelease? Draft, string? Mark, string Fingerprint, IReadOnlyList<Fact> Facts);

/// <summary>Looks at everything that a release depends on, and refuses what cannot be. Sends nothing but reads.</summary>
internal sealed class ReleasePlanner(GitHubClient gitHub, ReleaseFiles files, ReleaseJournal journal)
{
    public const string ChecksumsName = "SHA256SUMS";

    /// <summary>GitHub takes 125,000; the mark needs about sixty.</summary>
    private const int LongestNotes = 124_900;
    private const int MostAssets = 100;

    /// <summary>How many releases are searched for a draft.</summary>
    private const int MostReleases = 500;

    /// <exception cref="ToolRefusedException">It cannot be done; the field is named where one is at fault.</exception>
    public async Task<ReleasePlan> PlanAsync(CreateReleaseTool.Input input, CancellationToken cancellationToken)
    {
        CheckForm(input);
        var measured = await files.MeasureAsync(input.Assets ?? [], cancellationToken);
        if (measured.FirstOrDefault(f => Generated(input).Contains(f.Name, StringComparer.OrdinalIgnoreCase)) is { } taken)
            throw new ToolRefusedException("asset_refused", $"{taken.Field}: {taken.Name} is what this server adds itself here. Rename the file, or leave checksums or provenance_manifest out.", taken.Field);
        try
        {
            return await LookAsync(input, measured, cancellationToken);
        }
        catch (GitHubRefusedException refused)
        {
            throw new ToolRefusedException(refused.Code, refused.Message, refused.Code == "not_found" ? "repo" : null);
        }
    }

    /// <summary>The names of the assets that are made here.</summary>
    public static IEnumerable<string> Generated(CreateReleaseTool.Input input)
    {
        if (input.Checksums == true) yield return ChecksumsName;
        if (input.ProvenanceManifest == true) yield return ReleaseAttestation.AssetName(input.Tag);
    }

    private async Task<ReleasePlan> LookAsync(CreateReleaseTool.Input input, IReadOnlyList<MeasuredFile> measured, CancellationToken cancellationToken)
    {
        var repository = await gitHub.GetRepositoryAsync(input.Repo, cancellationToken);
        if (!string.Equals(repository.FullName, input.Repo, StringComparison.OrdinalIgnoreCase))
            throw new ToolRefusedException("repository_moved", $"repo: {input.Repo} is now called {repository.FullName}. Ask for it by that name; it must be on REPO_WRITE_ALLOWLIST too.", "repo");
        if (repository.Archived) throw new ToolRefusedException("repository_archived", $"repo: {repository.FullName} is archived and takes no releases.", "repo");
        if (repository.Permissions is { Push: false, Admin: false, Maintain: false })
            throw new ToolRefusedException("github_forbidden", $"repo: the owner of the server's token may read {repository.FullName} and not write to it. Give that account the write role, or the app Contents: read and write.", "repo");
        if (await gitHub.FindReleaseByTagAsync(input.Repo, input.Tag, cancellationToken) is { } published)
            throw new ToolRefusedException("release_exists", $"tag: {input.Tag} has a release already ({published.HtmlUrl}), and releases are not replaced. Choose another tag.", "tag");

        var fingerprint = FingerprintOf(input, repository, measured);
        var (draft, mark) = await DraftAsync(input, repository, fingerprint, cancellationToken);
        var tag = await gitHub.FindRefAsync(input.Repo, $"tags/{input.Tag}", cancellationToken);
        var tagCommit = tag?.Object is not { } at ? null : at.Type == "commit" ? at.Sha : (await gitHub.FindCommitAsync(input.Repo, $"tags/{input.Tag}", cancellationToken))?.Sha;
        if (tag is not null && tagCommit is null) throw new ToolRefusedException("tag_unusable", $"tag: {input.Tag} exists and names no commit.", "tag");
        var commit = tagCommit;
        // A draft keeps the commit that was approved for it, wherever the branch went since.
        if (commit is null && draft?.TargetCommitish is { Length: > 0 } begun) commit = begun;
        if (commit is null || (input.Target is not null && draft is null))
        {
            var target = input.Target ?? repository.DefaultBranch ?? "HEAD";
            var wanted = (await gitHub.FindCommitAsync(input.Repo, target, cancellationToken))?.Sha
                ?? throw new ToolRefusedException("target_unknown", $"target: {target} is no branch or commit of {input.Repo}.", "target");
            // GitHub would take the tag as it is, without a word.
            if (tagCommit is not null && tagCommit != wanted)
                throw new ToolRefusedException("tag_elsewhere", $"target: the tag {input.Tag} exists already at {tagCommit}, and target is {wanted}. Leave target out to release the tag as it is, or choose another tag.", "target");
            commit = wanted;
        }

        List<Fact> facts =
        [
            new("repository id", repository.Id.ToString(CultureInfo.InvariantCulture)),
            new("repository", repository.FullName),
            new("token's owner may write", repository.Permissions is null ? "not said by GitHub" : "yes"),
            new("release", draft is null ? "none of this tag" : $"unfinished draft {draft.Id} of request {mark}, which is gone on with"),
            new("tag", tag is null ? "does not exist, will be made" : "exists"),
            new("commit", commit),
            .. measured.Select((f, i) => new Fact($"asset {i + 1}", $"{f.Name}, {f.Size.ToString(CultureInfo.InvariantCulture)} bytes, sha256 {f.Sha256}")),
        ];
        return new ReleasePlan(repository, commit, tag is not null, measured, draft, mark, fingerprint, facts);
    }

    /// <summary>A draft with this tag has no reference: the list is searched. Ours is one whose mark is of an operation that this server wrote down.</summary>
    private async Task<(GitHubRelease? Draft, string? Mark)> DraftAsync(CreateReleaseTool.Input input, GitHubRepository repository, string fingerprint, CancellationToken cancellationToken)
    {
        GitHubRelease? ours = null;
        string? mark = null;
        foreach (var draft in (await gitHub.ListReleasesAsync(input.Repo, MostReleases, cancellationToken)).Items.Where(r => r.Draft && r.TagName == input.Tag))
        {
            if (OperationMarker.IdAtEnd(draft.Body) is not { } id || await journal.RowAsync(id, cancellationToken) is not { } begun || begun.RepositoryId != repository.Id || begun.Tag != input.Tag)
                throw new ToolRefusedException("draft_exists", $"tag: somebody else's draft of {input.Tag} is there ({draft.HtmlUrl}), and drafts of others are not touched. Publish or delete it on GitHub, or choose another tag.", "tag");
            if (begun.Fingerprint != fingerprint)
                throw new ToolRefusedException("draft_differs", $"tag: the request {id} left an unfinished draft of {input.Tag} with other notes, options or files ({draft.HtmlUrl}). Ask for the same again to go on with it, or delete it on GitHub first.", "tag");
            if (ours is not null) throw new ToolRefusedException("draft_exists", $"tag: there are two drafts of {input.Tag} ({ours.HtmlUrl}, {draft.HtmlUrl}). Delete one of them on GitHub.", "tag");
            (ours, mark) = (draft, id);
        }
        return (ours, mark);
    }

    private static void CheckForm(CreateReleaseTool.Input input)
    {
        if (!IsTagName(input.Tag)) throw new ToolRefusedException("invalid_arguments", "tag: is no name that git takes for a tag (git-check-ref-format).", "tag");
        if (input.Notes.Length > LongestNotes) throw new ToolRefusedException("invalid_arguments", $"notes: GitHub takes {LongestNotes} characters at most, with the mark below them; these are {input.Notes.Length}.", "notes");
        if (input.Assets?.Count > MostAssets) throw new ToolRefusedException("invalid_arguments", $"assets: {MostAssets} at most.", "assets");
        if (OperationMarker.IsIn(input.Notes))
            throw new ToolRefusedException("invalid_arguments", $"notes: must not contain '{OperationMarker.Start}', the mark of this server's own releases.", "notes");
        if (input.ProvenanceManifest == true && input.Assets is not { Count: > 0 })
            throw new ToolRefusedException("invalid_arguments", "provenance_manifest: a statement is about assets; name some, or leave it out.", "provenance_manifest");
        if (input.Checksums == true && input.Assets is not { Count: > 0 })
            throw new ToolRefusedException("invalid_arguments", "checksums: are of assets; name some, or leave it out.", "checksums");
        if (input is { MakeLatest: "true", Prerelease: true } or { MakeLatest: "true", Draft: true })
            throw new ToolRefusedException("invalid_arguments", "make_latest: GitHub takes no draft and no prerelease for the latest release.", "make_latest");
    }

    /// <summary>git-check-ref-format.</summary>
    internal static bool IsTagName(string tag) =>
        tag.Length > 0 && tag[0] is not '-' && tag != "@" && !tag.EndsWith('.') && !tag.Contains("..", StringComparison.Ordinal) && !tag.Contains("@{", StringComparison.Ordinal)
        && !tag.Any(c => char.IsControl(c) || char.IsSurrogate(c) || c is ' ' or '~' or '^' or ':' or '?' or '*' or '[' or '\\')
        && tag.Split('/').All(p => p.Length > 0 && p[0] != '.' && !p.EndsWith(".lock", StringComparison.Ordinal));

    private static string FingerprintOf(CreateReleaseTool.Input input, GitHubRepository repository, IReadOnlyList<MeasuredFile> measured) => CanonicalJson.Sha256Hex(CanonicalJson.Write(JsonSerializer.SerializeToElement(new JsonObject
    {
        ["repository"] = repository.Id.ToString(CultureInfo.InvariantCulture),
        ["tag"] = input.Tag,
        ["target"] = input.Target,
        ["notes"] = input.Notes,
        ["prerelease"] = input.Prerelease == true,
        ["provenance"] = input.ProvenanceManifest == true,
        ["checksums"] = input.Checksums == true,
        ["assets"] = new JsonArray([.. measured.Select(f => (JsonNode)new JsonArray(f.Name, f.Size.ToString(CultureInfo.InvariantCulture), f.Sha256))]),
    })));
}
