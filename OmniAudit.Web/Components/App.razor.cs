using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace OmniAudit.Web.Components;

/// <summary>The document around every page. Pages that set cookies (sign-in) are rendered without a circuit.</summary>
public sealed partial class App
{
    [CascadingParameter]
    private HttpContext HttpContext { get; set; } = null!;

    private IComponentRenderMode? Mode => HttpContext.AcceptsInteractiveRouting() ? RenderMode.InteractiveServer : null;

    private string Theme => HttpContext.Request.Cookies["omniaudit-theme"] is ("light" or "dark") and var theme ? theme : "auto";

    private IEnumerable<(string Kind, string Path, string Media)> Sheets =>
        from kind in (string[])["light", "dark"]
        from file in (string[])["base", "wcag"]
        select (kind, $"_content/Radzen.Blazor/css/standard{(kind == "dark" ? "-dark" : "")}-{file}.css", MediaOf(kind));

    /// <summary>Both sheets are linked; the media query chooses, so that no script runs before the first paint.</summary>
    private string MediaOf(string kind) => Theme == "auto" ? $"(prefers-color-scheme: {kind})" : Theme == kind ? "all" : "not all";
}
