using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.Approvals;

/// <summary>One write that somebody asked for: the exact bytes that will run, who asked, what was decided, what came of it. Never deleted.</summary>
internal sealed class ApprovalRow : IEntityTypeConfiguration<ApprovalRow>
{
    public string ApprovalId { get; set; } = "";
    public string State { get; set; } = ApprovalState.Pending;
    /// <summary>Counts changes. Every update is conditional on it: of two that start from the same row one wins.</summary>
    public int Version { get; set; } = 1;
    public string Tool { get; set; } = "";
    public string Target { get; set; } = "";
    public string Intent { get; set; } = "";
    public string RiskLevel { get; set; } = "";
    /// <summary>RFC 8785 bytes of the arguments, without the confirmation token. These and no others are executed.</summary>
    public byte[] Payload { get; set; } = [];
    public string PayloadSha256 { get; set; } = "";
    /// <summary>Of what the requester sent: the same as <see cref="PayloadSha256"/> unless the tool wrote out what was only named, or a person edited it.</summary>
    public string AskedSha256 { get; set; } = "";
    /// <summary>1, and one more with each edit.</summary>
    public int PayloadVersion { get; set; } = 1;
    public string EditedByName { get; set; } = "";
    /// <summary>The rule in force when it was asked (or edited), canonical JSON; see <see cref="FrozenRule"/>.</summary>
    public string Policy { get; set; } = "";
    public string PolicySha256 { get; set; } = "";
    /// <summary>What the tool found when it was asked (or edited): canonical JSON of names and values.</summary>
    public string Facts { get; set; } = "{}";
    /// <summary>Why it is approved and not run: what is found now, or what went wrong when looking. Null while nothing holds it.</summary>
    public string? Held { get; set; }
    /// <summary>Not to be looked at before: the next try of one that is held, or of finding the effect of an unknown one.</summary>
    public DateTimeOffset? NextLookAt { get; set; }
    /// <summary>How often the effect of an unknown one was looked for.</summary>
    public int Looks { get; set; }
    public string? IdempotencyKey { get; set; }
    public string? StandingRuleId { get; set; }
    public string RequesterSubject { get; set; } = "";
    public string RequesterName { get; set; } = "";
    public string Client { get; set; } = "";
    public string Session { get; set; } = "";
    public string RequestId { get; set; } = "";
    /// <summary>The span that asked for it, as a W3C traceparent; null when nobody traced.</summary>
    public string? AskedBy { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
    /// <summary>Of several approvers joined by commas.</summary>
    public string DecidedBySubject { get; set; } = "";
    public string DecidedByName { get; set; } = "";
    public string Reason { get; set; } = "";
    public DateTimeOffset? ClaimedAt { get; set; }
    /// <summary>The server that began it; null before.</summary>
    public string? ClaimedBy { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
    /// <summary>Who withdrew it, or settled its unknown outcome; empty when nobody did.</summary>
    public string ClosedBySubject { get; set; } = "";
    public string ClosedByName { get; set; } = "";
    public string? ResultJson { get; set; }
    public string? Error { get; set; }
    /// <summary>Finds the log line of an execution that went wrong.</summary>
    public string? ErrorReference { get; set; }
    public string? DecisionReceiptId { get; set; }
    public string? OutcomeReceiptId { get; set; }
    public string? SettlementReceiptId { get; set; }

    public void Configure(EntityTypeBuilder<ApprovalRow> builder)
    {
        builder.ToTable("approvals").HasKey(a => a.ApprovalId);
        builder.Property(a => a.Version).IsConcurrencyToken();
        builder.Property(a => a.IdempotencyKey).HasMaxLength(200);
        builder.Property(a => a.AskedBy).HasMaxLength(55);
        builder.Property(a => a.ClaimedBy).HasMaxLength(200);
        builder.HasIndex(a => new { a.State, a.ExpiresAt });
        // Lists run newest first by the id; a filtered page is one short range.
        builder.HasIndex(a => new { a.State, a.ApprovalId });
        builder.HasIndex(a => new { a.Tool, a.ApprovalId });
        builder.HasIndex(a => new { a.RequesterSubject, a.Tool, a.AskedSha256 });
        builder.HasIndex(a => new { a.RequesterSubject, a.IdempotencyKey }).IsUnique().HasFilter("\"IdempotencyKey\" IS NOT NULL");
    }

    /// <exception cref="InvalidOperationException">The state machine has no such step.</exception>
    public void MoveTo(string state)
    {
        if (!ApprovalState.CanMove(State, state)) throw new InvalidOperationException($"Approval {ApprovalId} cannot go from {State} to {state}.");
        State = state;
        Touch();
    }

    /// <summary>Another change than one of state: what was read before it may not be acted on.</summary>
    public void Touch() => Version++;
}

/// <summary>One person's (or standing rule's) approval of exactly one payload.</summary>
internal sealed class ApprovalVoteRow : IEntityTypeConfiguration<ApprovalVoteRow>
{
    public string VoteId { get; set; } = "";
    public string ApprovalId { get; set; } = "";
    public string PayloadSha256 { get; set; } = "";
    /// <summary>Whose approval it is.</summary>
    public string Subject { get; set; } = "";
    /// <summary>As receipts name it: the subject, or <c>rule:std_…</c> when a standing rule of this person gave it.</summary>
    public string By { get; set; } = "";
    public string Name { get; set; } = "";
    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<ApprovalVoteRow> builder)
    {
        builder.ToTable("approval_votes").HasKey(v => v.VoteId);
        builder.HasIndex(v => new { v.ApprovalId, v.PayloadSha256, v.Subject }).IsUnique();
    }
}

/// <summary>One version of what would run. Written when a request is edited: then for every version, the first one too.</summary>
internal sealed class ApprovalPayloadRow : IEntityTypeConfiguration<ApprovalPayloadRow>
{
    public string ApprovalId { get; set; } = "";
    public int Number { get; set; }
    public byte[] Payload { get; set; } = [];
    public string Sha256 { get; set; } = "";
    public string BySubject { get; set; } = "";
    public string ByName { get; set; } = "";
    public DateTimeOffset At { get; set; }

    public void Configure(EntityTypeBuilder<ApprovalPayloadRow> builder) => builder.ToTable("approval_payloads").HasKey(p => new { p.ApprovalId, p.Number });
}
