using System.Collections.Concurrent;

namespace OmniAudit.Modules.Storage;

/// <summary>Something that people may be looking at has changed, and is already committed.</summary>
/// <param name="Topic">One of <see cref="Topics"/>.</param>
/// <param name="Id">Identifier of the changed approval, receipt, job or call.</param>
/// <param name="Elsewhere">Another process of this data directory changed it.</param>
public sealed record Change(string Topic, string Id, bool Elsewhere = false);

/// <summary>The topics of <see cref="ChangeFeed"/>.</summary>
public static class Topics
{
    /// <summary>An approval was submitted or moved to another state.</summary>
    public const string Approvals = "approvals";
    /// <summary>A receipt was appended to the log.</summary>
    public const string Receipts = "receipts";
    /// <summary>A job was queued, progressed or ended.</summary>
    public const string Jobs = "jobs";
    /// <summary>A tool call was recorded.</summary>
    public const string Calls = "calls";
    /// <summary>A webhook delivery was added or tried.</summary>
    public const string Webhooks = "webhooks";
    /// <summary>An agent was added, or what it may do was changed: its bounds, its key. The id is the agent's, or empty for every agent.</summary>
    public const string Agents = "agents";
    /// <summary>An agent showed its key; told at most once a minute for each. The id is the agent's.</summary>
    public const string AgentSeen = "agent_seen";
    /// <summary>A stored sign-in of scans was added, changed or deleted. The id is the profile's.</summary>
    public const string AuthProfiles = "auth_profiles";
    /// <summary>A person was added or changed: role, groups, name, sessions. The id is the operator's.</summary>
    public const string People = "people";
    /// <summary>A release that is being published went on. The id is the operation's: its approval.</summary>
    public const string Releases = "releases";
    /// <summary>Evidence or findings were stored, or a draft made of them changed. The id is theirs.</summary>
    public const string Evidence = "evidence";
    /// <summary>A scan schedule was added, changed, removed, or started a scan. The id is the schedule's.</summary>
    public const string Schedules = "schedules";
    /// <summary>Release notes were made, or another text of them was saved. The id is the notes'.</summary>
    public const string Notes = "notes";
    /// <summary>Audit events came in, or somebody tagged or commented one: then its id.</summary>
    public const string Events = "events";
    /// <summary>A source of audit events was read, or could not be: the source.</summary>
    public const string EventSources = "event_sources";
    /// <summary>A rule over audit events was changed.</summary>
    public const string EventRules = "event_rules";
    /// <summary>An alert was raised or changed.</summary>
    public const string Alerts = "alerts";
    /// <summary>An agent's session was ended: its id.</summary>
    public const string AgentSessions = "agent_sessions";
}

/// <summary>
/// Tells open pages and waiting calls that something changed, after the commit. A hint, not a record: a listener reads
/// the state from the store, and a missed change is only a later refresh.
/// </summary>
public sealed class ChangeFeed
{
    /// <summary>A waiting call looks again after so long: a change that another process made is told to nobody here.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Guid, Action<Change>> _listeners = new();

    /// <summary>Calls <paramref name="listener"/> for every change until the result is disposed. The listener must return at once and not throw.</summary>
    public IDisposable Subscribe(Action<Change> listener)
    {
        var key = Guid.NewGuid();
        _listeners[key] = listener;
        return new Subscription(() => _listeners.TryRemove(key, out _));
    }

    internal void Publish(string topic, string id) => Publish(new Change(topic, id));

    internal void Publish(Change change)
    {
        foreach (var listener in _listeners.Values) listener(change);
    }

    /// <summary>
    /// Reads until what was read is good enough, again after every change of the given id; returns what was read last.
    /// </summary>
    /// <param name="enough">Ends the waiting, whether the state is good enough or not.</param>
    internal async Task<T> WaitAsync<T>(string id, Func<Task<T>> read, Func<T, bool> good, CancellationToken enough)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var subscription = Subscribe(change => { if (change.Id == id) Volatile.Read(ref changed).TrySetResult(); });
        while (true)
        {
            var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref changed, signal);
            // Read after the new signal is in place: a change between the two is seen by one of them.
            var state = await read();
            if (good(state) || enough.IsCancellationRequested) return state;
            await signal.Task.WaitAsync(LookAgain, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
