using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>The operators, their passwords and their sessions' stamps. A singleton; safe to use from many threads and beside other processes.</summary>
public sealed partial class OperatorDirectory
{
    /// <summary>The fewest characters of a password.</summary>
    public const int MinPasswordLength = 12;
    /// <summary>The group that the first operator is in. A group as any other: what admins may do, their role says.</summary>
    public const string Admins = "admins";
    private const int MaxPasswordLength = 256;
    private const int AttemptsBeforeLock = 5;
    private static readonly TimeSpan LockTime = TimeSpan.FromMinutes(5);

    private static readonly Role[] Deciding = [Role.Approver, Role.Admin];

    private readonly Database _database;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;
    private readonly IPasswordHasher<OperatorRow> _hasher;
    private readonly Lazy<string> _nobodysHash;

    internal OperatorDirectory(Database database, ChangeFeed changes, TimeProvider time, IPasswordHasher<OperatorRow> hasher)
    {
        _database = database;
        _changes = changes;
        _time = time;
        _hasher = hasher;
        _nobodysHash = new Lazy<string>(() => hasher.HashPassword(new OperatorRow(), Convert.ToHexString(RandomNumberGenerator.GetBytes(16))));
    }

    /// <summary>Creates the first operator, without a password; null when there is any operator already, disabled ones included.</summary>
    /// <exception cref="IdentityRefusedException">The name is not allowed.</exception>
    public Task<OperatorInfo?> EnsureFirstOperatorAsync(string userName, CancellationToken cancellationToken) => _database.WriteAsync(async db =>
    {
        if (await db.Set<OperatorRow>().AnyAsync(cancellationToken)) return null;
        var row = Add(db, Normalise(userName), userName, Role.Admin, CommandLine);
        row.Groups = Admins;
        return row.ToInfo();
    }, cancellationToken);

