using System.CommandLine;
using OmniAudit.Modules.Retention;
using OmniAudit.Modules.Storage.Objects;

namespace OmniAudit.Web.Verbs;

/// <summary><c>objects</c>: the upkeep of the object store, beside a server that may be running.</summary>
internal static class ObjectsVerb
{
    public static Command Command() => new("objects", "Checks, copies and sweeps stored objects: reports, evidence, pictures.") { Check(), Copy(), Sweep() };

    private static Command Check()
    {
        var quick = new Option<bool>("--quick") { Description = "Only whether each object is there; its content is not read." };
        var command = new Command("check", "Opens every object that anything refers to and compares its hash. Lists what is missing or damaged, and who refers to it.") { quick };
        command.SetAction((arguments, cancellationToken) => RunAsync((services, progress) => services.GetRequiredService<ObjectCheck>().RunAsync(arguments.GetValue(quick), Console.Out, progress, cancellationToken), cancellationToken));
        return command;
    }

    private static Command Copy()
    {
        var to = new Option<string>("--to") { Description = "Where to: s3, the bucket of OBJECT_STORE_BUCKET.", Required = true };
        to.AcceptOnlyFromAmong("s3");
        var command = new Command("copy", "Copies every local object into the bucket that is not there yet, verified on the way. References stay as they are; local files stay until you remove them.") { to };
        command.SetAction((_, cancellationToken) => RunAsync((services, progress) => services.GetRequiredService<ObjectCopy>().RunAsync(Console.Out, progress, cancellationToken), cancellationToken));
        return command;
    }

    private static Command Sweep()
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Only list what would be deleted." };
        var command = new Command("sweep", "Deletes objects that nothing refers to any more and that were stored more than a day ago.") { dryRun };
        command.SetAction((arguments, cancellationToken) => RunAsync((services, progress) => services.GetRequiredService<ObjectSweeper>().RunAsync(arguments.GetValue(dryRun), Console.Out, progress, cancellationToken), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Func<IServiceProvider, UpkeepProgress, Task<bool>> deed, CancellationToken cancellationToken)
    {
        var well = false;
        try
        {
            var code = await CommandLine.WithStoreAsync(async (services, _) => well = await deed(services, new UpkeepProgress(Console.Error, !Console.IsErrorRedirected, TimeProvider.System)), cancellationToken);
            return code == 0 && !well ? CommandLine.Refused : code;
        }
        catch (ObjectStoreUnavailableException away)
        {
            await Console.Error.WriteLineAsync(away.Message);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Broken off. What was done stays done; run it again to go on.");
        }
        return CommandLine.Refused;
    }
}
