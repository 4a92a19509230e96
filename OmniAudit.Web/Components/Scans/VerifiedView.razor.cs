using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Scans;

/// <summary>What a second look at a finding said.</summary>
public sealed partial class VerifiedView
{
    [Parameter, EditorRequired] public ToolOutcome Outcome { get; set; } = null!;

    private static (string Tone, string Icon, string Word, string Why)? Verdict(JsonElement result)
    {
        var (why, now, then) = (Text(result, "reason"), Text(result, "occurrences_now"), Text(result, "occurrences_then"));
        return Text(result, "status") switch
        {
            "still_present" => ("warn", "alert", $"Still there: {now} of {then} places on this page", why),
            "gone" => ("good", "check", "Gone", why),
            "could_not_tell" => ("", "question", "Nobody can tell", why),
            _ => null,
        };
    }

    private static string Text(JsonElement result, string name) => result.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : "";
}
