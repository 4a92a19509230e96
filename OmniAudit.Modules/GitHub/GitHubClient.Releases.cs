using OmniAudit.Modules.GitHub.Http;

namespace OmniAudit.Modules.GitHub;

internal sealed partial class GitHubClient
{
    private const string WriteContents = "Contents: read and write";

    /// <summary>Releases, newest first. Drafts are among them only for those who may write to the repository.</summary>
    public Task<GitHubList<GitHubRelease>> ListReleasesAsync(string repository, int most, CancellationToken cancellationToken) =>
        ListAsync(Repository(repository, $"/releases?{PerPage}"), GitHubJson.Default.GitHubReleaseArray, r => r.Id, new($"the releases of {repository}"), most, cancellationToken);

    /// <summary>GitHub's latest one: no draft and no prerelease, by the date of its commit. Null when there is none, or no such repository.</summary>
    public Task<GitHubRelease?> FindLatestReleaseAsync(string repository, CancellationToken cancellationToken) =>
        FindAsync(Repository(repository, "/releases/latest"), GitHubJson.Default.GitHubRelease, new($"the latest release of {repository}"), cancellationToken);

    /// <summary>Null when no release has this tag; a draft never has it yet, whatever it says.</summary>
    public Task<GitHubRelease?> FindReleaseByTagAsync(string repository, string tag, CancellationToken cancellationToken) =>
        FindAsync(Repository(repository, $"/releases/tags/{Uri.EscapeDataString(tag)}"), GitHubJson.Default.GitHubRelease, new($"the release {tag} of {repository}"), cancellationToken);

    public Task<GitHubRelease?> FindReleaseAsync(string repository, long id, CancellationToken cancellationToken) =>
        FindAsync(Repository(repository, $"/releases/{id}"), GitHubJson.Default.GitHubRelease, new($"release {id} of {repository}"), cancellationToken);

    /// <summary>Creates a release, once: as a draft unless <paramref name="release"/> says otherwise, for a published one may take no assets any more.</summary>
    /// <exception cref="GitHubRefusedException">None was created by this call. <c>not_found</c> also means that the target commit changes workflow files and the token may not.</exception>
    /// <exception cref="GitHubAmbiguousException">It may have been. A draft is found in the list of releases only.</exception>
    public Task<GitHubRelease> CreateReleaseAsync(string repository, NewRelease release, CancellationToken cancellationToken) =>
        WriteAsync(
            HttpMethod.Post, Repository(repository, "/releases"), release, GitHubJson.Default.NewRelease, GitHubJson.Default.GitHubRelease, 201,
            new($"a new release {release.TagName} in {repository}", $"{WriteContents}, and Workflows: write where its commit changes workflow files"), created => created.Id > 0, cancellationToken);

    /// <summary>Changes a release, publishing included, once.</summary>
    public Task<GitHubRelease> ChangeReleaseAsync(string repository, long id, ReleaseChange change, CancellationToken cancellationToken) =>
        WriteAsync(
            HttpMethod.Patch, Repository(repository, $"/releases/{id}"), change, GitHubJson.Default.ReleaseChange, GitHubJson.Default.GitHubRelease, 200,
            new($"the change of release {id} of {repository}", WriteContents), changed => changed.Id == id, cancellationToken);

    public Task<GitHubList<GitHubAsset>> ListAssetsAsync(string repository, long releaseId, int most, CancellationToken cancellationToken) =>
        ListAsync(Repository(repository, $"/releases/{releaseId}/assets?{PerPage}"), GitHubJson.Default.GitHubAssetArray, a => a.Id, new($"the assets of release {releaseId} of {repository}"), most, cancellationToken);

    public Task<GitHubAsset?> FindAssetAsync(string repository, long assetId, CancellationToken cancellationToken) =>
        FindAsync(Repository(repository, $"/releases/assets/{assetId}"), GitHubJson.Default.GitHubAsset, new($"asset {assetId} of {repository}"), cancellationToken);

    /// <summary>Deletes an asset, such as one that a broken upload left in the state <c>starter</c>.</summary>
    public async Task DeleteAssetAsync(string repository, long assetId, CancellationToken cancellationToken) =>
        await http.WriteAsync(HttpMethod.Delete, Repository(repository, $"/releases/assets/{assetId}"), null, 204, new($"the deletion of asset {assetId} of {repository}", WriteContents), cancellationToken);

    /// <summary>An asset's bytes. Compare them with <see cref="GitHubAsset.Digest"/>: what differs is handed out all the same.</summary>
    public Task<GitHubDownload> DownloadAssetAsync(string repository, long assetId, long mostBytes, CancellationToken cancellationToken) =>
        http.DownloadAsync(Repository(repository, $"/releases/assets/{assetId}"), "application/octet-stream", mostBytes, new($"asset {assetId} of {repository}"), cancellationToken);

    /// <summary>
    /// Uploads an asset, once, streaming. Look at <see cref="GitHubAsset.Differences"/> afterwards. After an ambiguous end the release may hold
    /// the asset, or one in the state <c>starter</c>, which must be deleted before the next attempt.
    /// </summary>
    /// <param name="content">Read from where it stands, exactly <paramref name="length"/> bytes.</param>
    /// <exception cref="GitHubRefusedException">It was not uploaded; <see cref="GitHubRefusedException.Reason"/> <c>already_exists</c> when the name is taken, <c>github_upload_url</c> when the release names a server that is not configured.</exception>
    /// <exception cref="GitHubAmbiguousException">Nobody knows.</exception>
    public async Task<GitHubAsset> UploadAssetAsync(string repository, GitHubRelease release, string name, string? label, string mediaType, Stream content, long length, CancellationToken cancellationToken)
    {
        var task = new GitHubTask($"the upload of {name} to release {release.TagName} of {repository}", WriteContents);
        var address = UploadAddress(release, name, label, task);
        using var body = new WatchedContent(content, length, mediaType);
        return Whole(await http.WriteAsync(HttpMethod.Post, address, body, 201, task, cancellationToken), GitHubJson.Default.GitHubAsset, task, a => a.Id > 0);
    }

    /// <summary>Expands <c>{?name,label}</c> (RFC 6570). The host is checked before the token is attached: it stands in an answer, and answers may be forged.</summary>
    private Uri UploadAddress(GitHubRelease release, string name, string? label, GitHubTask task)
    {
        var template = release.UploadUrl ?? "";
        var brace = template.IndexOf('{', StringComparison.Ordinal);
        var query = $"?name={Uri.EscapeDataString(name)}{Query("label", label)}";
        if (!Uri.TryCreate((brace < 0 ? template : template[..brace]) + query, UriKind.Absolute, out var address)) throw Unreadable(task);
        if (http.Hosts.IsUpload(address)) return address;
        throw new GitHubRefusedException(
            "github_upload_url", $"The bytes for {task.What} would go to {address.GetLeftPart(UriPartial.Authority)}, which is not where this server's GitHub takes them ({http.Hosts.Upload}). Set GITHUB_UPLOAD_URL if it is right.");
    }
}
