using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Support;

/// <summary>People with the ids that tests know them by.</summary>
internal static class People
{
    /// <summary>Adds the person, or gives one who is there other groups and another role and lets them in again. Without a role: admin in group admins, else approver.</summary>
    public static Task AddAsync(Database database, Actor person, string groups = "", Role? role = null) => database.WriteAsync(async db =>
    {
        var id = person.Subject["person:".Length..];
        var row = await db.Set<OperatorRow>().SingleOrDefaultAsync(o => o.OperatorId == id);
        if (row is null) db.Add(row = new OperatorRow { OperatorId = id, UserName = id.Replace('_', '-'), DisplayName = person.Name, SecurityStamp = "test" });
        (row.Groups, row.DisabledAt, row.Role) = (groups, null, role ?? (groups.Split(',').Contains(OperatorDirectory.Admins) ? Role.Admin : Role.Approver));
    }, CancellationToken.None);
}
