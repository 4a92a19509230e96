using System.Security.Cryptography;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Web.Components.Layout;

/// <summary>What a page shows when it broke: that it did, that nothing was decided by it, and a reference that finds the log line.</summary>
public sealed class ConsoleErrorBoundary(ILogger<ConsoleErrorBoundary> log) : ErrorBoundaryBase
{
    private string _reference = "";

    protected override Task OnErrorAsync(Exception exception)
    {
        _reference = "err_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        log.LogError(exception, "A console page broke, reference {Reference}", _reference);
        return Task.CompletedTask;
    }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        if (CurrentException is null)
        {
            builder.AddContent(0, ChildContent);
            return;
        }
        builder.OpenElement(1, "section");
        builder.AddAttribute(2, "class", "notice bad");
        builder.AddAttribute(3, "role", "alert");
        if (CurrentException is ObjectStoreUnavailableException away)
        {
            builder.AddMarkupContent(4, "<h1>The object store is away</h1><p>What this page shows lies there. The rest of the console works; nothing was approved or denied by this error.</p>");
            builder.OpenElement(14, "p");
            builder.AddContent(15, $"Settings to look at: {away.Settings}. The page Health says when it is back.");
            builder.CloseElement();
        }
        else
        {
            builder.AddMarkupContent(16, "<h1>This page broke</h1><p>The rest of the console works. Nothing was approved or denied by this error.</p>");
        }
        builder.OpenElement(5, "p");
        builder.AddContent(6, "Reference for the log: ");
        builder.OpenElement(7, "code");
        builder.AddContent(8, _reference);
        builder.CloseElement();
        builder.CloseElement();
        builder.OpenElement(9, "button");
        builder.AddAttribute(10, "type", "button");
        builder.AddAttribute(11, "class", "rz-button rz-button-md rz-variant-outlined rz-primary rz-shade-default");
        builder.AddAttribute(12, "onclick", EventCallback.Factory.Create(this, Recover));
        builder.AddContent(13, "Try again");
        builder.CloseElement();
        builder.CloseElement();
    }
}
