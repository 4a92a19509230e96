using System.Globalization;
using System.Security.Cryptography;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Nodes;

/// <summary>One of the servers that share the database.</summary>
/// <param name="NodeId">Its machine's name, its port and a few characters of this start: a server that starts again is another one.</param>
/// <param name="State">One of <see cref="NodeState"/>.</param>
/// <param name="SeenAt">When it last said that it lives; null for a server that shares with nobody, or has not said so yet.</param>
public sealed record ServerNode(string NodeId, bool IsThis, string State, DateTimeOffset? SeenAt);

/// <summary>What the others think of a server.</summary>
public static class NodeState
{
    /// <summary>At work.</summary>
    public const string Alive = "alive";
    /// <summary>It has not been heard for a moment: busy, or gone.</summary>
    public const string Late = "late";
    /// <summary>Not heard for so long that its work is about to be taken over.</summary>
    public const string Gone = "gone";
}

/// <summary>Asks the scheduler, which keeps the list: every server checks in there, and one that stays away is struck off together with its work.</summary>
public delegate Task<IReadOnlyList<ServerNode>> NodeSource(CancellationToken cancellationToken);

/// <summary>The servers of this database, and which of them this process is.</summary>
public sealed class ServerNodes
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly NodeSource _source;
    private readonly bool _shared;
    private bool _known;

    /// <param name="source">Null for a process without a scheduler, which knows of itself alone.</param>
    internal ServerNodes(NodeSource? source, OmniAuditOptions options) =>
        (ThisId, _source, _shared) = (NewId(options.App.Port), source ?? (_ => Task.FromResult<IReadOnlyList<ServerNode>>([new ServerNode(ThisId, IsThis: true, NodeState.Alive, null)])), options.Database.IsShared);

    /// <summary>Made up at each start: what an earlier process of this machine began is not this one's.</summary>
    /// <param name="port">Tells several on one machine apart, for people; 0 when it is not known yet.</param>
    private static string NewId(int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName.ToLowerInvariant()}{(port > 0 ? $"-{port}" : "")}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");

    /// <summary>Several servers may share the database.</summary>
    internal bool AreSeveral => _shared;

    /// <summary>This process.</summary>
    public string ThisId { get; }

    /// <summary>All, this one first. A server that is not in the list has ended, or is taken for ended.</summary>
    public Task<IReadOnlyList<ServerNode>> ListAsync(CancellationToken cancellationToken) => _source(cancellationToken);

    /// <summary>Waits until the others can know of this server. What it began before would look like the work of one that is gone.</summary>
    internal async Task WaitUntilKnownAsync(CancellationToken cancellationToken)
    {
        while (_shared && !_known)
        {
            _known = (await _source(cancellationToken)).Any(n => n is { IsThis: true, SeenAt: not null });
            if (!_known) await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }
}
