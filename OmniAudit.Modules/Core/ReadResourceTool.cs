using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using OmniAudit.Modules.Resources;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Core;

/// <summary>Resources for clients whose agents cannot read them.</summary>
internal sealed class ReadResourceTool(ResourceCatalog resources) : ITool<ReadResourceTool.Input, ReadResourceTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "core.read_resource",
        Title = "Read a resource",
        Description = "Reads an omniaudit:// URI that an answer named, in parts.",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input
    {
        [Description("omniaudit://…")]
        [StringLength(300, MinimumLength = 1)]
        public required string Uri { get; init; }

        [Description("next_cursor of the part before")]
        [StringLength(20)]
        public string? Cursor { get; init; }
    }

    internal sealed record Output(string Uri, string MimeType, [property: Description("A JSON object")] string Text, [property: Description("The console page")] string Url, [property: Description("Absent on the last part")] string? NextCursor);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        var uri = string.IsNullOrEmpty(input.Cursor) ? input.Uri : $"{input.Uri.Split('?')[0]}?offset={input.Cursor}";
        try
        {
            return await resources.ReadAsync(uri, new ResourceReader(call.Actor.Subject, call.MayUse) { MayRead = call.MayRead }, cancellationToken) is { } page
                ? new Output(page.Uri, "application/json", page.Text, page.Url, page.NextOffset?.ToString(CultureInfo.InvariantCulture))
                : throw ToolRefusedException.NotFound("uri", input.Uri, "Use a URI that an answer or resources/list named, for example omniaudit://receipts/rcp_….");
        }
        catch (FormatException wrong)
        {
            var field = string.IsNullOrEmpty(input.Cursor) ? "uri" : "cursor";
            throw new ToolRefusedException("invalid_arguments", $"{field}: {wrong.Message}", field);
        }
    }
}
