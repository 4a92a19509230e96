using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <remarks>
/// Changes to people. Each is one commit with its row in the trail, and open pages hear of it. Without an actor they are the
/// command line's, whose user can read the whole store anyway; with one, the person must be admin, which is checked inside.
/// </remarks>
public sealed partial class OperatorDirectory
{
    private const string Prefix = "person:";
    internal const int MostGroups = 20;

    /// <summary>Who changes people by <c>./run.sh operators</c>, or by starting the server.</summary>
    public static Actor CommandLine { get; } = new(ActorKind.System, "system:command-line", "command line");

    /// <inheritdoc cref="AddAsync(string, string?, Role, Actor, CancellationToken)"/>
    public Task<OperatorInfo> AddAsync(string userName, string? displayName, CancellationToken cancellationToken) => AddAsync(userName, displayName, Role.Approver, CommandLine, cancellationToken);

    /// <summary>Adds an operator, without a password: give the person a sign-in link.</summary>
    /// <param name="userName"><c>a-z 0-9 . _ -</c>, up to 64; capitals are made small; unique.</param>
    /// <param name="displayName">What others see, up to 100 characters; null for the user name.</param>
    /// <exception cref="IdentityRefusedException">A name is taken or not allowed, or the actor is no admin.</exception>
    public async Task<OperatorInfo> AddAsync(string userName, string? displayName, Role role, Actor by, CancellationToken cancellationToken)
    {
        var added = await _database.WriteAsync(async db =>
        {
            await RefuseUnlessAdminAsync(db, by, cancellationToken);
            var name = Normalise(userName);
            await RefuseTakenAsync(db, name, "", cancellationToken);
            return Add(db, name, displayName ?? userName, role, by).ToInfo();
        }, cancellationToken);
        _changes.Publish(Topics.People, added.OperatorId);
        return added;
    }

    /// <summary>Gives an operator other names; null leaves one as it is. Sessions and receipts keep their operator, whose id stays.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, or a name is taken or not allowed.</exception>
    public Task<OperatorInfo> RenameAsync(string operatorId, string? userName, string? displayName, CancellationToken cancellationToken) => ChangeAsync(operatorId, CommandLine, false, async (db, row) =>
    {
        var was = $"{row.UserName} ({row.DisplayName})";
        if (userName is not null)
        {
            row.UserName = Normalise(userName);
            await RefuseTakenAsync(db, row.UserName, row.OperatorId, cancellationToken);
        }
        if (displayName is not null) row.DisplayName = CheckedDisplayName(displayName);
        return $"name: {was}, now {row.UserName} ({row.DisplayName})";
    }, cancellationToken);

    /// <summary>Sets what others see. Everybody may change their own.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, the name is not allowed, or the actor is neither the person nor an admin.</exception>
    public Task<OperatorInfo> SetDisplayNameAsync(string operatorId, string displayName, Actor by, CancellationToken cancellationToken) => ChangeAsync(operatorId, by, true, (_, row) =>
    {
        var was = row.DisplayName;
        row.DisplayName = CheckedDisplayName(displayName);
        return Says(was == row.DisplayName ? null : $"display name: {was}, now {row.DisplayName}");
    }, cancellationToken);

    /// <summary>Gives an operator another role, which holds from the next act on in every open page. Approvals that were given and not acted on yet stop counting with the role.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, it is the last admin who can sign in, or the actor is no admin.</exception>
    public Task<OperatorInfo> SetRoleAsync(string operatorId, Role role, Actor by, CancellationToken cancellationToken) => ChangeAsync(operatorId, by, false, async (db, row) =>
    {
        var was = row.Role;
        if (role < Role.Admin) await RefuseLastAdminAsync(db, row, "must stay admin: make somebody else admin first", cancellationToken);
        row.Role = role;
        return was == role ? null : $"role: {was.Word()}, now {role.Word()}";
    }, cancellationToken);

    /// <inheritdoc cref="SetGroupsAsync(string, IEnumerable{string}, Actor, CancellationToken)"/>
    public Task<OperatorInfo> SetGroupsAsync(string operatorId, IEnumerable<string> groups, CancellationToken cancellationToken) => SetGroupsAsync(operatorId, groups, CommandLine, cancellationToken);

