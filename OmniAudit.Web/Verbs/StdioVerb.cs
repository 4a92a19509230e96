using System.CommandLine;
using ModelContextProtocol.Server;
using OmniAudit.Modules;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Mcp;
using OmniAudit.Web.Observability;
using Serilog;

namespace OmniAudit.Web.Verbs;

/// <summary>
/// <c>mcp-stdio</c>: MCP over standard input and output, on the server's own store. It takes calls and follows them; what people
/// approve is executed by the server, whether it runs beside this or is started later. Standard output carries the protocol
/// and nothing else.
/// </summary>
internal static class StdioVerb
{
    private const string AgentVariable = "OMNIAUDIT_AGENT";
    private const string KeyVariable = "OMNIAUDIT_KEY";

    public static Command Command()
    {
        var agent = new Option<string?>("--agent") { Description = $"The agent that calls (default: {AgentVariable}, else the one whose key is in {KeyVariable} or MCP_API_KEY, else the anonymous one)." };
        var command = new Command("mcp-stdio", "Speaks MCP over standard input and output, on the same data as the server.") { agent };
        command.SetAction((arguments, cancellationToken) => RunAsync(arguments.GetValue(agent), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string? name, CancellationToken cancellationToken)
    {
        // First of all: what anything else would print goes to standard error.
        await using var output = Console.OpenStandardOutput();
        Console.SetOut(Console.Error);
        if (CommandLine.LoadSettings() is not { } settings) return CommandLine.WrongSettings;
        await using var services = Services(settings.Options);
        try
        {
            await OmniAuditModules.StartBesideServerAsync(services, cancellationToken);
            var caller = new StdioCaller(services.GetRequiredService<AgentDirectory>(), settings.Options, name ?? Variable(AgentVariable), Variable(KeyVariable) ?? Variable("MCP_API_KEY"));
            await caller.FindAsync(cancellationToken);
            await ServeAsync(services, caller, output, cancellationToken);
            return 0;
        }
        catch (IdentityRefusedException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return CommandLine.WrongSettings;
        }
        catch (StorageStartException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return CommandLine.Refused;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        finally
        {
            await OmniAuditModules.EndBesideServerAsync(services);
        }
    }

    private static async Task ServeAsync(IServiceProvider services, StdioCaller caller, Stream output, CancellationToken cancellationToken)
    {
        var loggers = services.GetRequiredService<ILoggerFactory>();
        var unreached = services.GetRequiredService<McpUnreachedCalls>();
        var options = services.GetRequiredService<McpServerOptionsFactory>().Create(scopeRequests: false);
        options.Filters.Message.IncomingFilters.Insert(0, next => async (context, stop) =>
        {
            // Asked for every message: a key that was revoked ends this conversation too.
            var sender = McpCaller.Principal(await caller.FindAsync(stop), Guid.NewGuid().ToString("N"));
            context.User = sender;
            await next(context, stop);
            await unreached.RecordAsync(context.JsonRpcMessage, sender, McpUnreachedCalls.NotACall);
        });
        await using var transport = new StreamServerTransport(Console.OpenStandardInput(), output, "omniaudit", loggers);
        await using var server = McpServer.Create(transport, options, loggers, services);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        services.GetRequiredService<McpPendingShapes>().Serve(new McpConversation(server, ended.Token));
        await using var watching = services.GetRequiredService<McpSubscriptions>().Open("", (await caller.FindAsync(cancellationToken)).Actor.Subject, server);
        if (!services.GetRequiredService<ServerPresence>().IsRunning)
            await Console.Error.WriteLineAsync("No OmniAudit server is running on this data directory: writes and scans wait until one is started (./run.sh).");
        await server.RunAsync(cancellationToken);
        services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await ended.CancelAsync();
    }

    private static ServiceProvider Services(OmniAuditOptions options)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddSerilog(ObservabilitySetup.ToStandardError(options).CreateLogger(), dispose: true));
        services.AddOmniAudit(options);
        services.AddDataProtection();
        // There is no host; what asks when the process ends hears it when the conversation is over.
        services.AddSingleton<IHostApplicationLifetime, Microsoft.Extensions.Hosting.Internal.ApplicationLifetime>();
        services.AddMcp();
        return services.BuildServiceProvider();
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

/// <summary>Who calls over standard input: whoever started the process says so, as far as the settings let them.</summary>
/// <param name="name">An agent's name; null for none given.</param>
/// <param name="key">An agent's key; null for none given.</param>
internal sealed class StdioCaller(AgentDirectory agents, OmniAuditOptions options, string? name, string? key)
{
    /// <exception cref="IdentityRefusedException">There is no such agent, its key does not work (any more), or one is required.</exception>
    public async Task<Caller> FindAsync(CancellationToken cancellationToken)
    {
        if (key is not null)
        {
            var byKey = await agents.FindByKeyAsync(key, cancellationToken) ?? throw new IdentityRefusedException("OMNIAUDIT_KEY: no agent has this key, or it was revoked or has expired.");
            if (name is not null && name != byKey.Actor.Name) throw new IdentityRefusedException($"--agent: the key belongs to '{byKey.Actor.Name}', not to '{name}'. Leave one of them out.");
            return byKey;
        }
        if (options.Mcp.AuthMode != "none") throw new IdentityRefusedException("OMNIAUDIT_KEY: is required (MCP_AUTH_MODE=api_key). Make a key with: ./run.sh agents add NAME");
        if (name is null || name == AgentDirectory.Anonymous.Name) return await agents.FindAnonymousAsync(cancellationToken);
        var known = await agents.FindAsync(name, cancellationToken) ?? throw new IdentityRefusedException($"--agent: there is no agent '{name}'. List them: ./run.sh agents list");
        if (agents.StateOf(known) is not "active" and var state) throw new IdentityRefusedException($"--agent: '{name}' is {state} and cannot call.");
        return new Caller(known.Actor, known.Scope);
    }
}
