using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Tests.Approvals;

/// <summary>
/// Kills its own process with SIGKILL at one named point of a request's life, once armed. It watches from outside, as an
/// interceptor of EF Core, a handler of HTTP and a listener to changes: nothing in the product knows of it.
/// </summary>
/// <param name="point"><c>STEP:MOMENT</c>. Steps: submit, decision, claim, outcome, settle (what a transaction does to the request) and send.</param>
internal sealed class DeathTrap(string point) : ISaveChangesInterceptor, IDbTransactionInterceptor, IDbCommandInterceptor
{
    private readonly string _step = point.Split(':')[0];
    private readonly string _moment = point.Split(':')[1];
    private readonly ConcurrentDictionary<DbContextId, string> _steps = new();
    private volatile bool _armed;
    private volatile bool _publishing;

    public void Arm() => _armed = true;

    public HttpMessageHandler Network(HttpMessageHandler inner) => new Wire(this, inner);

    /// <summary>PublishAsync of the log tells this after it has replaced the file.</summary>
    public void OnChange(Change change)
    {
        if (_publishing && _moment == "publish-after" && change.Topic == Topics.Receipts) Die();
    }

    public ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData data, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        var db = data.Context!;
        if (StepOf(db) is { } step) _steps[db.ContextId] = step;
        // Receipt, tree and signature are made; nothing of it has reached the database.
        if (IsHere(db, "checkpoint-signed") && db.ChangeTracker.Entries<LogCheckpointRow>().Any(e => e.State == EntityState.Added)) Die();
        return ValueTask.FromResult(result);
    }

    public ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData data, int result, CancellationToken cancellationToken = default)
    {
        if (IsHere(data.Context!, "leaf-appended") && data.Context!.ChangeTracker.Entries<ReceiptRow>().Any()) Die();
        return ValueTask.FromResult(result);
    }

    public ValueTask<InterceptionResult> TransactionCommittingAsync(DbTransaction transaction, TransactionEventData data, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (IsHere(data.Context!, "before-commit")) Die();
        return ValueTask.FromResult(result);
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData data, CancellationToken cancellationToken = default)
    {
        if (IsHere(data.Context!, "after-commit")) Die();
        if (IsHere(data.Context!, _moment)) _publishing = true;
        return Task.CompletedTask;
    }

    public ValueTask<DbDataReader> ReaderExecutedAsync(DbCommand command, CommandExecutedEventData data, DbDataReader result, CancellationToken cancellationToken = default)
    {
        // The publication has read the old file and the new tree; the file is not replaced yet.
        if (_publishing && _moment == "publish-before" && command.Transaction is null && command.CommandText.Contains("log_checkpoints", StringComparison.Ordinal)) Die();
        return ValueTask.FromResult(result);
    }

    private static string? StepOf(DbContext db)
    {
        foreach (var entry in db.ChangeTracker.Entries<ApprovalRow>())
        {
            if (entry.State == EntityState.Added) return "submit";
            var state = entry.Property(a => a.State);
            if (entry.State != EntityState.Modified || state.OriginalValue == state.CurrentValue) continue;
            return state.CurrentValue switch
            {
                ApprovalState.Approved or ApprovalState.Denied => "decision",
                ApprovalState.Executing => "claim",
                _ => state.OriginalValue == ApprovalState.Unknown ? "settle" : "outcome",
            };
        }
        return null;
    }

    private bool IsHere(DbContext db, string moment) => _armed && _moment == moment && _steps.TryGetValue(db.ContextId, out var step) && step == _step;

    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    private sealed class Wire(DeathTrap trap, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var here = trap._armed && trap._step == "send" && request.Method == HttpMethod.Post;
            if (here && trap._moment == "before") Die();
            var response = await base.SendAsync(request, cancellationToken);
            if (here && trap._moment == "after-reply")
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                Die();
            }
            return response;
        }
    }
}
