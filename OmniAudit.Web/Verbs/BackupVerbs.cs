using System.CommandLine;
using OmniAudit.Modules.Backups;

namespace OmniAudit.Web.Verbs;

/// <summary><c>backup</c> and <c>restore</c>: the default store as a directory of its own, and back.</summary>
internal static class BackupVerbs
{
    public static Command Backup()
    {
        var directory = new Argument<string>("DIRECTORY") { Description = "The directory to write; nothing of that name may be there." };
        var withKey = new Option<bool>("--with-key") { Description = "Put the master key into it too. Whoever reads the backup then reads its secrets." };
        var command = new Command("backup", "Copies database, receipt log and objects, safely while the server runs; the master key is left out.") { directory, withKey };
        command.SetAction(async (arguments, cancellationToken) => CommandLine.LoadSettings() is not { } settings ? CommandLine.WrongSettings
            : await TellAsync(() => Modules.Backups.Backup.WriteAsync(settings.Options, arguments.GetRequiredValue(directory), arguments.GetValue(withKey), Console.Out, cancellationToken)));
        return command;
    }

    public static Command Restore()
    {
        var from = new Argument<string>("FROM") { Description = "A directory that backup wrote." };
        var to = new Option<string>("--to") { Description = "The data directory to make; it must not exist, or be empty.", Required = true };
        var command = new Command("restore", "Makes a data directory of a backup, verified; never over existing data.") { from, to };
        command.SetAction((arguments, cancellationToken) => TellAsync(() => Modules.Backups.Restore.ReadAsync(arguments.GetRequiredValue(from), arguments.GetRequiredValue(to), Console.Out, cancellationToken)));
        return command;
    }

    private static async Task<int> TellAsync(Func<Task> deed)
    {
        try
        {
            await deed();
            return 0;
        }
        catch (BackupRefusedException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("Broken off; nothing was left behind.");
        }
        return CommandLine.Refused;
    }
}
