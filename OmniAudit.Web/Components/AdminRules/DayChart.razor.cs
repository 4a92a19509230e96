using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Rules;

namespace OmniAudit.Web.Components.AdminRules;

/// <summary>Events a day as bars; the numbers are beside them.</summary>
public sealed partial class DayChart
{
    /// <summary>Oldest first.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<BackTestDay> Days { get; set; } = [];

    private long Most => Days.Max(d => d.Hits);
}
