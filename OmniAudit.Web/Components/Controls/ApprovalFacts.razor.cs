using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Who asks for what under which rule, and what the request depends on.</summary>
public sealed partial class ApprovalFacts
{
    private IReadOnlyList<(string Name, string Value)> _found = [];

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Parameter, EditorRequired] public ApprovalDetail Detail { get; set; } = null!;
    [Parameter, EditorRequired] public ApprovalProgress Progress { get; set; } = null!;

    private ApprovalSummary Summary => Detail.Summary;

    private string Kind => ApprovalCard.KindOf(Summary.RequesterSubject).ToLowerInvariant();

    private string Link => Navigation.ToAbsoluteUri(Layout.PageLinks.Approval(Summary.ApprovalId)).ToString();

    protected override void OnParametersSet()
    {
        using var json = JsonDocument.Parse(Detail.Facts.Length == 0 ? "{}" : Detail.Facts);
        _found = [.. json.RootElement.EnumerateObject().Select(p => (p.Name, p.Value.ToString()))];
    }
}
