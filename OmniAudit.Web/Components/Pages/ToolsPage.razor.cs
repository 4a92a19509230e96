using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The catalogue as agents see it.</summary>
public sealed partial class ToolsPage
{
    [Inject] private ToolCatalog Catalog { get; set; } = null!;

    /// <summary>The risk's word as approvals carry it.</summary>
    internal static string RiskOf(CatalogTool tool) =>
        tool is { Risk: ToolRisk.Write, Destructive: true } ? "destructive_write" : tool.Risk.ToString().ToLowerInvariant();
}
