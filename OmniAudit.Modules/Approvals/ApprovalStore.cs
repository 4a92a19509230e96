using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Approvals;

/// <summary>What a write asks for.</summary>
internal sealed record ApprovalRequest(
    string Tool, string Target, string Intent, string RiskLevel, byte[] Payload, string PolicySha256,
    Actor Requester, string Client, string RequestId, TimeSpan TimeToLive);

/// <summary>The queue's rows. Callers run these inside Database.WriteAsync, so that a transition and its receipt are one commit.</summary>
internal sealed class ApprovalStore(TimeProvider time)
{
    /// <summary>Stores the request, or returns the equal one of the same requester that still waits: one card, however often an agent repeats itself.</summary>
    public async Task<ApprovalRow> SubmitAsync(OmniAuditDb db, ApprovalRequest request, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var digest = CanonicalJson.Sha256Hex(request.Payload);
        var open = await db.Set<ApprovalRow>().FirstOrDefaultAsync(a =>
            a.RequesterSubject == request.Requester.Subject && a.Tool == request.Tool && a.PayloadSha256 == digest
            && a.State == ApprovalState.Pending && a.ExpiresAt > now, cancellationToken);
        if (open is not null) return open;

        var row = new ApprovalRow
        {
            ApprovalId = Ids.New("apr", time),
            Tool = request.Tool,
            Target = request.Target,
            Intent = request.Intent,
            RiskLevel = request.RiskLevel,
            Payload = request.Payload,
            PayloadSha256 = digest,
            PolicySha256 = request.PolicySha256,
            RequesterSubject = request.Requester.Subject,
            RequesterName = request.Requester.Name,
            Client = request.Client,
            RequestId = request.RequestId,
            CreatedAt = now,
            ExpiresAt = now + request.TimeToLive,
        };
        db.Add(row);
        return row;
    }

    /// <summary>The row for a transition; null when there is none by that id.</summary>
    public async Task<ApprovalRow?> FindAsync(OmniAuditDb db, string approvalId, CancellationToken cancellationToken) =>
        await db.Set<ApprovalRow>().FirstOrDefaultAsync(a => a.ApprovalId == approvalId, cancellationToken);

    /// <summary>Approved and unclaimed, oldest decision first.</summary>
    public async Task<List<string>> ApprovedAsync(OmniAuditDb db, CancellationToken cancellationToken) =>
        await db.Set<ApprovalRow>().Where(a => a.State == ApprovalState.Approved).OrderBy(a => a.DecidedAt).Select(a => a.ApprovalId).Take(100).ToListAsync(cancellationToken);

    /// <summary>Pending past their time.</summary>
    public async Task<List<ApprovalRow>> OverdueAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await db.Set<ApprovalRow>().Where(a => a.State == ApprovalState.Pending && a.ExpiresAt <= now).OrderBy(a => a.ExpiresAt).Take(100).ToListAsync(cancellationToken);
    }

    /// <summary>Claimed by a process that is gone.</summary>
    public async Task<List<ApprovalRow>> InterruptedAsync(OmniAuditDb db, CancellationToken cancellationToken) =>
        await db.Set<ApprovalRow>().Where(a => a.State == ApprovalState.Executing).ToListAsync(cancellationToken);
}
