using System.CommandLine;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Web.Verbs;

/// <summary><c>receipts</c>: takes receipts away from this server.</summary>
internal static class ReceiptsVerb
{
    public static Command Command()
    {
        var file = new Argument<string>("FILE") { Description = "The ZIP file to write; it must not exist." };
        var approval = new Option<string?>("--approval") { Description = "Only the receipts of this request (apr_…)." };
        var from = Index("--from", "The first receipt, by its place in the log, counted from 0.");
        var to = Index("--to", "The last receipt, by its place in the log.");
        var export = new Command("export", $"Writes receipts and their proofs, at most {ReceiptExport.MaxReceipts}, into one file that `verify` checks elsewhere.") { file, approval, from, to };
        export.SetAction((arguments, cancellationToken) => CommandLine.WithStoreAsync(async (services, _) =>
        {
            var selection = new ExportSelection(arguments.GetValue(approval), arguments.GetValue(from), arguments.GetValue(to));
            var name = arguments.GetRequiredValue(file);
            if (!VerifyCommand.IsBundle(name)) throw new ExportRefusedException("FILE: its name must end in .zip, by which `verify` knows a bundle.");
            var bundle = await services.GetRequiredService<ReceiptExport>().WriteAsync(name, selection, cancellationToken);
            Console.WriteLine($"{bundle.Path}: {bundle.Count} of the log's {bundle.LogSize} receipts, {bundle.First} to {bundle.Last}.");
            Console.WriteLine($"Check it anywhere: ./run.sh verify {Path.GetFileName(bundle.Path)} --key VKEY");
        }, cancellationToken));
        return new Command("receipts", "Exports receipts with their proofs.") { export };
    }

    private static Option<long?> Index(string name, string description)
    {
        var option = new Option<long?>(name) { Description = description };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long?>() is < 0) result.AddError($"{name}: is counted from 0.");
        });
        return option;
    }
}
