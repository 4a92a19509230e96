using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Scans;

/// <summary>A choice that lives in the page's own address.</summary>
public sealed partial class UrlSelect
{
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    /// <summary>The query parameter.</summary>
    [Parameter, EditorRequired] public string Name { get; set; } = "";
    [Parameter, EditorRequired] public string Label { get; set; } = "";
    [Parameter, EditorRequired] public IReadOnlyList<(string Value, string Label)> Choices { get; set; } = [];
    [Parameter, EditorRequired] public string? Value { get; set; }
    [Parameter] public string All { get; set; } = "all";

    private void Go(ChangeEventArgs change)
    {
        var value = change.Value as string;
        // A page further down the old list would be a page of another one.
        Navigation.NavigateTo(Navigation.GetUriWithQueryParameters(new Dictionary<string, object?> { [Name] = string.IsNullOrEmpty(value) ? null : value, ["before"] = null }));
    }
}
