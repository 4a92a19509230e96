using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>
/// The agents, their keys and their bounds. A singleton; safe to use from many threads and beside other processes. What is
/// changed here counts at once in this process, and within two seconds in others.
/// </summary>
public sealed class AgentDirectory
{
    /// <summary>How long a key that was good is taken for good without asking the database: how late a change by another process is seen.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastUsedGranularity = TimeSpan.FromMinutes(1);
    private const string BuiltInHash = "built-in:";

    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _lastUsed = new(StringComparer.Ordinal);
    private readonly Database _database;
    private readonly OmniAuditOptions _options;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;
    private readonly ILogger<AgentDirectory> _log;
    private readonly byte[]? _defaultKeyHash;

    internal AgentDirectory(Database database, OmniAuditOptions options, ChangeFeed changes, TimeProvider time, ILogger<AgentDirectory> log)
    {
        (_database, _options, _changes, _time, _log) = (database, options, changes, time, log);
        _defaultKeyHash = options.Mcp.ApiKey.Length > 0 ? Hash(options.Mcp.ApiKey) : null;
    }

    /// <summary>Who calls over loopback when MCP_AUTH_MODE is none.</summary>
    public static Actor Anonymous { get; } = new(ActorKind.Agent, "agent:anonymous", "anonymous");

    /// <summary>Who shows MCP_API_KEY.</summary>
    public static Actor Default { get; } = new(ActorKind.Agent, "agent:default", "default");

    private static Actor[] BuiltIn { get; } = [Default, Anonymous];

    /// <summary>Adds an agent with a key of its own, which works at once and until it expires or is revoked.</summary>
    /// <param name="name"><c>a-z 0-9 . _ -</c>, up to 64; unique for ever.</param>
    /// <param name="expiresAt">Null for never.</param>
    /// <param name="scope">Its bounds, as <see cref="AgentScopeText.Parse"/> reads them.</param>
    /// <exception cref="IdentityRefusedException">The name is taken or not allowed, or the expiry is past.</exception>
    public async Task<NewAgent> AddAsync(string name, DateTimeOffset? expiresAt, AgentScope scope, Actor by, CancellationToken cancellationToken)
    {
        if (!NameRule.Accepts(name)) throw new IdentityRefusedException($"'{name}' is no name for an agent. Allowed: {NameRule.Allowed}.");
        if (BuiltIn.Any(b => b.Name == name)) throw new IdentityRefusedException($"'{name}' is the name of a built-in agent. Choose another.");
        RefusePast(expiresAt);
        var key = NewKey();
        var made = await _database.WriteAsync(async db =>
        {
            await OperatorDirectory.RefuseUnlessAdminAsync(db, by, cancellationToken);
            if (await db.Set<AgentRow>().AnyAsync(a => a.Name == name, cancellationToken))
            {
                throw new IdentityRefusedException($"There is an agent named '{name}' already. Names stay taken after a revocation, because receipts show them; choose another.");
            }
            var row = new AgentRow { AgentId = Ids.New("agt", _time), Name = name, KeyHash = HashText(key), KeyPrefix = key[..10], CreatedAt = _time.GetUtcNow(), ExpiresAt = expiresAt };
            row.Narrow(scope);
            db.Add(row);
            Trail(db, row, by, $"added; {row.ToScope().InWords()}");
            return new NewAgent(row.ToInfo(), key);
        }, cancellationToken);
        _changes.Publish(Topics.Agents, made.Agent.AgentId);
        return made;
    }

