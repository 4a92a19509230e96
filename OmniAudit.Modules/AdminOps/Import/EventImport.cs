using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Ingest;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Streams;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AdminOps.Import;

/// <summary>What became of a file.</summary>
/// <param name="Read">Records found in it.</param>
/// <param name="Stored">Of these, new ones.</param>
/// <param name="Duplicates">Known already, or twice in the file.</param>
/// <param name="Refused">Lines that are no record.</param>
/// <param name="Problems">The first of those, by line.</param>
/// <param name="Sources">How many records of which source.</param>
/// <param name="From">The time of the oldest and of the newest record; null without any.</param>
public sealed record ImportReport(string Name, long Read, long Stored, long Duplicates, long Refused, IReadOnlyList<ImportProblem> Problems, IReadOnlyDictionary<string, long> Sources, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>A line of a file that is no record.</summary>
public sealed record ImportProblem(long Line, string Why);

/// <summary>
/// Audit events out of files: JSON arrays, Graph's pages, NDJSON, CSV exports of Purview and of the Entra portal. Read as a stream, in any size; records that are known already are
/// not stored again, so that a file may be brought twice. What was stored before a failure stays.
/// </summary>
public sealed class EventImport
{
    /// <summary>The most bytes of a record.</summary>
    public const int LargestRecord = 16 << 20;
    /// <summary>The most problems that a report names.</summary>
    public const int MostProblems = 100;

    private readonly Database _database;
    private readonly EventStore _store;
    private readonly OmniAuditOptions _options;
    private readonly WorkMetrics _metrics;
    private readonly TimeProvider _time;

    internal EventImport(Database database, EventStore store, OmniAuditOptions options, WorkMetrics metrics, TimeProvider time) => (_database, _store, _options, _metrics, _time) = (database, store, options, metrics, time);

    /// <summary>Stores what is in a file. Operators may.</summary>
    /// <param name="name">The file's name, for the report and the ledger.</param>
    /// <param name="source">One of <see cref="EventSources"/>, or null to find out by each record's fields.</param>
    /// <param name="tenant">The tenant's id, for records that name none; empty for ADMINOPS_TENANT_ID.</param>
    /// <param name="progress">Bytes read so far.</param>
    /// <exception cref="IdentityRefusedException">The person may not, or source or tenant cannot be used; the message is for them.</exception>
    /// <exception cref="IOException">The file cannot be read to its end; what came before is stored.</exception>
    public async Task<ImportReport> ImportAsync(string name, Stream content, string? source, string tenant, Actor by, Action<long>? progress, CancellationToken cancellationToken)
    {
        if (by.Kind == ActorKind.Person && await _database.ReadAsync(db => OperatorDirectory.WhyNotAsync(db, by, Role.Operator, "Importing audit events", cancellationToken), cancellationToken) is { } refused) throw new IdentityRefusedException(refused);
        if (source is not null && !EventSources.All.Contains(source)) throw new IdentityRefusedException($"source: there is none by this name. Allowed: {string.Join(", ", EventSources.All)}, or none to find out.");
        tenant = tenant.Trim();
        if (tenant.Length > 64 || tenant.Any(c => c <= ' ')) throw new IdentityRefusedException("tenant: give the tenant's id, up to 64 characters without spaces.");
        var label = VisibleText.Of(name[(name.LastIndexOfAny(['/', '\\']) + 1)..]);
        if (label.Length > 200) label = label[..200];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var watched = new HashedStream(content, hash, progress);
        var run = new ImportRun(source, tenant.Length > 0 ? tenant : _options.AdminOps.TenantId, _time);
        // A batch is read while the one before is stored: either takes a processor of its own.
        var storing = Task.CompletedTask;
        try
        {
            await foreach (var record in RecordsAsync(watched, run, cancellationToken))
            {
                run.Take(record);
                if (run.Waiting < EventStore.Batch) continue;
                await storing;
                storing = StoreAsync(run, run.TakeWaiting(), cancellationToken);
            }
        }
        finally
        {
            await storing;
        }
        await StoreAsync(run, run.TakeWaiting(), cancellationToken);
        var report = run.Report(label);
        await _database.WriteAsync(db => CoverageLedger.AppendAsync(db, Entry(report, by, Convert.ToHexStringLower(hash.GetHashAndReset())), cancellationToken), cancellationToken);
        return report;
    }

    private async Task StoreAsync(ImportRun run, List<IncomingEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0) return;
        // On SQLite a write keeps its thread.
        var result = await Task.Run(() => _store.AppendAsync(events, cancellationToken), cancellationToken);
        _metrics.EventsStored("import", result.Stored.Count);
        run.Stored(result);
    }

    /// <summary>JSON begins with a bracket or a brace; anything else is taken for CSV.</summary>
    private static async IAsyncEnumerable<FileRecord> RecordsAsync(Stream content, ImportRun run, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var head = new byte[4096];
        var length = await content.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken);
        await using var whole = new PrefixedStream(head.AsMemory(0, length), content);
        // PowerShell writes UTF-16 with a BOM.
        var isWide = length >= 2 && (head[0], head[1]) is (0xFF, 0xFE) or (0xFE, 0xFF);
        var first = isWide ? (head[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode).GetString(head, 2, (length - 2) & ~1) : Encoding.UTF8.GetString(head, 0, length).TrimStart('\uFEFF');
        if (first.TrimStart() is ['{' or '[', ..])
        {
            await using var text = isWide ? Encoding.CreateTranscodingStream(whole, head[0] == 0xFF ? Encoding.Unicode : Encoding.BigEndianUnicode, Encoding.UTF8, leaveOpen: true) : whole;
            using var objects = new JsonRecords(text, LargestRecord);
            await foreach (var record in objects.ReadAsync(cancellationToken)) yield return record;
            yield break;
        }
        using var reader = new StreamReader(whole, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        CsvRecords? records = null;
        await foreach (var row in new CsvRows(reader, LargestRecord).ReadAsync(cancellationToken))
        {
            if (row.Problem is not null) yield return new FileRecord(row.Line, default, row.Problem);
            else if (records is null)
            {
                if (row.Fields is [var only] && only.TrimStart('\uFEFF').StartsWith("sep=", StringComparison.OrdinalIgnoreCase)) continue;
                records = CsvRecords.Of(row.Fields);
                if (records is null)
                {
                    yield return new FileRecord(row.Line, default, "It is neither JSON nor a CSV export that is known: a unified export has the column AuditData, the Entra portal's have Activity or Request ID.");
                    yield break;
                }
                run.Of(records.Source);
            }
            else
            {
                var (raw, problem) = records.Record(row.Fields);
                yield return new FileRecord(row.Line, raw, problem);
            }
        }
    }

    private CoverageRow Entry(ImportReport report, Actor by, string sha) => new()
    {
        Source = report.Sources.Count == 1 ? report.Sources.Keys.Single() : "", Feed = "import", Kind = CoverageKinds.Import, State = report.Refused == 0 ? CoverageStates.Fetched : CoverageStates.Partial, Name = report.Name,
        From = _time.GetUtcNow(), To = _time.GetUtcNow(), SettledTo = _time.GetUtcNow(), Read = Int(report.Read), Stored = Int(report.Stored), Duplicates = Int(report.Duplicates), Refused = Int(report.Refused), Sha256 = sha,
        Reason = report.Refused == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{report.Refused} lines are no record."), By = by.Subject, At = _time.GetUtcNow(),
    };

    private static int Int(long count) => (int)Math.Min(int.MaxValue, count);
}
