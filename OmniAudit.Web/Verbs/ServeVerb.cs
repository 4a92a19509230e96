using System.CommandLine;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Web.Verbs;

internal static class ServeVerb
{
    public static Command Command()
    {
        var command = new Command("serve", "Serves the console and the MCP endpoint until stopped.");
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var options = new OmniAuditOptions { Data = Path.GetFullPath("data") };
        await using var app = await OmniAuditServer.StartAsync(options, null, cancellationToken);
        Console.WriteLine($"OmniAudit is ready at {options.App.PublicUrl}");
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }
}
