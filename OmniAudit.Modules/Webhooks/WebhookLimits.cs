namespace OmniAudit.Modules.Webhooks;

/// <summary>The bounds of deliveries.</summary>
internal sealed record WebhookLimits
{
    /// <summary>From the look-up of the name to the end of what is read of the answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many delivered rows are kept.</summary>
    public int MostDelivered { get; init; } = 10_000;

    /// <summary>How long a delivered row is kept.</summary>
    public TimeSpan DeliveredFor { get; init; } = TimeSpan.FromDays(30);

    /// <summary>The pauses after the first, second, … failed attempt; after one more the delivery is dead. About 22 hours in all.</summary>
    public static IReadOnlyList<TimeSpan> Pauses { get; } =
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10),
        TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12),
    ];

    /// <summary>The pause before the next attempt, up to a fifth longer than the schedule's so that many do not come back at once; null when none is left.</summary>
    /// <param name="failed">Failed attempts so far, 1 or more.</param>
    /// <param name="retryAfter">What the target asked for: a longer pause is granted, up to the schedule's longest.</param>
    public static TimeSpan? PauseAfter(int failed, TimeSpan? retryAfter)
    {
        if (failed > Pauses.Count) return null;
        var pause = Pauses[failed - 1];
        if (retryAfter is { } asked) pause = TimeSpan.FromTicks(Math.Clamp(asked.Ticks, pause.Ticks, Pauses[^1].Ticks));
        return pause * (1 + (Random.Shared.NextDouble() / 5));
    }
}
