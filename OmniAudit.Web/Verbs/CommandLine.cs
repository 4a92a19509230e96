using System.CommandLine;

namespace OmniAudit.Web.Verbs;

/// <summary>The product's verbs. <c>serve</c> is meant when none is given.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("OmniAudit: agents ask, people approve, receipts prove.");
        root.Subcommands.Add(ServeVerb.Command());
        return await root.Parse(args.Length == 0 ? ["serve"] : args).InvokeAsync();
    }
}
