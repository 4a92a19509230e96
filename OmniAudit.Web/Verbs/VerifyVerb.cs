using System.CommandLine;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Web.Verbs;

/// <summary><c>verify</c>: checks receipts with nothing but files and a public key.</summary>
internal static class VerifyVerb
{
    public static Command Command()
    {
        var receipt = new Argument<string?>("RECEIPT") { Description = "A downloaded receipt (rcp_….json), a bundle of receipts export (….zip), or a release's statement (….intoto.jsonl).", Arity = ArgumentArity.ZeroOrOne };
        var proof = new Argument<string?>("PROOF") { Description = "Its proof; default: the receipt's path ending in .tlog-proof.", Arity = ArgumentArity.ZeroOrOne };
        var key = new Option<string?>("--key") { Description = "The log's public key (vkey) or a file that holds it; default: log/vkey in the data directory." };
        var keys = new Option<string?>("--keys") { Description = "The list of the log's keys (vkeys), for a log whose key was changed: it leads from --key to the key that signed, and need not be trusted. Default: log/vkeys in the data directory." };
        var log = new Option<bool>("--log") { Description = "Check the whole local log instead: every receipt, hash and checkpoint." };
        var command = new Command("verify", "Checks a receipt, a bundle of receipts, or the whole log, offline. Exit code 0 valid, 1 invalid, 2 incomplete, 64 usage.") { receipt, proof, key, keys, log };
        command.SetAction((arguments, cancellationToken) =>
        {
            if (CommandLine.LoadSettings() is not { } settings) return Task.FromResult(CommandLine.WrongSettings);
            if (arguments.GetValue(log))
                return VerifyCommand.VerifyLogAsync(settings.Options.Data, settings.Options.Database.ConnectionString, arguments.GetValue(key), Console.Out, cancellationToken, settings.Options.Database.Provider);
            if (arguments.GetValue(receipt) is { } statement && VerifyCommand.IsStatement(statement) && arguments.GetValue(proof) is null)
                return VerifyCommand.VerifyStatementAsync(statement, arguments.GetValue(key), settings.Options.Data, Console.Out, cancellationToken, arguments.GetValue(keys));
            if (arguments.GetValue(receipt) is { } bundle && VerifyCommand.IsBundle(bundle) && arguments.GetValue(proof) is null)
                return VerifyCommand.VerifyBundleAsync(bundle, arguments.GetValue(key), settings.Options.Data, Console.Out, arguments.GetValue(keys));
            if (arguments.GetValue(receipt) is { } file)
                return VerifyCommand.VerifyReceiptFilesAsync(file, arguments.GetValue(proof), arguments.GetValue(key), settings.Options.Data, Console.Out, arguments.GetValue(keys));
            Console.Error.WriteLine("verify: name a receipt file or a bundle, or --log for the whole local log.");
            return Task.FromResult(VerifyCommand.ExitUsage);
        });
        return command;
    }
}
