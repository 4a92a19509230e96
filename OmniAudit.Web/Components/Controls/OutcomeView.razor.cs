using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>How a call made from the console ended.</summary>
public sealed partial class OutcomeView
{
    [Parameter, EditorRequired] public ToolOutcome Outcome { get; set; } = null!;

    private static string? JobIdOf(JsonElement result) =>
        result.ValueKind == JsonValueKind.Object && result.TryGetProperty("job_id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
}
