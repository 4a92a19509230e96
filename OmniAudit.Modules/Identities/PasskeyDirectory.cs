using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>What the browser gets to begin with, and what the server must keep to judge the answer.</summary>
/// <param name="OptionsJson">PublicKeyCredentialCreationOptionsJSON or PublicKeyCredentialRequestOptionsJSON.</param>
/// <param name="State">Holds the challenge. Keep it from the browser's reach, use it once.</param>
public sealed record PasskeyChallenge(string OptionsJson, string State);

/// <summary>
/// Passkeys: registering them, signing in by them. ASP.NET Core Identity's handler judges the WebAuthn messages
/// (user verification required, sign counts only grow); this class keeps the rows. A singleton; safe to use from many threads.
/// </summary>
public sealed class PasskeyDirectory : IDisposable
{
    /// <summary>How long a browser may take to answer.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private const int MostPasskeys = 20;
    private const string NotAccepted = "The passkey was not accepted. Try again, or use a password or a sign-in link.";

    private readonly Database _database;
    private readonly OmniAuditOptions _options;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;
    private readonly ILogger<PasskeyDirectory> _log;
    private readonly UserManager<OperatorRow> _users;

    internal PasskeyDirectory(Database database, OmniAuditOptions options, ChangeFeed changes, TimeProvider time, IPasswordHasher<OperatorRow> hasher, IServiceProvider services, ILoggerFactory log)
    {
        (_database, _options, _changes, _time, _log) = (database, options, changes, time, log.CreateLogger<PasskeyDirectory>());
        // The handler asks the manager, and the manager the store; nothing else of Identity is used.
        _users = new UserManager<OperatorRow>(
            new PasskeyStore(database), Options.Create(new IdentityOptions()), hasher, [], [], new UpperInvariantLookupNormalizer(), new IdentityErrorDescriber(), services, log.CreateLogger<UserManager<OperatorRow>>());
    }

    /// <summary>Begins to register a passkey for a signed-in person.</summary>
    /// <param name="request">The browser's; its Origin must be this server's.</param>
    /// <exception cref="IdentityRefusedException">The address cannot have passkeys, the person may not sign in or has too many of them.</exception>
    public async Task<PasskeyChallenge> BeginRegistrationAsync(string operatorId, HttpContext request)
    {
        var person = await _users.FindByIdAsync(operatorId) is { DisabledAt: null } known ? known : throw new IdentityRefusedException("Your session has ended. Sign in again.");
        // A way in past the provider would outlive what the provider takes away.
        if (person.Issuer is { } issuer) throw new IdentityRefusedException($"You sign in at {issuer}: add your passkey there.");
        if ((await _users.GetPasskeysAsync(person)).Count >= MostPasskeys) throw new IdentityRefusedException($"There are {MostPasskeys} passkeys already. Remove one first.");
        var made = await Handler(request).MakeCreationOptionsAsync(new PasskeyUserEntity { Id = person.OperatorId, Name = person.UserName, DisplayName = person.DisplayName }, request);
        return new PasskeyChallenge(made.CreationOptionsJson, made.AttestationState ?? "");
    }

