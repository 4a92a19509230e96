namespace OmniAudit.Modules.AdminOps.Ingest;

/// <summary>Bounds of reading from Microsoft; tests make them smaller.</summary>
internal sealed record IngestLimits
{
    /// <summary>Graph's audit logs: 5 requests in 10 s per app and tenant (Graph throttling limits).</summary>
    public (int Requests, TimeSpan Within) AuditLogs { get; init; } = (5, TimeSpan.FromSeconds(10));
    /// <summary>Intune: 1000 in 20 s.</summary>
    public (int Requests, TimeSpan Within) Intune { get; init; } = (1000, TimeSpan.FromSeconds(20));
    /// <summary>The Management Activity API: 2000 in a minute.</summary>
    public (int Requests, TimeSpan Within) Management { get; init; } = (2000, TimeSpan.FromMinutes(1));
    /// <summary>How long one answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(100);
    /// <summary>The most bytes of one answer.</summary>
    public int LargestAnswer { get; init; } = 64 << 20;
    /// <summary>The first wait after an answer that asks for none; it doubles each time.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(5);
    /// <summary>Longer waits end the run; the next one begins after them.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(5);
    /// <summary>How often a request is tried that was throttled or not answered.</summary>
    public int Attempts { get; init; } = 5;
    /// <summary>The most pages of one window: a list that never ends is one of Graph's known faults.</summary>
    public int Pages { get; init; } = 2000;
    /// <summary>How much time one window has: what a crash makes to be read again.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromHours(6);
    /// <summary>The oldest content that can be listed: 7 days, less than the time of a request.</summary>
    public TimeSpan ListedBack { get; init; } = TimeSpan.FromHours(167) + TimeSpan.FromMinutes(55);
    /// <summary>How far back the first run reads.</summary>
    public TimeSpan FirstRun { get; init; } = TimeSpan.FromDays(7);
    /// <summary>Blobs that are fetched at once.</summary>
    public int Blobs { get; init; } = 4;
    /// <summary>A run that does not come back for so long has lost its right to store.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(10);
    /// <summary>How often a run that waits for another one looks.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromSeconds(1);
}
