using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Nodes;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>
/// Executes what people approved: look, claim, act, outcome. The claim (approved → executing) is on disk before the tool
/// is called, and nothing that was claimed is ever claimed again, by no server, so a write happens at most once; one whose
/// end nobody saw is said to be unknown.
/// </summary>
internal sealed class ApprovedCallDispatcher(
    Database database, ApprovalStore store, ApprovalDesk desk, ApprovalLedger ledger, ApprovalSweeper sweeper, ReceiptLog receipts, ToolCatalog catalog, PolicyGate policy, AgentDirectory agents, ChangeFeed changes,
    ServerNodes nodes, CallMetrics metrics, IServiceProvider services, TimeProvider time, ILogger<ApprovedCallDispatcher> log) : BackgroundService
{
    /// <summary>How often expiry is looked for; decisions wake the loop at once.</summary>
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);
    /// <summary>How long one that is held waits for the next look.</summary>
    private static readonly TimeSpan HeldPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(30);
    /// <summary>A deed that takes longer is cut off and unknown: it must not hold the others up for ever.</summary>
    private static readonly TimeSpan DeedLimit = TimeSpan.FromMinutes(5);
    private const int MostAtOnce = 4;

    /// <summary>A result past this is not kept with the approval; the tool must answer with a reference instead.</summary>
    private const int LargestResult = 256 * 1024;

    private readonly Dictionary<string, Task> _running = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // One remembered wake-up is enough, however many changes come while the loop works.
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        var rulesChanged = true;
        using var subscription = changes.Subscribe(change =>
        {
            if (change.Topic != Topics.Approvals) return;
            if (change.Id == ApprovalRules.Changed) Volatile.Write(ref rulesChanged, true);
            wake.Writer.TryWrite(true);
        });
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Every end needs a receipt: while the log refuses to sign nothing moves.
                if (receipts.Refusal is null)
                {
                    await nodes.WaitUntilKnownAsync(stoppingToken);
                    await sweeper.SettleInterruptedAsync(stoppingToken);
                    if (Interlocked.Exchange(ref rulesChanged, false)) await sweeper.VoidChangedAsync(stoppingToken);
                    await sweeper.ExpireOverdueAsync(stoppingToken);
                    await BeginAsync(() => wake.Writer.TryWrite(true), stoppingToken);
                }
                using var sweep = new CancellationTokenSource(Sweep, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(sweep.Token, stoppingToken);
                await wake.Reader.ReadAsync(either.Token);
            }
            catch (OperationCanceledException)
            {
                // The sweep is due, or the server stops.
            }
            catch (Exception failure)
            {
                // The store refused (disk full, locked): what is approved stays approved and is tried again.
                log.LogError(failure, "Approved calls could not be dispatched");
                Volatile.Write(ref rulesChanged, true);
                await Task.Delay(Sweep, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        await Task.WhenAll(_running.Values);
    }

    /// <summary>Starts what may run now, a few at once.</summary>
    private async Task BeginAsync(Action ended, CancellationToken stoppingToken)
    {
        foreach (var id in _running.Where(r => r.Value.IsCompleted).Select(r => r.Key).ToList())
        {
            _running.Remove(id, out var finished);
            await finished!;
        }
        if (await database.ReadAsync(db => FreezeSwitch.IsFrozenAsync(db, stoppingToken), stoppingToken)) return;
        foreach (var id in await database.ReadAsync(db => store.ApprovedAsync(db, stoppingToken), stoppingToken))
        {
            if (_running.Count >= MostAtOnce) return;
            if (!_running.ContainsKey(id)) _running[id] = RunOneAsync(id);
        }

        async Task RunOneAsync(string approvalId)
        {
            try
            {
                await ExecuteAsync(approvalId, stoppingToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                log.LogError(failure, "Approved call {ApprovalId} could not be dispatched", approvalId);
                await Task.Delay(Sweep, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // The server stops before the claim: it stays approved.
            }
            finally
            {
                ended();
            }
        }
    }

    internal async Task ExecuteAsync(string approvalId, CancellationToken cancellationToken)
    {
        var approved = await database.ReadAsync(db => store.FindAsync(db, approvalId, cancellationToken), cancellationToken);
        if (approved?.State != ApprovalState.Approved) return;
        using var span = Spans.StartLater($"approved {catalog.Find(approved.Tool)?.Name ?? "unknown"}", approved.AskedBy);
        var prepared = await PrepareAsync(approved, cancellationToken);
        if (prepared.Held is { } held)
        {
            await HoldAsync(approved, held, cancellationToken);
            return;
        }
        // A crash before this commit leaves "approved": executed after the restart. A crash after it leaves "executing":
        // settled as unknown after the restart.
        var (claimed, outside) = await ClaimAsync(approved, prepared, cancellationToken);
        if (claimed is null) return;
        changes.Publish(Topics.Approvals, approvalId);

        var started = time.GetTimestamp();
        var (state, result, error) = (prepared.Failed ?? outside) is { } failed ? (ApprovalState.Failed, null, failed) : await RunAsync(claimed, prepared.Tool!, prepared.Input!);
        metrics.Called(claimed.Tool, state, time.GetElapsedTime(started).TotalSeconds);
        span?.SetTag("omniaudit.tool", prepared.Tool?.Name ?? "unknown").SetTag("omniaudit.status", state);
        if (state != ApprovalState.Executed) span.Failed(state);
        log.LogInformation("approved call {ApprovalId} {tool} {status} {duration_ms}", approvalId, claimed.Tool, state, Math.Round(time.GetElapsedTime(started).TotalMilliseconds, 1));

        // From here on the deed is done or not, and only this process knows: the outcome is written even while the server
        // stops, and tried again while the store refuses.
        while (true)
        {
            try
            {
                await database.WriteAsync(async db =>
                {
                    var approval = (await store.FindAsync(db, approvalId, CancellationToken.None))!;
                    // The others took this server for dead meanwhile (it was paused, or cut off): what they wrote down as unknown is known here.
                    if (approval.State == ApprovalState.Executing) await ledger.EndAsync(db, approval, state, result, error, prepared.Tool?.CanFindEffect == true, CancellationToken.None);
                    else if (approval.State == ApprovalState.Unknown && state != ApprovalState.Unknown) await ledger.SettleAsync(db, approval, state, result, Actor.System, "The server that executed it was heard again.", CancellationToken.None);
                }, CancellationToken.None);
                break;
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                log.LogError(failure, "The outcome of {ApprovalId} ({status}) could not be written; trying again", approvalId, state);
                await Task.Delay(Sweep, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        await ledger.PublishAsync(approvalId, CancellationToken.None);
    }

    /// <summary>What a look before the claim found: a tool and its input, or why it is held back for now, or why it fails for good.</summary>
    private sealed record Prepared(CatalogTool? Tool = null, object? Input = null, string? Held = null, string? Failed = null);

    /// <summary>
    /// Looks whether what was approved still holds. A tool that is gone or a target that settings no longer allow fails for
    /// good; anything that may pass again holds the request back.
    /// </summary>
    private async Task<Prepared> PrepareAsync(ApprovalRow approval, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LookLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            if (catalog.Find(approval.Tool) is not { } tool) return new Prepared(Failed: $"the tool {approval.Tool} no longer exists.");
            using var payload = JsonDocument.Parse(approval.Payload);
            var input = tool.Parse(payload.RootElement);
            if (await policy.CheckAsync(tool, input, either.Token) is { } denied) return new Prepared(Failed: $"policy no longer allows it. {denied.Field}: {denied.Message}");
            var now = FactList.ToJson(await tool.CheckAsync(services, input, either.Token));
            return new Prepared(tool, input, FactList.Difference(approval.Facts, now) is { } difference ? $"What it depends on has changed since it was asked: {difference}." : null);
        }
        catch (ToolRefusedException refused)
        {
            return new Prepared(Held: $"It cannot be done as things are: {refused.Message}");
        }
        catch (JsonException failure)
        {
            log.LogWarning(failure, "Approved call {ApprovalId} of {Tool} no longer fits the tool", approval.ApprovalId, approval.Tool);
            return new Prepared(Failed: "its arguments no longer fit the tool; nothing was done.");
        }
        catch (ObjectStoreUnavailableException away)
        {
            log.LogWarning(away, "What approved call {ApprovalId} of {Tool} depends on could not be looked at", approval.ApprovalId, approval.Tool);
            return new Prepared(Held: $"What it depends on could not be looked at: the object store cannot be used ({away.Settings}).");
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            log.LogWarning(failure, "What approved call {ApprovalId} of {Tool} depends on could not be looked at", approval.ApprovalId, approval.Tool);
            return new Prepared(Held: $"What it depends on could not be looked at ({failure.GetType().Name}).");
        }
    }

    /// <summary>Nothing is sent and the approval is not spent: it is looked at again until it expires.</summary>
    private async Task HoldAsync(ApprovalRow seen, string reason, CancellationToken cancellationToken)
    {
        log.LogWarning("Approved call {ApprovalId} of {Tool} is held back: {error}", seen.ApprovalId, seen.Tool, reason);
        await database.WriteAsync(async db =>
        {
            var approval = await store.FindAsync(db, seen.ApprovalId, cancellationToken);
            if (approval?.State != ApprovalState.Approved || approval.Version != seen.Version) return;
            (approval.Held, approval.NextLookAt) = (reason, time.GetUtcNow() + HeldPause);
            approval.Touch();
        }, cancellationToken);
        changes.Publish(Topics.Approvals, seen.ApprovalId);
    }

    /// <summary>
    /// The last look before the deed, in one transaction with the claim: time, freeze, rule, approvers, payload, and the
    /// bounds of the agent that asked. One outside them is claimed and then fails with the reason: it was approved, and
    /// whoever approved it must see that it was not sent, and why.
    /// </summary>
    private async Task<(ApprovalRow? Claimed, string? Outside)> ClaimAsync(ApprovalRow seen, Prepared prepared, CancellationToken cancellationToken)
    {
        // Nothing is done whose outcome could not be receipted: what is approved waits until the log signs again.
        if (receipts.Refusal is not null) return (null, null);
        string? outside = null;
        try
        {
            var (claimed, closed) = await database.WriteAsync<(ApprovalRow?, bool)>(async db =>
            {
                var approval = await store.FindAsync(db, seen.ApprovalId, cancellationToken);
                if (approval?.State != ApprovalState.Approved || approval.Version != seen.Version) return (null, false);
                if (await FreezeSwitch.IsFrozenAsync(db, cancellationToken)) return (null, false);
                if (approval.ExpiresAt <= time.GetUtcNow())
                {
                    await ledger.ExpireAsync(db, approval, cancellationToken);
                    return (null, true);
                }
                if (await desk.VoidIfRuleChangedAsync(db, approval, cancellationToken)) return (null, true);
                if (!await IsWhatWasApprovedAsync(db, approval, cancellationToken))
                {
                    log.LogCritical("The stored arguments of {ApprovalId} are not those that were approved; nothing was sent", approval.ApprovalId);
                    await ledger.CancelAsync(db, approval, Actor.System, "The stored arguments are not those that the receipt of the decision names: the database was changed from outside. Nothing was sent.", cancellationToken);
                    return (null, true);
                }
                if (await LostApproverAsync(db, approval, cancellationToken) is { } lost)
                {
                    await ledger.CancelAsync(db, approval, Actor.System, $"{lost} may no longer approve, and without it {FrozenRule.Of(approval).Require} is not met. Ask again.", cancellationToken);
                    return (null, true);
                }
                outside = await OutsideBoundsAsync(db, approval, prepared, cancellationToken);
                ledger.Claim(approval, nodes.ThisId);
                return (approval, false);
            }, cancellationToken);
            if (closed) await ledger.PublishAsync(seen.ApprovalId, cancellationToken);
            return (claimed, outside);
        }
        catch (DbUpdateConcurrencyException)
        {
            return (null, null);
        }
    }

    /// <summary>Why the agent that asked may not have this done any more: it is revoked or expired, or was narrowed since; null when it may.</summary>
    private async Task<string?> OutsideBoundsAsync(OmniAuditDb db, ApprovalRow approval, Prepared prepared, CancellationToken cancellationToken)
    {
        var (bounds, gone) = await agents.StandingAsync(db, approval.RequesterSubject, cancellationToken);
        if (gone is not null) return $"{gone} after it had asked; nothing was sent.";
        if (prepared is not { Tool: { } tool, Input: { } input }) return null;
        if (bounds.WhyNot(tool, approval.RequesterName) is { } why) return $"the bounds of its agent no longer allow it; nothing was sent. {why}";
        return PolicyGate.CheckBounds(tool, input, bounds, approval.RequesterName) is { } denied
            ? $"the bounds of its agent no longer allow it; nothing was sent. {denied.Field}: {denied.Message}"
            : null;
    }

    /// <summary>The bytes that would be sent are those that the signed decision names, whatever stands in the columns beside them.</summary>
    private static async Task<bool> IsWhatWasApprovedAsync(OmniAuditDb db, ApprovalRow approval, CancellationToken cancellationToken)
    {
        var decision = await db.Set<ReceiptRow>().AsNoTracking().Where(r => r.ReceiptId == approval.DecisionReceiptId).Select(r => r.Bytes).FirstOrDefaultAsync(cancellationToken);
        if (decision is null) return false;
        var entry = ReceiptLeaf.Parse(decision).Entry;
        return entry.OperationId == approval.ApprovalId && entry.State == ApprovalState.Approved && entry.Tool == approval.Tool && entry.PayloadSha256 == CanonicalJson.Sha256Hex(approval.Payload);
    }

    /// <summary>Whose approval no longer counts, if the rest does not suffice; null when all is well.</summary>
    private static async Task<string?> LostApproverAsync(OmniAuditDb db, ApprovalRow approval, CancellationToken cancellationToken)
    {
        var rule = FrozenRule.Of(approval);
        var votes = await ApprovalStore.VotesAsync(db, approval, cancellationToken);
        // Rows from before votes were kept, and writes confirmed by their caller, have none.
        if (rule.Mode == FrozenRule.Self || votes.Count == 0) return null;
        var active = await OperatorDirectory.ActiveAsync(db, [.. votes.Select(v => v.Subject)], cancellationToken);
        return rule.Require.IsMetBy([.. votes.Where(v => active.ContainsKey(v.Subject)).Select(v => active[v.Subject])])
            ? null
            : votes.Find(v => !active.ContainsKey(v.Subject))?.Name ?? votes[0].Name;
    }

    /// <summary>Runs the stored bytes. Not cancelled by a stopping server: an interrupted write would be an unknown one.</summary>
    private async Task<(string State, string? Result, string? Error)> RunAsync(ApprovalRow approval, CatalogTool tool, object input)
    {
        var longest = tool.TimeLimit ?? DeedLimit;
        using var limit = new CancellationTokenSource(longest, time);
        using var run = Spans.Start($"run {tool.Module}");
        try
        {
            var result = (await tool.RunAsync(services, input, CallOf(approval), limit.Token)).GetRawText();
            if (result.Length <= LargestResult) return (ApprovalState.Executed, result, null);
            log.LogWarning("{Tool} answered {Length} characters to {ApprovalId}; only the digest is kept", tool.Name, result.Length, approval.ApprovalId);
            return (ApprovalState.Executed, JsonSerializer.Serialize(new { result_cut_off = true, result_sha256 = CanonicalJson.Sha256Hex(Encoding.UTF8.GetBytes(result)) }), null);
        }
        catch (ToolRefusedException refused)
        {
            // The type promises that nothing was done.
            return (ApprovalState.Failed, null, refused.Message);
        }
        catch (ToolIncompleteException incomplete)
        {
            log.LogWarning("Approved call {ApprovalId} of {Tool} was not finished: {error}", approval.ApprovalId, approval.Tool, incomplete.Message);
            return (ApprovalState.Failed, JsonSerializer.Serialize(incomplete.Result, ToolJson.Options), incomplete.Message);
        }
        catch (Exception failure)
        {
            log.LogError(failure, "Approved call {ApprovalId} of {Tool} broke off", approval.ApprovalId, approval.Tool);
            return (ApprovalState.Unknown, null, limit.IsCancellationRequested ? $"it was cut off after {longest.TotalMinutes:0} minutes (reference {approval.ApprovalId})."
                : failure is ObjectStoreUnavailableException away ? $"it broke off in the middle, because the object store cannot be used ({away.Settings}; reference {approval.ApprovalId})."
                : $"it broke off in the middle (reference {approval.ApprovalId}).");
        }
    }

    /// <summary>The call that an approval released, for the deed and for whoever looks for its effect.</summary>
    internal static ToolCall CallOf(ApprovalRow approval)
    {
        var kind = approval.RequesterSubject.StartsWith("person:", StringComparison.Ordinal) ? ActorKind.Person : ActorKind.Agent;
        return new ToolCall(approval.ApprovalId, new Actor(kind, approval.RequesterSubject, approval.RequesterName), approval.RequestId, approval.ApprovalId) { Approved = FactList.Of(approval.Facts) };
    }
}