    /// <summary>Puts an operator into exactly these groups. Approvals that were given and not acted on yet are judged by the new ones.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, a name is not allowed, or the actor is no admin.</exception>
    public Task<OperatorInfo> SetGroupsAsync(string operatorId, IEnumerable<string> groups, Actor by, CancellationToken cancellationToken)
    {
        var names = groups.Select(g => g.Trim().ToLowerInvariant()).Where(g => g.Length > 0).Distinct().Order(StringComparer.Ordinal).ToList();
        if (names.Count > MostGroups) throw new IdentityRefusedException($"At most {MostGroups} groups, these are {names.Count}.");
        if (names.FirstOrDefault(g => !NameRule.Accepts(g) || g is Requirement.Anyone or "and" or "or") is { } wrong)
            throw new IdentityRefusedException($"'{wrong}' is no name for a group. Allowed: {NameRule.Allowed}; not 'anyone', 'and', 'or'.");
        return ChangeAsync(operatorId, by, false, (_, row) =>
        {
            var was = row.Groups;
            row.Groups = string.Join(',', names);
            // The trail's line is bounded; the row has them all.
            return Says(was == row.Groups ? null : $"groups: {Short(was)}, now {Short(row.Groups)}");
        }, cancellationToken);
    }

    /// <inheritdoc cref="DisableAsync(string, Actor, CancellationToken)"/>
    public Task<OperatorInfo> DisableAsync(string operatorId, CancellationToken cancellationToken) => DisableAsync(operatorId, CommandLine, cancellationToken);

    /// <summary>Keeps an operator from signing in and ends the open sessions. Neither the last operator nor the last admin who can sign in can be disabled.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, no other is left, or the actor is no admin.</exception>
    public Task<OperatorInfo> DisableAsync(string operatorId, Actor by, CancellationToken cancellationToken) => ChangeAsync(operatorId, by, false, async (db, row) =>
    {
        if (!await db.Set<OperatorRow>().AnyAsync(o => o.OperatorId != operatorId && o.DisabledAt == null, cancellationToken))
        {
            throw new IdentityRefusedException($"'{row.UserName}' is the last operator who can sign in, and cannot be disabled.");
        }
        await RefuseLastAdminAsync(db, row, "cannot be disabled", cancellationToken);
        row.SecurityStamp = NewStamp();
        if (row.DisabledAt is not null) return null;
        row.DisabledAt = _time.GetUtcNow();
        return "disabled";
    }, cancellationToken);

    /// <inheritdoc cref="EnableAsync(string, Actor, CancellationToken)"/>
    public Task<OperatorInfo> EnableAsync(string operatorId, CancellationToken cancellationToken) => EnableAsync(operatorId, CommandLine, cancellationToken);

    /// <summary>Lets a disabled operator sign in again.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, or the actor is no admin.</exception>
    public Task<OperatorInfo> EnableAsync(string operatorId, Actor by, CancellationToken cancellationToken) => ChangeAsync(operatorId, by, false, (_, row) =>
    {
        var was = row.DisabledAt;
        row.DisabledAt = null;
        return Says(was is null ? null : "enabled");
    }, cancellationToken);

    /// <summary>Lets passwords be tried again before the time of a lock is over.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, or the actor is no admin.</exception>
    public Task<OperatorInfo> UnlockAsync(string operatorId, Actor by, CancellationToken cancellationToken) => ChangeAsync(operatorId, by, false, (_, row) =>
    {
        var was = row.LockedUntil;
        (row.FailedAttempts, row.LockedUntil) = (0, null);
        return Says(was is null ? null : "unlocked");
    }, cancellationToken);

    /// <inheritdoc cref="SignOutEverywhereAsync(string, Actor, CancellationToken)"/>
    public Task<OperatorInfo> SignOutEverywhereAsync(string operatorId, CancellationToken cancellationToken) => SignOutEverywhereAsync(operatorId, CommandLine, cancellationToken);

