using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Mcp;

/// <summary>
/// Tells agents what changed, from <see cref="ChangeFeed"/>: resources they subscribed to, and that the set of tools
/// they may use is another. 2026-07-28 by a subscriptions/listen stream, sessions by resources/subscribe and their GET
/// stream. A notification says that something reads otherwise now, never what: many changes of one thing become one.
/// </summary>
/// <param name="lifetime">Ends the streams with the server; null over standard input, which ends with its client.</param>
internal sealed class McpSubscriptions(ResourceCatalog resources, McpResources reading, ChangeFeed changes, ILogger<McpSubscriptions> log, IHostApplicationLifetime? lifetime = null)
{
    /// <summary>Resources one stream or session may watch.</summary>
    public const int MostResources = 200;

    private readonly ConcurrentDictionary<string, McpWatcher> _sessions = new(StringComparer.Ordinal);

    /// <summary>subscriptions/listen: acknowledges first what will be told, then tells it until either side ends the stream.</summary>
    public async ValueTask<EmptyResult> ListenAsync(RequestContext<SubscriptionsListenRequestParams> request, CancellationToken cancellationToken)
    {
        var asked = request.Params.Notifications;
        var granted = new List<string>();
        foreach (var uri in (asked.ResourceSubscriptions ?? []).Distinct(StringComparer.Ordinal).Take(MostResources))
        {
            // What this caller may not see is left out of the acknowledgement, like what is not there.
            if (await MaySeeAsync(request, uri, cancellationToken)) granted.Add(uri);
        }
        var accepted = new SubscriptionsListenNotifications
        {
            ToolsListChanged = asked.ToolsListChanged is true ? true : null,
            PromptsListChanged = asked.PromptsListChanged is true ? true : null,
            ResourcesListChanged = asked.ResourcesListChanged is true ? true : null,
            ResourceSubscriptions = granted.Count > 0 ? granted : null,
        };
        var tag = IdOf(request.JsonRpcRequest.Id);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime?.ApplicationStopping ?? CancellationToken.None);
        // Watching begins before the acknowledgement leaves: nothing falls between.
        await using var watcher = new McpWatcher(resources, changes, McpCaller.Read(request.User).Actor.Subject, held: true, (method, parameters) => SendAsync(request.Server, method, parameters, tag, ended.Token), log);
        watcher.Watch(accepted);
        await SendAsync(request.Server, NotificationMethods.SubscriptionsAcknowledgedNotification, new JsonObject { ["notifications"] = JsonSerializer.SerializeToNode(accepted, McpJsonUtilities.DefaultOptions) }, tag, ended.Token);
        watcher.Release();
        await Task.Delay(Timeout.Infinite, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return new EmptyResult { Meta = new JsonObject { [MetaKeys.SubscriptionId] = tag.DeepClone() } };
    }

    /// <summary>resources/subscribe, of sessions.</summary>
    public async ValueTask<EmptyResult> SubscribeAsync(RequestContext<SubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        var uri = request.Params.Uri;
        if (!await MaySeeAsync(request, uri, cancellationToken)) throw McpResources.Missing(request, uri);
        if (WatcherOf(request) is { } watcher && !watcher.Watch(uri))
            throw new McpProtocolException($"uri: this session watches {MostResources} resources already. Unsubscribe from some.", McpErrorCode.InvalidParams);
        return new EmptyResult();
    }

    /// <summary>resources/unsubscribe, of sessions; of what nobody watches too.</summary>
    public ValueTask<EmptyResult> UnsubscribeAsync(RequestContext<UnsubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        WatcherOf(request)?.Unwatch(request.Params.Uri);
        return ValueTask.FromResult(new EmptyResult());
    }

    /// <summary>Begins to watch for a session, which is told of changed lists at once and of resources as it subscribes; dispose it with the session.</summary>
    /// <param name="sessionId">Empty for the one conversation of standard input.</param>
    /// <param name="server">The session's own: its messages go to the GET stream, or nowhere while there is none.</param>
    public IAsyncDisposable Open(string sessionId, string subject, McpServer server)
    {
        var watcher = new McpWatcher(resources, changes, subject, held: false, (method, parameters) => SendAsync(server, method, parameters, null, CancellationToken.None), log, () => _sessions.TryRemove(sessionId, out _));
        watcher.Watch(new SubscriptionsListenNotifications { ToolsListChanged = true, PromptsListChanged = true, ResourcesListChanged = true });
        _sessions[sessionId] = watcher;
        return watcher;
    }

    private McpWatcher? WatcherOf<TParams>(RequestContext<TParams> request) => _sessions.GetValueOrDefault(request.Server.SessionId ?? "");

