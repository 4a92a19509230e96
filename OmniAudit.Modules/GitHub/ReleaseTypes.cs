using System.Text.Json.Serialization;

namespace OmniAudit.Modules.GitHub;

/// <summary>A release.</summary>
/// <param name="Draft">A draft has no tag reference yet, and is found in the list only.</param>
/// <param name="Immutable">No assets can be added or changed any more.</param>
/// <param name="UploadUrl">A template (RFC 6570): <c>…/assets{?name,label}</c>.</param>
internal sealed record GitHubRelease(
    [property: JsonRequired] long Id, string? TagName = null, string? TargetCommitish = null, string? Name = null, string? Body = null, bool Draft = false, bool Prerelease = false, bool? Immutable = null,
    DateTimeOffset? CreatedAt = null, DateTimeOffset? PublishedAt = null, GitHubUser? Author = null, string? HtmlUrl = null, string? UploadUrl = null, IReadOnlyList<GitHubAsset>? Assets = null);

/// <summary>A release's asset.</summary>
/// <param name="State"><c>uploaded</c>, or <c>starter</c> for one whose upload broke off: delete it before uploading again.</param>
/// <param name="Digest"><c>sha256:…</c>; null for older ones.</param>
internal sealed record GitHubAsset(
    [property: JsonRequired] long Id, string? Name = null, string? Label = null, string? State = null, string? ContentType = null, long? Size = null, string? Digest = null, long? DownloadCount = null,
    string? BrowserDownloadUrl = null, DateTimeOffset? CreatedAt = null, DateTimeOffset? UpdatedAt = null, GitHubUser? Uploader = null)
{
    /// <summary>What is not as it was sent, in words; empty when all is. GitHub renames odd file names.</summary>
    public IReadOnlyList<string> Differences(string name, long size, string sha256)
    {
        var found = new List<string>();
        if (State != "uploaded") found.Add($"its state is {State ?? "not said"} and not uploaded");
        if (Name != name) found.Add($"GitHub calls it {Name}");
        if (Size != size) found.Add($"it has {Size} bytes and not {size}");
        if (Digest is { } digest && !digest.Equals($"sha256:{sha256}", StringComparison.OrdinalIgnoreCase)) found.Add($"its digest is {digest} and not sha256:{sha256}");
        return found;
    }
}

/// <summary>What <c>POST /repos/{owner}/{repo}/releases</c> takes.</summary>
/// <param name="MakeLatest"><c>true</c>, <c>false</c> or <c>legacy</c>, as a text; not for drafts and prereleases.</param>
internal sealed record NewRelease(string TagName, string? TargetCommitish = null, string? Name = null, string? Body = null, bool Draft = true, bool Prerelease = false, string? MakeLatest = null);

/// <summary>What of a release is changed; null leaves it as it is.</summary>
internal sealed record ReleaseChange(string? TagName = null, string? TargetCommitish = null, string? Name = null, string? Body = null, bool? Draft = null, bool? Prerelease = null, string? MakeLatest = null);
