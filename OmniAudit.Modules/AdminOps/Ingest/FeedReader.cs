using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>
/// Reads one feed window by window. A window's row in the ledger, its last events and the watermark are one transaction: a crash leaves a window that is read again, and what
/// of it was stored already is known by its key.
/// </summary>
internal sealed class FeedReader(Database database, EventIntake intake, GraphFeed graph, ManagementFeed management, OmniAuditOptions options, IngestLimits limits, TimeProvider time)
{
    private static readonly TimeSpan BetweenSubscriptions = TimeSpan.FromMinutes(15);

    /// <summary>The feeds of a source.</summary>
    public static IReadOnlyList<string> FeedsOf(string source, OmniAuditOptions options) => source switch
    {
        EventSources.Unified => [.. options.AdminOps.ContentTypes.Select(t => $"unified/{t}")],
        EventSources.SignIn => [.. options.AdminOps.SignInKinds.Select(k => k == GraphFeed.Interactive ? "signin" : $"signin/{k}")],
        _ => [source],
    };

    /// <summary>Starts the subscriptions that are missing, each at most every 15 minutes.</summary>
    public async Task SubscribeAsync(FetchRun run, CancellationToken cancellationToken)
    {
        var enabled = await management.SubscribedAsync(cancellationToken);
        foreach (var type in options.AdminOps.ContentTypes.Where(t => !enabled.Contains(t)))
        {
            var row = await FeedAsync($"unified/{type}", cancellationToken);
            if (row?.SubscribedAt is { } started && run.Now - started < BetweenSubscriptions) continue;
            await database.WriteAsync(async db =>
            {
                await run.Lease.KeepAsync(db, cancellationToken);
                (await RowAsync(db, run.Lease.Source, $"unified/{type}", cancellationToken)).SubscribedAt = run.Now;
            }, cancellationToken);
            await management.SubscribeAsync(type, cancellationToken);
        }
    }

    /// <summary>The windows that a run reads of a feed, oldest first.</summary>
    public async Task<List<FetchWindow>> PlanAsync(FetchRun run, string feed, CancellationToken cancellationToken)
    {
        var settled = (await FeedAsync(feed, cancellationToken))?.SettledTo;
        var overlap = TimeSpan.FromMinutes(options.AdminOps.OverlapMinutes);
        var from = run.Hours is { } hours ? run.Now - TimeSpan.FromHours(hours) : settled is { } at ? at - overlap : run.Now - limits.FirstRun;
        if (run.Reconcile && run.Now - TimeSpan.FromHours(options.AdminOps.ReconcileHours) is var back && back < from && settled is not null) from = back;
        // What an attempt before this one has finished is in the ledger.
        if (run.Resumed && await LastWindowAsync(run, feed, cancellationToken) is { } done && done > from) from = done;
        if (run.Lease.Source == EventSources.Unified && run.Now - limits.ListedBack is var oldest && from < oldest)
        {
            if (run.Hours is null && settled is { } gap && gap < oldest) await NoteGapAsync(run, feed, gap, oldest, $"Nothing was read for more than 7 days; what was made before {oldest.UtcDateTime:yyyy-MM-dd HH:mm} UTC cannot be listed any more.", cancellationToken);
            from = oldest;
        }
        return FetchWindow.Slice(from, run.Now, limits.Window);
    }

    public Task ReadAsync(FetchRun run, string feed, FetchWindow window, CancellationToken cancellationToken) =>
        run.Lease.Source == EventSources.Unified ? ReadContentAsync(run, feed, window, cancellationToken) : ReadPagesAsync(run, feed, window, cancellationToken);

