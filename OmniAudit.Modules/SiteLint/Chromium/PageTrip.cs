namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>A bound that a page ran into; what it was doing ends at once.</summary>
/// <param name="Rule">Of the finding that tells it.</param>
internal sealed record PageTrip(string Rule, string Title, string Reason, string Fix);

/// <summary>Stops one visit when a bound is hit; the first one counts. Safe from any thread.</summary>
internal sealed class PageFuse : IDisposable
{
    private readonly CancellationTokenSource _blown = new();
    private PageTrip? _trip;

    public PageTrip? Trip => Volatile.Read(ref _trip);

    public CancellationToken Token => _blown.Token;

    public void Blow(PageTrip trip)
    {
        if (Interlocked.CompareExchange(ref _trip, trip, null) is not null) return;
        try
        {
            _blown.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The visit is over.
        }
    }

    public void Dispose() => _blown.Dispose();
}
