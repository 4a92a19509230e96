using System.Globalization;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Identities;

/// <summary>Operators who sign in at an OIDC provider. They are found by issuer and subject and by nothing else: an account here is never taken over because a name or a mail address is the same.</summary>
public sealed class FederatedOperators
{
    /// <summary>Who changes a role that the provider says.</summary>
    private static readonly Actor Provider = new(ActorKind.System, "system:oidc", "sign-in at the provider");

    private readonly Database _database;
    private readonly ChangeFeed _changes;
    private readonly TimeProvider _time;

    internal FederatedOperators(Database database, ChangeFeed changes, TimeProvider time) => (_database, _changes, _time) = (database, changes, time);

    /// <summary>
    /// Notes a sign-in of somebody whom the provider has vouched for: the operator is added at the first one, and has the
    /// given role, groups and display name after every one. Other sessions end when role or groups changed. Null when the
    /// operator is disabled here.
    /// </summary>
    /// <param name="userName">Made to fit <c>NameRule</c> and to be unique, at the first sign-in; kept afterwards.</param>
    /// <param name="groups">Those that are no names for groups here are left out; <see cref="OperatorDirectory.Admins"/> is for those whose role is admin, whatever the provider calls its groups.</param>
    public async Task<OperatorInfo?> SignInAsync(string issuer, string subject, string userName, string displayName, Role role, IEnumerable<string> groups, CancellationToken cancellationToken)
    {
        var person = await _database.WriteAsync(db => SignInAsync(db, issuer, subject, userName, displayName, role, groups, cancellationToken), cancellationToken);
        if (person is not null) _changes.Publish(Topics.People, person.OperatorId);
        return person;
    }

    private async Task<OperatorInfo?> SignInAsync(OmniAuditDb db, string issuer, string subject, string userName, string displayName, Role role, IEnumerable<string> groups, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        var row = await db.Set<OperatorRow>().SingleOrDefaultAsync(o => o.Issuer == issuer && o.IssuerSubject == subject, cancellationToken);
        if (row?.DisabledAt is not null) return null;
        if (row is null)
        {
            row = new OperatorRow { OperatorId = Ids.New("opr", _time), UserName = await FreeNameAsync(db, userName, cancellationToken), Issuer = issuer, IssuerSubject = subject, CreatedAt = now };
            db.Add(row);
        }
        var joined = string.Join(',', GroupsHere(groups, role));
        // Sessions that are open elsewhere still say the old ones.
        if (row.Role != role || row.Groups != joined || row.SecurityStamp.Length == 0)
        {
            var words = $"signed in by {issuer}; role: {role.ToString().ToLowerInvariant()}; groups: {(joined.Length > 0 ? joined : "none")}";
            db.Add(IdentityChangeRow.Of(Provider, $"person:{row.OperatorId}", row.UserName, words.Length <= 1500 ? words : words[..1500], _time));
            row.SecurityStamp = OperatorDirectory.NewStamp();
        }
        (row.Role, row.Groups, row.DisplayName, row.LastSignInAt) = (role, joined, Shown(displayName, row.UserName), now);
        return row.ToInfo();
    }

    private static async Task<string> FreeNameAsync(OmniAuditDb db, string wanted, CancellationToken cancellationToken)
    {
        var at = wanted.IndexOf('@', StringComparison.Ordinal);
        var plain = string.Concat((at > 0 ? wanted[..at] : wanted).ToLowerInvariant().Take(56).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' ? c : '-')).TrimStart('.', '_', '-');
        if (plain.Length == 0) plain = "user";
        for (var number = 1; number < 100; number++)
        {
            var name = number == 1 ? plain : string.Create(CultureInfo.InvariantCulture, $"{plain}-{number}");
            if (!await db.Set<OperatorRow>().AnyAsync(o => o.UserName == name, cancellationToken)) return name;
        }
        return $"{plain[..Math.Min(plain.Length, 40)]}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
    }

    private static IEnumerable<string> GroupsHere(IEnumerable<string> groups, Role role) =>
        groups.Select(g => g.Trim().ToLowerInvariant())
            .Where(g => NameRule.Accepts(g) && g is not (Requirement.Anyone or "and" or "or" or OperatorDirectory.Admins))
            .Concat(role == Role.Admin ? [OperatorDirectory.Admins] : [])
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(OperatorDirectory.MostGroups);

    /// <summary>Without what would not be seen, and never empty.</summary>
    private static string Shown(string displayName, string userName)
    {
        var shown = string.Concat(displayName.Where(c => !char.IsControl(c) && char.GetUnicodeCategory(c) is not (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse))).Trim();
        if (shown.Length > 100) shown = shown[..(char.IsHighSurrogate(shown[99]) ? 99 : 100)];
        return shown.Length > 0 ? shown : userName;
    }
}
