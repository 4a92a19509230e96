using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Web.Components.Pages;

/// <summary>One tool: its declaration, and a form that calls it through the same runner as an agent's call.</summary>
public sealed partial class ToolPage
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private CatalogTool? _tool;
    private ToolOutcome? _outcome;
    private IReadOnlyList<FieldError> _errors = [];
    private bool _running;

    [Inject] private ToolCatalog Catalog { get; set; } = null!;
    [Inject] private ToolCallRunner Runner { get; set; } = null!;

    [Parameter] public string Name { get; set; } = "";

    private string Verb => _tool!.Risk == ToolRisk.Write ? "Send for approval" : "Run";

    private string? Obstacle => _tool!.Risk == ToolRisk.Read ? null : WhyNot(Role.Operator, _tool.Risk == ToolRisk.Write ? "Asking for writes" : "Starting work");

    private string Hints => string.Join(" · ", new[]
    {
        _tool!.OpenWorld ? "reaches systems outside this server" : "stays on this server",
        _tool.Idempotent ? "calling again changes nothing more" : null,
        _tool.Destructive ? "may overwrite or delete" : null,
    }.Where(h => h is not null));

    protected override bool Concerns(Change change) => false;

    protected override Task LoadAsync()
    {
        var tool = Catalog.Find(Name);
        if (tool != _tool) (_tool, _outcome, _errors) = (tool, null, []);
        return Task.CompletedTask;
    }

    private async Task RunAsync(JsonElement arguments)
    {
        if (_running || _tool is null || await CurrentPersonAsync() is not { } person) return;
        _running = true;
        _errors = [];
        StateHasChanged();
        try
        {
            var origin = ConsoleCall.By(person);
            _outcome = await Runner.RunAsync(_tool.Name, arguments, origin, Left);
            if (_outcome is ToolOutcome.Refused refused) _errors = refused.Errors;
        }
        finally
        {
            _running = false;
        }
    }

    private static string Pretty(JsonElement value) => JsonSerializer.Serialize(value, Indented);
}