    private async Task ReadPagesAsync(FetchRun run, string feed, FetchWindow window, CancellationToken cancellationToken)
    {
        var kind = feed.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash ? feed[(slash + 1)..] : GraphFeed.Interactive;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (total, stopped) = (new IntakeCounts(), "");
        IReadOnlyList<ReadOnlyMemory<byte>> held = [];
        await foreach (var page in graph.PagesAsync(run.Lease.Source, kind, window.From, window.To, reason => stopped = reason, cancellationToken))
        {
            // The last page waits for the ledger's row, which goes in with it.
            if (held.Count > 0) total = Add(total, await StoreAsync(run, held, null, null, cancellationToken));
            hash.AppendData(page.Body);
            held = page.Records;
        }
        var sha = Convert.ToHexStringLower(hash.GetHashAndReset());
        var last = await StoreAsync(run, held, counts => Window(run, feed, window, Add(total, counts), stopped, 0, sha), db => AdvanceAsync(db, run, feed, window, cancellationToken), cancellationToken);
        run.Count(Add(total, last));
    }

    private async Task ReadContentAsync(FetchRun run, string feed, FetchWindow window, CancellationToken cancellationToken)
    {
        var (stopped, total) = ("", new IntakeCounts());
        List<ContentBlob> blobs;
        string sha;
        try
        {
            (blobs, var bodies) = await management.ListAsync(feed[(feed.IndexOf('/', StringComparison.Ordinal) + 1)..], window.From, window.To, reason => stopped = reason, cancellationToken);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var body in bodies) hash.AppendData(body);
            sha = Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (FetchException late) when (late.Code is "AF20030" or "AF20055" && run.Now - window.From > limits.ListedBack - limits.Window * 2)
        {
            // Their clock is ahead of ours, or the run took long: the window has aged out meanwhile.
            await NoteGapAsync(run, feed, window.From, window.To, $"It cannot be listed any more ({late.Code}).", cancellationToken);
            return;
        }
        foreach (var group in (await NewAsync(feed, blobs, cancellationToken)).Chunk(limits.Blobs))
        {
            var contents = await Task.WhenAll(group.Select(b => management.FetchAsync(b, cancellationToken)));
            foreach (var (blob, content) in group.Zip(contents))
            {
                total = Add(total, await StoreAsync(run, content.Records, counts => new CoverageRow
                {
                    Source = run.Lease.Source, Feed = feed, Kind = CoverageKinds.Blob, State = content.State, Name = NameOf(blob), From = blob.Created, To = blob.Created, SettledTo = blob.Created,
                    Listed = 1, Read = counts.Read, Stored = counts.Stored, Duplicates = counts.Duplicates, Refused = counts.Refused,
                    Sha256 = content.Body.Length > 0 ? Convert.ToHexStringLower(SHA256.HashData(content.Body)) : "", Reason = Reason(content.Reason, counts.Refused), By = run.Lease.JobId, At = time.GetUtcNow(),
                }, null, cancellationToken));
            }
        }
        await StoreAsync(run, [], _ => Window(run, feed, window, total, stopped, blobs.Count, sha), db => AdvanceAsync(db, run, feed, window, cancellationToken), cancellationToken);
        run.Count(total);
    }

    /// <summary>Listed blobs that the ledger has no row of, each once. One that could not be had is not asked for again and again.</summary>
    private async Task<List<ContentBlob>> NewAsync(string feed, List<ContentBlob> blobs, CancellationToken cancellationToken)
    {
        var fresh = blobs.DistinctBy(NameOf).ToList();
        foreach (var some in fresh.Select(NameOf).Chunk(500).ToList())
        {
            var known = await database.ReadAsync(db => db.Set<CoverageRow>().Where(c => c.Feed == feed && c.Kind == CoverageKinds.Blob && some.Contains(c.Name)).Select(c => c.Name).ToListAsync(cancellationToken), cancellationToken);
            var set = known.ToHashSet(StringComparer.Ordinal);
            fresh.RemoveAll(b => set.Contains(NameOf(b)));
        }
        return fresh;
    }

    private Task<IntakeCounts> StoreAsync(FetchRun run, IReadOnlyList<ReadOnlyMemory<byte>> records, Func<IntakeCounts, CoverageRow>? entry, Func<OmniAuditDb, Task>? then, CancellationToken cancellationToken) =>
        intake.StoreAsync(run.Lease.Source, options.AdminOps.TenantId, records, entry, db => run.Lease.KeepAsync(db, cancellationToken), then, cancellationToken);

