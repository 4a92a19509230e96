using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Tests.Support;

/// <summary>docs/tools.md, written from the same declarations that agents are shown.</summary>
internal static class ToolReference
{
    private static readonly JsonObject WriteFields = Extended(WriteContract.ExtendOutput);
    private static readonly JsonObject ErrorFields = Extended(ErrorContract.ExtendOutput);

    public static string Write(ToolCatalog catalog)
    {
        var text = new StringBuilder();
        text.Append("# Tools\n\n");
        text.Append("Generated from the tools' declarations; `OMNIAUDIT_WRITE_DOCS=1 ./test.sh` writes it anew, and a test compares.\n\n");
        text.Append("Every tool can be called by its name or with an underscore in place of the dot. Unknown arguments are refused. ");
        text.Append("Reads change nothing; work starts something on this server; writes change something outside it, and run only after a person has approved them in the console.\n\n");
        text.Append("| tool | kind | what it does |\n|---|---|---|\n");
        foreach (var tool in catalog.All) text.Append($"| [{tool.Name}](#{tool.Name.Replace(".", "", StringComparison.Ordinal)}) | {KindOf(tool)} | {Cell(tool.Title)} |\n");
        text.Append("\n## What every write answers\n\n");
        text.Append("The first call of a write executes nothing. It answers these fields, and the same call again with `confirmation_token` tells how the request stands. The tool's own fields are there once it was executed.\n\n");
        AppendFields(text, WriteFields);
        text.Append("\n## What every error answers\n\n");
        text.Append("A call that was refused or failed answers `isError` and these fields instead of the tool's own.\n\n");
        AppendFields(text, ErrorFields);
        foreach (var tool in catalog.All) Append(text, tool);
        return text.ToString();
    }

    private static void Append(StringBuilder text, CatalogTool tool)
    {
        text.Append($"\n## {tool.Name}\n\n{tool.Title}. {tool.Description}\n\n");
        text.Append($"Kind: {KindOf(tool)}. Hints: read-only {Word(tool.Risk == ToolRisk.Read)}, destructive {Word(tool.Destructive)}, idempotent {Word(tool.Idempotent)}, open world {Word(tool.OpenWorld)}.");
        if (tool.RateLimit is { } bucket) text.Append($" Draws from the budget of {bucket.ToString().ToLowerInvariant()} per minute.");
        text.Append("\n\n");
        var arguments = Parse(tool.InputSchema);
        if (Properties(arguments).Count == 0) text.Append("It takes no arguments.\n");
        else AppendFields(text, arguments, isInput: true);
        text.Append(tool.Risk == ToolRisk.Write ? "\nAnswers, beside [what every write answers](#what-every-write-answers):\n\n" : "\nAnswers:\n\n");
        var own = Parse(tool.OutputSchema);
        foreach (var (name, field) in Properties(ErrorFields)) RemoveShared(name, field);
        foreach (var (name, field) in tool.Risk == ToolRisk.Write ? Properties(WriteFields) : []) RemoveShared(name, field);
        AppendFields(text, own);

        // A field of the tool's own by the same name says more than the shared one.
        void RemoveShared(string name, JsonNode? field)
        {
            if (JsonNode.DeepEquals(Properties(own)[name], field)) Properties(own).Remove(name);
        }
    }

    private static void AppendFields(StringBuilder text, JsonObject schema, bool isInput = false)
    {
        text.Append(isInput ? "| argument | type | | what it is |\n|---|---|---|---|\n" : "| field | type | what it is |\n|---|---|---|\n");
        foreach (var (path, field, required) in Flatten(schema, ""))
        {
            var rules = RulesOf(field);
            var what = field["description"]?.GetValue<string>() ?? "";
            text.Append($"| `{path}` | {TypeOf(field)} | {(isInput ? required ? "required | " : "optional | " : "")}{Cell(what + (what.Length > 0 && rules.Length > 0 ? " " : "") + rules)} |\n");
        }
    }

    private static IEnumerable<(string Path, JsonObject Field, bool Required)> Flatten(JsonObject schema, string above)
    {
        var required = (schema["required"] as JsonArray ?? []).Select(r => r!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, node) in Properties(schema))
        {
            var field = (JsonObject)node!;
            var path = above + name;
            yield return (path, field, required.Contains(name));
            foreach (var below in Flatten(field, path + ".")) yield return below;
            if (field["items"] is JsonObject items) foreach (var below in Flatten(items, path + "[].")) yield return below;
        }
    }

    private static JsonObject Properties(JsonObject schema) => schema["properties"] as JsonObject ?? [];

    private static string TypeOf(JsonObject field)
    {
        var type = field["type"]?.GetValue<string>() ?? "any";
        return type == "array" && field["items"] is JsonObject items ? $"array of {TypeOf(items)}" : type;
    }

    private static string RulesOf(JsonObject field)
    {
        var rules = new List<string>();
        if (field["enum"] is JsonArray values) rules.Add("One of " + string.Join(", ", values.Select(v => $"`{v}`")) + ".");
        if (Range(field["minLength"], field["maxLength"]) is { } length) rules.Add($"{length} characters.");
        if (Range(field["minimum"], field["maximum"]) is { } range) rules.Add($"{range}.");
        if (Range(field["minItems"], field["maxItems"]) is { } count) rules.Add($"{count} entries.");
        if (field["pattern"] is { } pattern) rules.Add($"Matches `{pattern}`.");
        if (field["default"] is { } byDefault) rules.Add($"Default `{byDefault}`.");
        if (field["items"] is JsonObject items && RulesOf(items) is { Length: > 0 } each) rules.Add("Each: " + each);
        return string.Join(' ', rules);
    }

    private static string? Range(JsonNode? least, JsonNode? most) => (least, most) switch
    {
        (null, null) => null,
        (null, _) => $"At most {most}",
        (_, null) => $"At least {least}",
        _ => $"{least} to {most}",
    };

    private static string KindOf(CatalogTool tool) => tool.Risk == ToolRisk.Write ? "write, needs approval" : tool.Risk.ToString().ToLowerInvariant();

    private static string Word(bool value) => value ? "yes" : "no";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static JsonObject Parse(JsonElement schema) => (JsonObject)JsonNode.Parse(schema.GetRawText())!;

    private static JsonObject Extended(Action<JsonObject> extend)
    {
        var schema = new JsonObject();
        extend(schema);
        return schema;
    }
}
