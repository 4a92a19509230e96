using System.Security.Claims;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Security;

/// <summary>What became of an attempt to get in.</summary>
/// <param name="User">The session to begin; null when there is none.</param>
/// <param name="Message">Why not, and what to do.</param>
internal sealed record ConsoleEntry(ClaimsPrincipal? User, string Message);

/// <summary>Turns a link, a password or a passkey into a console session, and says whether a session still holds.</summary>
internal sealed class ConsoleSignIn(OperatorDirectory operators, SignInLinks links, PasskeyDirectory passkeys, TimeProvider time)
{
    private const string NewLink = "Make a new one on the server: ./run.sh operators link NAME.";

    public async Task<ConsoleEntry> ByLinkAsync(string token, CancellationToken cancellationToken) => await links.RedeemAsync(token, cancellationToken) switch
    {
        SignInAttempt.SignedIn signedIn => await EnterAsync(signedIn.Operator, cancellationToken),
        SignInAttempt.Refused { Reason: SignInRefusal.Used } => Refuse($"This link was used already. {NewLink}"),
        SignInAttempt.Refused { Reason: SignInRefusal.Expired } => Refuse($"This link is too old: it works for {SignInLinks.Lifetime.TotalMinutes:0} minutes. {NewLink}"),
        SignInAttempt.Refused { Reason: SignInRefusal.Disabled } => Refuse("This operator may not sign in any more."),
        _ => Refuse($"This link is not known here. {NewLink}"),
    };

    public async Task<ConsoleEntry> ByPasswordAsync(string userName, string password, CancellationToken cancellationToken) =>
        await operators.CheckPasswordAsync(userName.Trim(), password, cancellationToken) switch
        {
            PasswordCheck.Correct correct => await EnterAsync(correct.Operator, cancellationToken),
            PasswordCheck.Locked locked => Refuse($"Too many wrong passwords. Try again in {Math.Max(1, Math.Ceiling((locked.Until - time.GetUtcNow()).TotalMinutes)):0} min, or use a sign-in link: ./run.sh operators link NAME."),
            _ => Refuse("The user name or the password is wrong."),
        };

    /// <summary>Sets the person's password. Every session but the returned one ends.</summary>
    /// <param name="current">The password in force; null only for a session that has none yet.</param>
    public async Task<ConsoleEntry> ChoosePasswordAsync(ClaimsPrincipal user, string? current, string password, CancellationToken cancellationToken)
    {
        if (await FindAsync(user, cancellationToken) is not { } person) return Refuse("Your session has ended. Sign in again.");
        if (person.HasPassword)
        {
            switch (await operators.CheckPasswordAsync(person.UserName, current ?? "", cancellationToken))
            {
                case PasswordCheck.Locked: return Refuse("Too many wrong passwords. Try again in a few minutes.");
                case PasswordCheck.Wrong: return Refuse("The password now is wrong.");
            }
        }
        try
        {
            return await EnterAsync(await operators.SetPasswordAsync(person.OperatorId, password, cancellationToken), cancellationToken);
        }
        catch (IdentityRefusedException refused)
        {
            return Refuse(refused.Message);
        }
    }

    /// <summary>The session as the store knows it now, with the role; null when it has ended.</summary>
    public async Task<ClaimsPrincipal?> CurrentAsync(ClaimsPrincipal user, CancellationToken cancellationToken) => await FindAsync(user, cancellationToken) is { } person ? ConsoleSession.Current(user, person) : null;

    public async Task<bool> IsCurrentAsync(ClaimsPrincipal user, CancellationToken cancellationToken) => await FindAsync(user, cancellationToken) is not null;

    /// <summary>The session of somebody who has shown who they are. Who has no way to sign in again chooses a password (or adds a passkey) first.</summary>
    public async Task<ConsoleEntry> EnterAsync(OperatorInfo person, CancellationToken cancellationToken) => new(ConsoleSession.Create(
        person.OperatorId, person.DisplayName, person.SecurityStamp,
        needsPassword: !person.HasPassword && person.Issuer is null && (await passkeys.ListAsync(person.OperatorId, cancellationToken)).Count == 0), "");

    /// <summary>The person of a session; null when it has ended.</summary>
    public async Task<OperatorInfo?> FindAsync(ClaimsPrincipal user, CancellationToken cancellationToken) =>
        ConsoleSession.OperatorIdOf(user) is { } id ? await operators.FindSessionAsync(id, ConsoleSession.StampOf(user), cancellationToken) : null;

    private static ConsoleEntry Refuse(string message) => new(null, message);
}
