using OmniAudit.Tests.GitHub;

namespace OmniAudit.Tests.Approvals;

/// <summary>Where the server dies, and what must be found after the restart.</summary>
/// <param name="Trap">What <see cref="DeathTrap"/> waits for; empty where the test kills from outside.</param>
/// <param name="State">The request's state after the restart, once nothing moves by itself: a state, or "absent".</param>
/// <param name="Effects">How often it has happened by then.</param>
/// <param name="History">The kinds of its receipts by then.</param>
internal sealed record CrashPoint(string Name, string Trap, string State, int Effects, string History)
{
    private const string Once = "decision outcome";
    private const string Found = "decision outcome settlement";

    /// <summary>What GitHub does while the server is killed from outside.</summary>
    public PostFaultKind? Fault { get; init; }

    /// <summary>The server dies a second time here, in the start after the first crash.</summary>
    public string SecondTrap { get; init; } = "";

    public static IReadOnlyList<CrashPoint> All { get; } =
    [
        new("before the submit's commit", "submit:before-commit", "absent", 0, ""),
        new("after the submit's commit", "submit:after-commit", "pending", 0, ""),
        new("decision: leaf appended", "decision:leaf-appended", "pending", 0, ""),
        new("before the decision's commit", "decision:before-commit", "pending", 0, ""),
        new("after the decision's commit", "decision:after-commit", "executed", 1, Once),
        new("decision: before publishing", "decision:publish-before", "executed", 1, Once),
        new("decision: after publishing", "decision:publish-after", "executed", 1, Once),
        new("before the claim's commit", "claim:before-commit", "executed", 1, Once),
        new("after the claim's commit", "claim:after-commit", "unknown", 0, Once),
        new("before the send", "send:before", "unknown", 0, Once),
        new("sent, GitHub commits later", "", "unknown", 0, Once) { Fault = PostFaultKind.Hang },
        new("GitHub committed, half a reply", "", "executed", 1, Found) { Fault = PostFaultKind.SlowBody },
        new("after the reply", "send:after-reply", "executed", 1, Found),
        new("outcome: checkpoint signed", "outcome:checkpoint-signed", "executed", 1, Found),
        new("outcome: leaf appended", "outcome:leaf-appended", "executed", 1, Found),
        new("before the outcome's commit", "outcome:before-commit", "executed", 1, Found),
        new("after the outcome's commit", "outcome:after-commit", "executed", 1, Once),
        new("outcome: before publishing", "outcome:publish-before", "executed", 1, Once),
        new("outcome: after publishing", "outcome:publish-after", "executed", 1, Once),
        new("again before 'unknown' is written", "send:after-reply", "executed", 1, Found) { SecondTrap = "outcome:before-commit" },
        new("again before it is settled", "send:after-reply", "executed", 1, Found) { SecondTrap = "settle:before-commit" },
    ];
}
