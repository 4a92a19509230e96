using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.SiteLint.Auth;

/// <summary>
/// The stored sign-ins of scans. Secrets are sealed under the master key, go in and never come out again but into a scan's requests to the profile's
/// own origins. Admins change them; every change leaves its trail beside the changes to people and agents.
/// </summary>
public sealed class AuthProfiles
{
    private const string SecretPrefix = "auth-profile/";

    private readonly Database _database;
    private readonly SecretVault _vault;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal AuthProfiles(Database database, SecretVault vault, ChangeFeed changes, TimeProvider time) => (_database, _vault, _changes, _time) = (database, vault, changes, time);

    /// <summary>All of them, by name.</summary>
    public async Task<IReadOnlyList<AuthProfile>> ListAsync(CancellationToken cancellationToken) =>
        (await _database.ReadAsync(db => db.Set<AuthProfileRow>().OrderBy(p => p.Name).ToListAsync(cancellationToken), cancellationToken)).ConvertAll(r => r.ToInfo());

    /// <summary>Null when there is none of that id or name.</summary>
    public async Task<AuthProfile?> FindAsync(string nameOrId, CancellationToken cancellationToken) =>
        (await _database.ReadAsync(db => db.Set<AuthProfileRow>().FirstOrDefaultAsync(p => p.ProfileId == nameOrId || p.Name == nameOrId, cancellationToken), cancellationToken))?.ToInfo();

    /// <summary>The changes to one profile, newest first.</summary>
    public async Task<IReadOnlyList<IdentityChange>> HistoryAsync(string profileId, CancellationToken cancellationToken)
    {
        var about = SubjectOf(profileId);
        return (await _database.ReadAsync(db => db.Set<IdentityChangeRow>().Where(c => c.AboutSubject == about).OrderByDescending(c => c.ChangeId).Take(50).ToListAsync(cancellationToken), cancellationToken))
            .ConvertAll(c => c.ToInfo());
    }

