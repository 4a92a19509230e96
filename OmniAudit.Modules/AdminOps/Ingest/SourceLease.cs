using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>
/// The right to read a source: one run at a time, whichever process it is in. It lies in the source's row, and each transaction of a run asks for it: a run that was thought
/// dead and comes back stores nothing. A later attempt of the same job takes it over from the one that died.
/// </summary>
internal sealed class SourceLease(string source, string jobId, int attempt, IngestLimits limits, TimeProvider time)
{
    private readonly string _holder = $"{jobId}/{attempt}";

    public string Source => source;
    public string JobId => jobId;

    /// <returns>False while another run has it.</returns>
    public Task<bool> TryTakeAsync(Database database, CancellationToken cancellationToken) => database.WriteAsync(async db =>
    {
        var row = await RowAsync(db, source, cancellationToken);
        var now = time.GetUtcNow();
        if (row.Lease is { } holder && row.LeaseUntil > now && !holder.StartsWith(jobId + "/", StringComparison.Ordinal) && await IsAliveAsync(db, holder, cancellationToken)) return false;
        if (row.Lease is { } own && own.StartsWith(jobId + "/", StringComparison.Ordinal) && int.Parse(own.AsSpan(jobId.Length + 1), System.Globalization.CultureInfo.InvariantCulture) > attempt) throw new LeaseLostException(source);
        (row.Lease, row.LeaseUntil, row.JobId, row.StartedAt) = (_holder, now + limits.Lease, jobId, now);
        return true;
    }, cancellationToken);

    /// <summary>A job that was given up, or ended without a word, holds nothing.</summary>
    private static Task<bool> IsAliveAsync(OmniAuditDb db, string holder, CancellationToken cancellationToken)
    {
        var job = holder[..holder.IndexOf('/', StringComparison.Ordinal)];
        return db.Set<JobRow>().AnyAsync(j => j.JobId == job && (j.Status == JobStatus.Queued || j.Status == JobStatus.Running), cancellationToken);
    }

    /// <summary>Within a transaction: holds on to it.</summary>
    /// <exception cref="LeaseLostException">Another run has it now; nothing of this transaction may stay.</exception>
    public async Task<SourceRow> KeepAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var row = await RowAsync(db, source, cancellationToken);
        if (row.Lease != _holder) throw new LeaseLostException(source);
        row.LeaseUntil = time.GetUtcNow() + limits.Lease;
        return row;
    }

    /// <summary>A source's row, made when there is none.</summary>
    public static async Task<SourceRow> RowAsync(OmniAuditDb db, string source, CancellationToken cancellationToken)
    {
        if (await db.Set<SourceRow>().FirstOrDefaultAsync(s => s.Source == source, cancellationToken) is { } row) return row;
        row = new SourceRow { Source = source };
        db.Add(row);
        return row;
    }
}

/// <summary>Another run reads this source now.</summary>
internal sealed class LeaseLostException(string source) : Exception($"Another run reads {source} now.");
