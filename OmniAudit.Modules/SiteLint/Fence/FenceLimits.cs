namespace OmniAudit.Modules.SiteLint.Fence;

/// <summary>What one job may use of the network. Bytes are wire bytes, both ways together.</summary>
internal sealed record FenceLimits
{
    public static FenceLimits Default { get; } = new();

    public long TotalBytes { get; init; } = 4L * 1024 * 1024 * 1024;
    /// <summary>Of one page in all viewports together.</summary>
    public long PageBytes { get; init; } = 192L * 1024 * 1024;
    public long ConnectionBytes { get; init; } = 64L * 1024 * 1024;
    public int OpenConnections { get; init; } = 128;
    public int TotalConnections { get; init; } = 50_000;
    public int HeadBytes { get; init; } = 64 * 1024;
    public int LedgerEntries { get; init; } = 2_000;
    public TimeSpan HeadTime { get; init; } = TimeSpan.FromSeconds(15);
    public TimeSpan ConnectTime { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(60);
}
