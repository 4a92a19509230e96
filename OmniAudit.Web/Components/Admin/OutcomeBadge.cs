using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using OmniAudit.Modules.AdminOps;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Admin;

/// <summary>What came of an event, by word, icon and colour.</summary>
public sealed class OutcomeBadge : ComponentBase
{
    [Parameter, EditorRequired] public EventOutcome Outcome { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        var (tone, icon) = AuditWords.Look(Outcome);
        builder.OpenElement(0, "span");
        builder.AddAttribute(1, "class", $"badge {tone}");
        builder.AddAttribute(2, "data-outcome", Outcome.Word());
        builder.OpenComponent<Icon>(3);
        builder.AddComponentParameter(4, nameof(Icon.Name), icon);
        builder.CloseComponent();
        builder.AddContent(5, Outcome.Word());
        builder.CloseElement();
    }
}
