using System.Text.Json;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Components.Controls;

/// <summary>A page whose buttons call tools in the person's name, through the same gates as an agent's calls.</summary>
public abstract class ToolCallingPage : LivePage
{
    [Inject] private ToolCallRunner Runner { get; set; } = null!;

    /// <summary>What a call came to; shown by <see cref="OutcomeView"/>.</summary>
    protected ToolOutcome? Outcome { get; set; }

    /// <summary>What is being done, in words for the button; null when nothing is.</summary>
    protected string? Busy { get; private set; }

    /// <summary>Calls a tool; the answer is null when it was not done (another call is under way, or it was refused or failed: <see cref="Outcome"/> says so).</summary>
    /// <param name="doing">Names the button that is busy.</param>
    protected async Task<JsonElement?> CallAsync(string doing, string tool, object arguments)
    {
        if (Busy is not null) return null;
        (Busy, Outcome) = (doing, null);
        StateHasChanged();
        try
        {
            var outcome = await RunAsync(tool, arguments);
            if (outcome is ToolOutcome.Succeeded done) return done.Result;
            Outcome = outcome;
            return null;
        }
        finally
        {
            Busy = null;
        }
    }

    /// <summary>Calls a tool, for a page that shows by itself what is under way and what it came to.</summary>
    /// <param name="how">Changes how it is called; null for the usual way.</param>
    protected async Task<ToolOutcome> RunAsync(string tool, object arguments, Func<CallOrigin, CallOrigin>? how = null)
    {
        if (await CurrentPersonAsync() is not { } person) return new ToolOutcome.Refused("session_ended", "Your session has ended. Sign in again; nothing was done.", []);
        var origin = ConsoleCall.By(person);
        return await Runner.RunAsync(tool, JsonSerializer.SerializeToElement(arguments), how?.Invoke(origin) ?? origin, Left);
    }
}
