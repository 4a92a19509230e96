using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace OmniAudit.Modules.Approvals;

/// <summary>The list of one state, newest first, is one short range: without it every request of that state is read and sorted for a page.</summary>
internal sealed class ApprovalListIndex : IEntityTypeConfiguration<ApprovalRow>
{
    public void Configure(EntityTypeBuilder<ApprovalRow> builder) => builder.HasIndex(a => new { a.State, a.ApprovalId });
}