    /// <summary>Registers what the browser made of the challenge.</summary>
    /// <param name="name">What its owner calls it, up to 60 characters; empty for "Passkey".</param>
    /// <param name="state">Of <see cref="BeginRegistrationAsync"/>, for the same person.</param>
    /// <exception cref="IdentityRefusedException">The message is not what the challenge asks for, or the credential is known.</exception>
    public async Task<OperatorInfo> RegisterAsync(string operatorId, string name, string credentialJson, string state, HttpContext request)
    {
        var label = CheckedName(name.Trim().Length == 0 ? "Passkey" : name);
        var result = await Handler(request).PerformAttestationAsync(new PasskeyAttestationContext { CredentialJson = credentialJson, AttestationState = state, HttpContext = request });
        if (!result.Succeeded || result.UserEntity.Id != operatorId)
        {
            _log.LogWarning("A passkey for {OperatorId} was not registered: {Reason}", operatorId, result.Failure?.Message ?? "it belongs to somebody else");
            throw new IdentityRefusedException("This passkey was not accepted. Begin again with “Add a passkey”.");
        }
        var made = result.Passkey;
        var person = await _database.WriteAsync(async db =>
        {
            var row = await db.Set<OperatorRow>().SingleOrDefaultAsync(o => o.OperatorId == operatorId && o.DisabledAt == null, CancellationToken.None) ?? throw new IdentityRefusedException("Your session has ended. Sign in again.");
            if (await db.Set<PasskeyRow>().AnyAsync(p => p.CredentialId == made.CredentialId, CancellationToken.None)) throw new IdentityRefusedException("This passkey is registered already.");
            db.Add(new PasskeyRow
            {
                CredentialId = made.CredentialId, OperatorId = operatorId, Name = label, PublicKey = made.PublicKey, SignCount = made.SignCount,
                Transports = string.Join(',', (made.Transports ?? []).Where(t => t.Length is > 0 and <= 20 && t.All(char.IsAsciiLetter)).Take(8)),
                IsBackupEligible = made.IsBackupEligible, IsBackedUp = made.IsBackedUp, CreatedAt = _time.GetUtcNow(),
            });
            db.Add(IdentityChangeRow.Of(row.ToInfo().Actor, Subject(operatorId), row.DisplayName, $"passkey '{label}' added", _time));
            return row.ToInfo();
        }, CancellationToken.None);
        _changes.Publish(Topics.People, operatorId);
        return person;
    }

    /// <summary>Begins a sign-in by whichever passkey the browser finds; nobody is named beforehand.</summary>
    /// <exception cref="IdentityRefusedException">The address cannot have passkeys.</exception>
    public async Task<PasskeyChallenge> BeginSignInAsync(HttpContext request)
    {
        var made = await Handler(request).MakeRequestOptionsAsync(null, request);
        return new PasskeyChallenge(made.RequestOptionsJson, made.AssertionState ?? "");
    }

    /// <summary>Signs in by what the browser made of the challenge; the sign-in is noted.</summary>
    /// <exception cref="IdentityRefusedException">The passkey is not known, not theirs, copied (its counter went back), or its person may not sign in.</exception>
    public async Task<OperatorInfo> SignInAsync(string credentialJson, string state, HttpContext request)
    {
        var result = await Handler(request).PerformAssertionAsync(new PasskeyAssertionContext { CredentialJson = credentialJson, AssertionState = state, HttpContext = request });
        if (!result.Succeeded)
        {
            _log.LogWarning("A sign-in by passkey was refused: {Reason}", result.Failure.Message);
            throw new IdentityRefusedException(NotAccepted);
        }
        return await _database.WriteAsync(async db =>
        {
            var id = result.Passkey.CredentialId;
            var passkey = await db.Set<PasskeyRow>().SingleOrDefaultAsync(p => p.CredentialId == id, CancellationToken.None);
            var person = await db.Set<OperatorRow>().SingleAsync(o => o.OperatorId == result.User.OperatorId, CancellationToken.None);
            // Removed, or used with a higher count, while this one was being judged.
            if (passkey is null || passkey.OperatorId != person.OperatorId || (result.Passkey.SignCount != 0 && result.Passkey.SignCount <= passkey.SignCount)) throw new IdentityRefusedException(NotAccepted);
            if (person.DisabledAt is not null || person.Issuer is not null) throw new IdentityRefusedException("This operator may not sign in any more.");
            (passkey.SignCount, passkey.IsBackedUp, passkey.LastUsedAt, person.LastSignInAt) = (result.Passkey.SignCount, result.Passkey.IsBackedUp, _time.GetUtcNow(), _time.GetUtcNow());
            return person.ToInfo();
        }, CancellationToken.None);
    }

    /// <summary>A person's passkeys, the oldest first.</summary>
    public async Task<IReadOnlyList<PasskeyInfo>> ListAsync(string operatorId, CancellationToken cancellationToken) =>
        [.. (await _database.ReadAsync(db => db.Set<PasskeyRow>().Where(p => p.OperatorId == operatorId).OrderBy(p => p.CreatedAt).ToListAsync(cancellationToken), cancellationToken)).Select(p => p.ToInfo())];

