using System.CommandLine;
using OmniAudit.Modules;
using OmniAudit.Modules.Keys;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Web.Verbs;

/// <summary><c>keys</c>: the keys that the server itself holds.</summary>
internal static class KeysVerb
{
    public static Command Command() => new("keys", "Lists and changes the server's own keys: the master key and the log's signing key. A server may be running.") { List(), RotateMaster(), RotateLog() };

    private static Command List()
    {
        var command = new Command("list", "Lists the keys, since when they are used and what they protect. Shows no secret.");
        command.SetAction((_, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            foreach (var key in await services.GetRequiredService<KeyDesk>().ListAsync(cancellationToken))
                Console.WriteLine($"{key.Kind,-14} {key.Id,-44} {(key.Since is { } since ? $"since {since:yyyy-MM-dd HH:mm} UTC" : ""),-28} {key.Protects}");
        }, cancellationToken));
        return command;
    }

    private static Command RotateMaster()
    {
        var command = new Command("rotate-master", "Makes a new master key and wraps every sealed secret anew. Broken off, it carries on with the next call.");
        command.SetAction((_, cancellationToken) => RecordedAsync(async (services, options) =>
        {
            var change = await services.GetRequiredService<KeyDesk>().RotateMasterAsync(cancellationToken);
            if (change.Prepared)
            {
                Console.WriteLine($"The next master key {change.KeyId} is in {change.File}. Nothing is sealed under it yet.");
                Console.WriteLine($"Other servers of this {options.Database.Provider} database: copy that file beside the master key of each (same name with .next, its owner's, mode 0600). They take it up at once, without a restart.");
                Console.WriteLine("Then run this again here: it wraps every secret anew. A server without the file would refuse whatever needs a secret from then on, naming the file, until it is there.");
                return;
            }
            Console.WriteLine($"{change.Wrapped} secrets were wrapped anew. The master key is {change.KeyId}, in {change.File}.");
            if (change.OldFile is { } old) Console.WriteLine($"The old key is kept as {old}: older backups of the database open with it alone. Remove it when the last of those is gone.");
            Console.WriteLine("Copy the new key to where you keep the old one, apart from backups of the database.");
            if (options.Database.Provider != DatabaseOptions.Sqlite)
                Console.WriteLine("On each other server with a key file of its own run this too: nothing is left to wrap there, and the new key takes its place.");
        }, cancellationToken));
        return command;
    }

    private static Command RotateLog()
    {
        var command = new Command("rotate-log", "Gives the receipt log a new signing key. The old one signs the handover and is deleted; what it signed stays verifiable.");
        command.SetAction((_, cancellationToken) => RecordedAsync(async (services, options) =>
        {
            var change = await services.GetRequiredService<KeyDesk>().RotateLogAsync(cancellationToken);
            if (change.Earlier) Console.WriteLine("The log's key had been changed by a call that was broken off. Its files were finished now; the key was not changed once more.");
            Console.WriteLine($"The log's key: {change.To}");
            Console.WriteLine($"Until now:     {change.From}");
            Console.WriteLine($"Both have signed the checkpoint of size {change.Size}; the receipt {change.ReceiptId} in it says who changed the key. The old private key is deleted; backups from before still hold it, sealed under the master key.");
            Console.WriteLine($"Give {Path.GetFullPath(Path.Combine(options.Data, "log", "vkey"))} to whoever verifies. Who holds an older key finds the way to this one in {Path.GetFullPath(Path.Combine(options.Data, "log", "vkeys"))} (served as /log/vkeys): ./run.sh verify … --key OLD --keys vkeys");
        }, cancellationToken));
        return command;
    }

    /// <summary>With the audit log at work: a change of a key leaves a row in it.</summary>
    private static Task<int> RecordedAsync(Func<IServiceProvider, OmniAuditOptions, Task> deed, CancellationToken cancellationToken) => CommandLine.WithStoreAsync(async (services, options) =>
    {
        await OmniAuditModules.RecordBesideServerAsync(services);
        try
        {
            await deed(services, options);
        }
        finally
        {
            await OmniAuditModules.EndBesideServerAsync(services);
        }
    }, cancellationToken);
}
