using System.CommandLine;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Verbs;

/// <summary><c>agents</c>: the programs that may call /mcp.</summary>
internal static class AgentsVerb
{
    public static Command Command()
    {
        var name = new Argument<string>("NAME") { Description = "Lower-case letters, digits, dot, dash and underscore." };
        var days = new Option<int?>("--expires-in-days") { Description = "The key stops working after so many days; default: never." };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 3650) result.AddError("--expires-in-days: must be 1 to 3650.");
        });
        var add = new Command("add", "Adds an agent and shows its key, this once.") { name, days };
        add.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, options) =>
        {
            DateTimeOffset? expires = arguments.GetValue(days) is { } n ? services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(n) : null;
            var made = await services.GetRequiredService<AgentDirectory>().AddAsync(arguments.GetRequiredValue(name), expires, cancellationToken);
            Console.WriteLine($"Agent {made.Agent.Name} ({made.Agent.AgentId})");
            Console.WriteLine($"Key, shown only now: {made.Key}");
            Console.WriteLine($"Send it to {options.App.PublicUrl}/mcp as the header X-Api-Key.");
            if (options.Mcp.AuthMode == "none") Console.WriteLine("Calls without a key are still answered (MCP_AUTH_MODE=none); set MCP_AUTH_MODE=api_key to ask every caller for one.");
        }, cancellationToken));

        var list = new Command("list", "Lists the agents.");
        list.SetAction((_, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            var agents = await services.GetRequiredService<AgentDirectory>().ListAsync(cancellationToken);
            if (agents.Count == 0) Console.WriteLine("No agents yet. Add one: ./run.sh agents add NAME");
            foreach (var agent in agents)
                Console.WriteLine($"{agent.Name,-24} {agent.KeyPrefix}…  {(agent.RevokedAt is { } at ? $"revoked {at:yyyy-MM-dd}" : "active"),-20} last used {(agent.LastUsedAt is { } used ? $"{used:yyyy-MM-dd HH:mm} UTC" : "never")}");
        }, cancellationToken));

        var revoke = new Command("revoke", "Ends an agent's key at once.") { name };
        revoke.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            var agent = await services.GetRequiredService<AgentDirectory>().RevokeAsync(arguments.GetRequiredValue(name), cancellationToken);
            Console.WriteLine($"The key of {agent.Name} no longer works.");
        }, cancellationToken));
        return new Command("agents", "Adds, lists and revokes the agents that may call /mcp.") { add, list, revoke };
    }
}
