namespace OmniAudit.Modules.Approvals;

/// <summary>The states of an approval; the same words in answers, receipts and pages.</summary>
public static class ApprovalState
{
    /// <summary>Waits for a person.</summary>
    public const string Pending = "pending";
    /// <summary>A person said yes; the deed has not begun.</summary>
    public const string Approved = "approved";
    /// <summary>Claimed: the deed may be happening now.</summary>
    public const string Executing = "executing";
    /// <summary>The deed happened.</summary>
    public const string Executed = "executed";
    /// <summary>The deed was tried and certainly did not happen; or, where there is a result, it was begun and is certainly not finished.</summary>
    public const string Failed = "failed";
    /// <summary>The deed was begun and nobody saw its end.</summary>
    public const string Unknown = "unknown";
    /// <summary>A person said no.</summary>
    public const string Denied = "denied";
    /// <summary>Nobody decided in time, or the decision came too late to be acted on.</summary>
    public const string Expired = "expired";
    /// <summary>Withdrawn by its requester or by a person, or void because the rules changed.</summary>
    public const string Cancelled = "cancelled";

    private static readonly Dictionary<string, string[]> Next = new(StringComparer.Ordinal)
    {
        [Pending] = [Approved, Denied, Expired, Cancelled],
        [Approved] = [Executing, Expired, Cancelled],
        [Executing] = [Executed, Failed, Unknown],
        // Only by a positive match in the world, or by a person who looked.
        [Unknown] = [Executed, Failed],
    };

    /// <summary>All states, in the order of a request's life.</summary>
    public static IReadOnlyList<string> All { get; } = [Pending, Approved, Executing, Executed, Failed, Unknown, Denied, Expired, Cancelled];

    /// <summary>True when nothing more will happen by itself.</summary>
    public static bool IsFinal(string state) => state is not (Pending or Approved or Executing);

    /// <summary>True when a request may go from one state to the other.</summary>
    public static bool CanMove(string from, string to) => Next.TryGetValue(from, out var next) && next.Contains(to, StringComparer.Ordinal);
}
