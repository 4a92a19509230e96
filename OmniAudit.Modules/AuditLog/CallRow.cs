using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.AuditLog;

/// <summary>One tool call, refused ones included. Never deleted, never edited except from started to its end.</summary>
internal sealed class CallRow : IEntityTypeConfiguration<CallRow>
{
    public string CallId { get; set; } = "";
    public string RequestId { get; set; } = "";
    public string Tool { get; set; } = "";
    public string Module { get; set; } = "";
    public string ActorSubject { get; set; } = "";
    public string ActorName { get; set; } = "";
    public string Client { get; set; } = "";
    /// <summary>Of the canonical arguments; the arguments themselves are not kept.</summary>
    public string InputsSha256 { get; set; } = "";
    public string Status { get; set; } = CallStatus.Started;
    /// <summary>The refusal's or the failure's code.</summary>
    public string? ErrorCode { get; set; }
    public string? ErrorMessage { get; set; }
    public string? OutputRef { get; set; }
    public string? ApprovalId { get; set; }
    public string? ReceiptId { get; set; }
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset? FinishedAt { get; set; }
    public double? DurationMs { get; set; }
    /// <summary>The server that took it; empty for a process beside one.</summary>
    public string Node { get; set; } = "";

    public void Configure(EntityTypeBuilder<CallRow> builder)
    {
        builder.ToTable("calls").HasKey(c => c.CallId);
        builder.Property(c => c.Node).HasMaxLength(200);
        builder.HasIndex(c => c.Status);
        builder.HasIndex(c => c.Tool);
        builder.HasIndex(c => c.ActorSubject);
    }

    public CallRow Ended(string status, DateTimeOffset at, double durationMs)
    {
        var copy = (CallRow)MemberwiseClone();
        copy.Status = status;
        copy.FinishedAt = at;
        copy.DurationMs = durationMs;
        return copy;
    }
}

/// <summary>How a recorded call stands.</summary>
public static class CallStatus
{
    /// <summary>Begun; still running, or about to be found out after a crash.</summary>
    public const string Started = "started";
    /// <summary>Done.</summary>
    public const string Succeeded = "succeeded";
    /// <summary>Waiting for a person; nothing was done.</summary>
    public const string NeedsApproval = "needs_approval";
    /// <summary>Not done, for a reason the caller was told.</summary>
    public const string Refused = "refused";
    /// <summary>Broke on our side.</summary>
    public const string Failed = "failed";
    /// <summary>The process died between start and end: nobody can tell.</summary>
    public const string Unknown = "unknown";
}
