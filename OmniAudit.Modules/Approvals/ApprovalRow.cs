using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.Approvals;

/// <summary>One write that an agent asked for: the exact bytes that will run, who asked, what was decided, what came of it.</summary>
internal sealed class ApprovalRow : IEntityTypeConfiguration<ApprovalRow>
{
    public string ApprovalId { get; set; } = "";
    public string State { get; set; } = ApprovalState.Pending;
    /// <summary>Counts transitions. Every update is conditional on it: of two that start from the same state one wins.</summary>
    public int Version { get; set; } = 1;
    public string Tool { get; set; } = "";
    public string Target { get; set; } = "";
    public string Intent { get; set; } = "";
    public string RiskLevel { get; set; } = "";
    /// <summary>RFC 8785 bytes of the arguments, without the confirmation token. These and no others are executed.</summary>
    public byte[] Payload { get; set; } = [];
    public string PayloadSha256 { get; set; } = "";
    public string PolicySha256 { get; set; } = "";
    public string RequesterSubject { get; set; } = "";
    public string RequesterName { get; set; } = "";
    public string Client { get; set; } = "";
    public string RequestId { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? DecidedAt { get; set; }
    public string DecidedBySubject { get; set; } = "";
    public string DecidedByName { get; set; } = "";
    public string Reason { get; set; } = "";
    public DateTimeOffset? ClaimedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
    public string? ResultJson { get; set; }
    public string? Error { get; set; }
    /// <summary>Finds the log line of an execution that went wrong.</summary>
    public string? ErrorReference { get; set; }
    public string? DecisionReceiptId { get; set; }
    public string? OutcomeReceiptId { get; set; }

    public void Configure(EntityTypeBuilder<ApprovalRow> builder)
    {
        builder.ToTable("approvals").HasKey(a => a.ApprovalId);
        builder.Property(a => a.Version).IsConcurrencyToken();
        builder.HasIndex(a => new { a.State, a.ExpiresAt });
        builder.HasIndex(a => new { a.RequesterSubject, a.Tool, a.PayloadSha256 });
    }

    /// <exception cref="InvalidOperationException">The state machine has no such step.</exception>
    public void MoveTo(string state)
    {
        if (!ApprovalState.CanMove(State, state)) throw new InvalidOperationException($"Approval {ApprovalId} cannot go from {State} to {state}.");
        State = state;
        Version++;
    }
}