    /// <summary>How many passkeys each person has; people without one are left out.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountAsync(CancellationToken cancellationToken) => await _database.ReadAsync(
        db => db.Set<PasskeyRow>().GroupBy(p => p.OperatorId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken), cancellationToken);

    /// <summary>Gives a passkey another name.</summary>
    /// <exception cref="IdentityRefusedException">There is no such passkey of this person, or the name is not allowed.</exception>
    public Task RenameAsync(string id, string name, Actor owner, CancellationToken cancellationToken) => _database.WriteAsync(async db =>
    {
        var row = await FindAsync(db, id, owner.Subject, cancellationToken);
        row.Name = CheckedName(name);
    }, cancellationToken);

    /// <summary>Ends a passkey: it signs nobody in from now on. Open sessions stay. Its owner may, and admins.</summary>
    /// <exception cref="IdentityRefusedException">There is no such passkey of this person, or the actor is neither the person nor an admin.</exception>
    public async Task RemoveAsync(string operatorId, string id, Actor by, CancellationToken cancellationToken)
    {
        await _database.WriteAsync(async db =>
        {
            if (by.Subject != Subject(operatorId)) await OperatorDirectory.RefuseUnlessAdminAsync(db, by, cancellationToken);
            var row = await FindAsync(db, id, Subject(operatorId), cancellationToken);
            db.Remove(row);
            var person = await db.Set<OperatorRow>().SingleAsync(o => o.OperatorId == operatorId, cancellationToken);
            db.Add(IdentityChangeRow.Of(by, Subject(operatorId), person.DisplayName, $"passkey '{row.Name}' removed", _time));
        }, cancellationToken);
        _changes.Publish(Topics.People, operatorId);
    }

    private static async Task<PasskeyRow> FindAsync(OmniAuditDb db, string id, string subject, CancellationToken cancellationToken)
    {
        var credential = id.Length is > 0 and <= 2046 && id.Length % 2 == 0 && id.All(char.IsAsciiHexDigit) ? Convert.FromHexString(id) : [];
        var row = await db.Set<PasskeyRow>().SingleOrDefaultAsync(p => p.CredentialId == credential, cancellationToken);
        return row is not null && Subject(row.OperatorId) == subject ? row : throw new IdentityRefusedException("There is no such passkey; it may have been removed meanwhile.");
    }

    /// <summary>The relying party is the host that the browser shows: APP_PUBLIC_URL's, or the one that was asked (which HostGuard has judged).</summary>
    private PasskeyHandler<OperatorRow> Handler(HttpContext request)
    {
        var origin = request.Request.Headers.Origin is [{ } only] ? only : "";
        if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || !IsOurs(uri, request.Request)) throw new IdentityRefusedException("Passkeys work on this server's own pages only.");
        if (uri.HostNameType != UriHostNameType.Dns)
            throw new IdentityRefusedException(string.Create(CultureInfo.InvariantCulture, $"Browsers have passkeys for host names only, not for {uri.Host}. On this machine, open http://localhost:{uri.Port} instead."));
        return new PasskeyHandler<OperatorRow>(_users, Options.Create(new IdentityPasskeyOptions
        {
            ServerDomain = uri.Host,
            UserVerificationRequirement = "required",
            ResidentKeyRequirement = "required",
            AuthenticatorTimeout = Lifetime,
            ValidateOrigin = context => ValueTask.FromResult(!context.CrossOrigin && string.Equals(context.Origin, origin, StringComparison.Ordinal)),
        }));
    }

    private bool IsOurs(Uri origin, HttpRequest request) =>
        (origin.Scheme is "http" or "https") && (string.Equals(origin.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)
        || (Uri.TryCreate(_options.App.PublicUrl, UriKind.Absolute, out var own) && own.Scheme == origin.Scheme && string.Equals(own.Authority, origin.Authority, StringComparison.OrdinalIgnoreCase)));

    private static string CheckedName(string name) => name.Trim() is { Length: > 0 and <= 60 } good && !good.Any(char.IsControl)
        ? good
        : throw new IdentityRefusedException("Name: 1 to 60 characters, no control characters.");

    private static string Subject(string operatorId) => $"person:{operatorId}";

    /// <inheritdoc/>
    public void Dispose() => _users.Dispose();
}
