using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Support;

/// <summary>People with the ids that tests know them by.</summary>
internal static class People
{
    /// <summary>Adds the person, or gives one who is there other groups and lets them in again.</summary>
    public static Task AddAsync(Database database, Actor person, string groups = "") => database.WriteAsync(async db =>
    {
        var id = person.Subject["person:".Length..];
        var row = await db.Set<OperatorRow>().SingleOrDefaultAsync(o => o.OperatorId == id);
        if (row is null) db.Add(row = new OperatorRow { OperatorId = id, UserName = id.Replace('_', '-'), DisplayName = person.Name, SecurityStamp = "test" });
        (row.Groups, row.DisabledAt) = (groups, null);
    }, CancellationToken.None);
}
