using System.CommandLine;
using OmniAudit.Modules;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Keys;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Verbs;

/// <summary>The product's verbs. <c>serve</c> is meant when none is given.</summary>
internal static class CommandLine
{
    public const int WrongSettings = 78;
    public const int Refused = 1;

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("OmniAudit: agents ask, people approve, receipts prove.")
        {
            ServeVerb.Command(), VerifyVerb.Command(), ReceiptsVerb.Command(), AgentsVerb.Command(), ClientsVerb.Command(), OperatorsVerb.Command(), KeysVerb.Command(), StdioVerb.Command(), ImportEventsVerb.Command(), BackupVerbs.Backup(), BackupVerbs.Restore(), MigrateVerb.Command(), ObjectsVerb.Command(),
        };
        // A stopping server finishes what it executes: longer than the host's own patience (30 s).
        return await root.Parse(args.Length == 0 ? ["serve"] : args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(45) });
    }

    /// <summary>Runs a verb beside a server that may be running: settings checked, store ready, errors in words.</summary>
    public static async Task<int> WithStoreAsync(Func<IServiceProvider, OmniAuditOptions, Task> verb, CancellationToken cancellationToken)
    {
        if (LoadSettings() is not { } settings) return WrongSettings;
        var services = new ServiceCollection().AddLogging().AddOmniAudit(settings.Options);
        await using var provider = services.BuildServiceProvider();
        try
        {
            await OmniAuditModules.StartAsync(provider, StorageUse.Command, cancellationToken);
            await verb(provider, settings.Options);
            return 0;
        }
        catch (Exception refused) when (refused is StorageStartException or IdentityRefusedException or ExportRefusedException or LogRefusedException or KeysRefusedException)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return Refused;
        }
    }

    /// <summary>The settings, or null after every error was told.</summary>
    public static SettingsResult? LoadSettings()
    {
        var settings = SettingsLoader.Load();
        if (settings.Errors.Count == 0) return settings;
        Console.Error.WriteLine(settings.Errors.Count == 1 ? "One setting is wrong; nothing was started:" : $"{settings.Errors.Count} settings are wrong; nothing was started:");
        foreach (var error in settings.Errors) Console.Error.WriteLine($"  {error}");
        return null;
    }
}
