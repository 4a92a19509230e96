using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Scans;

/// <summary>Headers as they were sent.</summary>
public sealed partial class HeaderList
{
    [Parameter, EditorRequired] public IReadOnlyDictionary<string, string> Headers { get; set; } = new Dictionary<string, string>();
    [Parameter, EditorRequired] public string Title { get; set; } = "";
}
