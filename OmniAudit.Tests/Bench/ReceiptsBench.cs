using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Tests.Support;
using OmniAudit.Web;

namespace OmniAudit.Tests.Bench;

/// <summary>The receipt log at a size that years of use lead to, inside the real server. bench/receipts.sh prints the whole table.</summary>
internal static class ReceiptsBench
{
    private const int Decided = 200_000;
    private const int Pending = 10_000;
    private static readonly CancellationToken None = CancellationToken.None;

    /// <summary>Seeds <paramref name="data"/> (a directory that is not there yet), measures, and leaves <c>sample.json</c> with its proof in it.</summary>
    public static async Task RunAsync(string data, int count)
    {
        var options = new OmniAuditOptions { Data = Path.GetFullPath(data) };
        options.App.Port = 0;
        options.Observability.LogFormat = "plain";
        LogKey key;
        await using (var app = await OmniAuditServer.StartAsync(options, null, None))
        {
            var vault = app.Services.GetRequiredService<SecretVault>();
            var origin = await app.Services.GetRequiredService<Database>().ReadAsync(db => db.Set<LogIdentityRow>().Select(i => i.Origin).SingleAsync(), None);
            key = LogKey.FromSecret(origin, await vault.GetOrCreateAsync("receipt-log-key", LogKey.NewSecret, None));
            await app.StopAsync();
        }
        var clock = Stopwatch.StartNew();
        ReceiptsSeed.Receipts(SqliteSetup.ConnectionString(options), key, count, TimeProvider.System);
        ReceiptsSeed.Approvals(SqliteSetup.ConnectionString(options), Decided, Pending, TimeProvider.System);
        Console.WriteLine($"seeded {count:N0} receipts, {Decided:N0} decided and {Pending:N0} pending requests in {clock.Elapsed.TotalSeconds:0} s; database {new FileInfo(SqliteSetup.DatabaseFile(options)).Length / 1_000_000:N0} MB");

        clock.Restart();
        await using (var app = await OmniAuditServer.StartAsync(options, null, None))
        {
            Console.WriteLine($"start of the server on it: {clock.ElapsedMilliseconds} ms");
            await MeasureAsync(app.Services, new Uri(app.Urls.First()), count, data);
            await app.StopAsync();
        }
    }

