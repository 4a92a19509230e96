using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLens.Evidence.Logs;
using OmniAudit.Modules.AuditLens.Evidence.Parsing;
using OmniAudit.Modules.AuditLens.Evidence.Store;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Modules.AuditLens.Evidence;

/// <summary>Evidence in a list.</summary>
/// <param name="EvidenceId">Sorts by creation.</param>
public sealed record EvidenceSummary(
    string EvidenceId, string Kind, string Repo, long RunId, int RunAttempt, string HeadSha, string Workflow, string Name, int Files, int Rejected, long Bytes, long Redactions, string ContentSha256, string CreatedBy, DateTimeOffset CreatedAt);

/// <summary>A page of evidence, newest first.</summary>
/// <param name="Before">Give it to the next call; null at the end.</param>
public sealed record EvidenceList(IReadOnlyList<EvidenceSummary> Evidence, string? Before);

/// <summary>One piece of evidence.</summary>
/// <param name="Manifest">Null when the store lost it: <paramref name="Problem"/> says so.</param>
/// <param name="Sets">What was read out of it, newest first.</param>
public sealed record EvidenceDetail(EvidenceSummary Evidence, EvidenceManifest? Manifest, string? Problem, IReadOnlyList<FindingSetSummary> Sets);

/// <summary>A set of findings in a list.</summary>
/// <param name="New">Against the base; null when nothing was compared.</param>
public sealed record FindingSetSummary(
    string FindingsId, string EvidenceId, string Repo, long RunId, string HeadSha, string Profile, string Dedupe, string? BaseId, int Count, int S1, int S2, int S3, int S4, int? New, int? Fixed, string CreatedBy, DateTimeOffset CreatedAt);

/// <summary>A page of sets, newest first.</summary>
/// <param name="Before">Give it to the next call; null at the end.</param>
public sealed record FindingSetList(IReadOnlyList<FindingSetSummary> Sets, string? Before);

/// <summary>A set with its findings.</summary>
/// <param name="Fixed">Of the base, gone, and looked for.</param>
/// <param name="NotCompared">Of the base, gone, and nobody can say.</param>
public sealed record FindingSetDetail(
    FindingSetSummary Set, IReadOnlyList<StoredFinding> Findings, IReadOnlyList<StoredFinding> Fixed, IReadOnlyList<StoredFinding> NotCompared, TestCounts Tests, int? NotAnnotated, IReadOnlyList<FileReading> Files, IReadOnlyList<string> Caps,
    IReadOnlyList<string> Evidence);

/// <summary>A line of a log for a viewer.</summary>
/// <param name="Raw">Secrets taken out, colours kept as escape sequences.</param>
/// <param name="Kind"><c>plain</c>, <c>group</c>, <c>endgroup</c>, <c>error</c>, <c>warning</c>, <c>notice</c>, <c>debug</c> or <c>command</c>.</param>
public sealed record LogViewLine(long Number, DateTimeOffset? Time, string Kind, string Raw, bool Match);

/// <summary>A group of a log.</summary>
public sealed record LogViewSection(string Name, long FirstLine, long LastLine, int Errors);

/// <summary>What a viewer must know of a log before it shows any line.</summary>
/// <param name="ErrorLines">The first 2,000.</param>
public sealed record LogOutline(IReadOnlyList<LogViewSection> Sections, IReadOnlyList<long> ErrorLines, long Errors, long Warnings, long Lines, long Bytes);

/// <summary>Matches of a search.</summary>
/// <param name="Matches">In the whole log.</param>
public sealed record LogMatches(IReadOnlyList<LogViewLine> Lines, long Matches, string? Problem);

/// <summary>Reads evidence and findings for people.</summary>
public sealed class EvidenceQueries
{
    /// <summary><c>auto</c> and the name of every parser.</summary>
    public static IReadOnlyList<string> Profiles => EvidenceReader.Profiles;

    private const int MostMatches = 500;
    private static readonly LogBounds Viewed = new(Lines: 2_000, Chars: 2_000_000, LineChars: 4_000);

    private readonly Database _database;
    private readonly EvidenceStore _store;
    private readonly FindingsStore _sets;

    internal EvidenceQueries(Database database, EvidenceStore store, FindingsStore sets) => (_database, _store, _sets) = (database, store, sets);

