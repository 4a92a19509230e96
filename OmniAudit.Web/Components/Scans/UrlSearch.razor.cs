using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Scans;

/// <summary>A text filter that lives in the page's own address.</summary>
public sealed partial class UrlSearch
{
    private string _text = "";

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    /// <summary>The query parameter.</summary>
    [Parameter, EditorRequired] public string Name { get; set; } = "";
    [Parameter, EditorRequired] public string Label { get; set; } = "";
    [Parameter, EditorRequired] public string? Value { get; set; }

    protected override void OnParametersSet() => _text = Value ?? "";

    private void Go() => Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(
        new Dictionary<string, object?> { [Name] = _text.Trim() is { Length: > 0 } text ? text : null, ["before"] = null }));
}
