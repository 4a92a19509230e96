using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace OmniAudit.Web.Mcp;

/// <summary>Sessions of the generations that have them: made by initialize, bound to their caller, bounded in number, swept when idle.</summary>
internal sealed class McpSessions(TimeProvider time, ILogger<McpSessions> log) : BackgroundService
{
    private const int MostSessions = 1000;
    private static readonly TimeSpan IdleLimit = TimeSpan.FromHours(2);
    private static readonly TimeSpan EvictAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, McpSession> _sessions = new(StringComparer.Ordinal);

    public int Count => _sessions.Count;

    public static string NewId() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    /// <exception cref="McpRefusal">There are too many.</exception>
    public async Task EnsureRoomAsync(HttpResponse response)
    {
        if (_sessions.Count < MostSessions) return;
        // Clients that never say goodbye must not lock the others out: the longest idle session makes room.
        if (_sessions.Values.Where(s => !s.IsListening && s.LastUsed < time.GetUtcNow() - EvictAfter).MinBy(s => s.LastUsed) is { } idle)
        {
            await RemoveAsync(idle);
            return;
        }
        response.Headers.RetryAfter = "60";
        throw new McpRefusal(StatusCodes.Status503ServiceUnavailable, McpErrorCode.InternalError, $"There are {MostSessions} open sessions, the most this server keeps. End unused ones (DELETE) or try again in a minute.");
    }

    public void Add(McpSession session) => _sessions[session.Id] = session;

    /// <summary>Finds the caller's session. Somebody else's is answered like an unknown one.</summary>
    public McpSession Find(string id, string owner)
    {
        if (id.Length == 0) throw McpRefusal.BadRequest(McpErrorCode.InvalidRequest, $"{McpProtocol.SessionIdHeader}: is required. A session begins with initialize; {McpProtocol.Stateless} needs none.");
        if (!_sessions.TryGetValue(id, out var session) || session.Owner != owner)
            throw new McpRefusal(StatusCodes.Status404NotFound, McpErrorCode.InvalidRequest, "This session is unknown or has ended. Begin a new one with initialize.");
        session.LastUsed = time.GetUtcNow();
        return session;
    }

    public async Task RemoveAsync(McpSession session)
    {
        if (_sessions.TryRemove(session.Id, out _)) await session.DisposeAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SweepInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                foreach (var session in _sessions.Values.Where(s => !s.IsListening && s.LastUsed < time.GetUtcNow() - IdleLimit))
                {
                    log.LogInformation("MCP session of {Owner} ended after {Hours} idle hours", session.Owner, IdleLimit.TotalHours);
                    await RemoveAsync(session);
                }
            }
        }
        catch (OperationCanceledException)
        {
            foreach (var session in _sessions.Values) await RemoveAsync(session);
        }
    }
}

/// <summary>One live session: the SDK's transport and server, and whose it is.</summary>
internal sealed class McpSession(string id, string owner, StreamableHttpServerTransport transport, McpServer server, DateTimeOffset now) : IAsyncDisposable
{
    private readonly CancellationTokenSource _closed = new();
    private Task _run = Task.CompletedTask;
    private IAsyncDisposable? _watching;
    private int _listening;

    public string Id => id;
    public string Owner => owner;
    public StreamableHttpServerTransport Transport => transport;
    public DateTimeOffset LastUsed { get; set; } = now;
    public bool IsListening => Volatile.Read(ref _listening) == 1;

    /// <param name="watching">Ends with the session.</param>
    public void Start(IAsyncDisposable? watching = null) => (_run, _watching) = (server.RunAsync(_closed.Token), watching);

    /// <summary>One GET stream per session.</summary>
    public bool TryListen() => Interlocked.Exchange(ref _listening, 1) == 0;

    public void EndListen() => Volatile.Write(ref _listening, 0);

    public async ValueTask DisposeAsync()
    {
        if (_watching is not null) await _watching.DisposeAsync();
        await transport.DisposeAsync();
        await _closed.CancelAsync();
        await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await server.DisposeAsync();
        _closed.Dispose();
    }
}
