using Microsoft.Extensions.Logging;

namespace OmniAudit.Modules.Health;

/// <summary>Something without which the server cannot do its work.</summary>
/// <param name="Name">A stable word.</param>
/// <param name="WhyNot">Null when all is well, else a stable word, a colon and a sentence: strangers read it, so it holds no path, no address and no message of an exception. What it throws is logged and told as <c>failed</c>.</param>
public sealed record ReadinessCheck(string Name, Func<CancellationToken, Task<string?>> WhyNot)
{
    /// <summary>A check that takes longer has failed.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>An answer counts for so long, whoever asks and however often.</summary>
    public TimeSpan Kept { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>It costs too much to be asked every time: only where it is named.</summary>
    public bool OnlyWhenAsked { get; init; }
}

/// <summary>How a check ended.</summary>
/// <param name="Reason">A stable word, a colon and a sentence; null when all is well.</param>
public sealed record CheckResult(string Name, string? Reason, DateTimeOffset At);

/// <summary>Whether the server can do its work.</summary>
public sealed record ReadinessReport(IReadOnlyList<CheckResult> Checks)
{
    /// <summary>No check failed.</summary>
    public bool IsReady => Checks.All(c => c.Reason is null);
}

/// <summary>Asks all that the server needs whether it works. Cheap however often it is called: every check runs at most once at a time and at most once in the time it is kept.</summary>
public sealed class Readiness
{
    private readonly List<Probe> _probes;

    internal Readiness(IEnumerable<ReadinessCheck> checks, TimeProvider time, ILogger<Readiness> log) => _probes = [.. checks.Select(c => new Probe(c, time, log))];

    /// <summary>Runs the checks side by side; takes as long as the slowest, and no longer than its limit.</summary>
    /// <param name="alsoAsked">Names of checks that run only when they are asked for.</param>
    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken, params string[] alsoAsked) =>
        new(await Task.WhenAll(_probes.Where(p => !p.Check.OnlyWhenAsked || alsoAsked.Contains(p.Check.Name, StringComparer.Ordinal)).Select(p => p.AskAsync(cancellationToken))));

    private sealed class Probe(ReadinessCheck check, TimeProvider time, ILogger log)
    {
        private readonly Lock _lock = new();
        private Task<CheckResult>? _running;
        private DateTimeOffset _began;
        private CheckResult? _last;

        public ReadinessCheck Check => check;

        public async Task<CheckResult> AskAsync(CancellationToken cancellationToken)
        {
            Task<CheckResult> running;
            TimeSpan left;
            lock (_lock)
            {
                var now = time.GetUtcNow();
                if (_last is { } last && (now - last.At).Duration() < check.Kept) return last;
                if (_running is null) (_running, _began) = (Task.Run(RunAsync, CancellationToken.None), now);
                (running, left) = (_running, check.Limit - (now - _began).Duration());
            }
            try
            {
                return await running.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, cancellationToken);
            }
            catch (TimeoutException)
            {
                // It stays under way: another one would only wait beside it.
                return new CheckResult(check.Name, $"timeout: it did not answer within {check.Limit.TotalSeconds:0} s", time.GetUtcNow());
            }
        }

        private async Task<CheckResult> RunAsync()
        {
            string? reason;
            try
            {
                reason = await check.WhyNot(CancellationToken.None);
            }
            catch (Exception failure)
            {
                reason = "failed: the server's log says why";
                if (_last?.Reason != reason) log.LogError(failure, "The check {Check} failed", check.Name);
            }
            lock (_lock)
            {
                if (reason is not null && _last?.Reason != reason) log.LogWarning("Not ready, {Check}: {Reason}", check.Name, reason);
                else if (reason is null && _last?.Reason is not null) log.LogInformation("Ready again: {Check}", check.Name);
                _running = null;
                return _last = new CheckResult(check.Name, reason, time.GetUtcNow());
            }
        }
    }
}
