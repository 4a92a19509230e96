using System.Security.Claims;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Security;

/// <summary>What a console cookie says about its person.</summary>
internal static class ConsoleSession
{
    public const string Scheme = "Console";
    private const string Subject = ClaimTypes.NameIdentifier;
    private const string Stamp = "omniaudit:stamp";
    private const string NeedsPassword = "omniaudit:needs-password";

    /// <summary>A new session. The role is not in it: every request reads it anew, and has it by <see cref="Current"/>.</summary>
    public static ClaimsPrincipal Create(string operatorId, string displayName, string securityStamp, bool needsPassword) => Create(operatorId, displayName, securityStamp, needsPassword, null);

    /// <summary>The session as the store knows its person at this moment.</summary>
    public static ClaimsPrincipal Current(ClaimsPrincipal session, OperatorInfo person) =>
        Create(person.OperatorId, person.DisplayName, person.SecurityStamp, MustChoosePassword(session) && !person.HasPassword, person.Role);

    private static ClaimsPrincipal Create(string operatorId, string displayName, string securityStamp, bool needsPassword, Role? role)
    {
        var claims = new List<Claim> { new(Subject, operatorId), new(ClaimTypes.Name, displayName), new(Stamp, securityStamp) };
        if (needsPassword) claims.Add(new Claim(NeedsPassword, "true"));
        if (role is { } known) claims.Add(new Claim(ClaimTypes.Role, known.Word()));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, Scheme));
    }

    /// <summary>What the person may do; null for anyone who is not fully signed in.</summary>
    public static Role? RoleOf(ClaimsPrincipal user) =>
        ActorOf(user) is not null && Enum.TryParse<Role>(user.FindFirstValue(ClaimTypes.Role), ignoreCase: true, out var role) ? role : null;

    /// <summary>The person as approvals and receipts know them; null for anyone who is not fully signed in.</summary>
    public static Actor? ActorOf(ClaimsPrincipal user) =>
        OperatorIdOf(user) is { } id && !MustChoosePassword(user) ? new Actor(ActorKind.Person, "person:" + id, user.Identity!.Name ?? id) : null;

    /// <summary>Null when the principal is not a console session.</summary>
    public static string? OperatorIdOf(ClaimsPrincipal user) =>
        user.Identities.FirstOrDefault(i => i is { IsAuthenticated: true, AuthenticationType: Scheme })?.FindFirst(Subject)?.Value;

    public static string StampOf(ClaimsPrincipal user) => user.FindFirstValue(Stamp) ?? "";

    /// <summary>Signed in by a link, but without a password yet: may do nothing else first.</summary>
    public static bool MustChoosePassword(ClaimsPrincipal user) => user.HasClaim(NeedsPassword, "true");
}
