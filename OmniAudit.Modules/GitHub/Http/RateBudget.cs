using System.Globalization;

namespace OmniAudit.Modules.GitHub.Http;

/// <summary>
/// The one place that decides when a request to GitHub's API may go (docs.github.com/rest, "Rate limits" and "Best practices"): a few reads at
/// once, writes one by one and a second apart, nothing while a limit holds. Shared by everything in the process; what limits it is told to the
/// other processes of the database. Thread safe.
/// </summary>
/// <param name="shared">Null without a database.</param>
internal sealed class RateBudget(GitHubLimits limits, TimeProvider time, SharedBudget? shared = null) : IDisposable
{
    /// <summary>GitHub has about ten; what a broken proxy may add is bounded.</summary>
    private const int MostResources = 20;
    private static readonly TimeSpan SecondaryPause = TimeSpan.FromMinutes(1);

    /// <summary>How often the others are told of a limit that holds nobody back.</summary>
    private static readonly TimeSpan BetweenTold = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _reads = new(limits.Reads);
    private readonly SemaphoreSlim _writes = new(1);
    private readonly Dictionary<string, GitHubLimit> _limits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _usedUp = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _told = new(StringComparer.Ordinal);
    private DateTimeOffset _pausedUntil;
    private int _pauses;
    private long? _lastWrite;
    private long _requests, _notModified, _retries, _limited;

    /// <summary>Waits for a place, for the second between writes and for limits. Dispose what is returned when the answer was read.</summary>
    /// <exception cref="GitHubRefusedException">A limit holds for longer than <see cref="GitHubLimits.LongestWait"/>: nothing was sent.</exception>
    public async Task<IDisposable> EnterAsync(bool write, string resource, CancellationToken cancellationToken)
    {
        var places = write ? _writes : _reads;
        while (true)
        {
            await places.WaitAsync(cancellationToken);
            TimeSpan wait;
            try
            {
                wait = await WaitForAsync(write, resource, cancellationToken);
                if (wait <= TimeSpan.Zero)
                {
                    Interlocked.Increment(ref _requests);
                    return new Place(places, write ? NoteWrite : null);
                }
            }
            catch
            {
                places.Release();
                throw;
            }
            // Not in the place: a read of another resource may go meanwhile.
            places.Release();
            await Task.Delay(wait, time, cancellationToken);
        }
    }

    /// <summary>Takes over what an answer says about limits, and tells the others.</summary>
    /// <param name="limited">The answer is a refusal for a limit.</param>
    public async Task NoteAsync(RateHeaders said, string resource, bool limited)
    {
        GitHubLimit? tell = null;
        DateTimeOffset? paused = null;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var name = said.Resource.Length > 0 ? said.Resource : resource;
            if (said is { Limit: { } limit, Remaining: { } left, ResetsAt: { } reset } && Keep(new GitHubLimit(name, limit, left, reset, now)) && (left == 0 || now - _told.GetValueOrDefault(name) >= BetweenTold))
            {
                tell = _limits[name];
                _told[name] = now;
            }
            if (limited)
            {
                _limited++;
                if (said.RetryAfter is not null || said is not { Remaining: 0, ResetsAt: not null })
                {
                    // Without a word of GitHub: a minute, then twice that, and so on.
                    var pause = said.RetryAfter ?? SecondaryPause * Math.Pow(2, Math.Min(_pauses, 4));
                    _pauses++;
                    if (now + pause > _pausedUntil) paused = _pausedUntil = now + pause;
                }
            }
            // Only a request that was taken proves that the secondary limit is over.
            else if (now >= _pausedUntil) _pauses = 0;
        }
        if (shared is not null && (tell is not null || paused is not null)) await shared.TellAsync(tell, paused);
    }

    /// <summary>Takes over what the others were told.</summary>
    public async Task LearnAsync(CancellationToken cancellationToken)
    {
        if (shared is null || await shared.FindAsync(cancellationToken) is not { } known) return;
        lock (_lock)
        {
            // Times are kept in milliseconds: what this process itself said last is not newer.
            foreach (var limit in known.Limits.Where(l => !_limits.TryGetValue(l.Resource, out var own) || l.SeenAt > own.SeenAt)) Keep(limit);
            if (known.PausedUntil > _pausedUntil) _pausedUntil = known.PausedUntil;
        }
    }

    public void NoteNotModified() => Interlocked.Increment(ref _notModified);

    public void NoteRetry() => Interlocked.Increment(ref _retries);

    public GitHubBudget Now()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var usedUp = _usedUp.Where(u => u.Value > now).Select(u => ((DateTimeOffset Until, string Why)?)(u.Value, $"the limit {u.Key} is used up")).MaxBy(u => u!.Value.Until);
            var paused = _pausedUntil > now && _pausedUntil >= (usedUp?.Until ?? DateTimeOffset.MinValue) ? (_pausedUntil, "GitHub asked to be left alone (secondary rate limit)") : usedUp;
            return new GitHubBudget([.. _limits.Values.OrderBy(l => l.Resource, StringComparer.Ordinal)], paused?.Until, paused?.Why, Interlocked.Read(ref _requests), Interlocked.Read(ref _notModified), Interlocked.Read(ref _retries), _limited);
        }
    }

    public void Dispose()
    {
        _reads.Dispose();
        _writes.Dispose();
    }

    /// <summary>False for one resource too many.</summary>
    private bool Keep(GitHubLimit limit)
    {
        if (_limits.Count >= MostResources && !_limits.ContainsKey(limit.Resource)) return false;
        _limits[limit.Resource] = limit;
        if (limit.Remaining == 0) _usedUp[limit.Resource] = limit.ResetsAt;
        else _usedUp.Remove(limit.Resource);
        return true;
    }

    private async Task<TimeSpan> WaitForAsync(bool write, string resource, CancellationToken cancellationToken)
    {
        await LearnAsync(cancellationToken);
        TimeSpan wait;
        lock (_lock)
        {
            wait = WaitFor(write, resource, out var limited);
            if (limited && wait > limits.LongestWait) throw Refusal(wait);
        }
        return wait > TimeSpan.Zero || !write || shared is null ? wait : await shared.BeginWriteAsync(limits.BetweenWrites, cancellationToken);
    }

    private TimeSpan WaitFor(bool write, string resource, out bool limited)
    {
        var now = time.GetUtcNow();
        var limit = _pausedUntil - now;
        if (_usedUp.TryGetValue(resource, out var reset) && reset - now > limit) limit = reset - now;
        limited = limit > TimeSpan.Zero;
        if (limited) return limit;
        return write && _lastWrite is { } last ? limits.BetweenWrites - time.GetElapsedTime(last) : TimeSpan.Zero;
    }

    private static GitHubRefusedException Refusal(TimeSpan wait) => new(
        "github_rate_limited", string.Create(CultureInfo.InvariantCulture, $"GitHub's rate limit is used up, so nothing was sent. Try again in {Math.Ceiling(wait.TotalSeconds)} s."));

    private void NoteWrite()
    {
        lock (_lock) _lastWrite = time.GetTimestamp();
    }

    private sealed class Place(SemaphoreSlim places, Action? onLeave) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 1) return;
            onLeave?.Invoke();
            places.Release();
        }
    }
}
