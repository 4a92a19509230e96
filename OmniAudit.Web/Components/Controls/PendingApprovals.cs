using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Components.Layout;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Requests that were not there before.</summary>
/// <param name="Id">The newest one's id.</param>
/// <param name="Text">Said inside the console.</param>
/// <param name="Notice">Said outside of it, on screens that others may see (js/notify.js): agent and tool, nothing of what is asked.</param>
/// <param name="Href">Where it is decided.</param>
public sealed record Arrival(string Id, string Text, string Notice, string Href);

/// <summary>How many requests wait for a person, for the navigation, the title and the announcement; one per open console.</summary>
public sealed class PendingApprovals(ApprovalQueries approvals, ChangeFeed changes, TimeProvider time, ILogger<PendingApprovals> log) : IDisposable
{
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(150);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private IDisposable? _subscription;
    private ITimer? _timer;
    private bool _started;
    private bool _disposed;

    /// <summary>The count when it was last read.</summary>
    public int Count { get; private set; }

    /// <summary>The count is another one. Raised on any thread.</summary>
    public event Action? Changed;

    /// <summary>There is a request that was not there before. Raised on any thread.</summary>
    public event Action<Arrival>? Arrived;

    /// <summary>Reads the count; with <paramref name="follow"/> goes on following it.</summary>
    public async Task StartAsync(bool follow)
    {
        if (_started) return;
        _started = follow;
        if (follow)
        {
            _timer = time.CreateTimer(_ => _ = RefreshAsync(announce: true), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _subscription = changes.Subscribe(change =>
            {
                if (change.Topic == Topics.Approvals && !_disposed) _timer.Change(Debounce, Timeout.InfiniteTimeSpan);
            });
        }
        await RefreshAsync(announce: false);
    }

    private async Task RefreshAsync(bool announce)
    {
        await _reading.WaitAsync();
        try
        {
            var (count, _) = await approvals.CountAsync(CancellationToken.None);
            var newest = await approvals.ListAsync(new ApprovalFilter(ApprovalState.Pending), CancellationToken.None);
            var arrived = newest.Where(a => _known.Add(a.ApprovalId)).ToList();
            var changed = count != Count;
            Count = count;
            if (changed) Changed?.Invoke();
            if (announce && arrived.Count > 0)
                Arrived?.Invoke(Say(arrived, count));
        }
        catch (Exception failure) when (!_disposed)
        {
            // A count is no reason to break a page: it stays as it was, and the next change reads it again.
            log.LogWarning(failure, "The number of pending approvals could not be read");
        }
        finally
        {
            _reading.Release();
        }
    }

    private static Arrival Say(List<ApprovalSummary> arrived, int waiting)
    {
        var newest = arrived[0];
        if (arrived.Count > 1) return new Arrival(newest.ApprovalId, $"{arrived.Count} new approvals. {waiting} waiting.", $"{arrived.Count} new approvals", "/approvals");
        // Outside of the page nothing can be marked as an escape: what would hide or turn text around is a word there too.
        var agent = string.Concat(FaithfulSegments.Of(newest.RequesterName).Select(s => s.Shown));
        return new Arrival(
            newest.ApprovalId, $"New approval: {newest.RequesterName} wants to {Intent.InSentence(newest.Intent)}. {waiting} waiting.",
            $"New approval: agent {agent} wants to {newest.Tool}", PageLinks.Approval(newest.ApprovalId));
    }

    public void Dispose()
    {
        _disposed = true;
        _subscription?.Dispose();
        _timer?.Dispose();
    }
}
