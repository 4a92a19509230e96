using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Asks for a reason once, before something that needs one.</summary>
public sealed partial class ReasonForm
{
    private ElementReference _box;
    private bool _missing;

    [Parameter, EditorRequired] public string Label { get; set; } = "";

    /// <summary>What is said when there is no reason.</summary>
    [Parameter, EditorRequired] public string Missing { get; set; } = "";
    [Parameter, EditorRequired] public string Verb { get; set; } = "";

    /// <summary>The button's name for tests.</summary>
    [Parameter, EditorRequired] public string Action { get; set; } = "";
    [Parameter] public bool Disabled { get; set; }
    [Parameter] public string Reason { get; set; } = "";
    [Parameter] public EventCallback<string> ReasonChanged { get; set; }
    [Parameter] public EventCallback Submit { get; set; }
    [Parameter] public EventCallback Leave { get; set; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && RendererInfo.IsInteractive) await _box.FocusAsync();
    }

    private async Task SubmitAsync()
    {
        _missing = Reason.Trim().Length == 0;
        if (!_missing) await Submit.InvokeAsync();
    }
}
