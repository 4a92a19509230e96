using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Approvals;

namespace OmniAudit.Web.Components.Controls;

/// <summary>What differs between two versions of a request's arguments, argument by argument; at first between the one asked for and the one that runs.</summary>
public sealed partial class VersionDiff
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private List<(string Name, string? Before, string? After)> _changed = [];
    private List<string> _same = [];
    private int _compared;
    private int _from;
    private int _to;

    /// <summary>Two or more, the first one first.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<PayloadVersion> Versions { get; set; } = [];

    private int From
    {
        get => _from;
        set
        {
            _from = value;
            Compare();
        }
    }

    private int To
    {
        get => _to;
        set
        {
            _to = value;
            Compare();
        }
    }

    protected override void OnParametersSet()
    {
        if (_compared == Versions.Count) return;
        (_from, _to) = (Versions[0].Number, Versions[^1].Number);
        Compare();
    }

    private void Compare()
    {
        _compared = Versions.Count;
        var (before, after) = (Arguments(_from), Arguments(_to));
        var names = before.Keys.Union(after.Keys).ToList();
        _same = [.. names.Where(n => before.GetValueOrDefault(n) == after.GetValueOrDefault(n))];
        _changed = [.. names.Except(_same).Select(n => (n, before.GetValueOrDefault(n), after.GetValueOrDefault(n)))];
    }

    private Dictionary<string, string?> Arguments(int number)
    {
        using var json = JsonDocument.Parse(Versions.First(v => v.Number == number).Payload);
        return json.RootElement.EnumerateObject().ToDictionary(
            p => p.Name, p => p.Value.ValueKind == JsonValueKind.String ? p.Value.GetString() : JsonSerializer.Serialize(p.Value, Indented), StringComparer.Ordinal);
    }

    private static string Label(PayloadVersion version) => $"Version {version.Number}, {(version.Number == 1 ? "asked for by" : "edited by")} {version.ByName}";
}
