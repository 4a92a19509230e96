namespace OmniAudit.Modules.GitHub;

/// <summary>What was downloaded, whole, in a scratch file that is gone when this is disposed.</summary>
/// <param name="Content">Seekable, at its beginning.</param>
/// <param name="Sha256">Of the bytes, lower-case hex.</param>
internal sealed record GitHubDownload(Stream Content, long Size, string Sha256) : IAsyncDisposable
{
    public ValueTask DisposeAsync() => Content.DisposeAsync();

    /// <summary>Compares with a digest of GitHub's, <c>sha256:…</c>; null when there is none, or one of another kind.</summary>
    public bool? Matches(string? digest) =>
        digest?.StartsWith("sha256:", StringComparison.OrdinalIgnoreCase) == true ? digest["sha256:".Length..].Equals(Sha256, StringComparison.OrdinalIgnoreCase) : null;
}
