using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Tools;
using OmniAudit.Web.Components.Layout;

namespace OmniAudit.Web.Components.Controls;

/// <summary>How a call made from the console ended.</summary>
public sealed partial class OutcomeView
{
    [Parameter, EditorRequired] public ToolOutcome Outcome { get; set; } = null!;

    private static string? LinkOf(JsonElement result) =>
        TextOf(result, "scan_id") is { } scanId ? PageLinks.Scan(scanId) : TextOf(result, "draft_id") is { } draftId ? PageLinks.Triage(draftId) : TextOf(result, "job_id") is { } jobId ? PageLinks.Job(jobId) : null;

    private static string? TextOf(JsonElement result, string name) =>
        result.ValueKind == JsonValueKind.Object && result.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