    private async Task<bool> MaySeeAsync<TParams>(RequestContext<TParams> request, string uri, CancellationToken cancellationToken) =>
        await resources.ExistsAsync(uri, reading.ReaderOf(request), cancellationToken) || request.Server.ServerOptions.ResourceCollection?.Any(r => r.IsMatch(uri)) is true;

    private static Task SendAsync(McpServer server, string method, JsonObject parameters, JsonNode? tag, CancellationToken cancellationToken)
    {
        if (tag is not null) parameters["_meta"] = new JsonObject { [MetaKeys.SubscriptionId] = tag.DeepClone() };
        return server.SendMessageAsync(new JsonRpcNotification { Method = method, Params = parameters }, cancellationToken);
    }

    /// <summary>As the request wrote it: a number stays one.</summary>
    private static JsonValue IdOf(RequestId id) => id.Id is long number ? JsonValue.Create(number) : JsonValue.Create(id.ToString());
}

/// <summary>What one stream or session is told. Bounded by what it watches: a change that was not told yet is told once.</summary>
internal sealed class McpWatcher : IAsyncDisposable
{
    private readonly ResourceCatalog _resources;
    private readonly string _subject;
    private readonly Func<string, JsonObject, Task> _send;
    private readonly Action? _closed;
    private readonly IDisposable _feed;
    private readonly CancellationTokenSource _end = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Lock _gate = new();
    private readonly HashSet<string> _watched = new(StringComparer.Ordinal);
    private readonly HashSet<string> _changed = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _telling;
    private string[] _lists = [];
    private bool _listsChanged;

    /// <param name="held">Nothing is told before <see cref="Release"/>.</param>
    public McpWatcher(ResourceCatalog resources, ChangeFeed changes, string subject, bool held, Func<string, JsonObject, Task> send, ILogger log, Action? closed = null)
    {
        (_resources, _subject, _send, _closed) = (resources, subject, send, closed);
        if (!held) _released.SetResult();
        _feed = changes.Subscribe(Changed);
        _telling = TellAsync(log);
    }

    public void Release() => _released.TrySetResult();

    public void Watch(SubscriptionsListenNotifications wanted)
    {
        lock (_gate)
        {
            _lists =
            [
                .. wanted.ToolsListChanged is true ? [NotificationMethods.ToolListChangedNotification] : Array.Empty<string>(),
                .. wanted.PromptsListChanged is true ? [NotificationMethods.PromptListChangedNotification] : Array.Empty<string>(),
                .. wanted.ResourcesListChanged is true ? [NotificationMethods.ResourceListChangedNotification] : Array.Empty<string>(),
            ];
            foreach (var uri in wanted.ResourceSubscriptions ?? []) _watched.Add(uri);
        }
    }

    /// <returns>False when it watches as many as it may.</returns>
    public bool Watch(string uri)
    {
        lock (_gate) return _watched.Contains(uri) || (_watched.Count < McpSubscriptions.MostResources && _watched.Add(uri));
    }

    public void Unwatch(string uri)
    {
        lock (_gate)
        {
            _watched.Remove(uri);
            _changed.Remove(uri);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _feed.Dispose();
        _closed?.Invoke();
        _released.TrySetResult();
        await _end.CancelAsync();
        await _telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private void Changed(Change change)
    {
        lock (_gate)
        {
            var news = false;
            if (change.Topic == Topics.Agents)
            {
                // By subject or by id; an empty one means every agent.
                news = !_listsChanged && _lists.Length > 0 && (change.Id.Length == 0 || _subject == change.Id || _subject.EndsWith(":" + change.Id, StringComparison.Ordinal));
                _listsChanged |= news;
            }
            else if (_watched.Count > 0)
            {
                foreach (var uri in _resources.UrisOf(change)) news |= _watched.Contains(uri) && _changed.Add(uri);
            }
            if (news) _wake.Release();
        }
    }

    private async Task TellAsync(ILogger log)
    {
        await _released.Task;
        while (true)
        {
            await _wake.WaitAsync(_end.Token);
            List<(string Method, string? Uri)> news = [];
            lock (_gate)
            {
                if (_listsChanged) news.AddRange(_lists.Select(l => (l, (string?)null)));
                news.AddRange(_changed.Select(u => (NotificationMethods.ResourceUpdatedNotification, (string?)u)));
                _listsChanged = false;
                _changed.Clear();
            }
            foreach (var (method, uri) in news)
            {
                try
                {
                    await _send(method, uri is null ? [] : new JsonObject { ["uri"] = uri });
                }
                catch (Exception failure) when (!_end.IsCancellationRequested)
                {
                    log.LogDebug(failure, "{Method} could not be sent", method);
                }
            }
        }
    }
}
