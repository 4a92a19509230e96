using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>The published schema of <c>report.json</c> (JSON Schema 2020-12), made from the model itself.</summary>
internal static class ReportSchema
{
    public static JsonNode Make()
    {
        var options = new JsonSerializerOptions(ReportJson.Options) { RespectNullableAnnotations = true, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        var model = options.GetJsonSchemaAsNode(typeof(ScanReport), new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = AbsentInsteadOfNull });
        var schema = new JsonObject
        {
            ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
            ["$id"] = $"urn:{ScanReport.CurrentSchema.Replace('/', ':')}",
            ["title"] = "SiteLint report",
            ["description"] = "One scan of a site. Members may be added; readers ignore what they do not know. Texts come from the audited site and are not to be trusted.",
        };
        foreach (var (name, value) in model.AsObject()) schema[name] = value?.DeepClone();
        return schema;
    }

    /// <summary>What may be null is left out of a report, so it is not required.</summary>
    private static JsonNode AbsentInsteadOfNull(JsonSchemaExporterContext context, JsonNode schema)
    {
        if (schema is not JsonObject type || type["required"] is not JsonArray required) return schema;
        foreach (var property in context.TypeInfo.Properties.Where(p => p.IsGetNullable || Nullable.GetUnderlyingType(p.PropertyType) is not null))
        {
            if (required.FirstOrDefault(r => r!.GetValue<string>() == property.Name) is { } name) required.Remove(name);
        }
        if (required.Count == 0) type.Remove("required");
        return schema;
    }

    /// <summary>As it is published: indented, ending in a line break.</summary>
    public static string Text() => Make().ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n";
}