    /// <summary>Stores a new one.</summary>
    /// <param name="name"><c>a-z 0-9 . _ -</c>, up to 64; unique.</param>
    /// <param name="secrets">The value of every key of <see cref="AuthShape.SecretKeys"/>.</param>
    /// <param name="agents">Which agents may use it, as for <see cref="SetAgentsAsync"/>; null: none.</param>
    /// <exception cref="IdentityRefusedException">The actor may not, or something in it is not allowed; the message names the field.</exception>
    public async Task<AuthProfile> AddAsync(string name, AuthShape shape, IReadOnlyDictionary<string, string> secrets, Actor by, CancellationToken cancellationToken, IReadOnlyList<string>? agents = null)
    {
        await RefuseUnlessAdminAsync(by, cancellationToken);
        shape = AuthShapeRules.Checked(name, shape);
        AuthShapeRules.CheckSecrets(shape, secrets);
        var id = Ids.New("aup", _time);
        // A crash after this leaves a sealed secret that nobody refers to.
        var secretName = await SealAsync(id, secrets, cancellationToken);
        try
        {
            var now = _time.GetUtcNow();
            var row = new AuthProfileRow { ProfileId = id, Name = name, ShapeJson = JsonSerializer.Serialize(shape, ReportJson.Options), SecretName = secretName, CreatedAt = now, ChangedAt = now };
            await _database.WriteAsync(async db =>
            {
                await RefuseUnlessAdminAsync(db, by, cancellationToken);
                if (await db.Set<AuthProfileRow>().AnyAsync(p => p.Name == name, cancellationToken)) throw new IdentityRefusedException($"name: there is an auth profile '{name}' already. Choose another name.");
                row.Agents = await ProfileAgents.ReadAsync(db, agents ?? [], cancellationToken);
                db.Add(row);
                db.Add(IdentityChangeRow.Of(by, SubjectOf(id), name, Cut($"auth profile added for {string.Join(", ", shape.Origins)}; secrets: {string.Join(", ", shape.SecretKeys())}{(agents is { Count: > 0 } ? $"; {ProfileAgents.InWords(row.ToInfo())}" : "")}"), _time));
            }, cancellationToken);
            _changes.Publish(Topics.AuthProfiles, id);
            return row.ToInfo();
        }
        catch
        {
            await _vault.RemoveAsync(secretName, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Puts new values in the place of some secrets; the others stay. Scans that began keep what they began with.</summary>
    /// <exception cref="IdentityRefusedException">The actor may not, there is no such profile, or a key or value does not fit it.</exception>
    public async Task<AuthProfile> ReplaceSecretsAsync(string profileId, IReadOnlyDictionary<string, string> secrets, Actor by, CancellationToken cancellationToken)
    {
        await RefuseUnlessAdminAsync(by, cancellationToken);
        var before = await _database.ReadAsync(db => db.Set<AuthProfileRow>().FirstOrDefaultAsync(p => p.ProfileId == profileId, cancellationToken), cancellationToken) ?? throw NoSuch(profileId);
        if (secrets.Count == 0) throw new IdentityRefusedException("secrets: give the value of at least one.");
        var all = new Dictionary<string, string>(await UnsealAsync(before.SecretName, cancellationToken) ?? throw NoSuch(profileId), StringComparer.Ordinal);
        foreach (var (key, value) in secrets) all[key] = value;
        AuthShapeRules.CheckSecrets(before.Shape(), all);
        var secretName = await SealAsync(profileId, all, cancellationToken);
        var replaced = "";
        try
        {
            var changed = await _database.WriteAsync(async db =>
            {
                await RefuseUnlessAdminAsync(db, by, cancellationToken);
                var row = await db.Set<AuthProfileRow>().FirstOrDefaultAsync(p => p.ProfileId == profileId, cancellationToken) ?? throw NoSuch(profileId);
                if (row.SecretName != before.SecretName) throw new IdentityRefusedException("secrets: somebody else changed them just now. Look again, then repeat.");
                (replaced, row.SecretName, row.ChangedAt) = (row.SecretName, secretName, _time.GetUtcNow());
                db.Add(IdentityChangeRow.Of(by, SubjectOf(profileId), row.Name, Cut($"auth profile: new value of {string.Join(", ", secrets.Keys.Order(StringComparer.Ordinal))}"), _time));
                return row.ToInfo();
            }, cancellationToken);
            await _vault.RemoveAsync(replaced, CancellationToken.None);
            _changes.Publish(Topics.AuthProfiles, profileId);
            return changed;
        }
        catch when (replaced.Length == 0)
        {
            await _vault.RemoveAsync(secretName, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Says which agents may use it, instead of those that might before. Scans that wait or run keep what they began with.</summary>
    /// <param name="agents">Names, ids (<c>agt_…</c>) or subjects (<c>agent:…</c>) of agents, or <c>*</c> for all; empty for none.</param>
    /// <exception cref="IdentityRefusedException">The actor may not, there is no such profile, or no such agent.</exception>
    public async Task<AuthProfile> SetAgentsAsync(string profileId, IReadOnlyList<string> agents, Actor by, CancellationToken cancellationToken)
    {
        var changed = await _database.WriteAsync(async db =>
        {
            await RefuseUnlessAdminAsync(db, by, cancellationToken);
            var row = await db.Set<AuthProfileRow>().FirstOrDefaultAsync(p => p.ProfileId == profileId, cancellationToken) ?? throw NoSuch(profileId);
            (row.Agents, row.ChangedAt) = (await ProfileAgents.ReadAsync(db, agents, cancellationToken), _time.GetUtcNow());
            db.Add(IdentityChangeRow.Of(by, SubjectOf(profileId), row.Name, Cut($"auth profile: {ProfileAgents.InWords(row.ToInfo())}"), _time));
            return row.ToInfo();
        }, cancellationToken);
        _changes.Publish(Topics.AuthProfiles, profileId);
        return changed;
    }

    /// <summary>Deletes it with its secrets. Scans that wait for their turn with it will fail and say so.</summary>
    /// <exception cref="IdentityRefusedException">The actor may not, or there is no such profile.</exception>
    public async Task RemoveAsync(string profileId, Actor by, CancellationToken cancellationToken)
    {
        var secretName = await _database.WriteAsync(async db =>
        {
            await RefuseUnlessAdminAsync(db, by, cancellationToken);
            var row = await db.Set<AuthProfileRow>().FirstOrDefaultAsync(p => p.ProfileId == profileId, cancellationToken) ?? throw NoSuch(profileId);
            db.Remove(row);
            db.Add(IdentityChangeRow.Of(by, SubjectOf(profileId), row.Name, "auth profile deleted", _time));
            return row.SecretName;
        }, cancellationToken);
        await _vault.RemoveAsync(secretName, CancellationToken.None);
        _changes.Publish(Topics.AuthProfiles, profileId);
    }

    /// <summary>The profile that a scan names, if it may be used there.</summary>
    /// <exception cref="ToolRefusedException">There is none, two are named, it is not for this agent, or it is for other origins.</exception>
    internal async Task<AuthProfile?> ChooseAsync(string? name, string? profileId, string url, Actor by, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(name) && string.IsNullOrEmpty(profileId)) return null;
        var (field, wanted) = string.IsNullOrEmpty(profileId) ? ("auth_profile", name!) : ("auth_profile_id", profileId);
        var found = await FindAsync(wanted, cancellationToken) ?? throw ToolRefusedException.NotFound(field, wanted, "Use the name or id of an auth profile that an admin has stored in the console, or leave it out.");
        if (!string.IsNullOrEmpty(name) && name != found.Name && name != found.ProfileId) throw new ToolRefusedException("invalid_arguments", "auth_profile: names another profile than auth_profile_id. Give one of them.", "auth_profile");
        RefuseUnlessAdmitted(found, field, by);
        if (!WebTarget.TryParse(url, out var target, out _) || !found.Shape.Origins.Contains(target.Origin))
            throw new ToolRefusedException("invalid_arguments", $"{field}: the profile '{found.Name}' is for {string.Join(", ", found.Shape.Origins)}, not for {target?.Origin}. Choose another, or leave it out.", field);
        return found;
    }

    /// <exception cref="ToolRefusedException">An admin has not opened it to this agent.</exception>
    internal static void RefuseUnlessAdmitted(AuthProfile profile, string field, Actor by)
    {
        if (!profile.Admits(by))
            throw new ToolRefusedException("not_allowed", $"{field}: the profile '{profile.Name}' is not open to agent {by.Name}. An admin names the agents that may use it under Auth profiles; leave it out to scan without a sign-in.", field);
    }

    /// <summary>The profile with its secrets, for a scan; null when it is gone.</summary>
    internal async Task<SignIn?> OpenAsync(string profileId, CancellationToken cancellationToken)
    {
        var row = await _database.ReadAsync(db => db.Set<AuthProfileRow>().FirstOrDefaultAsync(p => p.ProfileId == profileId, cancellationToken), cancellationToken);
        return row is not null && await UnsealAsync(row.SecretName, cancellationToken) is { } secrets ? new SignIn(row.ToInfo(), secrets) : null;
    }

    private async Task<string> SealAsync(string profileId, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken)
    {
        var name = $"{SecretPrefix}{profileId}/{Ids.New("v", _time)}";
        await _vault.SetAsync(name, JsonSerializer.SerializeToUtf8Bytes(secrets), cancellationToken);
        return name;
    }

    private async Task<Dictionary<string, string>?> UnsealAsync(string secretName, CancellationToken cancellationToken) =>
        await _vault.FindAsync(secretName, cancellationToken) is { } bytes ? JsonSerializer.Deserialize<Dictionary<string, string>>(bytes) : null;

    private Task<bool> RefuseUnlessAdminAsync(Actor by, CancellationToken cancellationToken) => _database.ReadAsync(async db =>
    {
        await RefuseUnlessAdminAsync(db, by, cancellationToken);
        return true;
    }, cancellationToken);

    private static async Task RefuseUnlessAdminAsync(OmniAuditDb db, Actor by, CancellationToken cancellationToken)
    {
        if (await OperatorDirectory.WhyNotAsync(db, by, Role.Admin, "Changing auth profiles", cancellationToken) is { } refused) throw new IdentityRefusedException(refused);
    }

    private static string SubjectOf(string profileId) => "auth_profile:" + profileId;

    private static IdentityRefusedException NoSuch(string profileId) => new($"There is no auth profile '{(profileId.Length <= 60 ? profileId : profileId[..60])}'.");

    private static string Cut(string text) => text.Length <= 1500 ? text : text[..1500];
}
