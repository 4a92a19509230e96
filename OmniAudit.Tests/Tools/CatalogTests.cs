using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Tools;

/// <summary>Over every tool there is: what agents are shown, and what they were promised.</summary>
public sealed partial class CatalogTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The product's own tools, without the tests' probes.</summary>
    private static readonly ToolCatalog Catalog = ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly);

    /// <summary>Annotations, and the rules that SchemaValidator enforces: a keyword beyond these would be shown and not kept.</summary>
    private static readonly string[] Keywords =
        ["type", "description", "properties", "required", "additionalProperties", "items", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "default", "format", "contentMediaType"];

    public static TheoryData<string> Tools => [.. Catalog.All.Select(t => t.Name)];

    public static TheoryData<string> Contracts => [.. CatalogContract.All.Select(c => c.Name)];

    [Fact]
    public void Names_OfAllTools_AreUniqueInBothSpellings() =>
        Assert.Equal(Catalog.All.Count, Catalog.All.Select(t => t.Name.Replace('.', '_')).Distinct(StringComparer.Ordinal).Count());

    [Theory]
    [MemberData(nameof(Tools))]
    public void Name_OfATool_IsModuleVerbNounAndItsFolder(string name)
    {
        // ChatGPT's connectors look for these two names, and no other may go without a module.
        if (name is not ("search" or "fetch")) Assert.Matches(NameRule(), name);
        Assert.True(name.Length <= 60, "Some clients refuse longer names, prefix included.");
        var tool = Catalog.Find(name)!;
        Assert.Equal($"OmniAudit.Modules.{tool.Module}", ClassOf(tool).Namespace, ignoreCase: true);
        Assert.Same(tool, Catalog.Find(name.Replace('.', '_')));
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void Texts_OfATool_AreWrittenAndShort(string name)
    {
        var tool = Catalog.Find(name)!;
        Assert.InRange(tool.Title.Length, 3, 60);
        Assert.InRange(tool.Description.Length, 20, 1024);
        foreach (var (field, schema) in Arguments(tool)) Assert.True(schema["description"]?.GetValue<string>() is { Length: > 0 and <= 1024 }, $"{name}: {field} has no description.");
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void Schemas_OfATool_AreWhatEveryClientAccepts(string name)
    {
        var tool = Catalog.Find(name)!;
        foreach (var (kind, schema) in new[] { ("input", tool.InputSchema), ("output", tool.OutputSchema), ("listed input", tool.ListedInputSchema), ("listed output", tool.ListedOutputSchema) })
        {
            Assert.Equal("object", schema.GetProperty("type").GetString());
            Assert.Equal(JsonValueKind.Object, schema.GetProperty("properties").ValueKind);
            AssertPortable(JsonNode.Parse(schema.GetRawText()), $"{name} {kind}");
        }
        Assert.False(tool.InputSchema.GetProperty("additionalProperties").GetBoolean());
        Assert.NotEmpty(tool.OutputSchema.GetProperty("properties").EnumerateObject());
    }

    [Theory]
    [InlineData("""{"$ref":"#"}""", "$ref")]
    [InlineData("""{"type":["string","null"]}""", "type")]
    [InlineData("""{"anyOf":[]}""", "anyOf")]
    [InlineData("""{"type":"array"}""", "items")]
    [InlineData("""{"type":"array","items":true}""", "a: items: is no schema")]
    [InlineData("""{"type":"object","properties":{"x":true}}""", "a: x: is no schema")]
    [InlineData("""{"type":"object","properties":{"x":{}}}""", "a: x: type")]
    [InlineData("""{"type":"object","properties":{},"required":["x"]}""", "required 'x'")]
    public void AssertPortable_OfWhatSomeClientRejects_Fails(string schema, string named)
    {
        var failure = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertPortable(JsonNode.Parse(schema), "a"));
        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Writes_All_SayWhatTheyIntendAndKeepTheWriteContract()
    {
        var writes = Catalog.All.Where(t => t.Risk == ToolRisk.Write).ToList();
        Assert.NotEmpty(writes);
        foreach (var tool in writes)
        {
            Assert.True(DefinitionOf(tool).Intent is not null, $"{tool.Name} has no Intent: a person would approve a title.");
            Assert.Equal("string", tool.InputSchema.GetProperty("properties").GetProperty("confirmation_token").GetProperty("type").GetString());
            Assert.DoesNotContain("confirmation_token", RequiredOf(tool.InputSchema));
            Assert.Equal(["status", "message"], RequiredOf(tool.OutputSchema));
            foreach (var field in new[] { "status", "executed", "message", "requires_confirmation", "risk_level", "confirmation_token", "receipt_id", "approval", "next" })
                Assert.True(tool.OutputSchema.GetProperty("properties").TryGetProperty(field, out _), $"{tool.Name} answers no {field}.");
        }
    }

    [Theory]
    [MemberData(nameof(Tools))]
    public void Answers_OfATool_MayBeErrors(string name)
    {
        var properties = Catalog.Find(name)!.OutputSchema.GetProperty("properties");
        foreach (var field in new[] { "error", "message", "reference" }) Assert.Equal("string", properties.GetProperty(field).GetProperty("type").GetString());
        Assert.Equal("array", properties.GetProperty("errors").GetProperty("type").GetString());
    }

    [Fact]
    public void Reads_All_TakeNoTokenAndDestroyNothing()
    {
        foreach (var tool in Catalog.All.Where(t => t.Risk != ToolRisk.Write))
        {
            Assert.False(tool.InputSchema.GetProperty("properties").TryGetProperty("confirmation_token", out _), tool.Name);
            Assert.False(tool.Destructive, tool.Name);
            // An error has none of the tool's own fields, and must fit all the same.
            Assert.Empty(RequiredOf(tool.OutputSchema));
        }
    }

    [Theory]
    [MemberData(nameof(Contracts))]
    public void Tool_ThatCallersWerePromised_KeepsItsContract(string name)
    {
        var contract = CatalogContract.All.Single(c => c.Name == name);
        var tool = Catalog.Find(name);
        Assert.True(tool is not null, $"{name} is gone.");
        Assert.Equal(contract.Writes, tool.Risk == ToolRisk.Write);
        Assert.Equal(contract.Required.Order(StringComparer.Ordinal), RequiredOf(tool.InputSchema).Order(StringComparer.Ordinal));
        var arguments = Arguments(tool).Select(a => a.Field).ToList();
        Assert.Empty(contract.Required.Concat(contract.Optional).Except(arguments, StringComparer.Ordinal));
        Assert.Empty(contract.Answers.Except(Paths(JsonNode.Parse(tool.OutputSchema.GetRawText())!, ""), StringComparer.Ordinal));
    }

    [Fact]
    public async Task List_OverTheWire_IsTheCatalogInItsOrderWithAllHints()
    {
        var tools = await ListAsync();
        Assert.Equal(Catalog.All.Select(t => t.Name), tools.Keys);
        foreach (var (name, tool) in tools)
        {
            var declared = Catalog.Find(name)!;
            var hints = tool.GetProperty("annotations");
            Assert.Equal(
                (declared.Risk == ToolRisk.Read, declared.Destructive, declared.Idempotent, declared.OpenWorld),
                (Flag("readOnlyHint"), Flag("destructiveHint"), Flag("idempotentHint"), Flag("openWorldHint")));
            Assert.Equal((declared.Title, declared.Description), (tool.GetProperty("title").GetString(), tool.GetProperty("description").GetString()));
            Assert.True(JsonElement.DeepEquals(declared.ListedInputSchema, tool.GetProperty("inputSchema")), name);
            Assert.True(JsonElement.DeepEquals(declared.ListedOutputSchema, tool.GetProperty("outputSchema")), name);

            bool Flag(string hint) => hints.GetProperty(hint).GetBoolean();
        }
    }

    [Fact]
    public async Task Snapshots_OfAllTools_AreCurrentAndNoneIsLeftOver()
    {
        var folder = SourceTree.At("OmniAudit.Tests", "Snapshots");
        var tools = await ListAsync();
        if (SourceTree.WritesDocs)
        {
            foreach (var old in Directory.EnumerateFiles(folder, "*.json")) File.Delete(old);
            foreach (var (name, tool) in tools) await File.WriteAllTextAsync(Path.Combine(folder, name + ".json"), Snapshot(tool));
        }
        Assert.Equal(tools.Keys, Directory.EnumerateFiles(folder).Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));
        foreach (var (name, tool) in tools) Assert.Equal(await File.ReadAllTextAsync(Path.Combine(folder, name + ".json")), Snapshot(tool));
    }

    [Fact]
    public async Task Reference_InTheDocs_IsCurrent()
    {
        var file = SourceTree.At("docs", "tools.md");
        if (SourceTree.WritesDocs) await File.WriteAllTextAsync(file, ToolReference.Write(Catalog));
        Assert.Equal(await File.ReadAllTextAsync(file), ToolReference.Write(Catalog));
    }

    private static string Snapshot(JsonElement tool) => JsonSerializer.Serialize(tool, Readable) + "\n";

    /// <summary>What agents are listed, by name, without the tests' probes.</summary>
    private async Task<Dictionary<string, JsonElement>> ListAsync()
    {
        using var response = await shared.App.PostAsync("tools/list", []);
        var list = (await TestApp.ReadAsync(response)).GetProperty("result").GetProperty("tools");
        return list.EnumerateArray().Where(t => !t.GetProperty("name").GetString()!.StartsWith("probe.", StringComparison.Ordinal)).ToDictionary(t => t.GetProperty("name").GetString()!, StringComparer.Ordinal);
    }

    private static void AssertPortable(JsonNode? node, string at)
    {
        Assert.True(node is JsonObject, $"{at}: is no schema object but {node?.ToJsonString() ?? "null"}.");
        var schema = (JsonObject)node!;
        foreach (var keyword in schema.Select(k => k.Key)) Assert.True(Keywords.Contains(keyword, StringComparer.Ordinal), $"{at}: {keyword} is not understood everywhere.");
        Assert.True(schema["type"] is JsonValue type && type.TryGetValue<string>(out _), $"{at}: type must be one word, is {schema["type"]?.ToJsonString() ?? "missing"}.");
        var properties = schema["properties"] as JsonObject ?? [];
        foreach (var (name, child) in properties) AssertPortable(child, $"{at}: {name}");
        foreach (var name in (schema["required"] as JsonArray ?? []).Select(r => r!.GetValue<string>())) Assert.True(properties.ContainsKey(name), $"{at}: required '{name}' is not declared.");
        if (schema["type"]!.GetValue<string>() == "array" || schema.ContainsKey("items")) AssertPortable(schema["items"], $"{at}: items");
        if (schema["additionalProperties"] is JsonObject map) AssertPortable(map, $"{at}: additionalProperties");
        else Assert.True(schema["additionalProperties"]?.GetValueKind() is null or JsonValueKind.False, $"{at}: additionalProperties must be false or a schema.");
    }

    private static IEnumerable<(string Field, JsonObject Schema)> Arguments(CatalogTool tool) =>
        ((JsonObject)JsonNode.Parse(tool.InputSchema.GetRawText())!["properties"]!).Select(p => (p.Key, (JsonObject)p.Value!));

    private static List<string> RequiredOf(JsonElement schema) =>
        schema.TryGetProperty("required", out var required) ? [.. required.EnumerateArray().Select(r => r.GetString()!)] : [];

    private static IEnumerable<string> Paths(JsonNode schema, string above)
    {
        foreach (var (name, child) in schema["properties"] as JsonObject ?? [])
        {
            yield return above + name;
            foreach (var below in Paths(child!, above + name + ".")) yield return below;
            if (child!["items"] is { } items) foreach (var below in Paths(items, above + name + "[].")) yield return below;
        }
    }

    private static Type ClassOf(CatalogTool tool) => tool.GetType().GetGenericArguments()[0];

    private static dynamic DefinitionOf(CatalogTool tool) => ClassOf(tool).GetProperty("Definition")!.GetValue(null)!;

    [GeneratedRegex("^[a-z]+\\.[a-z]+(_[a-z]+)*$", RegexOptions.NonBacktracking)]
    private static partial Regex NameRule();
}