    /// <summary>Ends every open session of an operator. Everybody may end their own.</summary>
    /// <exception cref="IdentityRefusedException">There is no such operator, or the actor is neither the person nor an admin.</exception>
    public Task<OperatorInfo> SignOutEverywhereAsync(string operatorId, Actor by, CancellationToken cancellationToken) => ChangeAsync(operatorId, by, true, (_, row) =>
    {
        row.SecurityStamp = NewStamp();
        return Says("signed out everywhere");
    }, cancellationToken);

    /// <summary>The last changes to people, newest first.</summary>
    /// <param name="operatorId">Null for all people.</param>
    public async Task<IReadOnlyList<IdentityChange>> ChangesAsync(string? operatorId, int take, CancellationToken cancellationToken) => [.. (await _database.ReadAsync(db => db.Set<IdentityChangeRow>()
        .Where(c => operatorId == null || c.AboutSubject == Prefix + operatorId).OrderByDescending(c => c.ChangeId).Take(Math.Clamp(take, 1, 200)).ToListAsync(cancellationToken), cancellationToken)).Select(c => c.ToInfo())];

    /// <summary>One change, its row in the trail, and word of it to open pages.</summary>
    /// <param name="own">True for what people may do to themselves.</param>
    /// <param name="change">Says in words what changed, or null for nothing.</param>
    private async Task<OperatorInfo> ChangeAsync(string operatorId, Actor by, bool own, Func<OmniAuditDb, OperatorRow, Task<string?>> change, CancellationToken cancellationToken)
    {
        var changed = await _database.WriteAsync(async db =>
        {
            if (!own || by.Subject != Prefix + operatorId) await RefuseUnlessAdminAsync(db, by, cancellationToken);
            var row = await db.Set<OperatorRow>().SingleOrDefaultAsync(o => o.OperatorId == operatorId, cancellationToken) ?? throw NoSuch(operatorId);
            if (own && by.Subject == Prefix + operatorId && row.DisabledAt is not null) throw new IdentityRefusedException("You may no longer do anything here: your sign-in was ended.");
            if (await change(db, row) is { } what) Trail(db, row, by, what);
            return row.ToInfo();
        }, cancellationToken);
        _changes.Publish(Topics.People, operatorId);
        return changed;
    }

    private OperatorRow Add(OmniAuditDb db, string userName, string displayName, Role role, Actor by)
    {
        var row = new OperatorRow { OperatorId = Ids.New("opr", _time), UserName = userName, DisplayName = CheckedDisplayName(displayName), Role = role, SecurityStamp = NewStamp(), CreatedAt = _time.GetUtcNow() };
        db.Add(row);
        Trail(db, row, by, $"added as {role.Word()}");
        return row;
    }

    private void Trail(OmniAuditDb db, OperatorRow row, Actor by, string what) => db.Add(IdentityChangeRow.Of(by, Prefix + row.OperatorId, row.DisplayName, what, _time));

    /// <exception cref="IdentityRefusedException">The actor is neither the product's own nor an admin.</exception>
    internal static async Task RefuseUnlessAdminAsync(OmniAuditDb db, Actor by, CancellationToken cancellationToken)
    {
        if (by.Kind != ActorKind.System && await WhyNotAsync(db, by, Role.Admin, "Changing people and agents", cancellationToken) is { } refused) throw new IdentityRefusedException(refused);
    }

    private static async Task RefuseLastAdminAsync(OmniAuditDb db, OperatorRow row, string so, CancellationToken cancellationToken)
    {
        if (row.Role == Role.Admin && row.DisabledAt is null && !await db.Set<OperatorRow>().AnyAsync(o => o.OperatorId != row.OperatorId && o.DisabledAt == null && o.Role == Role.Admin, cancellationToken))
            throw new IdentityRefusedException($"'{row.UserName}' is the last admin who can sign in, and {so}.");
    }

    private static Task<string?> Says(string? what) => Task.FromResult(what);

    private static string Short(string groups) => groups.Length == 0 ? "none" : groups.Length <= 300 ? groups : groups[..300] + "…";
}
