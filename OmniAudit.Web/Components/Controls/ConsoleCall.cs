using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>How the console's own calls are told from agents'.</summary>
internal static class ConsoleCall
{
    /// <summary>A call of its own, in the person's name.</summary>
    public static CallOrigin By(Actor person) => new(person, Guid.CreateVersion7().ToString("N"), "OmniAudit console");
}
