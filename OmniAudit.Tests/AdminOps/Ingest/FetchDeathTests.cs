using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.AdminOps.Events;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Ingest;

/// <summary>A server that is killed while it reads: what the next ones make of it. OMNIAUDIT_EVERY_POINT=1 kills it 50 times.</summary>
public sealed class FetchDeathTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("omniaudit-fetch-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Server_KilledAtAnyMomentOfAFetch_LosesNothingAndStoresNothingTwice()
    {
        var points = Environment.GetEnvironmentVariable("OMNIAUDIT_EVERY_POINT") == "1" ? 50 : 5;
        await using var microsoft = await MicrosoftStandIn.StartAsync();
        var now = DateTimeOffset.UtcNow;
        var made = new StandInEvents(11, MicrosoftStandIn.Tenant);
        string[] sources = [EventSources.Intune, EventSources.Unified];
        // Long enough that no server gets to the end between two kills.
        (microsoft.GraphPage, microsoft.Slowness) = (20, TimeSpan.FromMilliseconds(20));
        microsoft.Add(made.Make(EventSources.Intune, 120 * points, now.AddDays(-6), now.AddHours(-7)));
        microsoft.AddBlobs("Audit.Exchange", made.Make(EventSources.Unified, 200 * points, now.AddDays(-6), now.AddHours(-7)), 6);
        var settings = microsoft.Settings(sources);
        settings["ADMINOPS_CONTENT_TYPES"] = "Audit.Exchange";
        var random = new Random(20260301);
        for (var point = 0; point < points; point++)
        {
            // A job that died three times is given up: a fetch of its own goes on at the next time, here at once.
            await using var killed = await ServerProcess.StartAsync(_data, Ports.Free(), settings);
            var answered = microsoft.Requests.Count;
            var after = random.Next(1, 25);
            await Eventually.TrueAsync(() => Task.FromResult(microsoft.Requests.Count >= answered + after), "it reads");
            await killed.KillAsync();
        }
        await using var store = TestStore.Unprepared(o => o.Data = _data);
        // The last server reads on by itself, from where the ledger says.
        await using (await ServerProcess.StartAsync(_data, Ports.Free(), settings))
        {
            await Eventually.TrueAsync(async () => await store.Database.ReadAsync(db => db.Set<EventRow>().CountAsync(), CancellationToken.None) >= sources.Sum(s => microsoft.Ids(s).Count), "everything is stored");
        }
        foreach (var source in sources) await IngestWorld.AssertCompleteAsync(store.Database, microsoft, source);
        store.ClosePool();
    }
}
