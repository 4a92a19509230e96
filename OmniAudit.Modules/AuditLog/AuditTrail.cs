using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.AuditLog;

/// <summary>The audit log for deeds that are no tool calls: what came over the HTTP interface, what people asked a model.</summary>
public sealed class AuditTrail
{
    private readonly AuditLog _log;
    private readonly TimeProvider _time;

    internal AuditTrail(AuditLog log, TimeProvider time) => (_log, _time) = (log, time);

    /// <summary>A row for a deed that the product did by itself or a command did, for the same commit as the deed.</summary>
    /// <param name="result">What came of it, in words.</param>
    internal static CallRow Row(string deed, Actor by, string client, string result, TimeProvider time)
    {
        var now = time.GetUtcNow();
        return new CallRow { CallId = Ids.New("cal", time), Tool = deed, Module = deed.Split('.')[0], ActorSubject = by.Subject, ActorName = by.Name, Client = client, Status = CallStatus.Succeeded, OutputRef = result, StartedAt = now, FinishedAt = now };
    }

    /// <summary>Completes when the row is on disk.</summary>
    /// <param name="deed">Like a tool's name: <c>adminops.tag_event</c>.</param>
    /// <param name="refused">Why it was not done; null when it was.</param>
    public Task RecordAsync(string deed, Actor by, string requestId, string client, string? refused = null)
    {
        var now = _time.GetUtcNow();
        return _log.RecordAsync(new CallRow
        {
            CallId = Ids.New("cal", _time), RequestId = requestId, Tool = deed, Module = deed.Split('.')[0], ActorSubject = by.Subject, ActorName = by.Name, Client = client.Length <= 100 ? client : client[..100],
            Status = refused is null ? CallStatus.Succeeded : CallStatus.Refused, ErrorCode = refused is null ? null : "refused", ErrorMessage = refused, StartedAt = now, FinishedAt = now,
        });
    }
}
