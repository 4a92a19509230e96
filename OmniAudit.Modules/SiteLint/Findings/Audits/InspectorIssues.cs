using System.Text.Json;
using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>Reads the browser's complaints (CDP <c>Audits.InspectorIssue</c>) without trusting their form.</summary>
internal static class InspectorIssues
{
    /// <summary>The inner details of all issues with this code; the protocol wraps them in an object with one property, and either form is read.</summary>
    public static IEnumerable<JsonElement> Of(PageObservation page, string code)
    {
        var wrapper = char.ToLowerInvariant(code[0]) + code[1..] + "Details";
        foreach (var issue in page.Issues)
        {
            if (issue.Code != code || issue.Details.ValueKind != JsonValueKind.Object) continue;
            yield return issue.Details.TryGetProperty(wrapper, out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : issue.Details;
        }
    }

    /// <summary>The text at a path of property names; empty when there is none.</summary>
    public static string Word(JsonElement details, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (details.ValueKind != JsonValueKind.Object || !details.TryGetProperty(name, out details)) return "";
        }
        return details.ValueKind switch { JsonValueKind.String => details.GetString() ?? "", JsonValueKind.Number => details.GetRawText(), _ => "" };
    }

    public static bool Lists(JsonElement details, string name, string word) =>
        details.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array && list.EnumerateArray().Any(e => e.ValueKind == JsonValueKind.String && e.GetString() == word);
}
