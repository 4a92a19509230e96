using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.AdminOps.Rules;

namespace OmniAudit.Web.Components.AdminRules;

/// <summary>Whether a rule can fire, and why not.</summary>
public sealed partial class LintView
{
    [Parameter, EditorRequired] public RuleLint Lint { get; set; } = null!;
}
