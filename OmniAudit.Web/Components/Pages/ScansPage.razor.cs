using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Layout;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Starts scans, through the same tool as an agent, and lists them with their progress.</summary>
public sealed partial class ScansPage
{
    private const string StartTool = "sitelint.start_scan";

    private static readonly string[] Fields = ["url", "profile", "viewport_set", "entry_paths", "crawl_budget"];
    private static readonly Dictionary<string, string> Preset = new(StringComparer.Ordinal) { ["profile"] = "standard", ["viewport_set"] = "desktop_mobile" };

    private ScanList _list = new([], null);
    private ToolOutcome? _outcome;
    private IReadOnlyList<FieldError> _errors = [];
    private bool _starting;

    [Inject] private ScanQueries Scans { get; set; } = null!;
    [Inject] private ToolCatalog Catalog { get; set; } = null!;
    [Inject] private ToolCallRunner Runner { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "before")] public string? Before { get; set; }

    private CatalogTool Tool => Catalog.Find(StartTool)!;

    protected override bool Concerns(Change change) => change.Topic == Topics.Jobs;

    protected override async Task LoadAsync() => _list = await Scans.ListAsync(string.IsNullOrEmpty(Before) ? null : Before, 50, Left);

    private async Task StartAsync(JsonElement arguments)
    {
        if (_starting || await CurrentPersonAsync() is not { } person) return;
        (_starting, _errors, _outcome) = (true, [], null);
        StateHasChanged();
        try
        {
            // The list below shows the scan as it goes; the answer, where the server waits for the end, opens it.
            _outcome = await Runner.RunAsync(StartTool, arguments, new CallOrigin(person, Guid.CreateVersion7().ToString("N"), "OmniAudit console"), Left);
            if (_outcome is ToolOutcome.Refused refused) _errors = refused.Errors;
            if (_outcome is ToolOutcome.Succeeded done && done.Result.TryGetProperty("scan_id", out var id) && !Left.IsCancellationRequested)
                Navigation.NavigateTo(PageLinks.Scan(id.GetString()!));
        }
        finally
        {
            _starting = false;
        }
    }

    private static string Count(ScanSummary scan, int count) => scan.Status == JobStatus.Completed ? count.ToString() : "–";
}
