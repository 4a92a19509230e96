using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using OmniAudit.Modules.Nodes;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Mcp;

/// <summary>
/// Sessions of the generations that have them: made by initialize (or by the old event stream), bound to their caller, bounded
/// in number, swept when idle. How one of Streamable HTTP began is in the store too, so that another server, or this one after
/// a restart, goes on with it.
/// </summary>
internal sealed class McpSessions(AgentSessions kept, ChangeFeed changes, TimeProvider time, ILogger<McpSessions> log) : BackgroundService
{
    public const int MostSessions = 1000;
    public static readonly TimeSpan IdleLimit = TimeSpan.FromHours(2);
    private static readonly TimeSpan EvictAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    /// <summary>How often the store hears that a session is in use.</summary>
    private static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, McpSession> _sessions = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _adding = new(1, 1);

    public int Count => _sessions.Count;

    public static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    /// <summary>Takes the session in, and starts it.</summary>
    /// <exception cref="McpRefusal">503: there are too many. The session is then disposed.</exception>
    public async Task AddAsync(McpSession session, HttpResponse response)
    {
        await _adding.WaitAsync();
        try
        {
            // Clients that never say goodbye must not lock the others out: the longest idle session makes room.
            if (_sessions.Count >= MostSessions && _sessions.Values.Where(s => !s.IsListening && s.LastUsed < time.GetUtcNow() - EvictAfter).MinBy(s => s.LastUsed) is { } idle) await RemoveAsync(idle);
            if (_sessions.Count < MostSessions)
            {
                _sessions[session.Id] = session;
                session.Start();
                return;
            }
        }
        finally
        {
            _adding.Release();
        }
        await session.DisposeAsync();
        response.Headers.RetryAfter = "60";
        throw new McpRefusal(StatusCodes.Status503ServiceUnavailable, McpErrorCode.InternalError, $"There are {MostSessions} open sessions, the most this server keeps. End unused ones (DELETE) or try again in a minute.");
    }

    /// <summary>Null when the session has ended.</summary>
    public McpConversation? ConversationOf(string id) => _sessions.TryGetValue(id, out var session) ? session.Conversation : null;

    /// <summary>Finds the caller's session on this transport. Somebody else's, or one of the other transport, is answered like an unknown one.</summary>
    public (McpSession Session, T Transport) Find<T>(string id, string owner) where T : ITransport
    {
        if (!_sessions.TryGetValue(id, out var session) || session.Owner != owner || session.Transport is not T transport)
            throw Unknown();
        session.LastUsed = time.GetUtcNow();
        return (session, transport);
    }

    /// <summary>Whether the caller's session is known here.</summary>
    public bool Has(string id, string owner) => _sessions.TryGetValue(id, out var session) && session.Owner == owner;

    /// <summary>How the caller's session began, on whichever server; null when there is none.</summary>
    public Task<string?> OpeningAsync(string id, string owner, CancellationToken cancellationToken) => kept.OpeningAsync(id, owner, cancellationToken);

    /// <summary>From now on other servers can go on with it.</summary>
    public Task KeepAsync(McpSession session, string opening) => kept.AddAsync(session.Id, session.Owner, opening, CancellationToken.None);

    public static McpRefusal Unknown() => new(StatusCodes.Status404NotFound, McpErrorCode.InvalidRequest, "This session is unknown or has ended. Begin a new one with initialize.");

    /// <summary>Ends it, here and everywhere.</summary>
    public async Task RemoveAsync(McpSession session)
    {
        if (session.Transport is StreamableHttpServerTransport) await kept.RemoveAsync(session.Id, CancellationToken.None);
        await ForgetAsync(session.Id);
    }

    private async Task ForgetAsync(string id)
    {
        if (_sessions.TryRemove(id, out var session)) await session.DisposeAsync();
    }

    /// <summary>Ends what nobody used for two hours. An open stream that nobody writes to is used: its client would have to come back for nothing.</summary>
    public async Task SweepAsync()
    {
        foreach (var session in _sessions.Values.Where(s => !s.IsListening && s.LastUsed < time.GetUtcNow() - IdleLimit))
        {
            log.LogInformation("MCP session of {Owner} ended after {Hours} idle hours", session.Owner, IdleLimit.TotalHours);
            await RemoveAsync(session);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ended = changes.Subscribe(change => { if (change is { Topic: Topics.AgentSessions, Elsewhere: true }) _ = ForgetAsync(change.Id); });
        using var timer = new PeriodicTimer(SweepInterval, time);
        var touched = time.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!await timer.WaitForNextTickAsync(stoppingToken)) break;
                await SweepAsync();
                if (time.GetUtcNow() - touched < TouchInterval) continue;
                await kept.TouchAsync([.. _sessions.Values.Where(s => s.IsListening || s.LastUsed >= touched).Select(s => s.Id)], stoppingToken);
                touched = time.GetUtcNow();
                await kept.SweepAsync(touched - IdleLimit - TouchInterval, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                // The server stops.
            }
            catch (Exception failure)
            {
                log.LogError(failure, "Idle MCP sessions could not be swept; tried again in a minute");
            }
        }
        // Their clients go on elsewhere, or here after the next start.
        foreach (var id in _sessions.Keys) await ForgetAsync(id);
    }
}

/// <summary>One live session: the SDK's transport and server, whose it is, and the stream for what it says unasked.</summary>
/// <param name="unasked">Where the GET stream of Streamable HTTP goes; null on the old event stream, which has but one.</param>
internal sealed class McpSession(string id, string owner, ITransport transport, McpServer server, McpEventStream? unasked, DateTimeOffset now) : IAsyncDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private Task _run = Task.CompletedTask;
    private Task? _listen;
    private int _listening;

    public string Id => id;
    public string Owner => owner;
    public ITransport Transport => transport;
    public McpConversation Conversation => field ??= new McpConversation(server, _closed.Token);
    public DateTimeOffset LastUsed { get; set; } = now;
    /// <summary>Room for calls on the old event stream, whose POSTs are answered before their calls end; null on Streamable HTTP.</summary>
    public SemaphoreSlim? Calls { get; init; }
    /// <summary>Tells the session what changed; ends with it.</summary>
    public IAsyncDisposable? Watching { get; init; }

    public bool IsListening => Volatile.Read(ref _listening) == 1;

    /// <summary>Goes off when the session ends.</summary>
    public CancellationToken Closed => _closed.Token;

    public void Start() => _run = server.RunAsync(_closed.Token);

    /// <summary>One open stream per session at a time.</summary>
    public bool TryListen() => Interlocked.Exchange(ref _listening, 1) == 0;

    public void EndListen(DateTimeOffset at)
    {
        LastUsed = at;
        Volatile.Write(ref _listening, 0);
    }

    /// <summary>Sends what the server says unasked to this response, until the token goes off. May be done again: the SDK's own transport allows one GET in a session's life.</summary>
    public async Task ListenAsync(StreamableHttpServerTransport http, Stream body, CancellationToken cancellationToken)
    {
        await unasked!.AttachAsync(body, cancellationToken);
        try
        {
            _listen ??= http.HandleGetRequestAsync(unasked, _closed.Token);
            await _listen.WaitAsync(cancellationToken);
        }
        finally
        {
            await unasked.DetachAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Watching is not null) await Watching.DisposeAsync();
        await transport.DisposeAsync();
        await _closed.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_listen is not null) await _listen.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.DisposeAsync();
        if (unasked is not null) await unasked.DisposeAsync();
        _closed.Dispose();
    }
}
