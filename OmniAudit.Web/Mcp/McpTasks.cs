using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

#pragma warning disable MCPEXP002 // The extension points for results of another type and for methods of our own are marked experimental.

namespace OmniAudit.Web.Mcp;

/// <summary>
/// The Tasks extension (SEP-2663, 2026-07-28) as a view on what is stored anyway: a request that waits (<c>apr_…</c>) and a job
/// (<c>job_…</c>) are tasks of their requester. Nothing is kept here, so tasks outlive the process.
/// </summary>
internal sealed class McpTasks(RequestFollower requests, JobRunner jobs, McpResults results)
{
    private const string CreatedItem = "omniaudit:task";
    private const int PollIntervalMs = 5000;
    private const long TtlMs = 86_400_000;

    private static readonly JsonSerializerOptions Json = new(McpJsonUtilities.DefaultOptions) { TypeInfoResolver = JsonTypeInfoResolver.Combine(McpJsonUtilities.DefaultOptions.TypeInfoResolver, new DefaultJsonTypeInfoResolver()) };
    private static readonly JsonTypeInfo<CreatedTask> CreatedType = (JsonTypeInfo<CreatedTask>)Json.GetTypeInfo(typeof(CreatedTask));

    /// <summary>Adds what a server needs to offer tasks.</summary>
    public void Configure(McpServerOptions options)
    {
        options.Capabilities ??= new ServerCapabilities();
        options.Capabilities.Extensions ??= new Dictionary<string, object>(StringComparer.Ordinal);
        options.Capabilities.Extensions[McpClientView.TasksExtension] = new JsonObject();
        options.RequestHandlers ??= [];
        Handle("tasks/get", GetAsync);
        Handle("tasks/update", UpdateAsync);
        Handle("tasks/cancel", CancelAsync);
        // Outermost: what the call answered is replaced by the task that was made of it.
        options.Filters.Request.CallToolWithAlternateFilters.Insert(0, async (request, next, cancellationToken) =>
        {
            var result = await next(request, cancellationToken);
            return request.Items.Remove(CreatedItem, out var created) ? ResultOrAlternate<CallToolResult>.FromAlternate((CreatedTask)created!, CreatedType) : result;
        });

        void Handle(string method, Func<string, Actor, Implementation?, CancellationToken, Task<JsonObject>> handle) => options.RequestHandlers!.Add(new McpServerRequestHandler
        {
            Method = method,
            RoutingNameParameter = "taskId",
            Handler = async (request, cancellationToken) =>
            {
                if (!McpClientView.IsStatelessRequest(request)) throw new McpProtocolException($"The method {method} is part of {McpProtocol.Stateless}.", McpErrorCode.MethodNotFound);
                if (!McpClientView.DeclaresTasks(request)) throw Undeclared(method);
                if ((request.Params as JsonObject)?["taskId"] is not JsonValue value || !value.TryGetValue(out string? taskId)) throw new McpProtocolException("taskId: is required, a string.", McpErrorCode.InvalidParams);
                return await handle(taskId, McpCaller.Read(request.Context?.User).Actor, request.Context?.ClientInfo, cancellationToken);
            },
        });
    }