    /// <summary>Newest first.</summary>
    /// <param name="text">A part of the repository, name, workflow or commit; null for all.</param>
    /// <param name="take">1 to 200.</param>
    public Task<EvidenceList> ListAsync(string? text, long? runId, string? before, int take, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        take = Math.Clamp(take, 1, 200);
        var rows = db.Set<EvidenceRow>().AsQueryable();
        if (before is not null) rows = rows.Where(e => string.Compare(e.EvidenceId, before) < 0);
        if (runId is { } run) rows = rows.Where(e => e.RunId == run);
        if (!string.IsNullOrWhiteSpace(text))
        {
            var pattern = SearchWords.Pattern(text.Trim());
            rows = rows.Where(e => EF.Functions.Like(e.Repo, pattern, "\\") || EF.Functions.Like(e.Name, pattern, "\\") || EF.Functions.Like(e.Workflow, pattern, "\\") || EF.Functions.Like(e.HeadSha, pattern, "\\") || EF.Functions.Like(e.EvidenceId, pattern, "\\"));
        }
        var found = await rows.OrderByDescending(e => e.EvidenceId).Take(take + 1).ToListAsync(cancellationToken);
        return new EvidenceList([.. found.Take(take).Select(Of)], found.Count > take ? found[take - 1].EvidenceId : null);
    }, cancellationToken);

    /// <summary>Null when there is none by that id.</summary>
    public async Task<EvidenceDetail?> GetAsync(string evidenceId, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(evidenceId, cancellationToken) is not { } row) return null;
        var sets = await _database.ReadAsync(async db => await db.Set<FindingsRow>().Where(f => f.EvidenceId == evidenceId).OrderByDescending(f => f.FindingsId).Take(20).ToListAsync(cancellationToken), cancellationToken);
        try
        {
            return new EvidenceDetail(Of(row), await _store.ManifestAsync(row, cancellationToken), null, [.. sets.Select(Of)]);
        }
        catch (Exception missing) when (missing is ObjectMissingException or ObjectStoreUnavailableException)
        {
            return new EvidenceDetail(Of(row), null, missing.Message, [.. sets.Select(Of)]);
        }
    }

    /// <summary>Sets of findings, newest first.</summary>
    /// <param name="text">A part of the repository, commit or id; null for all.</param>
    public Task<FindingSetList> SetsAsync(string? text, string? before, int take, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        take = Math.Clamp(take, 1, 200);
        var rows = db.Set<FindingsRow>().AsQueryable();
        if (before is not null) rows = rows.Where(f => string.Compare(f.FindingsId, before) < 0);
        if (!string.IsNullOrWhiteSpace(text))
        {
            var pattern = SearchWords.Pattern(text.Trim());
            rows = rows.Where(f => EF.Functions.Like(f.Repo, pattern, "\\") || EF.Functions.Like(f.HeadSha, pattern, "\\") || EF.Functions.Like(f.FindingsId, pattern, "\\"));
        }
        var found = await rows.OrderByDescending(f => f.FindingsId).Take(take + 1).ToListAsync(cancellationToken);
        return new FindingSetList([.. found.Take(take).Select(Of)], found.Count > take ? found[take - 1].FindingsId : null);
    }, cancellationToken);

    /// <summary>Null when there is none by that id.</summary>
    public async Task<FindingSetDetail?> SetAsync(string findingsId, CancellationToken cancellationToken)
    {
        if (await _sets.FindAsync(findingsId, cancellationToken) is not { } row) return null;
        var document = await _sets.LoadAsync(row, cancellationToken);
        return new FindingSetDetail(Of(row), document.Findings, document.Fixed, document.NotCompared, document.Tests, document.NotAnnotated, document.Files, document.Caps, document.Evidence);
    }

    /// <summary>Groups and errors of a log; null when the file is not there or was not kept.</summary>
    public async Task<LogOutline?> OutlineAsync(string evidenceId, string path, CancellationToken cancellationToken)
    {
        await using var content = await OpenAsync(evidenceId, path, cancellationToken);
        if (content is null) return null;
        var index = await Task.Run(() => new LogReader(Viewed).Index(content, cancellationToken), cancellationToken);
        return new LogOutline([.. index.Sections.Select(s => new LogViewSection(s.Name, s.FirstLine, s.LastLine, s.Errors))], index.ErrorLines, index.Errors, index.Warnings, index.TotalLines, index.TotalBytes);
    }

    /// <summary>Some lines of a log, from 1; at most 2,000. Reads the log up to there, in constant memory, whatever its size.</summary>
    public async Task<IReadOnlyList<LogViewLine>> LinesAsync(string evidenceId, string path, long from, long to, CancellationToken cancellationToken)
    {
        await using var content = await OpenAsync(evidenceId, path, cancellationToken);
        if (content is null) return [];
        var lines = await Task.Run(() => new LogReader(Viewed).Lines(content, from, to, cancellationToken), cancellationToken);
        return [.. lines.Select(Of)];
    }

    /// <summary>Lines that match, the first 500.</summary>
    public async Task<LogMatches> SearchLogAsync(string evidenceId, string path, string pattern, bool regex, CancellationToken cancellationToken)
    {
        await using var content = await OpenAsync(evidenceId, path, cancellationToken);
        if (content is null) return new LogMatches([], 0, "The file is not there any more.");
        try
        {
            var slice = await Task.Run(() => new LogReader(Viewed with { Lines = MostMatches }).Search(content, pattern, regex, 0, 0, cancellationToken), cancellationToken);
            return new LogMatches([.. slice.Lines.Select(Of)], slice.Matches, null);
        }
        catch (Exception unusable) when (unusable is ArgumentException or NotSupportedException)
        {
            return new LogMatches([], 0, $"This expression cannot be used. {unusable.Message}");
        }
    }

    /// <summary>A stored text, for a download; null when it is not there.</summary>
    public async Task<Stream?> OpenAsync(string evidenceId, string path, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(evidenceId, cancellationToken) is not { } row) return null;
        var file = (await _store.ManifestAsync(row, cancellationToken)).Files.FirstOrDefault(f => f.Path == path && f.Reference is not null);
        return file is null ? null : await _store.OpenAsync(file, cancellationToken);
    }

    private static LogViewLine Of(LogLine line) =>
        // What the runner or a step marked stands without its mark: the line's colour and word say it.
        new(line.Number, line.Time, line.Kind.ToString().ToLowerInvariant(), line.Kind == ActionsLineKind.Plain ? line.Raw : line.Text, line.Match);

    internal static EvidenceSummary Of(EvidenceRow row) => new(
        row.EvidenceId, row.Kind, row.Repo, row.RunId, row.RunAttempt, row.HeadSha, row.Workflow, row.Name, row.Files, row.Rejected, row.Bytes, row.Redactions, row.ContentSha256, row.CreatedBy, row.CreatedAt);

    internal static FindingSetSummary Of(FindingsRow row) => new(
        row.FindingsId, row.EvidenceId, row.Repo, row.RunId, row.HeadSha, row.Profile, row.Dedupe, row.BaseId, row.Count, row.S1, row.S2, row.S3, row.S4, row.New, row.Fixed, row.CreatedBy, row.CreatedAt);
}
