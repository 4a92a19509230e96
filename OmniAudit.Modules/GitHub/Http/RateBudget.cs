using System.Globalization;

namespace OmniAudit.Modules.GitHub.Http;

/// <summary>
/// The one place that decides when a request to GitHub's API may go (docs.github.com/rest, "Rate limits" and "Best practices"): a few reads at
/// once, writes one by one and a second apart, nothing while a limit holds. Shared by everything in the process; thread safe.
/// </summary>
internal sealed class RateBudget(GitHubLimits limits, TimeProvider time) : IDisposable
{
    /// <summary>GitHub has about ten; what a broken proxy may add is bounded.</summary>
    private const int MostResources = 20;
    private static readonly TimeSpan SecondaryPause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _reads = new(limits.Reads);
    private readonly SemaphoreSlim _writes = new(1);
    private readonly Dictionary<string, GitHubLimit> _limits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _usedUp = new(StringComparer.Ordinal);
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
                lock (_lock)
                {
                    wait = WaitFor(write, resource, out var limited);
                    if (wait <= TimeSpan.Zero)
                    {
                        _requests++;
                        return new Place(places, write ? NoteWrite : null);
                    }
                    if (limited && wait > limits.LongestWait) throw Refusal(wait);
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

    /// <summary>Takes over what an answer says about limits.</summary>
    /// <param name="limited">The answer is a refusal for a limit.</param>
    public void Note(RateHeaders said, string resource, bool limited)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            var name = said.Resource.Length > 0 ? said.Resource : resource;
            if (said is { Limit: { } limit, Remaining: { } left, ResetsAt: { } reset } && (_limits.Count < MostResources || _limits.ContainsKey(name)))
            {
                _limits[name] = new GitHubLimit(name, limit, left, reset, now);
                if (left == 0) _usedUp[name] = reset;
                else _usedUp.Remove(name);
            }
            if (!limited)
            {
                // Only a request that was taken proves that the secondary limit is over.
                if (now >= _pausedUntil) _pauses = 0;
                return;
            }
            _limited++;
            if (said.RetryAfter is null && said is { Remaining: 0, ResetsAt: not null }) return;
            // Without a word of GitHub: a minute, then twice that, and so on.
            var pause = said.RetryAfter ?? SecondaryPause * Math.Pow(2, Math.Min(_pauses, 4));
            _pauses++;
            if (now + pause > _pausedUntil) _pausedUntil = now + pause;
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
            return new GitHubBudget([.. _limits.Values.OrderBy(l => l.Resource, StringComparer.Ordinal)], paused?.Until, paused?.Why, _requests, Interlocked.Read(ref _notModified), Interlocked.Read(ref _retries), _limited);
        }
    }

    public void Dispose()
    {
        _reads.Dispose();
        _writes.Dispose();
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
