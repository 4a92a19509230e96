using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>
/// How every call goes, whoever makes it: the agent's budget, find, its tools, parse and validate, policy and its bounds,
/// rate limit, approval (writes), run, record.
/// Every way out leaves one row in the audit log. This is the one place that catches everything.
/// </summary>
public sealed class ToolCallRunner
{
    private readonly ToolCatalog _catalog;
    private readonly PolicyGate _policy;
    private readonly RateLimiter _limits;
    private readonly RequestDesk _approvals;
    private readonly AuditLog.AuditLog _audit;
    private readonly CallMetrics _metrics;
    private readonly IServiceProvider _services;
    private readonly TimeProvider _time;
    private readonly ILogger<ToolCallRunner> _log;

    internal ToolCallRunner(
        ToolCatalog catalog, PolicyGate policy, RateLimiter limits, RequestDesk approvals, AuditLog.AuditLog audit,
        CallMetrics metrics, IServiceProvider services, TimeProvider time, ILogger<ToolCallRunner> log) =>
        (_catalog, _policy, _limits, _approvals, _audit, _metrics, _services, _time, _log) =
        (catalog, policy, limits, approvals, audit, metrics, services, time, log);

    /// <summary>Runs one call to its outcome. Never throws for anything a caller sent; <paramref name="cancellationToken"/> stops reads, and the waiting for writes, but not a write that a person approved.</summary>
    /// <param name="toolName">As the caller wrote it, with dot or underscore.</param>
    /// <param name="arguments">The arguments object as it arrived.</param>
    public async Task<ToolOutcome> RunAsync(string toolName, JsonElement arguments, CallOrigin origin, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        var tool = _catalog.Find(toolName);
        // A name nobody declared is not the caller's to put into traces.
        using var span = Spans.Start($"tool {tool?.Name ?? "unknown"}");
        span?.SetTag("omniaudit.tool", tool?.Name ?? "unknown").SetTag("omniaudit.module", tool?.Module ?? "").SetTag("omniaudit.risk", tool?.Risk.ToString().ToLowerInvariant() ?? "");
        var row = NewRow(tool, toolName, arguments, origin);
        ToolOutcome outcome;
        try
        {
            outcome = await DecideAsync(tool, arguments, origin, row, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            outcome = new ToolOutcome.Refused("cancelled", "The caller ended the request before the answer was ready.", []);
        }
        catch (ToolRefusedException refused)
        {
            outcome = new ToolOutcome.Refused(refused.Code, refused.Message, refused.Field is { } field ? [new FieldError(field, refused.Message)] : []);
        }
        catch (AuditLogUnavailableException failure)
        {
            _log.LogError(failure, "Call {CallId} of {Tool} could not be recorded", row.CallId, row.Tool);
            return new ToolOutcome.Failed(row.CallId, $"The call could not be recorded in the audit log, so it was not run: {failure.Message}.");
        }
        catch (ObjectStoreUnavailableException away)
        {
            _log.LogError(away, "Call {CallId} of {Tool} found the object store away", row.CallId, row.Tool);
            outcome = new ToolOutcome.Failed(row.CallId, away.ForCallers, Code: "object_store_unavailable");
        }
        catch (Exception failure)
        {
            _log.LogError(failure, "Call {CallId} of {Tool} failed", row.CallId, row.Tool);
            outcome = new ToolOutcome.Failed(row.CallId, $"The server could not complete this call. Give the operator this reference: {row.CallId}.");
        }
        return await FinishAsync(tool, row, outcome, _time.GetElapsedTime(started), span);
    }

    /// <summary>Records a call that was refused before it could be handed to <see cref="RunAsync"/>: one that cannot be read as a call, or whose caller had left.</summary>
    /// <param name="toolName">As far as it could be read; empty otherwise.</param>
    /// <param name="code">A stable word: <c>invalid_request</c>, <c>cancelled</c>.</param>
    /// <param name="message">Why, as the caller was told.</param>
    public Task RecordRefusedAsync(string toolName, CallOrigin origin, string code, string message)
    {
        var tool = _catalog.Find(toolName);
        return FinishAsync(tool, NewRow(tool, toolName, default, origin), new ToolOutcome.Refused(code, message, []), TimeSpan.Zero);
    }

    private CallRow NewRow(CatalogTool? tool, string toolName, JsonElement arguments, CallOrigin origin) => new()
    {
        CallId = Ids.New("cal", _time),
        RequestId = origin.RequestId,
        // A name nobody declared is untrusted text: kept for the record, bounded, and out of metric labels.
        Tool = tool?.Name ?? (toolName.Length <= 100 ? toolName : toolName[..100]),
        Module = tool?.Module ?? "",
        ActorSubject = origin.Actor.Subject,
        ActorName = origin.Actor.Name,
        Client = origin.Client,
        // Of the bytes as they came, until they are known to be valid; then of their canonical form.
        InputsSha256 = arguments.ValueKind == JsonValueKind.Undefined ? "" : CanonicalJson.Sha256Hex(Encoding.UTF8.GetBytes(arguments.GetRawText())),
        StartedAt = _time.GetUtcNow(),
    };

    private async Task<ToolOutcome> DecideAsync(CatalogTool? tool, JsonElement arguments, CallOrigin origin, CallRow row, CancellationToken cancellationToken)
    {
        using var gates = Spans.Start("gates");
        var (bounds, agent) = (origin.Bounds, origin.Actor.Name);
        // First of all, so that an agent which only makes mistakes keeps within its budget too.
        if (bounds.CallsPerMinute is { } budget && await _limits.TakeAsync(origin.Actor.Subject, budget, cancellationToken) is { } wait)
        {
            _metrics.RateLimitDenied("agent");
            return new ToolOutcome.Refused("rate_limited", $"Agent {agent} may make {budget} calls a minute, over all tools. Try again in {Math.Ceiling(wait.TotalSeconds)} s. {AgentScope.HowToChange(agent, "calls-per-minute")}", []);
        }
        if (tool is null)
            return new ToolOutcome.Refused("unknown_tool", $"There is no tool named '{row.Tool}'. tools/list names them all.", []);
        if (bounds.WhyNot(tool, agent) is { } why) return new ToolOutcome.Refused("not_allowed", why, []);
        if (await _approvals.WhyNotAsync(origin.Actor, tool.Risk, cancellationToken) is { } notTheirs) return new ToolOutcome.Refused(RequestDesk.RoleNeeded, notTheirs, []);
        if (origin.Refused is { } refused) return refused;

        var (own, token, key) = ToolArguments.Split(tool, arguments);
        var errors = SchemaValidator.Validate(tool.ArgumentsSchema, own);
        if (errors.Count > 0) return ToolArguments.Refuse(errors);
        var payload = CanonicalJson.Write(own);
        row.InputsSha256 = CanonicalJson.Sha256Hex(payload);
        var input = tool.Parse(own);

        // Both ask how an earlier request stands: they submit nothing, so they meet no limit.
        if (origin.FollowUp is not null || token is not null) gates?.Stop();
        if (origin.FollowUp is { } followUp) return await _approvals.FollowAsync(tool, payload, followUp, origin.Actor, origin.Progress, cancellationToken);
        if (token is not null) return await _approvals.FollowAsync(tool, payload, token, origin.Actor, origin.Progress, cancellationToken);

        if ((PolicyGate.CheckBounds(tool, input, bounds, agent) ?? await _policy.CheckAsync(tool, input, cancellationToken)) is { } denied)
            return new ToolOutcome.Refused("policy_denied", $"{denied.Field}: {denied.Message}", [denied]);
        if ((tool.RateLimit ?? (tool.Risk == ToolRisk.Write ? RateLimitBucket.Writes : null)) is { } bucket && await _limits.TakeAsync(bucket, cancellationToken) is { } retryAfter)
        {
            _metrics.RateLimitDenied(bucket.ToString().ToLowerInvariant());
            return new ToolOutcome.Refused("rate_limited", $"At most {_limits.LimitOf(bucket)} such calls a minute ({RateLimiter.SettingOf(bucket)}). Try again in {Math.Ceiling(retryAfter.TotalSeconds)} s.", []);
        }
        if (tool.Risk == ToolRisk.Write && !tool.IsDryRun(input))
        {
            _metrics.GateDenied(tool.Name);
            gates?.Stop();
            using var submit = Spans.Start("submit for approval");
            // After the limit: looking may ask other systems.
            var prepared = await PreparedWrite.OfAsync(tool, own, _services, cancellationToken);
            var facts = await tool.CheckAsync(_services, prepared.Input, cancellationToken);
            return await _approvals.SubmitAsync(tool, prepared.Input, prepared.Payload, key, facts, origin, cancellationToken, asked: payload);
        }

        gates?.Stop();
        // Work starts something, so its "started" is on disk first; a read that dies leaves nothing behind, and its one
        // row is written with its end.
        if (tool.Risk == ToolRisk.Work) await _audit.RecordAsync(row);
        var call = new ToolCall(row.CallId, origin.Actor, origin.RequestId, OperationId: "", origin.AsTask, origin.Progress)
        {
            MayUse = name => _catalog.Find(name) is { } other && bounds.Covers(other), WhyNotVisit = url => PolicyGate.WhyNotVisit(url, bounds, agent),
            WhyNotRepository = repository => PolicyGate.WhyNotRepository(repository, bounds, agent),
        };
        using var run = Spans.Start($"run {tool.Module}");
        var result = await tool.RunAsync(_services, input, call, cancellationToken);
        return new ToolOutcome.Succeeded(tool.Risk == ToolRisk.Write ? DryRun(result) : result);
    }

    /// <summary>Says of a write's answer that it tells what would be done.</summary>
    private static JsonElement DryRun(JsonElement result)
    {
        var told = JsonObject.Create(result)!;
        (told["status"], told["executed"], told["message"]) = ("dry_run", false, "DRY RUN. Nothing was sent and nothing was changed; the same call without dry_run asks for approval.");
        return JsonSerializer.SerializeToElement(told, ToolJson.Options);
    }

    private async Task<ToolOutcome> FinishAsync(CatalogTool? tool, CallRow row, ToolOutcome outcome, TimeSpan elapsed, Activity? span = null)
    {
        var status = outcome switch
        {
            ToolOutcome.Succeeded => CallStatus.Succeeded,
            ToolOutcome.NeedsApproval => CallStatus.NeedsApproval,
            ToolOutcome.Refused => CallStatus.Refused,
            ToolOutcome.Failed => CallStatus.Failed,
            _ => throw new UnreachableException(),
        };
        var end = row.Ended(status, _time.GetUtcNow(), elapsed.TotalMilliseconds);
        switch (outcome)
        {
            case ToolOutcome.Succeeded succeeded:
                end.OutputRef = ToolArguments.OutputRefOf(succeeded.Result);
                end.ReceiptId = ToolArguments.TextOf(succeeded.Result, "receipt_id");
                end.ApprovalId = succeeded.Result.TryGetProperty("approval", out var approval) ? ToolArguments.TextOf(approval, "id") : null;
                break;
            case ToolOutcome.NeedsApproval waiting: end.ApprovalId = waiting.Ticket.Id; break;
            case ToolOutcome.Refused refused: (end.ErrorCode, end.ErrorMessage, end.ApprovalId) = (refused.Code, refused.Message, refused.Ticket?.Id); break;
            case ToolOutcome.Failed failed: (end.ErrorCode, end.ErrorMessage, end.ApprovalId) = (failed.Code, failed.Message, failed.Ticket?.Id); break;
        }
        _metrics.Called(tool?.Name ?? "unknown", status, elapsed.TotalSeconds);
        span?.SetTag("omniaudit.status", status);
        if (outcome is ToolOutcome.Failed or ToolOutcome.Refused) span.Failed(end.ErrorCode ?? "failed");
        _log.LogInformation("tool call {CallId} {tool} {module} {status} {duration_ms} {error}", row.CallId, row.Tool, row.Module, status, Math.Round(elapsed.TotalMilliseconds, 1), end.ErrorCode);
        try
        {
            await _audit.RecordAsync(end);
            return outcome;
        }
        catch (AuditLogUnavailableException failure)
        {
            _log.LogError(failure, "The end of call {CallId} of {Tool} could not be recorded", row.CallId, row.Tool);
            var ticket = (outcome as ToolOutcome.NeedsApproval)?.Ticket ?? (outcome as ToolOutcome.Refused)?.Ticket ?? (outcome as ToolOutcome.Failed)?.Ticket;
            return new ToolOutcome.Failed(row.CallId, $"How the call ended ({status}) could not be recorded in the audit log: {failure.Message}. Ask again how it stands, with this reference: {row.CallId}.", ticket);
        }
    }
}
