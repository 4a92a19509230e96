using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AuditLog;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;

namespace OmniAudit.Modules.Keys;

/// <summary>A key that the product holds, without the key.</summary>
/// <param name="Kind"><c>master</c>, <c>master (next)</c>, <c>master (old)</c>, <c>log</c>, <c>log (old)</c>, <c>sealed</c> or <c>agent</c>.</param>
/// <param name="Id">What tells it from others; nothing of it can be computed from that.</param>
/// <param name="Since">Since when it is used; null where nobody wrote that down.</param>
/// <param name="Protects">What it protects, in words.</param>
public sealed record KeyInfo(string Kind, string Id, DateTimeOffset? Since, string Protects);

/// <summary>A call for another master key.</summary>
/// <param name="Prepared">The next key was made, and nothing is sealed under it yet: other servers need its file first.</param>
/// <param name="Wrapped">How many secrets this call wrapped anew.</param>
/// <param name="KeyId">The id of the key that is used now, or will be.</param>
/// <param name="File">Where it is.</param>
/// <param name="OldFile">Where the old key was kept; null while it is still in its place.</param>
public sealed record MasterKeyChange(bool Prepared, int Wrapped, string KeyId, string File, string? OldFile);

/// <summary>No key was changed, or a change was broken off; the message says which and what to do.</summary>
public sealed class KeysRefusedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Lists and changes the product's own keys, for the verb <c>keys</c> and for nobody else: whoever has a shell on the server has the keys anyway. A server may be running.</summary>
public sealed class KeyDesk
{
    /// <summary>A transaction of so many rows keeps other writers waiting for milliseconds.</summary>
    private const int BatchSize = 200;

    private readonly SecretVault _vault;
    private readonly ReceiptLog _log;
    private readonly AgentDirectory _agents;
    private readonly Database _database;
    private readonly AuditTrail _trail;
    private readonly OmniAuditOptions _options;

    internal KeyDesk(SecretVault vault, ReceiptLog log, AgentDirectory agents, Database database, AuditTrail trail, OmniAuditOptions options) =>
        (_vault, _log, _agents, _database, _trail, _options) = (vault, log, agents, database, trail, options);

    /// <summary>
    /// Gives the store another master key and wraps every secret's key under it. Where several servers may share the database, the first
    /// call only makes the next key: each server needs its file before the first secret is sealed under it. Broken off, the next call carries on.
    /// </summary>
    /// <exception cref="KeysRefusedException">A key file is missing, unsafe or cannot be written. Every secret stays readable.</exception>
    public async Task<MasterKeyChange> RotateMasterAsync(CancellationToken cancellationToken)
    {
        try
        {
            var shared = _options.Database.Provider != DatabaseOptions.Sqlite;
            if (shared && await _vault.PrepareRotationAsync(cancellationToken))
            {
                var prepared = await _vault.StatusAsync(cancellationToken);
                return new MasterKeyChange(true, 0, prepared.NextId!, prepared.NextFile, null);
            }
            var before = await _vault.StatusAsync(cancellationToken);
            var wrapped = await _vault.RotateMasterKeyAsync(BatchSize, cancellationToken);
            var after = await _vault.StatusAsync(cancellationToken);
            await _trail.RecordAsync("keys.rotate_master", OperatorDirectory.CommandLine, "", "command line");
            return new MasterKeyChange(false, wrapped, after.Id!, after.File, after.OldFiles.FirstOrDefault(f => f.EndsWith($".old-{before.Id}", StringComparison.Ordinal)));
        }
        catch (Exception e) when (e is MasterKeyException or SecretDamagedException)
        {
            throw new KeysRefusedException(e.Message, e);
        }
    }