    private static async Task MeasureAsync(IServiceProvider services, Uri url, int count, string data)
    {
        var log = services.GetRequiredService<ReceiptLog>();
        var database = services.GetRequiredService<Database>();
        var queries = services.GetRequiredService<ReceiptQueries>();
        var ids = await database.ReadAsync(db => db.Set<ReceiptRow>().Where(r => r.LeafIndex % (count / Math.Min(count, 500)) == 0).Select(r => r.ReceiptId).ToListAsync(None), None);
        Console.WriteLine();
        Console.WriteLine($"{"",-58} {"p50 ms",8} {"p95 ms",8}  target p95");

        var publish = new List<double>();
        await RowAsync("receipt: append and commit (on disk)", 300, 20, async i =>
        {
            await database.WriteAsync(db => log.AppendAsync(db, Receipts.ReceiptStore.Entry($"apr_bench_{i}"), None), None);
            return async () => publish.Add(await TimeAsync(() => log.PublishAsync(None)));
        });
        Row("checkpoint: prove consistent and publish (on disk)", publish, 20);
        await RowAsync("inclusion proof of a random receipt", 500, 20, async i => { _ = await queries.DownloadAsync(ids[i * 7919 % ids.Count], None); return null; });
        await RowAsync("the same, verified on the server", 200, 20, async i => { _ = await queries.VerifyAsync(ids[i * 7919 % ids.Count], None); return null; });
        var tiles = services.GetRequiredService<LogTiles>();
        await RowAsync("a tile of 256 hashes", 200, 20, async i => { _ = await tiles.ReadTileAsync(new LogTilePath(0, (ulong)(i * 7919 % (count / 256)), 256).ToString(), None); return null; });
        await RowAsync("a bundle of 256 entries", 200, 20, async i => { _ = await tiles.ReadTileAsync(new LogTilePath(null, (ulong)(i * 7919 % (count / 256)), 256).ToString(), None); return null; });

        using var http = new HttpClient { BaseAddress = url };
        http.DefaultRequestHeaders.Add("Cookie", await ConsoleCookie.ForAsync(services));
        var tool = "auditlens.create_issue";
        foreach (var (name, path) in new[]
        {
            ("page: receipts", "/receipts"), ("page: receipts, far back", "/receipts?before=1000"), ("page: receipts, one step", "/receipts?kind=outcome"),
            ("page: receipts, one tool and one state", $"/receipts?tool={tool}&state=failed"), ("page: receipts, text that few match", "/receipts?q=repository-996"),
            ("page: receipts, text that nothing matches", "/receipts?q=zzzz"), ("page: receipts, a person", "/receipts?person=person:opr_01k00000000000000000000003"),
            ("page: one receipt with its proof", $"/receipts/{ids[ids.Count / 2]}"), ("page: approvals (waiting)", "/approvals"), ("page: approvals (all)", "/approvals?state=all"),
            ("page: approvals (executed)", "/approvals?state=executed"), ("page: approvals, text that nothing matches", "/approvals?state=all&q=zzzz"), ("page: overview", "/ui"),
        })
        {
            await RowAsync(name, 40, 200, async _ =>
            {
                using var response = await http.GetAsync(path);
                var text = await response.Content.ReadAsStringAsync();
                if (!response.IsSuccessStatusCode || !text.Contains("<main", StringComparison.Ordinal)) throw new InvalidOperationException($"{path} answered {(int)response.StatusCode}.");
                return null;
            });
        }
        var export = Path.Combine(data, "bench.zip");
        var exported = await TimeAsync(() => services.GetRequiredService<ReceiptExport>().WriteAsync(export, new ExportSelection(From: count / 2, To: (count / 2) + 9_999), None));
        Console.WriteLine($"{"export of 10,000 receipts (once)",-58} {exported,8:0}");

        var failed = 0;
        foreach (var id in ids) failed += (await queries.VerifyAsync(id, None)).Verdict == Verdict.Valid ? 0 : 1;
        Console.WriteLine($"{ids.Count} receipts spread over the log verified, {failed} not valid");
        var sample = (await queries.DownloadAsync(ids[ids.Count / 3], None))!;
        await File.WriteAllBytesAsync(Path.Combine(data, "sample.json"), sample.Receipt.ToArray());
        await File.WriteAllTextAsync(Path.Combine(data, "sample.tlog-proof"), sample.Proof);
    }

    /// <param name="deed">What is timed; it may return what comes after it, untimed.</param>
    private static async Task RowAsync(string name, int rounds, double target, Func<int, Task<Func<Task>?>> deed)
    {
        for (var i = 0; i < 3; i++) await ((await deed(10_000 + i))?.Invoke() ?? Task.CompletedTask);
        var times = new List<double>(rounds);
        for (var i = 0; i < rounds; i++)
        {
            Func<Task>? after = null;
            times.Add(await TimeAsync(async () => after = await deed(i)));
            if (after is not null) await after();
        }
        Row(name, times, target);
    }

    private static async Task<double> TimeAsync(Func<Task> deed)
    {
        var clock = Stopwatch.GetTimestamp();
        await deed();
        return Stopwatch.GetElapsedTime(clock).TotalMilliseconds;
    }

    private static void Row(string name, List<double> times, double target)
    {
        times.Sort();
        var (p50, p95) = (times[times.Count / 2], times[times.Count * 95 / 100]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-58} {p50,8:0.0} {p95,8:0.0}  < {target:0}{(p95 < target ? "" : "  MISSED")}"));
    }
}
