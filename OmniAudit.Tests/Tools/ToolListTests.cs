using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Tools;

/// <summary>What every client loads before its first call is small and never varies.</summary>
public sealed class ToolListTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const int MostBytes = 24_000;

    [Fact]
    public async Task List_IsSmallAndByteForByteTheSame()
    {
        var first = (await McpMessage.Of("tools/list").SendAsync(shared.App)).Body;
        Assert.Equal(first, (await McpMessage.Of("tools/list").SendAsync(shared.App)).Body);
        await using var another = await TestApp.StartAsync();
        Assert.Equal(first, (await McpMessage.Of("tools/list").SendAsync(another)).Body);

        var tools = JsonDocument.Parse(first.Split("data: ")[1]).RootElement.GetProperty("result").GetProperty("tools").EnumerateArray()
            .Where(t => !t.GetProperty("name").GetString()!.StartsWith("probe.", StringComparison.Ordinal)).ToDictionary(t => t.GetProperty("name").GetString()!, t => Encoding.UTF8.GetByteCount(t.GetRawText()));
        var sizes = string.Join(", ", tools.OrderByDescending(t => t.Value).Select(t => $"{t.Key} {t.Value}"));
        Assert.True(tools.Values.Sum() + tools.Count + 100 <= MostBytes, $"{tools.Values.Sum()} bytes: {sizes}");
        var reads = tools.Where(t => ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly).Find(t.Key)!.Risk == ToolRisk.Read).Select(t => t.Value).ToList();
        Assert.True(reads.Average() <= 750, $"{reads.Average():F0} bytes for a read: {sizes}");
        // A few large tools are the writes and the scan; whoever adds one keeps it as small as the others.
        Assert.True(tools.Values.Average() <= 1_150, $"{tools.Values.Average():F0} bytes on average: {sizes}");
    }

    [Fact]
    public void ListedSchemas_OfAll_TakeWhatTheFullOnesTake()
    {
        foreach (var tool in ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly).All)
        {
            foreach (var (name, schema) in (JsonObject)JsonNode.Parse(tool.ListedInputSchema.GetRawText())!["properties"]!)
            {
                var whole = (JsonObject)JsonNode.Parse(tool.InputSchema.GetRawText())!["properties"]![name]!;
                var said = (JsonObject)schema!.DeepClone();
                // Bounds may be missing; nothing may be there that is not so.
                Loosen(whole, said);
                Assert.Equal(whole.ToJsonString(), said.ToJsonString());
            }
            var (listed, full) = ((JsonObject)JsonNode.Parse(tool.ListedOutputSchema.GetRawText())!, (JsonObject)JsonNode.Parse(tool.OutputSchema.GetRawText())!);
            Assert.Equal("object", listed["type"]!.GetValue<string>());
            Assert.NotEmpty((JsonObject)listed["properties"]!);
            Assert.False(listed.ContainsKey("additionalProperties"), "Errors have fields of their own.");
            foreach (var (name, schema) in (JsonObject)listed["properties"]!)
                Assert.Equal(full["properties"]![name]!["type"]!.GetValue<string>(), schema!["type"]!.GetValue<string>());
            Assert.Equal(tool.Risk == ToolRisk.Write ? """["status","message"]""" : null, listed["required"]?.ToJsonString());
            Assert.Empty(SchemaValidator.Validate(listed, JsonSerializer.SerializeToElement(new { error = "x", message = "y", status = "failed", errors = new[] { new { field = "a", message = "b" } }, more = 1 })));
        }
    }

    private static void Loosen(JsonObject whole, JsonObject said)
    {
        foreach (var bound in new[] { "minLength", "maxLength", "maxItems", "pattern", "minimum", "maximum", "contentMediaType" }) if (!said.ContainsKey(bound)) whole.Remove(bound);
        if (whole["items"] is JsonObject items) Loosen(items, (JsonObject)said["items"]!);
        // Deeper than the arguments themselves, the description has it.
        foreach (var inner in new[] { "properties", "required", "additionalProperties" }) if (!said.ContainsKey(inner)) whole.Remove(inner);
        foreach (var (name, property) in whole["properties"] as JsonObject ?? []) Loosen((JsonObject)property!, (JsonObject)said["properties"]![name]!);
    }
}
