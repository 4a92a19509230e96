using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OmniAudit.Tests.Conformance;

#pragma warning disable MCP9005 // Sampling and roots are deprecated in 2026-07-28; the suites still ask for them.
/// <summary>Tools and a prompt that answer "input required" (2026-07-28) and end when the call is repeated with the input.</summary>
internal static class InputRequiredFixtures
{
    private static readonly byte[] Seal = RandomNumberGenerator.GetBytes(32);

    public static IEnumerable<McpServerTool> Tools =>
    [
        Tool("elicitation", request => Answers(request, "user_name") is { } name ? $"Hello, {Said(name, "name")}!" : throw Ask(("user_name", Form("What is your name?", "name")))),
        Tool("sampling", request => Answers(request, "capital_question") is { } answer
            ? $"The model said: {answer.Deserialize(InputResponse.CreateMessageResultJsonTypeInfo)?.Content.OfType<TextContentBlock>().FirstOrDefault()?.Text}"
            : throw Ask(("capital_question", Sample("What is the capital of France?")))),
        Tool("list_roots", request => Answers(request, "client_roots") is { } answer
            ? $"{answer.Deserialize(InputResponse.ListRootsResultJsonTypeInfo)?.Roots.Count} roots"
            : throw Ask(("client_roots", InputRequest.ForRootsList(new ListRootsRequestParams())))),
        Tool("request_state", request => request.RequestState switch
        {
            null => throw Ask("state-1", ("confirm", Form("Sure?", "ok"))),
            "state-1" => "state-ok",
            _ => "state-mismatch",
        }),
        Tool("multiple_inputs", request => request.InputResponses is { Count: >= 3 } ? "all inputs are here" : throw Ask("several",
            ("user_name", Form("What is your name?", "name")), ("greeting", Sample("Generate a greeting")), ("client_roots", InputRequest.ForRootsList(new ListRootsRequestParams())))),
        Tool("multi_round", request => request.RequestState switch
        {
            null => throw Ask("round-1", ("step1", Form("Step 1: What is your name?", "name"))),
            "round-1" => throw Ask("round-2", ("step2", Form("Step 2: What is your favorite color?", "color"))),
            _ => "all rounds are done",
        }),
        Tool("tampered_state", request => request.RequestState switch
        {
            null => throw Ask(Sealed("state"), ("confirm", Form("Sure?", "ok"))),
            { } state when state == Sealed("state") => "state is ours",
            _ => throw new McpProtocolException("requestState: is not one that this server gave.", McpErrorCode.InvalidParams),
        }),
        McpServerTool.Create((RequestContext<CallToolRequestParams> request) =>
        {
            if (request.Params.InputResponses is { Count: > 0 }) return "inputs are here";
            var client = request.Server.ClientCapabilities;
            var asked = new List<(string, InputRequest)>();
            if (client?.Sampling is not null) asked.Add(("capital_question", Sample("What is the capital of France?")));
            if (client?.Elicitation is not null) asked.Add(("user_name", Form("What is your name?", "name")));
            if (client?.Roots is not null) asked.Add(("client_roots", InputRequest.ForRootsList(new ListRootsRequestParams())));
            return asked.Count == 0 ? "nothing can be asked" : throw Ask([.. asked]);
        }, new() { Name = "test_input_required_result_capabilities", Description = "Asks what the client can answer." }),
    ];

    public static McpServerPrompt Prompt => PromptFixtures.Prompt("test_input_required_result_prompt", "Asks before it answers.", (RequestContext<GetPromptRequestParams> request) =>
        request.Params.InputResponses?.TryGetValue("user_context", out var answer) == true ? $"Use this context: {Said(answer, "context")}" : throw Ask(("user_context", Form("Which context?", "context"))));

    private static McpServerTool Tool(string name, Func<CallToolRequestParams, string> run) =>
        McpServerTool.Create((RequestContext<CallToolRequestParams> request) => run(request.Params), new() { Name = $"test_input_required_result_{name}", Description = $"Asks before it answers: {name}." });

    private static InputResponse? Answers(CallToolRequestParams call, string key) => call.InputResponses?.TryGetValue(key, out var answer) == true ? answer : null;

    private static string? Said(InputResponse answer, string field) =>
        answer.Deserialize(InputResponse.ElicitResultJsonTypeInfo)?.Content is { } content && content.TryGetValue(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : "nobody";

    private static InputRequiredException Ask(params (string Key, InputRequest Request)[] requests) => Ask(null, requests);

    private static InputRequiredException Ask(string? state, params (string Key, InputRequest Request)[] requests) =>
        new(requests.ToDictionary(r => r.Key, r => r.Request, StringComparer.Ordinal), state);

    private static InputRequest Form(string message, string field) => InputRequest.ForElicitation(new ElicitRequestParams
    {
        Message = message,
        RequestedSchema = new ElicitRequestParams.RequestSchema { Properties = { [field] = new ElicitRequestParams.StringSchema() }, Required = [field] },
    });

    private static InputRequest Sample(string text) => InputRequest.ForSampling(new CreateMessageRequestParams { Messages = [new SamplingMessage { Role = Role.User, Content = [new TextContentBlock { Text = text }] }], MaxTokens = 100 });

    private static string Sealed(string state) => $"{state}.{Convert.ToHexString(HMACSHA256.HashData(Seal, Encoding.UTF8.GetBytes(state)))}";
}
