using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using static OmniAudit.Tests.Conformance.ContentFixtures;

namespace OmniAudit.Tests.Conformance;

#pragma warning disable MCP9005 // Sampling is deprecated in 2026-07-28; the suites still ask for it.
#pragma warning disable MCP9001 // So is the older form of titled enums.
/// <summary>Tools that ask the client while a session's call runs: a model, or a person.</summary>
internal static class AskingFixtures
{
    public static IEnumerable<McpServerTool> Tools =>
    [
        Tool("test_sampling", "Asks the client's model.", async (McpServer server, string prompt, CancellationToken cancellationToken) =>
        {
            var answer = await server.SampleAsync(new CreateMessageRequestParams { Messages = [new SamplingMessage { Role = Role.User, Content = [new TextContentBlock { Text = prompt }] }], MaxTokens = 100 }, cancellationToken);
            return $"LLM response: {answer.Content.OfType<TextContentBlock>().FirstOrDefault()?.Text}";
        }),
        Tool("test_elicitation", "Asks the person at the client.", (McpServer server, string message, CancellationToken cancellationToken) =>
            AskAsync(server, message, new() { ["response"] = new ElicitRequestParams.StringSchema { Description = "User's response" } }, cancellationToken)),
        Tool("test_elicitation_sep1034_defaults", "Asks with defaults.", (McpServer server, CancellationToken cancellationToken) => AskAsync(server, "Is this right?", new()
        {
            ["name"] = new ElicitRequestParams.StringSchema { Description = "User name", Default = "John Doe" },
            ["age"] = new ElicitRequestParams.NumberSchema { Type = "integer", Description = "User age", Default = 30 },
            ["score"] = new ElicitRequestParams.NumberSchema { Description = "User score", Default = 95.5 },
            ["status"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Description = "User status", Enum = ["active", "inactive", "pending"], Default = "active" },
            ["verified"] = new ElicitRequestParams.BooleanSchema { Description = "Verification status", Default = true },
        }, cancellationToken)),
        Tool("test_elicitation_sep1330_enums", "Asks to choose.", (McpServer server, CancellationToken cancellationToken) => AskAsync(server, "Which?", new()
        {
            ["untitledSingle"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["option1", "option2", "option3"] },
            ["titledSingle"] = new ElicitRequestParams.TitledSingleSelectEnumSchema { OneOf = Options("First Option", "Second Option", "Third Option") },
            ["legacyEnum"] = new ElicitRequestParams.LegacyTitledEnumSchema { Enum = ["opt1", "opt2", "opt3"], EnumNames = ["Option One", "Option Two", "Option Three"] },
            ["untitledMulti"] = new ElicitRequestParams.UntitledMultiSelectEnumSchema { Items = new ElicitRequestParams.UntitledEnumItemsSchema { Enum = ["option1", "option2", "option3"] } },
            ["titledMulti"] = new ElicitRequestParams.TitledMultiSelectEnumSchema { Items = new ElicitRequestParams.TitledEnumItemsSchema { AnyOf = Options("First Choice", "Second Choice", "Third Choice") } },
        }, cancellationToken)),
        Tool("test_missing_capability", "Needs a client with sampling.", (RequestContext<CallToolRequestParams> request) =>
            request.Server.ClientCapabilities?.Sampling is null ? throw new MissingRequiredClientCapabilityException(new ClientCapabilities { Sampling = new SamplingCapability() }) : "done"),
        Tool("test_streaming_elicitation", "Answers without asking: the stream carries no request.", () => "done"),
    ];

    private static List<ElicitRequestParams.EnumSchemaOption> Options(params string[] titles) => [.. titles.Select((t, i) => new ElicitRequestParams.EnumSchemaOption { Const = $"value{i + 1}", Title = t })];

    private static async Task<string> AskAsync(McpServer server, string message, Dictionary<string, ElicitRequestParams.PrimitiveSchemaDefinition> fields, CancellationToken cancellationToken)
    {
        var answer = await server.ElicitAsync(new ElicitRequestParams { Message = message, RequestedSchema = new ElicitRequestParams.RequestSchema { Properties = fields } }, cancellationToken);
        return $"User response: action={answer.Action}, content={System.Text.Json.JsonSerializer.Serialize(answer.Content)}";
    }
}