    /// <summary>Answers the call with a task instead of its result, if that result is not final. The client must have declared tasks.</summary>
    /// <param name="id">A request (<c>apr_…</c>) or job (<c>job_…</c>) of this caller, on disk already.</param>
    public async Task OfferAsync(RequestContext<CallToolRequestParams> request, string id, Actor caller, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, caller, null, cancellationToken) is not { Status: "working" } task) return;
        request.Items[CreatedItem] = new CreatedTask
        {
            TaskId = task.TaskId, Status = task.Status, StatusMessage = task.StatusMessage, CreatedAt = task.CreatedAt, LastUpdatedAt = task.LastUpdatedAt, TtlMs = TtlMs, PollIntervalMs = PollIntervalMs,
        };
    }

    private async Task<JsonObject> GetAsync(string taskId, Actor caller, Implementation? client, CancellationToken cancellationToken)
    {
        var task = await FindAsync(taskId, caller, client, cancellationToken) ?? throw Unknown(taskId);
        var answer = Complete();
        (answer["taskId"], answer["status"]) = (task.TaskId, task.Status);
        if (task.StatusMessage.Length > 0) answer["statusMessage"] = task.StatusMessage;
        (answer["createdAt"], answer["lastUpdatedAt"]) = (JsonValue.Create(task.CreatedAt), JsonValue.Create(task.LastUpdatedAt));
        (answer["ttlMs"], answer["pollIntervalMs"]) = (TtlMs, PollIntervalMs);
        if (task.Result is { } result) answer["result"] = JsonSerializer.SerializeToNode(result, (JsonTypeInfo<CallToolResult>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CallToolResult)));
        return answer;
    }

    /// <summary>No task of ours asks its client for input: whatever is sent decides nothing.</summary>
    private async Task<JsonObject> UpdateAsync(string taskId, Actor caller, Implementation? client, CancellationToken cancellationToken) =>
        await FindAsync(taskId, caller, client, cancellationToken) is null ? throw Unknown(taskId) : Complete();

    /// <summary>Ends a job, and withdraws a request that has not begun; what cannot be stopped goes on, as tasks/get tells.</summary>
    private async Task<JsonObject> CancelAsync(string taskId, Actor caller, Implementation? client, CancellationToken cancellationToken)
    {
        if (await FindAsync(taskId, caller, client, cancellationToken) is null) throw Unknown(taskId);
        if (IsJob(taskId)) await jobs.CancelAsync(taskId, caller, cancellationToken);
        else await requests.WithdrawAsync(taskId, "Its task was cancelled.", caller, cancellationToken);
        return Complete();
    }

    /// <summary>A foreign task is answered like an unknown one.</summary>
    private async Task<TaskView?> FindAsync(string taskId, Actor caller, Implementation? client, CancellationToken cancellationToken)
    {
        if (IsJob(taskId)) return await jobs.DescribeAsync(taskId, cancellationToken) is { } job && job.Job.RequestedBy == caller.Subject ? Of(job.Job, job.Answer) : null;
        return await requests.FindAsync(taskId, caller, cancellationToken) is { } request ? Of(request, client) : null;
    }

    private TaskView Of(FollowedRequest request, Implementation? client) => request switch
    {
        { Outcome: ToolOutcome.NeedsApproval { Ticket: var ticket } } => new TaskView(
            request.ApprovalId, "working", ticket switch
            {
                { Held: { } held } => $"Approved and held back. {held}",
                { State: "pending" } => $"Waiting for approval: {ticket.Url}",
                _ => "Approved; being executed.",
            }, request.CreatedAt, request.UpdatedAt, null),
        { Withdrawn: true } => new TaskView(request.ApprovalId, "cancelled", "Withdrawn before it began.", request.CreatedAt, request.UpdatedAt, null),
        // Denied or expired is a result like any other; "failed" is kept for errors of the protocol.
        _ => new TaskView(request.ApprovalId, "completed", "", request.CreatedAt, request.UpdatedAt, results.Of(request.Outcome, request.Tool, client)),
    };

    private static TaskView Of(JobView job, JsonElement answer)
    {
        var (status, message) = job switch
        {
            { Status: JobStatus.Queued or JobStatus.Running } => ("working", job.Step),
            { Status: JobStatus.Failed, Cancelled: true } => ("cancelled", job.Error ?? ""),
            _ => ("completed", job.Step),
        };
        return new TaskView(
            job.JobId, status, message, job.CreatedAt, job.FinishedAt ?? job.StartedAt ?? job.CreatedAt, status == "completed" ? McpResults.Of(answer, isError: job.Status == JobStatus.Failed) : null);
    }

    private static bool IsJob(string taskId) => taskId.StartsWith("job_", StringComparison.Ordinal);

    private static JsonObject Complete() => new() { ["resultType"] = "complete" };

    private static McpProtocolException Unknown(string taskId) => new($"taskId: you have no task '{(taskId.Length <= 60 ? taskId : taskId[..60])}'.", McpErrorCode.InvalidParams);

    private static MissingRequiredClientCapabilityException Undeclared(string method) => new(
        new ClientCapabilities { Extensions = new Dictionary<string, object>(StringComparer.Ordinal) { [McpClientView.TasksExtension] = new JsonObject() } },
        $"{method} needs the client capability extensions['{McpClientView.TasksExtension}'], declared in this request's _meta.");

    private sealed record TaskView(string TaskId, string Status, string StatusMessage, DateTimeOffset CreatedAt, DateTimeOffset LastUpdatedAt, CallToolResult? Result);

    /// <summary>The answer to a call that has become a task; flat.</summary>
    private sealed class CreatedTask : Result
    {
        public CreatedTask() => ResultType = "task";

        [JsonPropertyName("taskId")]
        public required string TaskId { get; init; }
        [JsonPropertyName("status")]
        public required string Status { get; init; }
        [JsonPropertyName("statusMessage")]
        public required string StatusMessage { get; init; }
        [JsonPropertyName("createdAt")]
        public required DateTimeOffset CreatedAt { get; init; }
        [JsonPropertyName("lastUpdatedAt")]
        public required DateTimeOffset LastUpdatedAt { get; init; }
        [JsonPropertyName("ttlMs")]
        public required long TtlMs { get; init; }
        [JsonPropertyName("pollIntervalMs")]
        public required int PollIntervalMs { get; init; }
    }
}
