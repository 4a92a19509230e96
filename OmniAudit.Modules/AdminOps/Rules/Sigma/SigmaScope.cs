using OmniAudit.Modules.AdminOps.Events;

namespace OmniAudit.Modules.AdminOps.Rules.Sigma;

/// <summary>Which of our events a log source is. Directory changes and sign-ins come by Graph and, in other words, by the unified log: a rule sees both.</summary>
/// <param name="Sources">Of <see cref="EventSources"/>; empty when none has such events.</param>
/// <param name="NotIngested">Why there are none; null when there can be.</param>
internal sealed record SigmaScope(SigmaDialect Dialect, IReadOnlyList<string> Sources, string? NotIngested)
{
    private const int AzureActiveDirectory = 8, AccountLogon = 9, StsLogon = 15;

    public bool Has(AuditEvent e) => Has(e.Source, e.RecordType);

    public bool Has(string source, int? recordType) => Dialect switch
    {
        SigmaDialect.Audit => source == EventSources.Directory || (source == EventSources.Unified && recordType == AzureActiveDirectory),
        SigmaDialect.SignIn => source == EventSources.SignIn || (source == EventSources.Unified && recordType is AccountLogon or StsLogon),
        _ => Sources.Contains(source),
    };

    public static SigmaScope Of(SigmaLogSource source) => (source.Product, source.Service) switch
    {
        ("azure", "auditlogs") => new(SigmaDialect.Audit, [EventSources.Directory, EventSources.Unified], null),
        ("azure", "signinlogs") => new(SigmaDialect.SignIn, [EventSources.SignIn, EventSources.Unified], null),
        ("azure", "riskdetection") => new(SigmaDialect.Risk, [EventSources.Risk], null),
        ("azure", "activitylogs") => new(SigmaDialect.Own, [], "azure/activitylogs is Azure Resource Manager's log, which is not read here"),
        ("azure", "pim") => new(SigmaDialect.Own, [], "azure/pim is the alerts of Privileged Identity Management, which are not read here"),
        ("m365" or "microsoft365", _) => new(SigmaDialect.M365, [EventSources.Unified], null),
        ("omniaudit" or "", "") => new(SigmaDialect.Own, EventSources.All, null),
        ("omniaudit" or "", var own) when EventSources.All.Contains(own) => new(SigmaDialect.Own, [own], null),
        var (product, service) => new(SigmaDialect.Own, [], $"{(product.Length > 0 ? product : "no product")}{(service.Length > 0 ? "/" + service : "")} is not a source of events here"),
    };
}
