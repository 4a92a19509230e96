using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Any address that no page has; the status says so, too.</summary>
public sealed partial class NotFoundPage
{
    /// <summary>Whatever was asked for.</summary>
    [Parameter] public string? Address { get; set; }

    /// <summary>There while the page is rendered for a request, not on a live page.</summary>
    [CascadingParameter] private HttpContext? HttpContext { get; set; }

    protected override void OnInitialized()
    {
        if (HttpContext is not { Response.HasStarted: false } context) return;
        // At the last moment: the framework sends no body for a page that is a 404 while it is being rendered.
        context.Response.OnStarting(() =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }
}
