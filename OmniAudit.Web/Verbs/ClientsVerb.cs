using System.CommandLine;
using OmniAudit.Modules.Identities;
using OmniAudit.Web.Clients;

namespace OmniAudit.Web.Verbs;

/// <summary><c>clients</c>: what to put where so that a program calls this server.</summary>
internal static class ClientsVerb
{
    public static Command Command()
    {
        var known = ClientConfigurations.For("", true, "").Select(c => c.Id).ToList();
        var client = new Argument<string?>("CLIENT") { Description = $"Only this one: {string.Join(", ", known)}.", Arity = ArgumentArity.ZeroOrOne };
        client.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } id && !known.Contains(id)) result.AddError($"CLIENT: '{id}' is not known. Allowed: {string.Join(", ", known)}.");
        });
        var agent = new Option<string?>("--agent") { Description = "The agent that the client will be; default: one with a key of its own, or nobody where no key is needed." };
        var command = new Command("clients", "Prints ready configuration for AI clients; no key is printed.") { client, agent };
        command.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, options) =>
        {
            var directory = services.GetRequiredService<AgentDirectory>();
            var chosen = arguments.GetValue(agent) is not { } name ? null
                : await directory.FindAsync(name, cancellationToken) ?? throw new IdentityRefusedException($"--agent: there is no agent '{name}'. List them: ./run.sh agents list");
            if (chosen is not null && directory.StateOf(chosen) is not "active" and var state) throw new IdentityRefusedException($"--agent: '{chosen.Name}' is {state} and cannot call.");
            var withKey = chosen is null ? options.Mcp.AuthMode != "none" : chosen.AgentId != "anonymous";
            var url = options.App.PublicUrl.TrimEnd('/') + "/mcp";
            Console.WriteLine($"OmniAudit answers at {url}.");
            Console.WriteLine((chosen, withKey) switch
            {
                ({ Name: "default" }, _) => $"Agent default ({chosen.Scope.InWords()}): its key is MCP_API_KEY, in the settings.",
                ({ IsBuiltIn: false }, _) => $"Agent {chosen.Name} ({chosen.Scope.InWords()}): its key was shown when it was made; for a new one: ./run.sh agents rotate {chosen.Name}",
                (_, true) => "Every client needs a key (MCP_AUTH_MODE): ./run.sh agents add NAME",
                _ => "No key is needed on this machine (MCP_AUTH_MODE=none). A client with a key of its own has a name in receipts: ./run.sh agents add NAME, then ./run.sh clients --agent NAME",
            });
            if (withKey) Console.WriteLine($"Where a text below reads {ClientConfigurations.KeyVariable}, the variable must hold the key; where it says {ClientConfigurations.Placeholder}, put it there.");
            foreach (var one in ClientConfigurations.For(url, withKey, ClientConfigurations.RunScript()).Where(c => arguments.GetValue(client) is not { } id || c.Id == id))
            {
                Console.WriteLine();
                Console.WriteLine($"== {one.Name} ==");
                Console.WriteLine(one.Where);
                Console.WriteLine($"(source: {one.Source})");
                Console.WriteLine();
                Console.WriteLine(one.Snippet);
            }
        }, cancellationToken));
        return command;
    }
}
