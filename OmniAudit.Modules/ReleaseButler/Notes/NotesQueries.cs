using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.ReleaseButler.Notes;

/// <summary>Release notes in a list.</summary>
/// <param name="From">Null for a window of the latest commits.</param>
/// <param name="Versions">1 until somebody saved another text.</param>
public sealed record NotesSummary(
    string NotesId, string Repo, string? From, string To, bool FallbackUsed, NotesOptions Options, NotesAccounting Accounting, int Breaking, int Versions, string CreatedByName, DateTimeOffset CreatedAt);

/// <summary>A version of the text.</summary>
public sealed record NotesVersion(int Number, string CreatedByName, DateTimeOffset CreatedAt, long Size, string Sha256);

/// <summary>Notes with one version of their text.</summary>
/// <param name="Document">Null when the store lost it; <paramref name="Problem"/> says so.</param>
/// <param name="Versions">Oldest first.</param>
/// <param name="Shown">The version whose text this is; the newest unless another was asked for.</param>
public sealed record NotesDetail(NotesSummary Notes, NotesDocument? Document, IReadOnlyList<NotesVersion> Versions, NotesVersion Shown, string Markdown, string? Problem);

/// <summary>The tags of a repository for a person to choose from.</summary>
/// <param name="Tags">Versions greatest first, then the others.</param>
/// <param name="Capped">What was left out, in words; null when nothing was.</param>
/// <param name="Problem">Why there are none; null when GitHub answered.</param>
public sealed record TagChoices(IReadOnlyList<string> Tags, string? Capped, string? Problem);

/// <summary>Reads release notes for people.</summary>
public sealed class NotesQueries
{
    private const int MostTags = 500;

    private readonly Database _database;
    private readonly NotesStore _store;
    private readonly GitHubClient _gitHub;

    internal NotesQueries(Database database, NotesStore store, GitHubClient gitHub) => (_database, _store, _gitHub) = (database, store, gitHub);

    /// <summary>Newest first.</summary>
    /// <param name="repo">A part of the name; null or empty for all.</param>
    /// <param name="before">An id: only those made before it; null for the newest.</param>
    /// <param name="take">At most so many.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public Task<IReadOnlyList<NotesSummary>> ListAsync(string? repo, string? before, int take, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<NotesSummary>>(async db =>
        {
            var rows = db.Set<NotesRow>().AsQueryable();
            if (!string.IsNullOrEmpty(repo))
            {
                var pattern = SearchWords.Pattern(repo);
                rows = rows.Where(n => EF.Functions.Like(n.Repo, pattern, "\\"));
            }
            if (!string.IsNullOrEmpty(before)) rows = rows.Where(n => string.Compare(n.NotesId, before) < 0);
            var found = await rows.OrderByDescending(n => n.NotesId).Take(take).Select(n => new { Row = n, Versions = db.Set<NotesVersionRow>().Count(v => v.NotesId == n.NotesId) }).ToListAsync(cancellationToken);
            return [.. found.Select(f => Summary(f.Row, f.Versions))];
        }, cancellationToken);

    /// <summary>Null when there are none by this id.</summary>
    /// <param name="notesId">The notes.</param>
    /// <param name="version">Null for the newest, as also when there is no such version.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<NotesDetail?> FindAsync(string notesId, int? version, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(notesId, cancellationToken) is not { } row) return null;
        var versions = await _store.VersionsAsync(notesId, cancellationToken);
        var shown = versions.Find(v => v.Number == version) ?? versions[^1];
        NotesDocument? document = null;
        string? problem = null;
        var text = "";
        try
        {
            text = await _store.TextAsync(shown, cancellationToken);
            document = (await _store.LoadAsync(row, cancellationToken)).Replay().Document;
        }
        catch (Exception missing) when (missing is ObjectMissingException or ObjectStoreUnavailableException)
        {
            problem = missing.Message;
        }
        return new NotesDetail(Summary(row, versions.Count), document, [.. versions.Select(Version)], Version(shown), text, problem);
    }

    /// <summary>The same notes put together otherwise, from what is stored and without asking GitHub; null when there are none, or the store lost them.</summary>
    public async Task<(NotesDocument Document, string Markdown)?> ReplayAsync(string notesId, NotesOptions options, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(notesId, cancellationToken) is not { } row) return null;
        try
        {
            return (await _store.LoadAsync(row, cancellationToken)).Replay(options);
        }
        catch (ObjectMissingException)
        {
            return null;
        }
    }

    /// <summary>Asks GitHub for the tags of a repository.</summary>
    public async Task<TagChoices> TagsAsync(string repo, CancellationToken cancellationToken)
    {
        if (!RepositoryReads.IsName(repo)) return new TagChoices([], null, "A repository is written owner/name.");
        try
        {
            var listed = await _gitHub.ListTagsAsync(repo, MostTags, cancellationToken);
            var versions = listed.Items.Select(t => (t.Name, Version: VersionTag.TryParse(t.Name))).ToList();
            return new TagChoices(
                [.. versions.Where(v => v.Version is not null).OrderBy(v => v.Version!.Prefix, StringComparer.Ordinal).ThenByDescending(v => v.Version, VersionTag.Order!).Select(v => v.Name), .. versions.Where(v => v.Version is null).Select(v => v.Name)],
                listed.Capped?.Why, null);
        }
        catch (GitHubRefusedException refused)
        {
            return new TagChoices([], null, refused.Message);
        }
    }

    private static NotesVersion Version(NotesVersionRow row) => new(row.Number, row.CreatedByName, row.CreatedAt, row.Size, row.Sha256);

    internal static NotesSummary Summary(NotesRow n, int versions) => new(
        n.NotesId, n.Repo, n.FromName, n.ToName, n.FallbackUsed, new NotesOptions(n.GroupBy, n.PrLinks), new NotesAccounting(n.Total, n.OnLines, n.Lines, n.Excluded, n.Missing), n.Breaking, versions, n.CreatedByName, n.CreatedAt);
}
