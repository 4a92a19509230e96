using System.CommandLine;
using OmniAudit.Modules;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Web.Scheduling;

namespace OmniAudit.Web.Verbs;

/// <summary><c>migrate</c>: brings the database's schema up to date before servers start, or prints what would do it.</summary>
internal static class MigrateVerb
{
    public static Command Command()
    {
        var script = new Option<string?>("--script")
        {
            Description = $"Print the SQL instead, for {string.Join(", ", SchemaScript.Providers)} (default: what DATABASE_URL names). It can be run again; needs no database. For sqlite it is for an empty database.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        script.AcceptOnlyFromAmong([.. SchemaScript.Providers]);
        var command = new Command("migrate", "Brings the schema of the database up to date, as a server does when it starts. One process at a time does it.") { script };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            if (CommandLine.LoadSettings() is not { } settings) return CommandLine.WrongSettings;
            if (arguments.GetResult(script) is not null)
            {
                var provider = arguments.GetValue(script) ?? settings.Options.Database.Provider;
                await Console.Out.WriteAsync(SchemaScript.Of(provider));
                if (SchedulerSchema.ScriptOf(provider) is { } scheduler) await Console.Out.WriteLineAsync($"\n-- The scheduler's tables (Quartz).\n{Sendable(provider, scheduler)}");
                return 0;
            }
            await using var services = new ServiceCollection().AddLogging().AddOmniAudit(settings.Options).BuildServiceProvider();
            try
            {
                var applied = await OmniAuditModules.MigrateAsync(services, SchedulerSchema.StatementsOf(settings.Options.Database.Provider), cancellationToken);
                Console.WriteLine(applied.Count == 0 ? "The schema is up to date; nothing was changed." : $"The schema is up to date; applied now: {string.Join(", ", applied)}");
                return 0;
            }
            catch (StorageStartException refused)
            {
                await Console.Error.WriteLineAsync(refused.Message);
                return CommandLine.Refused;
            }
        });
        return command;
    }

    /// <summary>As sqlcmd takes it: a statement of SQL Server's script may have to be alone.</summary>
    private static string Sendable(string provider, string script) =>
        script.Replace(SchedulerSchema.Separator, provider == DatabaseOptions.SqlServer ? "GO" : "", StringComparison.Ordinal).Trim() + (provider == DatabaseOptions.SqlServer ? "\nGO" : "");
}
