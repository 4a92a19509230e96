using System.Text.Json.Nodes;

namespace OmniAudit.Modules.Tools;

/// <summary>
/// What every approval-gated tool adds to its own schema: the argument that names a pending request, and the fields of
/// an answer that says "not executed". One flat object, because clients reject unions.
/// </summary>
internal static class WriteContract
{
    public const string TokenArgument = "confirmation_token";

    public const string KeyArgument = "idempotency_key";
    public const int LongestKey = 200;

    public static void ExtendInput(JsonObject schema)
    {
        var properties = (JsonObject)schema["properties"]!;
        properties[TokenArgument] = new JsonObject
        {
            ["type"] = "string",
            ["maxLength"] = 200,
            ["description"] = "Of an earlier answer; approves nothing.",
        };
        properties[KeyArgument] = new JsonObject
        {
            ["type"] = "string",
            ["minLength"] = 1,
            ["maxLength"] = LongestKey,
            ["description"] = "The same key is the same request.",
        };
    }

    public static void ExtendOutput(JsonObject schema)
    {
        var properties = schema["properties"] as JsonObject ?? [];
        schema["properties"] = properties;
        foreach (var (name, child) in Fields()) properties[name] = child;
        // The tool's own fields are there only once it ran.
        schema["required"] = new JsonArray("status", "message");
    }

    private static IEnumerable<(string, JsonObject)> Fields()
    {
        yield return ("status", new JsonObject { ["type"] = "string", ["enum"] = new JsonArray("executed", "requires_confirmation", "refused", "denied", "expired", "cancelled", "failed", "unknown", "dry_run") });
        yield return ("executed", new JsonObject { ["type"] = "boolean" });
        yield return ("message", new JsonObject { ["type"] = "string" });
        yield return ("requires_confirmation", new JsonObject { ["type"] = "boolean" });
        yield return ("risk_level", new JsonObject { ["type"] = "string" });
        yield return (TokenArgument, new JsonObject { ["type"] = "string" });
        yield return ("receipt_id", new JsonObject { ["type"] = "string" });
        yield return ("approval", new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["id"] = new JsonObject { ["type"] = "string" },
                ["token"] = new JsonObject { ["type"] = "string" },
                ["state"] = new JsonObject { ["type"] = "string" },
                ["url"] = new JsonObject { ["type"] = "string" },
                ["expires_at"] = new JsonObject { ["type"] = "string" },
                ["args_sha256"] = new JsonObject { ["type"] = "string" },
                ["intent"] = new JsonObject { ["type"] = "string", ["description"] = "While it waits: what it would do, as the person who decides reads it" },
                ["edited"] = new JsonObject { ["type"] = "boolean", ["description"] = "True when a person changed the arguments before approving" },
            },
            ["additionalProperties"] = false,
        });
        yield return ("next", new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["tool"] = new JsonObject { ["type"] = "string" },
                ["arguments"] = new JsonObject
                {
                    ["type"] = "object", ["properties"] = new JsonObject { ["approval_id"] = new JsonObject { ["type"] = "string" } }, ["additionalProperties"] = false,
                },
                ["how"] = new JsonObject { ["type"] = "string" },
            },
            ["additionalProperties"] = false,
        });
    }
}
