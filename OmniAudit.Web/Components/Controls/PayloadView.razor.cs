using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Everything that will run, or what came of it: formatted for reading, with the raw bytes one click away.</summary>
public sealed partial class PayloadView : IDisposable
{
    private enum Tab
    {
        Formatted = 1,
        Raw = 2,
        Changed = 3,
    }

    private JsonDocument? _document;
    private IReadOnlyList<string> _warnings = [];
    private string? _parsed;
    private Tab _tab = Tab.Formatted;

    [Parameter, EditorRequired] public string Json { get; set; } = "{}";
    /// <summary>The JSON Schema of it, where there is one: says which texts are Markdown.</summary>
    [Parameter] public JsonElement? Schema { get; set; }

    /// <summary>All versions, the first one first; a second one can be compared with it.</summary>
    [Parameter] public IReadOnlyList<PayloadVersion> Versions { get; set; } = [];
    [Parameter] public string Heading { get; set; } = "What will run";
    [Parameter] public string Id { get; set; } = "payload";

    protected override void OnParametersSet()
    {
        if (_parsed == Json) return;
        _parsed = Json;
        _document?.Dispose();
        try
        {
            _document = JsonDocument.Parse(Json);
        }
        catch (JsonException)
        {
            // Not JSON: it is shown raw, whole.
            _document = null;
        }
        _warnings = [.. Warnings()];
    }

    private IEnumerable<string> Warnings()
    {
        var texts = _document is null ? [Json] : Texts(_document.RootElement).ToList();
        var hidden = texts.Sum(FaithfulSegments.CountHidden);
        if (hidden > 0) yield return $"{hidden} hidden or misleading character{(hidden == 1 ? "" : "s")} in this text; each is shown as an escape.";
        foreach (var warning in texts.SelectMany(HostWarnings.Find).Distinct(StringComparer.Ordinal)) yield return warning;
    }

    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Texts(p.Value).Prepend(p.Name)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Texts),
        JsonValueKind.String => [value.GetString()!],
        _ => [],
    };

    public void Dispose() => _document?.Dispose();
}
