using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A person's word about a write whose end nobody saw.</summary>
public sealed partial class SettleForm
{
    private bool _missing;

    [Parameter] public bool Disabled { get; set; }
    [Parameter] public string Seen { get; set; } = "";
    [Parameter] public EventCallback<string> SeenChanged { get; set; }

    /// <summary>Gets whether it happened.</summary>
    [Parameter] public EventCallback<bool> Settle { get; set; }

    private async Task SettleAsync(bool happened)
    {
        _missing = Seen.Trim().Length == 0;
        if (!_missing) await Settle.InvokeAsync(happened);
    }
}
