using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A waiting request's arguments in the tool's own form. What was typed stays until it is saved or left.</summary>
public sealed partial class EditRequest
{
    private ElementReference _heading;
    private JsonElement _given;
    private string _base = "";
    private string _message = "";
    private IReadOnlyList<FieldError> _errors = [];
    private bool _busy;

    [Parameter, EditorRequired] public ApprovalDetail Detail { get; set; } = null!;
    [Parameter, EditorRequired] public CatalogTool Tool { get; set; } = null!;

    /// <summary>Takes all arguments and the digest of those that were changed.</summary>
    [Parameter, EditorRequired] public Func<JsonElement, string, Task<DecisionResult>> Save { get; set; } = null!;

    /// <summary>Saved or left.</summary>
    [Parameter] public EventCallback Close { get; set; }

    protected override void OnInitialized()
    {
        // Taken once: the form is about the version that was on the screen when it was opened.
        _base = Detail.PayloadSha256;
        using var json = JsonDocument.Parse(Detail.Payload);
        _given = json.RootElement.Clone();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (firstRender && RendererInfo.IsInteractive) await _heading.FocusAsync();
    }

    private async Task SaveAsync(JsonElement arguments)
    {
        if (_busy) return;
        (_busy, _message, _errors) = (true, "", []);
        try
        {
            var result = await Save(arguments, _base);
            if (result.Accepted) await Close.InvokeAsync();
            else (_message, _errors) = (result.Message, result.Errors ?? []);
        }
        finally
        {
            _busy = false;
        }
    }
}
