using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Settings;
using OmniAudit.Tests.Support;
using OmniAudit.Web.Components.Controls;
using Radzen;

namespace OmniAudit.Tests.Components;

/// <summary>Renders components as a live page would have them, on a clock that stands still.</summary>
public abstract class ConsoleContext : BunitContext
{
    // A second, which is bUnit's own, is short on a machine with two processors and other tests.
    static ConsoleContext() => DefaultWaitTimeout = TimeSpan.FromSeconds(20);

    /// <param name="services">More of them, for components that read stores.</param>
    protected ConsoleContext(Action<IServiceCollection>? services = null)
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddSingleton<TimeProvider>(Clock);
        Services.AddSingleton(new OmniAuditOptions());
        Services.AddScoped<PageClock>();
        Services.AddRadzenComponents();
        services?.Invoke(Services);
        // Last: it closes the list of services.
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }

    internal TestClock Clock { get; } = new();

    /// <summary>A pending request of the agent "release-bot", ten minutes before it expires.</summary>
    internal ApprovalDetail Request(string payload = """{"text":"hello"}""", string state = ApprovalState.Pending, string requester = "agent:agt_1", string intent = "write the note 'hello'", string reason = "") => new(
        new ApprovalSummary(
            "apr_1", state, "probe.write_note", "o/r", intent, "write", "release-bot", requester, "test-agent 1.0", Clock.GetUtcNow(), Clock.GetUtcNow().AddMinutes(10),
            state == ApprovalState.Pending ? "" : "Ada", state == ApprovalState.Pending ? null : Clock.GetUtcNow(), new string('a', 64), 1, null, 0, ""),
        payload, new string('a', 64), new FrozenRule("default", "human", Requirement.OneOfAnyone, 600, ""), new string('b', 64), "{}", [], [],
        "req-1", "", null, null, "", reason, null, null, null, null, null, null,
        state == ApprovalState.Pending ? null : "rcp_1", state == ApprovalState.Executed ? "rcp_2" : null, null);
}
