using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ReleaseButler.Publishing;

/// <summary>A release as the console shows it. Texts are GitHub's and untrusted.</summary>
/// <param name="Url">Its page; null when GitHub gives none that can be linked.</param>
/// <param name="Ours">The operation of this server that made it; null for others.</param>
public sealed record ReleaseView(
    long Id, string Tag, string Name, bool Draft, bool Prerelease, bool Immutable, DateTimeOffset? PublishedAt, string? Url, string? Ours, IReadOnlyList<ReleaseAssetView> Assets);

/// <summary>One of its assets.</summary>
/// <param name="State"><c>uploaded</c>, or <c>starter</c> for one whose upload broke off.</param>
public sealed record ReleaseAssetView(long Id, string Name, long Size, string State, string? Digest);

/// <summary>A repository's releases, or why they cannot be shown.</summary>
/// <param name="LeftOut">What is missing from the list, in words; null when it is whole.</param>
public sealed record ReleaseList(IReadOnlyList<ReleaseView> Releases, string? LeftOut, string? Error);

/// <summary>What the console shows of releases and offers for new ones.</summary>
public sealed class ReleaseBoard
{
    private const int MostOffered = 500;

    private readonly GitHubClient _gitHub;
    private readonly ReleaseFiles _files;
    private readonly ReleaseJournal _journal;

    internal ReleaseBoard(GitHubClient gitHub, ReleaseFiles files, ReleaseJournal journal) => (_gitHub, _files, _journal) = (gitHub, files, journal);

    /// <summary>The directories whose files may be uploaded.</summary>
    public IReadOnlyList<string> Roots => _files.Roots;

    /// <summary>The files that may be uploaded, newest first, 500 at most.</summary>
    public IReadOnlyList<OfferedFile> Files() => _files.Offer(MostOffered);

    /// <summary>A repository's releases, newest first.</summary>
    /// <param name="most">Releases to read at most.</param>
    public async Task<ReleaseList> ListAsync(string repository, int most, CancellationToken cancellationToken)
    {
        try
        {
            var list = await _gitHub.ListReleasesAsync(repository, most, cancellationToken);
            var views = new List<ReleaseView>();
            foreach (var r in list.Items)
            {
                var mark = OperationMarker.IdAtEnd(r.Body);
                var ours = mark is not null && await _journal.RowAsync(mark, cancellationToken) is { } row && row.Tag == r.TagName ? mark : null;
                views.Add(new ReleaseView(
                    r.Id, r.TagName ?? "", r.Name ?? "", r.Draft, r.Prerelease, r.Immutable == true, r.PublishedAt,
                    Uri.TryCreate(r.HtmlUrl, UriKind.Absolute, out var page) && page.Scheme is "https" or "http" ? r.HtmlUrl : null, ours,
                    [.. (r.Assets ?? []).Select(a => new ReleaseAssetView(a.Id, a.Name ?? "", a.Size ?? 0, a.State ?? "", a.Digest))]));
            }
            return new ReleaseList(views, list.Capped is { } cap ? cap.Why : null, null);
        }
        catch (GitHubRefusedException refused)
        {
            return new ReleaseList([], null, refused.Message);
        }
    }
}
