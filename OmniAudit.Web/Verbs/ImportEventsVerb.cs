using System.CommandLine;
using OmniAudit.Modules.AdminOps.Import;
using OmniAudit.Modules.Identities;

namespace OmniAudit.Web.Verbs;

/// <summary><c>import-events</c>: audit events out of exported files, beside a server that may be running.</summary>
internal static class ImportEventsVerb
{
    public static Command Command()
    {
        var files = new Argument<FileInfo[]>("FILE") { Description = "JSON, NDJSON or CSV exports of audit events.", Arity = ArgumentArity.OneOrMore };
        var source = new Option<string?>("--source") { Description = "directory, signin, intune, unified or risk; found out by each record when left out." };
        var tenant = new Option<string>("--tenant") { Description = "The tenant's id, for records that name none. ADMINOPS_TENANT_ID when left out.", DefaultValueFactory = _ => "" };
        var verb = new Command("import-events", "Imports audit events of Microsoft 365 out of exported files. What is known already is not stored again.") { files, source, tenant };
        verb.SetAction(async (arguments, cancellationToken) =>
        {
            var failed = false;
            var code = await CommandLine.WithStoreAsync(async (services, _) =>
            {
                foreach (var file in arguments.GetRequiredValue(files))
                {
                    try
                    {
                        await using var content = file.OpenRead();
                        var report = await services.GetRequiredService<EventImport>().ImportAsync(file.Name, content, arguments.GetValue(source), arguments.GetValue(tenant)!, OperatorDirectory.CommandLine, null, cancellationToken);
                        Console.WriteLine($"{file.Name}: {report.Read} read, {report.Stored} stored, {report.Duplicates} known already, {report.Refused} refused{(report.From is { } from ? $"; {from:yyyy-MM-dd HH:mm} to {report.To:yyyy-MM-dd HH:mm} UTC" : "")}");
                        foreach (var problem in report.Problems) Console.WriteLine($"  line {problem.Line}: {problem.Why}");
                        failed |= report.Refused > 0;
                    }
                    catch (Exception unread) when (unread is IOException or UnauthorizedAccessException)
                    {
                        await Console.Error.WriteLineAsync($"{file.Name}: {unread.Message}");
                        failed = true;
                    }
                }
            }, cancellationToken);
            return code == 0 && failed ? CommandLine.Refused : code;
        });
        return verb;
    }
}
