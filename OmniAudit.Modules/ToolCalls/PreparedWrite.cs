using System.Text.Json;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.ToolCalls;

/// <summary>A write as it is shown, approved and sent: with everything written out that its caller only named.</summary>
/// <param name="Payload">Canonical JSON of the arguments.</param>
internal sealed record PreparedWrite(object Input, byte[] Payload)
{
    /// <param name="own">Validated arguments that policies allow.</param>
    /// <exception cref="ToolRefusedException">Something named is not there, or what came of it does not fit the tool's schema.</exception>
    public static async Task<PreparedWrite> OfAsync(CatalogTool tool, JsonElement own, IServiceProvider services, CancellationToken cancellationToken)
    {
        var prepared = await tool.PrepareAsync(services, own, cancellationToken);
        var errors = SchemaValidator.Validate(tool.ArgumentsSchema, prepared);
        if (errors.Count > 0)
            throw new ToolRefusedException("invalid_arguments", $"{errors[0].Field}: as it would be sent, {errors[0].Message}", errors[0].Field);
        var input = tool.Parse(prepared);
        // What was judged is what is written to.
        if (!tool.Targets(input).SequenceEqual(tool.Targets(tool.Parse(own)))) throw new InvalidOperationException($"{tool.Name} prepared a write to another target than it was asked for.");
        return new PreparedWrite(input, CanonicalJson.Write(prepared));
    }
}
