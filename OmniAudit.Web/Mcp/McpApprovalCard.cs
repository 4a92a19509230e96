using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace OmniAudit.Web.Mcp;

/// <summary>
/// The card that hosts of MCP Apps (SEP-1865, 2026-01-26) show beside the result of a write: what waits, how it stands, and a
/// link to the console. It reads and shows; it has no way to decide. Hosts without Apps ignore all of it.
/// </summary>
internal static class McpApprovalCard
{
    public const string Uri = "ui://omniaudit/approval";
    public const string MimeType = "text/html;profile=mcp-app";

    private const string Title = "Approval card";
    private static readonly string Html = Read();

    /// <summary>What a write tool says about it. The flat key is that of hosts from before the specification was final.</summary>
    public static JsonObject OfTool() => new() { ["ui"] = new JsonObject { ["resourceUri"] = Uri }, ["ui/resourceUri"] = Uri };

    public static Resource Resource() => new()
    {
        Uri = Uri, Name = "approval-card", Title = Title, Description = "Shows people a write that waits for approval, and the way to the console. For hosts that show MCP Apps; it decides nothing.",
        MimeType = MimeType, Size = System.Text.Encoding.UTF8.GetByteCount(Html), Meta = Security(),
    };

    public static TextResourceContents Contents() => new() { Uri = Uri, MimeType = MimeType, Text = Html, Meta = Security() };

    /// <summary>It loads nothing, connects to nothing, and needs no permission.</summary>
    private static JsonObject Security() => new()
    {
        ["ui"] = new JsonObject { ["csp"] = new JsonObject { ["connectDomains"] = new JsonArray(), ["resourceDomains"] = new JsonArray() }, ["prefersBorder"] = true },
    };

    private static string Read()
    {
        using var stream = typeof(McpApprovalCard).Assembly.GetManifestResourceStream("ApprovalCard.html")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
