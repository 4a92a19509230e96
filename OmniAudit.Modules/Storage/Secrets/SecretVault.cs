using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Storage.Secrets;

/// <summary>
/// Secrets sealed in the database (envelope encryption): a key per secret, wrapped by the master key of
/// ENVELOPE_MASTER_KEY_FILE. The file is created at the first secret; once there are secrets it is never created again,
/// because a new key would open none of them. Losing the file loses every secret: back it up apart from the database.
/// </summary>
/// <remarks>
/// Key files change only inside a database transaction, and writers read them inside theirs, so that a rotation by
/// another process cannot slip between a writer's key and its row.
/// </remarks>
internal sealed class SecretVault(Database database, OmniAuditOptions options, TimeProvider? time = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly string _file = options.InData(options.Secrets.MasterKeyFile, "master.key");
    private volatile Keys? _keys;

    /// <summary>Stands beside the key file while a rotation is under way.</summary>
    private string NextFile => _file + ".next";

    /// <summary>
    /// The secret of that name; the first caller's <paramref name="create"/> makes it. Safe against other threads and
    /// processes: all get the same bytes. <paramref name="create"/> may run without its result being used.
    /// </summary>
    /// <exception cref="MasterKeyException">The master key is missing, wrong or unsafe.</exception>
    public async Task<byte[]> GetOrCreateAsync(string name, Func<byte[]> create, CancellationToken cancellationToken)
    {
        if (await FindAsync(name, cancellationToken) is { } found) return found;
        var made = create();
        return await database.WriteAsync(async db =>
        {
            if (await db.Set<SecretRow>().FindAsync([name], cancellationToken) is { } row) return ReadKeys().For(row, _file).Open(row);
            db.Add((await KeyForWriting(db, cancellationToken)).Seal(name, made, _time.GetUtcNow()));
            return made;
        }, cancellationToken);
    }

    /// <summary>Null when there is no secret of that name.</summary>
    /// <exception cref="MasterKeyException">The master key is missing, wrong or unsafe.</exception>
    /// <exception cref="SecretDamagedException">The stored row was altered.</exception>
    public async Task<byte[]?> FindAsync(string name, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var row = await database.ReadAsync(db => db.Set<SecretRow>().SingleOrDefaultAsync(s => s.Name == name, cancellationToken), cancellationToken);
            if (row is null) return null;
            var keys = _keys;
            if (keys is null || !keys.Know(row)) _keys = keys = ReadKeys();
            // A rotation may have ended between the row and the files; a second look then sees both after it.
            if (keys.Know(row) || attempt > 1) return keys.For(row, _file).Open(row);
        }
    }

    /// <summary>The same, as the caller's context sees it: inside a write, what that write has changed already.</summary>
    /// <exception cref="MasterKeyException">The master key is missing, wrong or unsafe.</exception>
    /// <exception cref="SecretDamagedException">The stored row was altered.</exception>
    public async Task<byte[]?> FindAsync(OmniAuditDb db, string name, CancellationToken cancellationToken) =>
        await db.Set<SecretRow>().AsNoTracking().SingleOrDefaultAsync(s => s.Name == name, cancellationToken) is { } row ? ReadKeys().For(row, _file).Open(row) : null;

    /// <summary>Stores the secret, in place of an older one of that name. Durable on return.</summary>
    /// <exception cref="MasterKeyException">The master key is missing, wrong or unsafe.</exception>
    public Task SetAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        database.WriteAsync(db => SetAsync(db, name, content, cancellationToken), cancellationToken);

    /// <summary>Stores the secret with the caller's own change: both are committed, or neither. Call it inside <see cref="Database.WriteAsync{T}"/>.</summary>
    /// <exception cref="MasterKeyException">The master key is missing, wrong or unsafe.</exception>
    public async Task SetAsync(OmniAuditDb db, string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var key = await KeyForWriting(db, cancellationToken);
        await db.Set<SecretRow>().Where(s => s.Name == name).ExecuteDeleteAsync(cancellationToken);
        db.Add(key.Seal(name, content.Span, _time.GetUtcNow()));
    }

    /// <summary>Deletes the secret; false when there was none.</summary>
    public Task<bool> RemoveAsync(string name, CancellationToken cancellationToken) => database.WriteAsync(
        async db => await db.Set<SecretRow>().Where(s => s.Name == name).ExecuteDeleteAsync(cancellationToken) > 0, cancellationToken);

    /// <summary>
    /// Checks the master key against what is stored, for the start: a lost or foreign key is told before anything needs it.
    /// </summary>
    /// <exception cref="MasterKeyException">The master key is missing, wrong or unsafe.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var ids = await database.ReadAsync(db => db.Set<SecretRow>().Select(s => s.MasterKeyId).Distinct().ToListAsync(cancellationToken), cancellationToken);
        var keys = ReadKeys();
        foreach (var id in ids) keys.For(id, "the stored secrets", _file);
    }

    /// <summary>
    /// Makes the next master key without using it, so that it can be copied to every server first; one that is there already is left as it is.
    /// Servers that have it seal under it from now on, and read both.
    /// </summary>
    /// <returns>True when it was made by this call.</returns>
    /// <exception cref="MasterKeyException">A key file is missing, unsafe or cannot be written.</exception>
    public Task<bool> PrepareRotationAsync(CancellationToken cancellationToken) => database.WriteAsync(async db =>
    {
        var keys = await KeysForWriting(db, cancellationToken);
        _keys = null;
        if (keys.Next is not null) return false;
        MasterKey.Create(NextFile);
        return true;
    }, cancellationToken);

    /// <summary>The master keys and what is sealed under them; no secret.</summary>
    /// <exception cref="MasterKeyException">A key file is unsafe or cannot be read.</exception>
    public async Task<MasterKeyStatus> StatusAsync(CancellationToken cancellationToken)
    {
        var secrets = await database.ReadAsync(
            db => db.Set<SecretRow>().OrderBy(s => s.Name).Select(s => new SealedSecret(s.Name, s.MasterKeyId, s.CreatedAt)).ToListAsync(cancellationToken), cancellationToken);
        var keys = ReadKeys();
        var directory = Path.GetDirectoryName(_file)!;
        var old = Directory.Exists(directory) ? Directory.GetFiles(directory, Path.GetFileName(_file) + ".old-*") : [];
        return new MasterKeyStatus(
            _file, keys.Current?.Id, Since(_file), NextFile, keys.Next?.Id, Since(NextFile), [.. old.Order(StringComparer.Ordinal)], secrets);

        static DateTimeOffset? Since(string file) => File.Exists(file) ? new DateTimeOffset(File.GetLastWriteTimeUtc(file), TimeSpan.Zero) : null;
    }

    /// <summary>
    /// Makes a new master key and wraps every secret's key anew, <paramref name="batchSize"/> rows a transaction; secrets
    /// stay readable throughout, here and in other processes. Broken off, it is carried on by the next call. The old key
    /// stays beside the new one as <c>….old-&lt;id&gt;</c>, for older backups of the database; remove it when those are gone.
    /// </summary>
    /// <returns>How many secrets were wrapped anew by this call.</returns>
    /// <exception cref="MasterKeyException">A key file is missing, unsafe or cannot be written.</exception>
    public async Task<int> RotateMasterKeyAsync(int batchSize, CancellationToken cancellationToken)
    {
        await database.WriteAsync(async db =>
        {
            var keys = await KeysForWriting(db, cancellationToken);
            // From here on, until the last step, every writer seals under the next key.
            if (keys.Next is null) MasterKey.Create(NextFile);
            _keys = null;
        }, cancellationToken);
        var rewrapped = 0;
        while (await RewrapBatch(batchSize, cancellationToken) is var count and > 0) rewrapped += count;
        return rewrapped;
    }

    /// <returns>How many rows this transaction wrapped; 0 once the new key has taken the old one's place.</returns>
    private Task<int> RewrapBatch(int batchSize, CancellationToken cancellationToken) => database.WriteAsync(async db =>
    {
        var keys = ReadKeys();
        if (keys is not { Current: { } current, Next: { } next }) return 0; // another process has finished the rotation
        var rows = await db.Set<SecretRow>().Where(s => s.MasterKeyId != next.Id).OrderBy(s => s.Name).Take(batchSize).ToListAsync(cancellationToken);
        foreach (var row in rows) keys.For(row, _file).Rewrap(row, next);
        if (rows.Count == 0) Promote(current);
        _keys = null;
        return rows.Count;
    }, cancellationToken);

    /// <summary>No row needs the current key any more. A crash between the two steps leaves the old key under two names, and the next call carries on.</summary>
    private void Promote(MasterKey current)
    {
        try
        {
            var old = $"{_file}.old-{current.Id}";
            if (!File.Exists(old)) Durable.TryCreateFile(old, File.ReadAllBytes(_file));
            File.Move(NextFile, _file, overwrite: true);
            Durable.SyncDirectory(Path.GetDirectoryName(_file)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MasterKeyException($"the new key could not take the old one's place: {Durable.Explain(e)} The secrets stay readable while '{NextFile}' is there; call the rotation again.", e);
        }
    }

    /// <summary>The next key is read first: if it takes the current one's place meanwhile, it is seen twice and nothing is missed.</summary>
    private Keys ReadKeys()
    {
        var next = MasterKey.Read(NextFile);
        return new Keys(MasterKey.Read(_file), next);
    }

    private async Task<MasterKey> KeyForWriting(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var keys = await KeysForWriting(db, cancellationToken);
        return keys.Next ?? keys.Current!;
    }

    /// <summary>The current key is there on return, and every stored secret opens with one of the keys.</summary>
    private async Task<Keys> KeysForWriting(OmniAuditDb db, CancellationToken cancellationToken)
    {
        var ids = await db.Set<SecretRow>().Select(s => s.MasterKeyId).Distinct().ToListAsync(cancellationToken);
        var keys = ReadKeys();
        foreach (var id in ids) keys.For(id, "the stored secrets", _file);
        if (keys.Current is null) keys = keys with { Current = MasterKey.Create(_file) };
        _keys = keys;
        return keys;
    }

    private sealed record Keys(MasterKey? Current, MasterKey? Next)
    {
        public bool Know(SecretRow row) => Current?.Id == row.MasterKeyId || Next?.Id == row.MasterKeyId;

        public MasterKey For(SecretRow row, string file) => For(row.MasterKeyId, $"the secret '{row.Name}'", file);

        public MasterKey For(string id, string what, string file)
        {
            if (Current?.Id == id) return Current;
            if (Next?.Id == id) return Next;
            throw new MasterKeyException(Current is null
                ? $"the file '{file}' is missing, but {what} was sealed under the master key {id}. Restore the file from your backup. It is not created anew, because a new key would open nothing."
                : $"the file '{file}' holds the master key {Current.Id}, but {what} was sealed under {id}. Restore the file with that key (after a rotation the old key is kept as '{file}.old-{id}'). "
                + $"If another server is rotating the key, copy its '….next' here as '{file}.next'; if it has rotated it, copy its key file over this one. It is read at the next use; nothing needs a restart.");
        }
    }
}

/// <summary>A stored secret, without its content.</summary>
internal sealed record SealedSecret(string Name, string MasterKeyId, DateTimeOffset CreatedAt);

/// <summary>The master keys as files, and the secrets that they seal.</summary>
/// <param name="Id">Null when there is no file yet.</param>
/// <param name="NextId">Set while a rotation is prepared or under way.</param>
/// <param name="OldFiles">Keys of earlier rotations, for backups from before them.</param>
internal sealed record MasterKeyStatus(
    string File, string? Id, DateTimeOffset? Since, string NextFile, string? NextId, DateTimeOffset? NextSince, IReadOnlyList<string> OldFiles, IReadOnlyList<SealedSecret> Secrets);
