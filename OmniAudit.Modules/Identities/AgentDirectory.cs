using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>The agents and their keys. A singleton; safe to use from many threads and beside other processes.</summary>
public sealed class AgentDirectory
{
    /// <summary>How long a key that was good is taken for good without asking the database: how late a revocation by another process is seen.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastUsedGranularity = TimeSpan.FromMinutes(1);
    private static readonly string[] Reserved = ["default", "anonymous"];

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _lastUsed = new(StringComparer.Ordinal);
    private readonly Database _database;
    private readonly TimeProvider _time;
    private readonly ILogger<AgentDirectory> _log;
    private readonly byte[]? _defaultKeyHash;

    internal AgentDirectory(Database database, OmniAuditOptions options, TimeProvider time, ILogger<AgentDirectory> log)
    {
        _database = database;
        _time = time;
        _log = log;
        _defaultKeyHash = options.Mcp.ApiKey.Length > 0 ? Hash(options.Mcp.ApiKey) : null;
    }

    /// <summary>Who calls over loopback when MCP_AUTH_MODE is none.</summary>
    public static Actor Anonymous { get; } = new(ActorKind.Agent, "agent:anonymous", "anonymous");

    /// <summary>Who shows MCP_API_KEY.</summary>
    public static Actor Default { get; } = new(ActorKind.Agent, "agent:default", "default");

    /// <summary>Adds an agent with a key of its own, which works at once and until it expires or is revoked.</summary>
    /// <param name="name"><c>a-z 0-9 . _ -</c>, up to 64; unique for ever.</param>
    /// <exception cref="IdentityRefusedException">The name is taken or not allowed, or the expiry is past.</exception>
    public Task<NewAgent> AddAsync(string name, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        if (!NameRule.Accepts(name)) throw new IdentityRefusedException($"'{name}' is no name for an agent. Allowed: {NameRule.Allowed}.");
        if (Reserved.Contains(name)) throw new IdentityRefusedException($"'{name}' is the name of a built-in agent. Choose another.");
        if (expiresAt <= _time.GetUtcNow()) throw new IdentityRefusedException($"The expiry {expiresAt:u} is past.");
        var key = $"oak_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";
        return _database.WriteAsync(async db =>
        {
            if (await db.Set<AgentRow>().AnyAsync(a => a.Name == name, cancellationToken))
            {
                throw new IdentityRefusedException($"There is an agent named '{name}' already. Names stay taken after a revocation, because receipts show them; choose another.");
            }
            var row = new AgentRow
            {
                AgentId = Ids.New("agt", _time), Name = name, KeyHash = Convert.ToHexStringLower(Hash(key)), KeyPrefix = key[..10],
                CreatedAt = _time.GetUtcNow(), ExpiresAt = expiresAt,
            };
            db.Add(row);
            return new NewAgent(row.ToInfo(), key);
        }, cancellationToken);
    }

    /// <summary>Every agent, revoked ones too, by name. The built-in ones are not listed.</summary>
    public async Task<IReadOnlyList<AgentInfo>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await _database.ReadAsync(db => db.Set<AgentRow>().OrderBy(a => a.Name).ToListAsync(cancellationToken), cancellationToken)).Select(a => a.ToInfo())];

    /// <summary>Ends an agent's key: at once in this process, within two seconds in others. Revoking again changes nothing.</summary>
    /// <param name="nameOrId">The agent's name or its <c>agt_…</c> id.</param>
    /// <exception cref="IdentityRefusedException">There is no such agent.</exception>
    public async Task<AgentInfo> RevokeAsync(string nameOrId, CancellationToken cancellationToken)
    {
        var revoked = await _database.WriteAsync(async db =>
        {
            var row = await db.Set<AgentRow>().SingleOrDefaultAsync(a => a.Name == nameOrId || a.AgentId == nameOrId, cancellationToken)
                ?? throw new IdentityRefusedException($"There is no agent '{nameOrId}'.");
            row.RevokedAt ??= _time.GetUtcNow();
            return row;
        }, cancellationToken);
        _known.TryRemove(revoked.KeyHash, out _);
        return revoked.ToInfo();
    }

    /// <summary>The agent that a key belongs to, or null: unknown, expired and revoked keys are not told apart. Cheap enough for every request.</summary>
    public async Task<Actor?> FindByKeyAsync(string key, CancellationToken cancellationToken)
    {
        var hash = Hash(key);
        if (_defaultKeyHash is not null && CryptographicOperations.FixedTimeEquals(hash, _defaultKeyHash)) return Default;
        if (!key.StartsWith("oak_", StringComparison.Ordinal)) return null;
        var now = _time.GetUtcNow();
        var text = Convert.ToHexStringLower(hash);
        if (!_known.TryGetValue(text, out var known) || now - known.AskedAt >= Freshness || now < known.AskedAt)
        {
            var row = await _database.ReadAsync(db => db.Set<AgentRow>().SingleOrDefaultAsync(a => a.KeyHash == text && a.RevokedAt == null, cancellationToken), cancellationToken);
            // Found by an index over hashes, whose timing tells nothing of a key; compared once more in constant time all the same.
            if (row is null || !CryptographicOperations.FixedTimeEquals(Convert.FromHexString(row.KeyHash), hash))
            {
                _known.TryRemove(text, out _);
                return null;
            }
            known = new Known(new Actor(ActorKind.Agent, $"agent:{row.AgentId}", row.Name), row.AgentId, row.ExpiresAt, now);
            _known[text] = known; // only keys that exist get here, so guesses cannot fill the memory
            if (row.LastUsedAt is { } used) _lastUsed.AddOrUpdate(row.AgentId, used, (_, earlier) => used > earlier ? used : earlier);
        }
        if (known.ExpiresAt <= now) return null;
        await NoteUseAsync(known.AgentId, now);
        return known.Actor;
    }

    private async Task NoteUseAsync(string agentId, DateTimeOffset now)
    {
        var known = _lastUsed.TryGetValue(agentId, out var last);
        if (known && now - last < LastUsedGranularity) return;
        // Of several callers at once, the one that moves the time on writes it.
        if (!(known ? _lastUsed.TryUpdate(agentId, now, last) : _lastUsed.TryAdd(agentId, now))) return;
        try
        {
            await _database.WriteAsync(db => db.Set<AgentRow>().Where(a => a.AgentId == agentId).ExecuteUpdateAsync(s => s.SetProperty(a => a.LastUsedAt, now)), CancellationToken.None);
        }
        catch (Exception e) when (e is DbException or DbUpdateException)
        {
            // The key is good whether or not its use could be noted.
            _log.LogWarning(e, "The last use of agent {AgentId} could not be noted", agentId);
        }
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private sealed record Known(Actor Actor, string AgentId, DateTimeOffset? ExpiresAt, DateTimeOffset AskedAt);
}
