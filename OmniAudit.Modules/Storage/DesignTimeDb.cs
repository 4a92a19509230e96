using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace OmniAudit.Modules.Storage;

/// <summary>What <c>dotnet ef migrations add</c> uses: the model, on a database that is never opened.</summary>
internal sealed class DesignTimeDb : IDesignTimeDbContextFactory<OmniAuditDb>
{
    public OmniAuditDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<OmniAuditDb>().UseSqlite("Data Source=:memory:").Options);
}
