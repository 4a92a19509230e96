using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Retention;

/// <summary>Sweeps the object stores and leaves a row in the audit log.</summary>
public sealed class ObjectSweeper
{
    private readonly Database _database;
    private readonly ObjectSweep _sweep;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal ObjectSweeper(Database database, ObjectSweep sweep, ChangeFeed changes, TimeProvider time) => (_database, _sweep, _changes, _time) = (database, sweep, changes, time);

    /// <summary>Deletes the objects that nothing refers to and that are older than a day; for the command line.</summary>
    /// <param name="dryRun">Only list them.</param>
    /// <param name="output">Told what stands in the way, on a dry run each object, and a summary.</param>
    /// <returns>False when something stood in the way and nothing was deleted.</returns>
    /// <exception cref="ObjectStoreUnavailableException">A store cannot be used.</exception>
    public async Task<bool> RunAsync(bool dryRun, TextWriter output, UpkeepProgress progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        var result = await RunAsync(OperatorDirectory.CommandLine, dryRun, output, progress, cancellationToken);
        await output.WriteLineAsync(result.Refusal ?? $"{result.Objects} objects ({ByteWords.Of(result.Bytes)}) {(dryRun ? "would be deleted" : "deleted")}.");
        return result.Refusal is null;
    }

    internal async Task<ObjectSweepResult> RunAsync(Actor by, bool dryRun, TextWriter output, UpkeepProgress progress, CancellationToken cancellationToken)
    {
        var began = await _database.ReadAsync(db => db.Set<LogIdentityRow>().Select(i => (DateTimeOffset?)i.CreatedAt).FirstOrDefaultAsync(cancellationToken), cancellationToken);
        if (began is not { } since) return new ObjectSweepResult(0, 0, 0, "Nothing was deleted: no server has ever run on this database (DATABASE_URL), so it cannot know which objects are wanted.");
        var result = await _sweep.RunAsync(since, dryRun, output, progress, cancellationToken);
        if (dryRun || result is { Objects: 0, Uploads: 0 }) return result;
        var row = AuditTrail.Row("retention.sweep_objects", by, by.Kind == ActorKind.System ? "server" : "command line", $"{result.Objects} objects ({result.Bytes} bytes) that nothing refers to, {result.Uploads} unfinished uploads", _time);
        await _database.WriteAsync(db => { db.Add(row); return Task.CompletedTask; }, cancellationToken);
        _changes.Publish(Topics.Calls, row.CallId);
        return result;
    }
}
