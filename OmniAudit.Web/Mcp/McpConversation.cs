using System.Collections.Concurrent;
using ModelContextProtocol.Server;

namespace OmniAudit.Web.Mcp;

/// <summary>What lasts longer than one call of a session: the way to tell its client something later, and which pages it was sent to.</summary>
/// <param name="Server">Sends outside any call: on the session's own stream.</param>
/// <param name="Ended">When the session is over.</param>
internal sealed record McpConversation(McpServer Server, CancellationToken Ended)
{
    private const int Most = 200;

    /// <summary>By call (tool and arguments as they came): the request whose page the client was asked to open, so that the call repeated means that request.</summary>
    private readonly ConcurrentDictionary<string, SentToPage> _sent = new(StringComparer.Ordinal);

    public SentToPage? Find(string call, DateTimeOffset now) => _sent.TryGetValue(call, out var sent) && sent.GoodUntil > now ? sent : null;

    /// <summary>False when the client was sent there already, or the session has asked for too much to remember one more.</summary>
    public bool TryRemember(string call, SentToPage sent, DateTimeOffset now)
    {
        foreach (var (known, old) in _sent)
            if (old.GoodUntil <= now) _sent.TryRemove(known, out _);
        return _sent.Count < Most && _sent.TryAdd(call, sent);
    }

    /// <summary>The outcome was told: the same call is a new wish from now on.</summary>
    public void Forget(string approvalId)
    {
        foreach (var (call, sent) in _sent)
            if (sent.ApprovalId == approvalId) _sent.TryRemove(call, out _);
    }
}

/// <summary>A request whose page the client was asked to open.</summary>
/// <param name="GoodUntil">Afterwards the same call asks anew.</param>
internal sealed record SentToPage(string ApprovalId, string AskedSha256, DateTimeOffset GoodUntil);