    /// <summary>
    /// Gives the receipt log another signing key; see <see cref="ReceiptLog.RotateKeyAsync"/>. When an earlier call was broken off after its
    /// commit, this one only finishes it.
    /// </summary>
    /// <exception cref="LogRefusedException">The log is refused: its key was not changed.</exception>
    /// <exception cref="KeysRefusedException">A key or a file cannot be read or written; the message says what was done.</exception>
    public async Task<LogKeyChange> RotateLogAsync(CancellationToken cancellationToken)
    {
        try
        {
            var told = new LogFiles(_options.InData("", "")).ReadVkey();
            await _log.OpenAsync(cancellationToken);
            var keys = (await _log.ReadKeysAsync(cancellationToken))!;
            if (told != keys.Newest.ToString() && keys.Spans.Any(s => s.Key.ToString() == told))
            {
                var size = (long)keys.Spans[^1].Since;
                var receipt = await _database.ReadAsync(db => db.Set<ReceiptRow>().Where(r => r.LeafIndex == size - 1).Select(r => r.ReceiptId).SingleAsync(cancellationToken), cancellationToken);
                return new LogKeyChange(keys.Spans[^2].Key.ToString(), keys.Newest.ToString(), size, receipt, Earlier: true);
            }
            var change = await _log.RotateKeyAsync(OperatorDirectory.CommandLine, cancellationToken);
            await _trail.RecordAsync("keys.rotate_log", OperatorDirectory.CommandLine, "", "command line");
            return change;
        }
        catch (MasterKeyException e)
        {
            throw new KeysRefusedException($"{e.Message} The log's key was not changed.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeysRefusedException($"A file of the log in '{_options.InData("log", "")}' could not be written: {Durable.Explain(e)} Free the way and run this again: if the key was changed already, that only finishes it.", e);
        }
    }

    /// <summary>Every key that is kept here, without the keys: the master keys, the log's keys, what is sealed, and agents' keys.</summary>
    /// <exception cref="KeysRefusedException">The master key's file is unsafe or cannot be read.</exception>
    public async Task<IReadOnlyList<KeyInfo>> ListAsync(CancellationToken cancellationToken)
    {
        MasterKeyStatus master;
        try
        {
            master = await _vault.StatusAsync(cancellationToken);
        }
        catch (MasterKeyException e)
        {
            throw new KeysRefusedException(e.Message, e);
        }
        var list = new List<KeyInfo> { new("master", master.Id ?? "none yet", master.Since, $"{Sealed(master.Id)} ({master.File})") };
        if (master.NextId is { } next) list.Add(new("master (next)", next, master.NextSince, $"{Sealed(next)}; a rotation is under way: ./run.sh keys rotate-master ({master.NextFile})"));
        list.AddRange(master.OldFiles.Select(f => new KeyInfo("master (old)", f[(f.LastIndexOf('-') + 1)..], null, $"backups of the database from before it was changed ({f})")));
        list.AddRange(await LogKeysAsync(cancellationToken));
        list.AddRange(master.Secrets.GroupBy(s => s.Name.Split('/')[0], StringComparer.Ordinal).Select(g => new KeyInfo("sealed", g.Key, g.Max(s => s.CreatedAt), Words(g.Key, g.Count()))));
        list.AddRange((await _agents.ListAsync(cancellationToken)).Where(a => a.RevokedAt is null).Select(a => new KeyInfo("agent", a.KeyPrefix + "…", a.CreatedAt, $"calls of the agent {a.Name}{(a.ExpiresAt is { } end ? $", until {end:yyyy-MM-dd}" : "")}")));
        if (_options.Mcp.ApiKey.Length > 0) list.Add(new("agent", "MCP_API_KEY", null, "calls of the agent default; it is kept in the settings"));
        return list;

        string Sealed(string? id) => master.Secrets.Count(s => s.MasterKeyId == id) is var count && count == 1 ? "1 sealed secret" : $"{count} sealed secrets";
    }

    private async Task<IReadOnlyList<KeyInfo>> LogKeysAsync(CancellationToken cancellationToken)
    {
        LogKeys? keys;
        try
        {
            keys = await _database.ReadAsync(db => LogKeyHistory.ReadAsync(db, cancellationToken), cancellationToken);
        }
        catch (FormatException e)
        {
            throw new KeysRefusedException($"The log's history of keys does not hold: {e.Message} See ./run.sh verify --log.", e);
        }
        if (keys is null) return [];
        var times = await _database.ReadAsync(
            db => db.Set<ReceiptRow>().Where(r => r.Kind == ReceiptKind.LogKey).OrderBy(r => r.LeafIndex).Select(r => r.CreatedAt).ToListAsync(cancellationToken), cancellationToken);
        var began = await _database.ReadAsync(db => db.Set<LogIdentityRow>().Select(i => i.CreatedAt).SingleAsync(cancellationToken), cancellationToken);
        return
        [
            .. keys.Spans.Select((s, i) => new KeyInfo(
                s.Until is null ? "log" : "log (old)", DsseEnvelope.KeyIdOf(s.Key), i == 0 ? began : times[i - 1],
                s.Until is { } until ? $"the log's checkpoints of the sizes {s.Since} to {until}; only the public key is left" : $"the log's checkpoints from size {s.Since} on, statements of releases")),
        ];
    }

    private static string Words(string name, int count) => name switch
    {
        "receipt-log-key" => "the log's signing key",
        "confirmation-tokens" => "what confirmation tokens are made with",
        "console-key" => $"sign-ins to the console ({count} keys)",
        _ => count == 1 ? "1 secret" : $"{count} secrets",
    };
}
