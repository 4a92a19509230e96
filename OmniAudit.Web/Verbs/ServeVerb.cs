using System.CommandLine;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Verbs;

/// <summary><c>serve</c>: the console and the MCP endpoint, until stopped.</summary>
internal static class ServeVerb
{
    public static Command Command()
    {
        var command = new Command("serve", "Serves the console and the MCP endpoint until stopped (the default).");
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (CommandLine.LoadSettings() is not { } settings) return CommandLine.WrongSettings;
        var options = settings.Options;
        try
        {
            await using var app = await OmniAuditServer.StartAsync(options, builder => builder.Services.AddSingleton(settings), cancellationToken);
            await GreetAsync(app.Services, options, cancellationToken);
            await app.WaitForShutdownAsync(cancellationToken);
            return 0;
        }
        catch (StorageStartException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
        }
        catch (IOException taken) when (taken.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync($"APP_PORT: {options.App.Port} on {options.App.Host} is in use by another program. Stop it, or choose another port: APP_PORT=8081 ./run.sh");
        }
        catch (SocketException refused)
        {
            await Console.Error.WriteLineAsync($"APP_HOST: cannot listen on {options.App.Host}:{options.App.Port}: {refused.Message}.");
        }
        return CommandLine.Refused;
    }

    private static async Task GreetAsync(IServiceProvider services, OmniAuditOptions options, CancellationToken cancellationToken)
    {
        var operators = services.GetRequiredService<OperatorDirectory>();
        await operators.EnsureFirstOperatorAsync(options.App.OperatorName, cancellationToken);
        var url = options.App.PublicUrl;
        Console.WriteLine();
        Console.WriteLine($"OmniAudit is ready.");
        Console.WriteLine($"  Console:  {url}/ui");
        var first = await operators.FindAsync(options.App.OperatorName, cancellationToken);
        // Whoever reads this terminal can read the data directory too. Output that goes into a log is another matter: there
        // a link is printed only as long as it is the one way in.
        if (first is { DisabledAt: null } && (!first.HasPassword || !Console.IsOutputRedirected))
        {
            var link = await services.GetRequiredService<SignInLinks>().CreateAsync(first.OperatorId, cancellationToken);
            Console.WriteLine($"  Sign in:  {url}/signin?token={link.Token}");
            Console.WriteLine($"            (once, as {first.UserName}, until {link.ExpiresAt.ToLocalTime():HH:mm}; a new one: ./run.sh operators link {first.UserName})");
        }
        Console.WriteLine($"  MCP:      {url}/mcp   ({(options.Mcp.AuthMode == "none" ? "no key needed on this machine" : "header X-Api-Key; make one: ./run.sh agents add NAME")})");
        Console.WriteLine($"  Data:     {options.Data}");
        Console.WriteLine("Stop with Ctrl+C.");
        Console.WriteLine();
    }
}
