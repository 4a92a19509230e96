using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint.Fence;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>
/// A scan's browser over its whole life: started again when it ends by itself, so that one page costs its own result and the others go on.
/// It also says whose turn it is to measure.
/// </summary>
internal sealed class ScanBrowser : IAsyncDisposable
{
    private const int MostRestarts = 5;

    // The process's scans share the processors: two measurements at once would each look slower than the page is.
    private static readonly SemaphoreSlim Measuring = new(1, 1);
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(10);

    private readonly SiteLintOptions _options;
    private readonly FilteringProxy _fence;
    private readonly TimeProvider _time;
    private readonly long _memoryLimit;
    private readonly SemaphoreSlim _starting = new(1, 1);
    private BrowserSession _session;
    private BrowserSession? _lost;
    private Func<BrowserSession, CancellationToken, Task>? _begin;
    private int _restarts;
    private int _lostInARow;

    private ScanBrowser(SiteLintOptions options, FilteringProxy fence, TimeProvider time, long memoryLimit, BrowserSession session) =>
        (_options, _fence, _time, _memoryLimit, _session) = (options, fence, time, memoryLimit, session);

    public string Version => _session.Version;

    public bool Sandboxed => _session.Sandboxed;

    /// <summary>Takes secrets out of a text before it is stored. Null: there are none.</summary>
    public Func<string, string>? Redact { get; set; }

    /// <exception cref="JobFailedException">There is no browser, it does not start, or the fence does not hold.</exception>
    public static async Task<ScanBrowser> StartAsync(SiteLintOptions options, FilteringProxy fence, TimeProvider time, CancellationToken cancellationToken, long? memoryLimit = null)
    {
        var limit = memoryLimit ?? MemoryWatch.DefaultLimit;
        return new ScanBrowser(options, fence, time, limit, await BrowserSession.StartAsync(options, fence, limit, time, cancellationToken));
    }

    /// <summary>Prepares this browser and every one that takes its place: the place for sign-ins.</summary>
    public async Task BeginWithAsync(Func<BrowserSession, CancellationToken, Task> begin, CancellationToken cancellationToken)
    {
        _begin = begin;
        await begin(_session, cancellationToken);
    }

    /// <summary>The running browser, or a new one when the last was lost.</summary>
    /// <exception cref="JobFailedException">It cannot be started again.</exception>
    public async Task<BrowserSession> SessionAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            if (_lost != _session && !_session.Gone.IsCancellationRequested) return _session;
            if (++_restarts > MostRestarts) throw new JobFailedException($"The browser ended unexpectedly {_restarts} times. The site may need more memory than the server has.");
            var gone = _session;
            _session = await BrowserSession.StartAsync(_options, _fence, _memoryLimit, _time, cancellationToken);
            await gone.DisposeAsync();
            if (_begin is not null) await _begin(_session, cancellationToken);
            return _session;
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Waits for the turn to measure, but not for ever: a page that hangs does not hold up the rest. Dispose the result to pass the turn on.</summary>
    public static async Task<IDisposable> MeasuringTurnAsync(CancellationToken cancellationToken)
    {
        var ticket = Measuring.WaitAsync(CancellationToken.None);
        var turn = new Turn(ticket);
        try
        {
            await ticket.WaitAsync(MostPatience, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Less exact, but done.
        }
        catch
        {
            turn.Dispose();
            throw;
        }
        return turn;
    }

    /// <summary>An audit came to its end: what happened before was not the browser's fault.</summary>
    public void Worked() => Volatile.Write(ref _lostInARow, 0);

    /// <summary>The browser ended under an audit; the next asks for a new one.</summary>
    /// <exception cref="JobFailedException">The second loss without a success between them: going on would only end the next one.</exception>
    public void Lose(BrowserSession session, string url, string viewport)
    {
        if (Interlocked.Exchange(ref _lost, session) == session) return;
        if (Interlocked.Increment(ref _lostInARow) >= 2)
            throw new JobFailedException($"The browser ended unexpectedly while it looked at {url} ({viewport}), and again after a restart. Start the scan again; if it happens again, the page may need more memory than the server has.");
    }

    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync();
        _starting.Dispose();
    }

    private sealed class Turn(Task ticket) : IDisposable
    {
        private int _passed;

        public void Dispose()
        {
            // A turn that comes after all is passed on as soon as it comes.
            if (Interlocked.Exchange(ref _passed, 1) == 0) _ = ticket.ContinueWith(_ => Measuring.Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