    /// <summary>Every agent that was added, revoked ones too, by name; the built-in ones are left out.</summary>
    public async Task<IReadOnlyList<AgentInfo>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await ListAllAsync(cancellationToken)).Where(a => !a.IsBuiltIn)];

    /// <summary>Every agent: the built-in ones first, used or not, then the others by name.</summary>
    public async Task<IReadOnlyList<AgentInfo>> ListAllAsync(CancellationToken cancellationToken)
    {
        var rows = await _database.ReadAsync(db => db.Set<AgentRow>().OrderBy(a => a.Name).ToListAsync(cancellationToken), cancellationToken);
        return [.. BuiltIn.Select(b => rows.Find(r => r.Name == b.Name) ?? NewBuiltIn(b)).Select(r => r.ToInfo()), .. rows.Select(r => r.ToInfo()).Where(a => !a.IsBuiltIn)];
    }

    /// <summary>The agent of a name or id, built-in ones too; null when there is none.</summary>
    public async Task<AgentInfo?> FindAsync(string nameOrId, CancellationToken cancellationToken) =>
        (await ListAllAsync(cancellationToken)).FirstOrDefault(a => a.Name == nameOrId || a.AgentId == nameOrId);

    /// <summary>
    /// How an agent stands, in one word: <c>active</c>, <c>revoked</c>, <c>expired</c>, or <c>off</c> for a built-in one that the settings let nobody be.
    /// </summary>
    public string StateOf(AgentInfo agent) =>
        agent.RevokedAt is not null ? "revoked" : agent.ExpiresAt <= _time.GetUtcNow() ? "expired" : agent.IsBuiltIn && WhyOff(agent.AgentId) is not null ? "off" : "active";

    /// <summary>Changes an agent's bounds. Approved writes that lie outside the new ones are not sent.</summary>
    /// <param name="nameOrId">The agent's name or id; built-in ones too.</param>
    /// <param name="change">The new bounds from the present ones.</param>
    /// <exception cref="IdentityRefusedException">There is no such agent, or it is revoked.</exception>
    public Task<AgentInfo> SetScopeAsync(string nameOrId, Func<AgentScope, AgentScope> change, Actor by, CancellationToken cancellationToken) =>
        ChangeAsync(nameOrId, by, row =>
        {
            row.Narrow(change(row.ToScope()));
            return $"bounds: {row.ToScope().InWords()}";
        }, cancellationToken);

    /// <summary>Changes when an agent's key stops working; null for never.</summary>
    /// <exception cref="IdentityRefusedException">There is no such agent, it is built-in or revoked, or the expiry is past.</exception>
    public Task<AgentInfo> SetExpiryAsync(string nameOrId, DateTimeOffset? expiresAt, Actor by, CancellationToken cancellationToken)
    {
        RefusePast(expiresAt);
        return ChangeAsync(nameOrId, by, row =>
        {
            RefuseBuiltIn(row, "expiry");
            row.ExpiresAt = expiresAt;
            return expiresAt is { } end ? $"key works until {end:yyyy-MM-dd}" : "key does not expire";
        }, cancellationToken);
    }

    /// <summary>Gives an agent a new key and ends the old one; its id, name, bounds and history stay.</summary>
    /// <exception cref="IdentityRefusedException">There is no such agent, it is built-in or revoked, or its expiry is past.</exception>
    public async Task<NewAgent> RotateAsync(string nameOrId, Actor by, CancellationToken cancellationToken)
    {
        var key = NewKey();
        return new NewAgent(await ChangeAsync(nameOrId, by, row =>
        {
            RefuseBuiltIn(row, "key");
            if (row.ExpiresAt <= _time.GetUtcNow()) throw new IdentityRefusedException($"The key of '{row.Name}' expired on {row.ExpiresAt:yyyy-MM-dd}, and a new one would be expired too. Set another expiry first: ./run.sh agents set {row.Name} --expires-in-days N");
            (row.KeyHash, row.KeyPrefix) = (HashText(key), key[..10]);
            return "new key; the old one no longer works";
        }, cancellationToken), key);
    }

    /// <summary>Ends an agent's key for good. Revoking again changes nothing.</summary>
    /// <param name="nameOrId">The agent's name or its <c>agt_…</c> id.</param>
    /// <exception cref="IdentityRefusedException">There is no such agent, or it is built-in.</exception>
    public Task<AgentInfo> RevokeAsync(string nameOrId, Actor by, CancellationToken cancellationToken) => ChangeAsync(nameOrId, by, row =>
    {
        RefuseBuiltIn(row, "key");
        row.RevokedAt ??= _time.GetUtcNow();
        return "revoked";
    }, cancellationToken, alsoRevoked: true);

    /// <summary>The agent that a key belongs to, or null: unknown, expired and revoked keys are not told apart. Cheap enough for every request.</summary>
    public Task<Caller?> FindByKeyAsync(string key, CancellationToken cancellationToken)
    {
        var hash = Hash(key);
        if (_defaultKeyHash is not null && CryptographicOperations.FixedTimeEquals(hash, _defaultKeyHash)) return FindAsync(BuiltInHash + Default.Name, null, Default, cancellationToken);
        return key.StartsWith("oak_", StringComparison.Ordinal) ? FindAsync(Convert.ToHexStringLower(hash), hash, null, cancellationToken) : Task.FromResult<Caller?>(null);
    }

    /// <summary>The agent of those who need no key. Whether one is needed is the caller's to know.</summary>
    public async Task<Caller> FindAnonymousAsync(CancellationToken cancellationToken) => (await FindAsync(BuiltInHash + Anonymous.Name, null, Anonymous, cancellationToken))!;

    /// <summary>
    /// What a requester may do at this moment: its bounds, or why it may do nothing any more. Inside a transaction, so that it
    /// is true at the commit. Agents of tokens have no row here and are not narrowed; neither are people.
    /// </summary>
    internal async Task<(AgentScope Scope, string? Gone)> StandingAsync(OmniAuditDb db, string subject, CancellationToken cancellationToken)
    {
        const string Prefix = "agent:";
        if (!subject.StartsWith(Prefix, StringComparison.Ordinal)) return (AgentScope.Everything, null);
        var id = subject[Prefix.Length..];
        if (WhyOff(id) is { } off) return (AgentScope.Everything, off);
        var row = await db.Set<AgentRow>().AsNoTracking().SingleOrDefaultAsync(a => a.AgentId == id, cancellationToken);
        return row switch
        {
            null => (AgentScope.Everything, id.StartsWith("agt_", StringComparison.Ordinal) ? $"the agent {id} is not known" : null),
            { RevokedAt: not null } => (row.ToScope(), $"agent {row.Name} was revoked"),
            _ when row.ExpiresAt <= _time.GetUtcNow() => (row.ToScope(), $"the key of agent {row.Name} has expired"),
            _ => (row.ToScope(), null),
        };
    }

    /// <summary>Why the settings let nobody be this built-in agent; null when they do, and for every other agent.</summary>
    private string? WhyOff(string agentId) => agentId switch
    {
        "default" when _defaultKeyHash is null => "MCP_API_KEY, the key of agent default, is no longer set",
        "anonymous" when _options.Mcp.AuthMode != "none" => "calls without a key are no longer accepted (MCP_AUTH_MODE)",
        _ => null,
    };

    private async Task<Caller?> FindAsync(string keyHash, byte[]? hash, Actor? builtIn, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        if (!_known.TryGetValue(keyHash, out var known) || now - known.AskedAt >= Freshness || now < known.AskedAt)
        {
            var row = await _database.ReadAsync(db => db.Set<AgentRow>().SingleOrDefaultAsync(a => a.KeyHash == keyHash && a.RevokedAt == null, cancellationToken), cancellationToken);
            if (row is null && builtIn is not null) row = NewBuiltIn(builtIn);
            // Found by an index over hashes, whose timing tells nothing of a key; compared once more in constant time all the same.
            if (row is null || (hash is not null && !CryptographicOperations.FixedTimeEquals(Convert.FromHexString(row.KeyHash), hash)))
            {
                _known.TryRemove(keyHash, out _);
                return null;
            }
            var caller = new Caller(row.ToInfo().Actor, row.ToScope());
            // Another process changed its bounds.
            if (known is not null && known.Caller.Scope != caller.Scope) _changes.Publish(Topics.Agents, row.AgentId);
            known = new Known(caller, row.AgentId, row.ExpiresAt, now);
            _known[keyHash] = known; // only keys that exist get here, so guesses cannot fill the memory
            if (row.LastUsedAt is { } used) _lastUsed.AddOrUpdate(row.AgentId, used, (_, earlier) => used > earlier ? used : earlier);
        }
        if (known.ExpiresAt <= now) return null;
        await NoteUseAsync(known.AgentId, builtIn, now);
        return known.Caller;
    }

    private async Task NoteUseAsync(string agentId, Actor? builtIn, DateTimeOffset now)
    {
        var known = _lastUsed.TryGetValue(agentId, out var last);
        if (known && now - last < LastUsedGranularity) return;
        // Of several callers at once, the one that moves the time on writes it.
        if (!(known ? _lastUsed.TryUpdate(agentId, now, last) : _lastUsed.TryAdd(agentId, now))) return;
        try
        {
            await _database.WriteAsync(async db =>
            {
                if (await db.Set<AgentRow>().Where(a => a.AgentId == agentId).ExecuteUpdateAsync(s => s.SetProperty(a => a.LastUsedAt, now)) > 0 || builtIn is null) return;
                var row = NewBuiltIn(builtIn);
                row.LastUsedAt = now;
                db.Add(row);
            }, CancellationToken.None);
            _changes.Publish(Topics.AgentSeen, agentId);
        }
        catch (Exception e) when (DatabaseConflict.IsFailure(e))
        {
            // The key is good whether or not its use could be noted.
            _log.LogWarning(e, "The last use of agent {AgentId} could not be noted", agentId);
        }
    }

    private async Task<AgentInfo> ChangeAsync(string nameOrId, Actor by, Func<AgentRow, string> change, CancellationToken cancellationToken, bool alsoRevoked = false)
    {
        var (info, hashBefore) = await _database.WriteAsync(async db =>
        {
            await OperatorDirectory.RefuseUnlessAdminAsync(db, by, cancellationToken);
            var row = await db.Set<AgentRow>().SingleOrDefaultAsync(a => a.Name == nameOrId || a.AgentId == nameOrId, cancellationToken);
            if (row is null)
            {
                row = NewBuiltIn(BuiltIn.FirstOrDefault(b => b.Name == nameOrId) ?? throw new IdentityRefusedException($"There is no agent '{nameOrId}'. List them: ./run.sh agents list"));
                db.Add(row);
            }
            if (row.RevokedAt is not null && !alsoRevoked) throw new IdentityRefusedException($"The agent '{row.Name}' was revoked on {row.RevokedAt:yyyy-MM-dd}, for good. Add another one.");
            var before = row.KeyHash;
            Trail(db, row, by, change(row));
            return (row.ToInfo(), before);
        }, cancellationToken);
        _known.TryRemove(hashBefore, out _);
        _changes.Publish(Topics.Agents, info.AgentId);
        return info;
    }

    private void Trail(OmniAuditDb db, AgentRow row, Actor by, string what) => db.Add(IdentityChangeRow.Of(by, row.ToInfo().Actor.Subject, row.Name, what.Length <= 1500 ? what : what[..1500], _time));

    /// <summary>As good as a row for an agent of the settings until something about it must be remembered.</summary>
    private AgentRow NewBuiltIn(Actor actor) => new() { AgentId = actor.Name, Name = actor.Name, KeyHash = BuiltInHash + actor.Name, CreatedAt = _time.GetUtcNow() };

    private static void RefuseBuiltIn(AgentRow row, string what)
    {
        if (row.ToInfo().IsBuiltIn)
        {
            throw new IdentityRefusedException(row.Name == Default.Name
                ? $"'{row.Name}' is built in and has no {what} here: its key is MCP_API_KEY, in the settings."
                : $"'{row.Name}' is built in and has no {what}: it is whoever calls without one. Set MCP_AUTH_MODE=api_key to ask every caller for a key.");
        }
    }

    private void RefusePast(DateTimeOffset? expiresAt)
    {
        if (expiresAt <= _time.GetUtcNow()) throw new IdentityRefusedException($"The expiry {expiresAt:u} is past.");
    }

    private static string NewKey() => $"oak_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    private static string HashText(string key) => Convert.ToHexStringLower(Hash(key));

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    private sealed record Known(Caller Caller, string AgentId, DateTimeOffset? ExpiresAt, DateTimeOffset AskedAt);
}
