using System.ComponentModel;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OmniAudit.Tests.Conformance;

/// <summary>Tools that answer with each kind of content, and tell how far they are.</summary>
internal static class ContentFixtures
{
    // One red pixel, and no sound at all. The SDK takes base64 as its bytes.
    public static readonly byte[] Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="u8.ToArray();
    private static readonly byte[] Wav = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="u8.ToArray();
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static IEnumerable<McpServerTool> Tools =>
    [
        Tool("test_simple_text", "Answers with text.", () => "This is a simple text response for testing."),
        Tool("test_image_content", "Answers with an image.", () => new ImageContentBlock { Data = Png, MimeType = "image/png" }),
        Tool("test_audio_content", "Answers with a sound.", () => new AudioContentBlock { Data = Wav, MimeType = "audio/wav" }),
        Tool("test_embedded_resource", "Answers with a resource.", () => Embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")),
        Tool("test_multiple_content_types", "Answers with three kinds of content.", () => new ContentBlock[]
        {
            new TextContentBlock { Text = "Multiple content types test:" },
            new ImageContentBlock { Data = Png, MimeType = "image/png" },
            Embedded("test://mixed-content-resource", "application/json", "{\"test\":\"data\",\"value\":123}"),
        }),
        Tool("test_error_handling", "Fails.", CallToolResult () => new() { IsError = true, Content = [new TextContentBlock { Text = "This tool intentionally returns an error for testing" }] }),
        Tool("test_tool_with_logging", "Writes to the client's log.", LogAsync),
        Tool("test_logging_tool", "Writes to the client's log if the request asks for it.", LogOnce),
        Tool("test_tool_with_progress", "Tells how far it is.", ProgressAsync),
        Tool("test_reconnection", "Answers at once: streams are not resumed here.", () => "Reconnection test completed successfully"),
        Tool("test_header_tool", "Has an argument that stands in a header too.", ([McpHeader("Region"), Description("Where")] string region, [Description("What")] string query) => $"{region}: {query}"),
        Schema(),
    ];

    public static EmbeddedResourceBlock Embedded(string uri, string mimeType, string text) => new() { Resource = new TextResourceContents { Uri = uri, MimeType = mimeType, Text = text } };

    public static McpServerTool Tool(string name, string description, Delegate run) => McpServerTool.Create(run, new() { Name = name, Description = description });

    private static async Task<string> LogAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        foreach (var line in new[] { "Tool execution started", "Tool processing data", "Tool execution completed" })
        {
            Log(request, line);
            await Task.Delay(Pause, cancellationToken);
        }
        return "done";
    }

    private static string LogOnce(RequestContext<CallToolRequestParams> request)
    {
        Log(request, "test_logging_tool ran");
        return "done";
    }

#pragma warning disable MCP9005 // Deprecated in 2026-07-28; the suites still ask for it.
    private static void Log(RequestContext<CallToolRequestParams> request, string line)
    {
        var log = request.Server.AsClientLoggerProvider().CreateLogger("conformance");
        log.Log(Microsoft.Extensions.Logging.LogLevel.Information, default, line, null, static (text, _) => text);
    }
#pragma warning restore MCP9005

    private static async Task<string> ProgressAsync(McpServer server, RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        if (request.Params.ProgressToken is not { } token) return "no progress token";
        foreach (var percent in new[] { 0, 50, 100 })
        {
            await server.NotifyProgressAsync(token, new ProgressNotificationValue { Progress = percent, Total = 100, Message = $"{percent} %" }, cancellationToken: cancellationToken);
            await Task.Delay(Pause, cancellationToken);
        }
        return "done";
    }

    /// <summary>Keywords of JSON Schema 2020-12 must reach the client as they are.</summary>
    private static McpServerTool Schema()
    {
        var tool = Tool("json_schema_2020_12_tool", "Has a schema of JSON Schema 2020-12.", () => "done");
        tool.ProtocolTool.InputSchema = JsonDocument.Parse("""
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "$defs": { "address": { "$anchor": "addressDef", "type": "object", "properties": { "street": { "type": "string" }, "city": { "type": "string" } } } },
              "properties": { "name": { "type": "string" }, "address": { "$ref": "#/$defs/address" }, "contactMethod": { "type": "string", "enum": ["phone", "email"] }, "phone": { "type": "string" }, "email": { "type": "string" } },
              "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
              "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
              "then": { "required": ["phone"] },
              "else": { "required": ["email"] },
              "additionalProperties": false
            }
            """).RootElement;
        return tool;
    }
}

internal static class PromptFixtures
{
    public static IEnumerable<McpServerPrompt> All =>
    [
        Prompt("test_simple_prompt", "Has no arguments.", () => "This is a simple prompt for testing."),
        Prompt("test_prompt_with_arguments", "Repeats its arguments.", ([Description("First")] string arg1, [Description("Second")] string arg2) => $"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"),
        Prompt("test_prompt_with_embedded_resource", "Holds a resource.", ([Description("Which")] string resourceUri) => new PromptMessage[]
        {
            new() { Role = Role.User, Content = ContentFixtures.Embedded(resourceUri, "text/plain", "Embedded resource content for testing.") },
            new() { Role = Role.User, Content = new TextContentBlock { Text = "Please process the embedded resource above." } },
        }),
        Prompt("test_prompt_with_image", "Holds an image.", () => new PromptMessage[]
        {
            new() { Role = Role.User, Content = new ImageContentBlock { Data = ContentFixtures.Png, MimeType = "image/png" } },
            new() { Role = Role.User, Content = new TextContentBlock { Text = "Please analyze the image above." } },
        }),
        InputRequiredFixtures.Prompt,
    ];

    public static McpServerPrompt Prompt(string name, string description, Delegate run) => McpServerPrompt.Create(run, new() { Name = name, Description = description });
}

internal static class ResourceFixtures
{
    public static IEnumerable<McpServerResource> All =>
    [
        Resource("test://static-text", "static-text", "text/plain", () => "This is the content of the static text resource."),
        Resource("test://static-binary", "static-binary", "image/png", () => new BlobResourceContents { Uri = "test://static-binary", MimeType = "image/png", Blob = ContentFixtures.Png }),
        Resource("test://template/{id}/data", "template", "application/json", (string id) => new TextResourceContents { Uri = $"test://template/{id}/data", MimeType = "application/json", Text = JsonSerializer.Serialize(new { id, templateTest = true, data = $"Data for ID: {id}" }) }),
        Resource("test://watched-resource", "watched-resource", "text/plain", () => "Watched resource content"),
    ];

    private static McpServerResource Resource(string uri, string name, string mimeType, Delegate read) =>
        McpServerResource.Create(read, new() { UriTemplate = uri, Name = name, Description = $"The fixture {name}.", MimeType = mimeType });
}
