using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Layout;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Starts a scan through the same tool as an agent, and opens it at once: the page shows how it goes.</summary>
public sealed partial class NewScanPage
{
    private const string StartTool = "sitelint.start_scan";

    private ToolOutcome? _outcome;
    private IReadOnlyList<FieldError> _errors = [];
    private JsonElement? _given;
    private bool _starting;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    /// <summary>Stands in the address field at first.</summary>
    [SupplyParameterFromQuery(Name = "url")] public string? Url { get; set; }

    /// <summary>The earlier scan that this one is to be compared with.</summary>
    [SupplyParameterFromQuery(Name = "baseline")] public string? Baseline { get; set; }

    protected override bool Concerns(Change change) => false;

    protected override Task LoadAsync()
    {
        if (!string.IsNullOrEmpty(Url) && _given is null) _given = JsonSerializer.SerializeToElement(new { url = Url, baseline_scan_id = Baseline });
        return Task.CompletedTask;
    }

    private async Task StartAsync(JsonElement arguments)
    {
        if (_starting) return;
        (_starting, _errors, _outcome) = (true, [], null);
        StateHasChanged();
        try
        {
            // As a task: the answer comes when the job is queued, whatever SITELINT_ASYNC_MODE says to agents.
            _outcome = await RunAsync(StartTool, arguments, origin => origin with { AsTask = true });
            if (_outcome is ToolOutcome.Refused refused) _errors = refused.Errors;
            if (_outcome is ToolOutcome.Succeeded done && done.Result.TryGetProperty("scan_id", out var id) && !Left.IsCancellationRequested)
                Navigation.NavigateTo(PageLinks.Scan(id.GetString()!));
        }
        finally
        {
            _starting = false;
        }
    }
}
