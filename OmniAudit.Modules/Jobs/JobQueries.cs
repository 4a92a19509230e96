using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Jobs;

/// <summary>A job as people see it.</summary>
/// <param name="Status">One of <see cref="JobStatus"/>.</param>
/// <param name="Progress">0 to 1.</param>
/// <param name="RequestedBy">The subject of who started it.</param>
/// <param name="Cancelled">Somebody asked for its end; a job that failed of it says by whom in <paramref name="Error"/>.</param>
public sealed record JobView(
    string JobId, string Module, string Kind, string Status, double Progress, string Step, string? ResultRef, string? Error, string RequestedByName,
    int Attempt, DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, string RequestedBy, bool Cancelled = false);

/// <summary>Reads the job queue.</summary>
public sealed class JobQueries
{
    private readonly Database _database;

    internal JobQueries(Database database) => _database = database;

    /// <summary>Newest first.</summary>
    /// <param name="status">One of <see cref="JobStatus"/>, or empty for all.</param>
    /// <param name="take">1 to 200.</param>
    public Task<IReadOnlyList<JobView>> ListAsync(string status, int take, CancellationToken cancellationToken) =>
        _database.ReadAsync<IReadOnlyList<JobView>>(async db =>
        {
            var rows = db.Set<JobRow>().AsQueryable();
            if (status.Length > 0) rows = rows.Where(j => j.Status == status);
            return (await rows.OrderByDescending(j => j.JobId).Take(Math.Clamp(take, 1, 200)).ToListAsync(cancellationToken)).ConvertAll(View);
        }, cancellationToken);

    /// <summary>One job; null when there is none by that id.</summary>
    public Task<JobView?> FindAsync(string jobId, CancellationToken cancellationToken) =>
        _database.ReadAsync(async db => await db.Set<JobRow>().FirstOrDefaultAsync(j => j.JobId == jobId, cancellationToken) is { } job ? View(job) : null, cancellationToken);

    internal static JobView View(JobRow j) => new(
        j.JobId, j.Module, j.Kind, j.Status, j.Progress, j.Step, j.ResultRef, j.Error, j.RequestedByName, j.Attempt, j.CreatedAt, j.StartedAt, j.FinishedAt, j.RequestedBy, j.Cancelled is not null);
}