    /// <summary>Every operator, disabled ones too, by user name.</summary>
    public async Task<IReadOnlyList<OperatorInfo>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await _database.ReadAsync(db => db.Set<OperatorRow>().OrderBy(o => o.UserName).ToListAsync(cancellationToken), cancellationToken)).Select(o => o.ToInfo())];

    /// <summary>The operator of a user name or <c>opr_…</c> id, or null.</summary>
    public async Task<OperatorInfo?> FindAsync(string userNameOrId, CancellationToken cancellationToken)
    {
        var name = userNameOrId.ToLowerInvariant();
        return (await _database.ReadAsync(db => db.Set<OperatorRow>().SingleOrDefaultAsync(o => o.UserName == name || o.OperatorId == name, cancellationToken), cancellationToken))?.ToInfo();
    }

    /// <summary>
    /// The operator of a session, or null when the session must end: the operator is gone or disabled, or the stamp has
    /// changed since sign-in (a new password, a sign-out everywhere). Ask at every request and now and then in a live page.
    /// </summary>
    public async Task<OperatorInfo?> FindSessionAsync(string operatorId, string securityStamp, CancellationToken cancellationToken) =>
        (await _database.ReadAsync(db => db.Set<OperatorRow>().SingleOrDefaultAsync(
            o => o.OperatorId == operatorId && o.SecurityStamp == securityStamp && o.DisabledAt == null, cancellationToken), cancellationToken))?.ToInfo();

    /// <summary>Sets a password, lifts a lock and ends the operator's open sessions. Returns the operator with the new stamp, for the session that asked.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, or the password is too weak; the message says why.</exception>
    public async Task<OperatorInfo> SetPasswordAsync(string operatorId, string password, CancellationToken cancellationToken)
    {
        var known = await FindAsync(operatorId, cancellationToken) ?? throw NoSuch(operatorId);
        // It would open the door to somebody whom the provider has shut out.
        if (known.Issuer is not null) throw new IdentityRefusedException($"'{known.UserName}' signs in at {known.Issuer} and has no password here.");
        if (WhyWeak(password, known.UserName) is { } weak) throw new IdentityRefusedException(weak);
        var hash = _hasher.HashPassword(new OperatorRow(), password); // slow by design, so before the transaction
        return await ChangeAsync(known.OperatorId, known.Actor, true, (_, row) =>
        {
            row.PasswordHash = hash;
            row.SecurityStamp = NewStamp();
            (row.FailedAttempts, row.LockedUntil) = (0, null);
            return Says("password set");
        }, cancellationToken);
    }

    /// <summary>
    /// Checks a password. Five wrong ones in a row lock the operator's password for five minutes. Unknown and disabled
    /// operators, and those without a password, are answered as a wrong password is, and as slowly.
    /// </summary>
    public async Task<PasswordCheck> CheckPasswordAsync(string userName, string password, CancellationToken cancellationToken)
    {
        var name = userName.ToLowerInvariant();
        var now = _time.GetUtcNow();
        // The attempt is counted before the password is looked at: many at once get no more tries than one after the other.
        var row = await _database.WriteAsync(async db =>
        {
            var found = await db.Set<OperatorRow>().SingleOrDefaultAsync(o => o.UserName == name && o.DisabledAt == null && o.PasswordHash != null, cancellationToken);
            if (found is null || found.LockedUntil > now) return found;
            if (found.LockedUntil is not null) (found.FailedAttempts, found.LockedUntil) = (0, null);
            if (++found.FailedAttempts > AttemptsBeforeLock) found.LockedUntil = now + LockTime;
            return found;
        }, cancellationToken);
        if (row?.LockedUntil is { } until) return new PasswordCheck.Locked(until);

        var given = password.Length <= MaxPasswordLength ? password : "";
        var result = _hasher.VerifyHashedPassword(new OperatorRow(), row?.PasswordHash ?? _nobodysHash.Value, given);
        if (row is null || result == PasswordVerificationResult.Failed)
        {
            return row is null ? new PasswordCheck.Wrong() : await AfterFailureAsync(row.OperatorId, now, cancellationToken);
        }
        var better = result == PasswordVerificationResult.SuccessRehashNeeded ? _hasher.HashPassword(new OperatorRow(), given) : row.PasswordHash;
        return await _database.WriteAsync<PasswordCheck>(async db =>
        {
            var current = await db.Set<OperatorRow>().SingleAsync(o => o.OperatorId == row.OperatorId, cancellationToken);
            // Disabled, or given another password, while this one was being looked at.
            if (current.DisabledAt is not null || current.PasswordHash != row.PasswordHash) return new PasswordCheck.Wrong();
            current.PasswordHash = better;
            (current.FailedAttempts, current.LockedUntil, current.LastSignInAt) = (0, null, now);
            return new PasswordCheck.Correct(current.ToInfo());
        }, cancellationToken);
    }

    /// <summary>
    /// The groups of those of these subjects whose approval counts now: who may sign in and is approver or admin; others are
    /// left out. Inside a transaction, so that it is true at the commit.
    /// </summary>
    internal static async Task<Dictionary<string, IReadOnlyCollection<string>>> ActiveAsync(OmniAuditDb db, IReadOnlyCollection<string> subjects, CancellationToken cancellationToken)
    {
        var ids = subjects.Where(s => s.StartsWith(Prefix, StringComparison.Ordinal)).Select(s => s[Prefix.Length..]).ToList();
        var rows = await db.Set<OperatorRow>().AsNoTracking().Where(o => ids.Contains(o.OperatorId) && o.DisabledAt == null && Deciding.Contains(o.Role))
            .Select(o => new { o.OperatorId, o.Groups }).ToListAsync(cancellationToken);
        return rows.ToDictionary(o => Prefix + o.OperatorId, o => (IReadOnlyCollection<string>)OperatorRow.GroupsOf(o.Groups), StringComparer.Ordinal);
    }

    /// <summary>Why this person may not do what needs a role, in words for them; null when they may. Inside the transaction that does it, so that it is true at the commit.</summary>
    /// <param name="doing">Begins the sentence: "Approving".</param>
    internal static async Task<string?> WhyNotAsync(OmniAuditDb db, Actor person, Role need, string doing, CancellationToken cancellationToken)
    {
        if (person.Kind != ActorKind.Person || !person.Subject.StartsWith(Prefix, StringComparison.Ordinal)) return $"{doing} is for people who are signed in to the console.";
        var id = person.Subject[Prefix.Length..];
        var known = await db.Set<OperatorRow>().AsNoTracking().Where(o => o.OperatorId == id && o.DisabledAt == null).Select(o => new { o.Role }).SingleOrDefaultAsync(cancellationToken);
        return known is null ? "You may no longer do anything here: your sign-in was ended. Nothing was done." : known.Role.WhyNot(need, doing);
    }

    /// <summary>Why a password is not accepted, in words for the person who chose it; null when it is.</summary>
    public static string? WhyWeak(string password, string userName) => password switch
    {
        { Length: < MinPasswordLength } => $"The password has {password.Length} characters; it needs at least {MinPasswordLength}.",
        { Length: > MaxPasswordLength } => $"The password has {password.Length} characters; it may have at most {MaxPasswordLength}.",
        _ when password.Trim().Equals(userName, StringComparison.OrdinalIgnoreCase) => "The password is the user name; choose another.",
        _ when password.Distinct().Count() < 4 => "The password repeats fewer than 4 different characters; choose another.",
        _ => null,
    };

    private Task<PasswordCheck> AfterFailureAsync(string operatorId, DateTimeOffset now, CancellationToken cancellationToken) => _database.WriteAsync<PasswordCheck>(async db =>
    {
        var row = await db.Set<OperatorRow>().SingleAsync(o => o.OperatorId == operatorId, cancellationToken);
        if (row.FailedAttempts >= AttemptsBeforeLock) row.LockedUntil ??= now + LockTime;
        return row.LockedUntil > now ? new PasswordCheck.Locked(row.LockedUntil.Value) : new PasswordCheck.Wrong();
    }, cancellationToken);

    private static async Task RefuseTakenAsync(OmniAuditDb db, string userName, string exceptId, CancellationToken cancellationToken)
    {
        if (await db.Set<OperatorRow>().AnyAsync(o => o.UserName == userName && o.OperatorId != exceptId, cancellationToken))
        {
            throw new IdentityRefusedException($"There is an operator named '{userName}' already. Choose another name.");
        }
    }

    private static string Normalise(string userName)
    {
        var name = userName.ToLowerInvariant();
        return NameRule.Accepts(name) ? name : throw new IdentityRefusedException($"'{userName}' is no user name. Allowed: {NameRule.Allowed}.");
    }

    private static string CheckedDisplayName(string displayName) => displayName.Trim() is { Length: > 0 and <= 100 } name && !name.Any(char.IsControl)
        ? name
        : throw new IdentityRefusedException("The display name needs 1 to 100 characters and no control characters.");

    private static IdentityRefusedException NoSuch(string operatorId) => new($"There is no operator '{operatorId}'.");

    internal static string NewStamp() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}

/// <summary>What a password check found. Closed: there are these three ways and no other.</summary>
public abstract record PasswordCheck
{
    private PasswordCheck() { }

    /// <summary>The password is right; the sign-in is noted.</summary>
    public sealed record Correct(OperatorInfo Operator) : PasswordCheck;

    /// <summary>The user name or the password is wrong; do not say which.</summary>
    public sealed record Wrong : PasswordCheck;

    /// <summary>Too many wrong passwords: none is tried before <paramref name="Until"/>. A sign-in link still works.</summary>
    public sealed record Locked(DateTimeOffset Until) : PasswordCheck;
}
