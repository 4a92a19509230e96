using System.CommandLine;
using System.Globalization;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Web.Verbs;

/// <summary><c>agents</c>: the programs that may call /mcp, their keys and bounds.</summary>
internal static class AgentsVerb
{
    private const string Never = "never", Any = "any";

    public static Command Command() => new("agents", "Adds, bounds, lists and revokes the agents that may call /mcp.") { Add(), Set(), Rotate(), List(), Revoke() };

    private static Argument<string> Name() => new("NAME") { Description = "Lower-case letters, digits, dot, dash and underscore." };

    private static Command Add()
    {
        var (name, bounds) = (Name(), new BoundOptions());
        var command = new Command("add", "Adds an agent and shows its key, this once.") { name };
        bounds.AddTo(command);
        command.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, options) =>
        {
            var scope = bounds.Read(arguments, AgentScope.Everything, services);
            var made = await services.GetRequiredService<AgentDirectory>().AddAsync(arguments.GetRequiredValue(name), bounds.Expiry(arguments, services), scope, OperatorDirectory.CommandLine, cancellationToken);
            Console.WriteLine($"Agent {made.Agent.Name} ({made.Agent.AgentId}): {made.Agent.Scope.InWords()}");
            PrintKey(made, options);
            if (options.Mcp.AuthMode == "none") Console.WriteLine("Calls without a key are still answered (MCP_AUTH_MODE=none); set MCP_AUTH_MODE=api_key to ask every caller for one.");
        }, cancellationToken));
        return command;
    }

    private static Command Set()
    {
        var (name, bounds) = (Name(), new BoundOptions());
        var command = new Command("set", "Changes an agent's bounds; what is not named stays. Built-in agents (default, anonymous) too.") { name };
        bounds.AddTo(command);
        command.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            if (!bounds.IsAnyGiven(arguments)) throw new IdentityRefusedException($"Say what to change: {string.Join(", ", bounds.All.Select(o => o.Name))}.");
            var agents = services.GetRequiredService<AgentDirectory>();
            var agent = await agents.SetScopeAsync(arguments.GetRequiredValue(name), scope => bounds.Read(arguments, scope, services), OperatorDirectory.CommandLine, cancellationToken);
            if (arguments.GetResult(bounds.Days) is not null) agent = await agents.SetExpiryAsync(agent.AgentId, bounds.Expiry(arguments, services), OperatorDirectory.CommandLine, cancellationToken);
            Console.WriteLine($"Agent {agent.Name}: {agent.Scope.InWords()}{(agent.ExpiresAt is { } at ? $"; key until {at:yyyy-MM-dd HH:mm} UTC" : "")}");
            Console.WriteLine("A running server follows within two seconds. Approved writes of this agent outside these bounds will not be sent.");
        }, cancellationToken));
        return command;
    }

    private static Command Rotate()
    {
        var name = Name();
        var command = new Command("rotate", "Gives an agent a new key, shown this once, and ends the old one at once.") { name };
        command.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, options) =>
        {
            var made = await services.GetRequiredService<AgentDirectory>().RotateAsync(arguments.GetRequiredValue(name), OperatorDirectory.CommandLine, cancellationToken);
            Console.WriteLine($"Agent {made.Agent.Name} ({made.Agent.AgentId}): its old key no longer works.");
            PrintKey(made, options);
        }, cancellationToken));
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Lists the agents and their bounds.");
        command.SetAction((_, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            var agents = services.GetRequiredService<AgentDirectory>();
            var all = await agents.ListAllAsync(cancellationToken);
            foreach (var agent in all)
            {
                var state = agents.StateOf(agent) is "revoked" ? $"revoked {agent.RevokedAt:yyyy-MM-dd}" : agents.StateOf(agent);
                Console.WriteLine($"{agent.Name,-24} {(agent.IsBuiltIn ? "built-in" : agent.KeyPrefix + "…"),-11}  {state,-20} {(agent.ExpiresAt is { } end ? $"until {end:yyyy-MM-dd}, " : "")}last used {(agent.LastUsedAt is { } used ? $"{used:yyyy-MM-dd HH:mm} UTC" : "never")}");
                if (agent.RevokedAt is null) Console.WriteLine($"    {agent.Scope.InWords()}");
            }
            if (all.All(a => a.IsBuiltIn)) Console.WriteLine("No agent has a key of its own yet. Add one: ./run.sh agents add NAME");
        }, cancellationToken));
        return command;
    }

    private static Command Revoke()
    {
        var name = Name();
        var command = new Command("revoke", "Ends an agent's key at once, for good. What was approved for it and not sent yet is not sent.") { name };
        command.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            var agent = await services.GetRequiredService<AgentDirectory>().RevokeAsync(arguments.GetRequiredValue(name), OperatorDirectory.CommandLine, cancellationToken);
            Console.WriteLine($"The key of {agent.Name} no longer works.");
        }, cancellationToken));
        return command;
    }

    private static void PrintKey(NewAgent made, OmniAuditOptions options)
    {
        Console.WriteLine($"Key, shown only now: {made.Key}");
        Console.WriteLine($"Send it to {options.App.PublicUrl}/mcp as the header X-Api-Key. Ready texts for clients: ./run.sh clients --agent {made.Agent.Name}");
    }

    /// <summary>The options that <c>add</c> and <c>set</c> share.</summary>
    private sealed class BoundOptions
    {
        private readonly Option<string?> _tools = new("--tools") { Description = $"Modules and tools it may call, separated by commas, such as sitelint,core.health; {Any} for all." };
        private readonly Option<bool?> _readOnly = new("--read-only") { Description = "It may only read: no scans, no requests for writes. --read-only false lifts it.", Arity = ArgumentArity.ZeroOrOne };
        private readonly Option<string?> _calls = new("--calls-per-minute") { Description = $"The most calls in any 60 seconds over all tools; {Any} for no budget." };
        private readonly Option<string?> _repositories = new("--repositories") { Description = $"Repositories it may name: owner/name or owner/*, separated by commas; {Any} for all that the settings allow." };
        private readonly Option<string?> _hosts = new("--hosts") { Description = $"Hosts it may name in URLs, written as in URL_ALLOWLIST, separated by commas; {Any} for all that the settings allow." };

        public BoundOptions() => Days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && text != Never && !(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var days) && days is >= 1 and <= 3650))
                result.AddError($"--expires-in-days: '{text}' is not allowed. Allowed: 1 to 3650, or {Never}.");
        });

        public Option<string?> Days { get; } = new("--expires-in-days") { Description = $"The key stops working after so many days; {Never} is the default of add." };

        public Option[] All => [Days, _tools, _readOnly, _calls, _repositories, _hosts];

        public void AddTo(Command command)
        {
            foreach (var option in All) command.Add(option);
        }

        public bool IsAnyGiven(ParseResult arguments) => All.Any(o => arguments.GetResult(o) is not null);

        public DateTimeOffset? Expiry(ParseResult arguments, IServiceProvider services) =>
            arguments.GetValue(Days) is { } text && text != Never ? services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(int.Parse(text, CultureInfo.InvariantCulture)) : null;

        /// <exception cref="IdentityRefusedException">Names every option that is wrong, and what it allows.</exception>
        public AgentScope Read(ParseResult arguments, AgentScope before, IServiceProvider services)
        {
            var text = AgentScopeText.Of(before);
            text = new AgentScopeText(
                arguments.GetResult(_readOnly) is null ? text.ReadOnly : arguments.GetValue(_readOnly) ?? true,
                Given(_tools, text.Tools), Given(_calls, text.CallsPerMinute), Given(_repositories, text.Repositories), Given(_hosts, text.Hosts));
            var (scope, errors) = text.Parse(services.GetRequiredService<ToolCatalog>());
            return scope ?? throw new IdentityRefusedException(string.Join('\n', errors.Select(e => $"--{e.Field}: {e.Message}")));

            string Given(Option<string?> option, string otherwise) => arguments.GetValue(option) is not { } value ? otherwise : value == Any ? "" : value;
        }
    }
}
