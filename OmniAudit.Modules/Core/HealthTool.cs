using System.ComponentModel;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.Core;

internal sealed class HealthTool(OmniAuditOptions options, ReceiptLog receipts, GitHubQueries gitHub, IServiceProvider services) : ITool<HealthTool.Input, HealthTool.Output>
{
    public static ToolDefinition<Input> Definition { get; } = new()
    {
        Name = "core.health",
        Title = "Server health",
        Description = "Says that the server answers, how it is set up, and which of its tools write (and so wait for a person).",
        Risk = ToolRisk.Read,
        Policy = ToolPolicy.None<Input>(),
    };

    internal sealed record Input;

    internal sealed record Output(
        [property: Description("ok, or degraded while the receipt log refuses to sign and no write can be decided")] string Status, string Env, [property: Description("Tools whose calls wait for a person's approval")] IReadOnlyList<string> WriteTools, int ToolCount,
        [property: Description("local or s3")] string ObjectStoreBackend, Observability Observability,
        [property: Description("What GitHub said last about how much may still be asked of it")] GitHubState Github);

    internal sealed record Observability(bool MetricsEnabled, bool TracesEnabled, string LogFormat);

    internal sealed record GitHubState(
        [property: Description("pat or app")] string AuthMode, bool Configured, IReadOnlyList<GitHubLimit> Limits,
        [property: Description("Nothing is sent to GitHub before this time; null when nothing holds")] DateTimeOffset? PausedUntil,
        [property: Description("Why")] string? PausedFor, [property: Description("Since the start")] long Requests, [property: Description("Of these, answered from what was kept, at no cost")] long NotModified,
        [property: Description("Of these, sent again")] long Retries, [property: Description("Of these, turned away by a limit")] long Limited);

    public async Task<Output> RunAsync(Input input, ToolCall call, CancellationToken cancellationToken)
    {
        // Asked for here and not in the constructor: the catalog is made of tools.
        var tools = ((ToolCatalog)services.GetService(typeof(ToolCatalog))!).All;
        var seen = options.Observability;
        return new Output(
            receipts.Refusal is null ? "ok" : "degraded", options.App.Env, [.. tools.Where(t => t.Risk == ToolRisk.Write).Select(t => t.Name)], tools.Count, options.ObjectStore.Backend,
            new Observability(seen.PrometheusEnabled, seen.OtelEnabled, seen.LogFormat), State(await gitHub.BudgetAsync(cancellationToken)));
    }

    private GitHubState State(GitHubBudget budget)
    {
        var set = options.GitHub;
        var configured = set.AuthMode == "app" ? set.AppId.Length > 0 : set.Pat.Length > 0;
        return new(set.AuthMode, configured, budget.Limits, budget.PausedUntil, budget.PausedFor, budget.Requests, budget.NotModified, budget.Retries, budget.Limited);
    }
}
