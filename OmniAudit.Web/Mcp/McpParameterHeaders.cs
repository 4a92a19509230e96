using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace OmniAudit.Web.Mcp;

/// <summary>Arguments that a tool's schema marks with x-mcp-header stand in a header Mcp-Param-… too (2026-07-28), for proxies that route by them; both must say the same.</summary>
internal static class McpParameterHeaders
{
    private const string Prefix = "Mcp-Param-";
    /// <summary>2^53 − 1: larger integers do not survive a JavaScript client.</summary>
    private const long LargestInteger = 9007199254740991;
    private const NumberStyles Number = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <param name="schema">The input schema of the called tool.</param>
    /// <exception cref="McpRefusal">400 −32020: one is missing, cannot be decoded or says something else.</exception>
    public static void Check(IHeaderDictionary headers, JsonElement schema, JsonObject? arguments)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object) return;
        foreach (var property in properties.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Object) continue;
            var argument = arguments?[property.Name];
            Check(headers, property.Value, argument as JsonObject);
            if (!property.Value.TryGetProperty("x-mcp-header", out var name) || name.GetString() is not { Length: > 0 } suffix) continue;
            var header = Prefix + suffix;
            if (headers[header].Count == 0)
            {
                // What the body does not say, no header repeats.
                if (argument is not null) throw Mismatch(header, $"is missing, while the body has {property.Name}.");
                continue;
            }
            var sent = McpHttpChecks.DecodeHeader(headers, header);
            if (argument is not JsonValue value || !Same(sent, value, property.Value)) throw Mismatch(header, $"does not repeat the body's {property.Name}.");
        }
    }

    private static bool Same(string sent, JsonValue argument, JsonElement schema)
    {
        if (!IsInteger(schema) || argument.GetValueKind() != JsonValueKind.Number)
            return McpHeaderEncoder.ConvertToHeaderValue(argument) is { } expected && sent == McpHeaderEncoder.DecodeValue(expected);
        // 42, 42.0 and 4.2e1 are the same integer.
        return long.TryParse(sent, Number, CultureInfo.InvariantCulture, out var header) && long.TryParse(argument.ToJsonString(), Number, CultureInfo.InvariantCulture, out var body)
            && header == body && header is >= -LargestInteger and <= LargestInteger;
    }

    private static bool IsInteger(JsonElement schema) => schema.TryGetProperty("type", out var type) && type.ValueKind switch
    {
        JsonValueKind.String => type.ValueEquals("integer"),
        JsonValueKind.Array => type.EnumerateArray().Any(t => t.ValueKind == JsonValueKind.String && t.ValueEquals("integer")),
        _ => false,
    };

    private static McpRefusal Mismatch(string header, string message) => McpRefusal.BadRequest(McpErrorCode.HeaderMismatch, $"{header}: {message}");
}
