using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Telemetry;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Approvals;

/// <summary>What a write asks for.</summary>
/// <param name="Payload">What is shown, approved and sent.</param>
/// <param name="AskedSha256">Of what the requester sent: other than the payload's where the tool wrote out what was only named.</param>
internal sealed record ApprovalRequest(
    string Tool, string Target, string Intent, string RiskLevel, byte[] Payload, string AskedSha256, string Facts, string? IdempotencyKey,
    Actor Requester, string Client, string Session, string RequestId);

/// <summary>The queue's rows. Callers run these inside Database.WriteAsync, so that a transition and its receipt are one commit.</summary>
internal sealed class ApprovalStore(TimeProvider time)
{
    /// <summary>The most requests of one requester that may wait.</summary>
    public const int MostPending = 1000;

    /// <summary>The request of the same key, or the equal one that still waits: one card, however often an agent repeats itself.</summary>
    /// <exception cref="ToolRefusedException">The key was used for another payload.</exception>
    public async Task<ApprovalRow?> FindSameAsync(OmniAuditDb db, ApprovalRequest request, CancellationToken cancellationToken)
    {
        var (now, digest, subject) = (time.GetUtcNow(), request.AskedSha256, request.Requester.Subject);
        if (request.IdempotencyKey is { } key)
        {
            var known = await db.Set<ApprovalRow>().FirstOrDefaultAsync(a => a.RequesterSubject == subject && a.IdempotencyKey == key, cancellationToken);
            if (known is null || (known.Tool == request.Tool && known.AskedSha256 == digest)) return known;
            throw new ToolRefusedException("idempotency_conflict", $"{WriteContract.KeyArgument}: was used for another call ({known.Tool}, arguments with SHA-256 {known.AskedSha256}, now {known.State}). Use a new key for a new request.", WriteContract.KeyArgument);
        }
        return await db.Set<ApprovalRow>().FirstOrDefaultAsync(a =>
            a.RequesterSubject == subject && a.Tool == request.Tool && a.AskedSha256 == digest && a.State == ApprovalState.Pending && a.ExpiresAt > now, cancellationToken);
    }

    /// <exception cref="ToolRefusedException">Too many wait already.</exception>
    public async Task<ApprovalRow> AddAsync(OmniAuditDb db, ApprovalRequest request, FrozenRule rule, CancellationToken cancellationToken)
    {
        var subject = request.Requester.Subject;
        if (await db.Set<ApprovalRow>().CountAsync(a => a.RequesterSubject == subject && a.State == ApprovalState.Pending, cancellationToken) >= MostPending)
            throw new ToolRefusedException("queue_full", $"{MostPending} of your requests wait for a person already. Wait until some are decided, or withdraw some with core.cancel_request.");
        var (now, digest) = (time.GetUtcNow(), CanonicalJson.Sha256Hex(request.Payload));
        var row = new ApprovalRow
        {
            ApprovalId = Ids.New("apr", time),
            Tool = request.Tool,
            Target = request.Target,
            Intent = request.Intent,
            RiskLevel = request.RiskLevel,
            Payload = request.Payload,
            PayloadSha256 = digest,
            AskedSha256 = request.AskedSha256,
            Policy = rule.ToJson(),
            PolicySha256 = rule.Sha256,
            Facts = request.Facts,
            IdempotencyKey = request.IdempotencyKey,
            RequesterSubject = subject,
            RequesterName = request.Requester.Name,
            Client = request.Client,
            Session = request.Session,
            RequestId = request.RequestId,
            AskedBy = Spans.Here,
            CreatedAt = now,
            ExpiresAt = now.AddSeconds(rule.TtlSeconds),
        };
        db.Add(row);
        return row;
    }

    /// <summary>The row for a transition; null when there is none by that id.</summary>
    public async Task<ApprovalRow?> FindAsync(OmniAuditDb db, string approvalId, CancellationToken cancellationToken) =>
        await db.Set<ApprovalRow>().FirstOrDefaultAsync(a => a.ApprovalId == approvalId, cancellationToken);

    /// <summary>The approvals that count for what would run now, in order.</summary>
    public static Task<List<ApprovalVoteRow>> VotesAsync(OmniAuditDb db, ApprovalRow approval, CancellationToken cancellationToken) =>
        db.Set<ApprovalVoteRow>().Where(v => v.ApprovalId == approval.ApprovalId && v.PayloadSha256 == approval.PayloadSha256).OrderBy(v => v.VoteId).ToListAsync(cancellationToken);

    /// <summary>Approved, unclaimed and not held back at this moment, oldest decision first.</summary>
    public async Task<List<string>> ApprovedAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await db.Set<ApprovalRow>().Where(a => a.State == ApprovalState.Approved && (a.NextLookAt == null || a.NextLookAt <= now))
            .OrderBy(a => a.DecidedAt).Select(a => a.ApprovalId).Take(100).ToListAsync(cancellationToken);
    }

    /// <summary>Waiting, or approved and not begun, past their time.</summary>
    public async Task<List<ApprovalRow>> OverdueAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await db.Set<ApprovalRow>().Where(a => (a.State == ApprovalState.Pending || a.State == ApprovalState.Approved) && a.ExpiresAt <= now)
            .OrderBy(a => a.ExpiresAt).Take(100).ToListAsync(cancellationToken);
    }

    /// <summary>Waiting, or approved and not begun.</summary>
    public static IQueryable<ApprovalRow> Open(OmniAuditDb db) =>
        db.Set<ApprovalRow>().Where(a => a.State == ApprovalState.Pending || a.State == ApprovalState.Approved);

    /// <summary>Claimed by another server, or by an earlier process of this one.</summary>
    public async Task<List<ApprovalRow>> ClaimedElsewhereAsync(OmniAuditDb db, string here, CancellationToken cancellationToken) =>
        await db.Set<ApprovalRow>().Where(a => a.State == ApprovalState.Executing && a.ClaimedBy != here).ToListAsync(cancellationToken);

    /// <summary>Every request that may still lead to something: waiting, approved, at work, or with an outcome that nobody knows yet.</summary>
    public static IQueryable<ApprovalRow> Unsettled(OmniAuditDb db) =>
        db.Set<ApprovalRow>().Where(a => a.State == ApprovalState.Pending || a.State == ApprovalState.Approved || a.State == ApprovalState.Executing || a.State == ApprovalState.Unknown);

    /// <summary>Unknown ones whose effect is to be looked for now.</summary>
    public async Task<List<string>> ToLookForAsync(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        return await db.Set<ApprovalRow>().Where(a => a.State == ApprovalState.Unknown && a.NextLookAt <= now).OrderBy(a => a.NextLookAt).Select(a => a.ApprovalId).Take(20).ToListAsync(cancellationToken);
    }
}
