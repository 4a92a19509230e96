using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Controls;

/// <summary>Filters above a list. They live in the URL: a link shows the same list to everyone.</summary>
public sealed partial class FilterBar
{
    private string _text = "";

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    /// <summary>The page's own path.</summary>
    [Parameter, EditorRequired] public string Path { get; set; } = "/";

    /// <summary>The query parameter the choices set.</summary>
    [Parameter, EditorRequired] public string Name { get; set; } = "";

    /// <summary>The choices; an empty value is the page's default.</summary>
    [Parameter, EditorRequired] public IReadOnlyList<(string Value, string Label)> Choices { get; set; } = [];

    [Parameter] public string? Selected { get; set; }
    [Parameter] public string? Query { get; set; }
    [Parameter] public string Hint { get; set; } = "Search";

    protected override void OnParametersSet() => _text = Query ?? "";

    private bool IsSelected(string value) => value == (Selected ?? "") || (value.Length == 0 && Choices.All(c => c.Value != Selected));

    private string Link(string value) => Path + QueryString(value, Query);

    private void Search()
    {
        var value = Choices.Any(c => c.Value == Selected) ? Selected : "";
        Navigation.NavigateTo(Path + QueryString(value ?? "", _text.Trim()));
    }

    private string QueryString(string value, string? text)
    {
        var parts = new List<string>(2);
        if (value.Length > 0) parts.Add($"{Name}={Uri.EscapeDataString(value)}");
        if (!string.IsNullOrEmpty(text)) parts.Add($"q={Uri.EscapeDataString(text)}");
        return parts.Count == 0 ? "" : "?" + string.Join('&', parts);
    }
}
