using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>A person who never sleeps, for scripts/replicas.sh: approves whatever waits on the store that the environment names, until it is ended. Prints each approval's id.</summary>
internal static class ApproveAll
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static async Task<int> RunAsync()
    {
        var settings = SettingsLoader.Load(new ConfigurationBuilder().Build(), Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!));
        foreach (var error in settings.Errors) await Console.Error.WriteLineAsync(error.ToString());
        await using var store = new ServiceCollection().AddLogging(l => l.AddSimpleConsole()).AddOmniAudit(settings.Options).BuildServiceProvider();
        await OmniAuditModules.StartBesideServerAsync(store, CancellationToken.None);
        await People.AddAsync(store.GetRequiredService<Database>(), TestApp.Approver);
        while (true)
        {
            try
            {
                foreach (var waiting in await store.GetRequiredService<ApprovalQueries>().ListAsync(new ApprovalFilter(ApprovalState.Pending, Take: 20), CancellationToken.None))
                {
                    var card = await store.GetRequiredService<ApprovalQueries>().FindAsync(waiting.ApprovalId, CancellationToken.None);
                    if (card is null) continue;
                    var result = await store.GetRequiredService<ApprovalDesk>().DecideAsync(waiting.ApprovalId, Decision.Approve, "", card.PayloadSha256, TestApp.Approver, CancellationToken.None);
                    Console.WriteLine($"{(result.Accepted ? "approved" : result.Message)} {waiting.ApprovalId}");
                }
            }
            catch (Exception failure) when (failure is System.Data.Common.DbException or LogRefusedException)
            {
                await Console.Error.WriteLineAsync(failure.ToString());
            }
            await Task.Delay(Pause);
        }
    }
}