    private CoverageRow Window(FetchRun run, string feed, FetchWindow window, IntakeCounts counts, string stopped, int listed, string sha) => new()
    {
        Source = run.Lease.Source, Feed = feed, Kind = CoverageKinds.Window, State = stopped.Length > 0 ? CoverageStates.Partial : CoverageStates.Fetched, From = window.From, To = window.To, SettledTo = SettledTo(run, window),
        Listed = listed, Read = counts.Read, Stored = counts.Stored, Duplicates = counts.Duplicates, Refused = counts.Refused, Sha256 = sha, Reason = Reason(stopped, counts.Refused), By = run.Lease.JobId, At = time.GetUtcNow(),
    };

    private DateTimeOffset SettledTo(FetchRun run, FetchWindow window)
    {
        var settled = run.Now - TimeSpan.FromMinutes(options.AdminOps.SettleMinutes);
        return settled < window.From ? window.From : settled < window.To ? settled : window.To;
    }

    /// <summary>Moves the watermark over a window that begins where it stands or before; one further on leaves a gap that is still to be read.</summary>
    private async Task AdvanceAsync(OmniAuditDb db, FetchRun run, string feed, FetchWindow window, CancellationToken cancellationToken)
    {
        var row = await RowAsync(db, run.Lease.Source, feed, cancellationToken);
        var to = SettledTo(run, window);
        if (row.SettledTo is null || (window.From <= row.SettledTo && to > row.SettledTo)) row.SettledTo = to;
    }

    private Task NoteGapAsync(FetchRun run, string feed, DateTimeOffset from, DateTimeOffset to, string why, CancellationToken cancellationToken) => database.WriteAsync(async db =>
    {
        await run.Lease.KeepAsync(db, cancellationToken);
        await CoverageLedger.AppendAsync(db, new CoverageRow
        {
            Source = run.Lease.Source, Feed = feed, Kind = CoverageKinds.Window, State = CoverageStates.Expired, From = from, To = to, SettledTo = to, Reason = why, By = run.Lease.JobId, At = time.GetUtcNow(),
        }, cancellationToken);
        await AdvanceAsync(db, run, feed, new FetchWindow(from, to), cancellationToken);
    }, cancellationToken);

    private Task<FeedRow?> FeedAsync(string feed, CancellationToken cancellationToken) => database.ReadAsync(db => db.Set<FeedRow>().FirstOrDefaultAsync(f => f.Feed == feed, cancellationToken), cancellationToken);

    private Task<DateTimeOffset?> LastWindowAsync(FetchRun run, string feed, CancellationToken cancellationToken) => database.ReadAsync(
        async db => (await db.Set<CoverageRow>().Where(c => c.Feed == feed && c.Kind == CoverageKinds.Window && c.Name == "" && c.By == run.Lease.JobId).OrderByDescending(c => c.Number).FirstOrDefaultAsync(cancellationToken))?.To, cancellationToken);

    private static async Task<FeedRow> RowAsync(OmniAuditDb db, string source, string feed, CancellationToken cancellationToken)
    {
        if (await db.Set<FeedRow>().FirstOrDefaultAsync(f => f.Feed == feed, cancellationToken) is { } row) return row;
        row = new FeedRow { Feed = feed, Source = source };
        db.Add(row);
        return row;
    }

    private static string NameOf(ContentBlob blob) => blob.Id.Length <= EventBounds.Id ? blob.Id : $"{blob.Id[..200]}~{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(blob.Id)))}";

    private static string Reason(string reason, int refused) =>
        refused == 0 ? reason : string.Create(CultureInfo.InvariantCulture, $"{reason}{(reason.Length > 0 ? " " : "")}{refused} element{(refused == 1 ? " is" : "s are")} no JSON object.");

    private static IntakeCounts Add(IntakeCounts a, IntakeCounts b) => new(a.Read + b.Read, a.Stored + b.Stored, a.Duplicates + b.Duplicates, a.Refused + b.Refused);
}
