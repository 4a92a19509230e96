namespace OmniAudit.Tests.Approvals;

/// <summary>The tests that start processes beside this one, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class ApprovalSuite
{
    public const string Name = "Approval suite";
}
