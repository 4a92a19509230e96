using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.AdminOps.Import;
using OmniAudit.Modules.AdminOps.Rules;
using OmniAudit.Modules.AdminOps.Store;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Web;

namespace OmniAudit.Tests.Bench;

/// <summary>Audit events at the size of years: stored as they are ingested, then asked for over HTTP. bench/adminops.sh prints the table.</summary>
internal static class AdminOpsBench
{
    private const int Actors = 5_000, Days = 90, Rounds = 60;
    private static readonly string[] Noise = ["Exchange", "SharePoint"];
    private static readonly string[] Quiet = ["AzureActiveDirectory", "MicrosoftTeams", "OneDrive", "SecurityComplianceCenter", "PowerBI", "Yammer"];
    private static readonly CancellationToken None = CancellationToken.None;

    /// <param name="data">A directory; what an earlier run left there is measured again.</param>
    /// <param name="substrings">With the index of every three characters.</param>
    public static async Task<int> RunAsync(string data, int count, bool substrings)
    {
        var options = new OmniAuditOptions { Data = Path.GetFullPath(data) };
        options.App.Port = 0;
        options.Observability.LogFormat = "plain";
        options.AdminOps.SubstringIndex = substrings;
        await using var app = await OmniAuditServer.StartAsync(options, null, None);
        var store = app.Services.GetRequiredService<EventStore>();
        var search = app.Services.GetRequiredService<EventSearch>();
        var stored = (await search.CountAsync(new EventQuery(), None)).Events;
        var now = DateTimeOffset.UtcNow;
        if (stored < count)
        {
            var (clock, processor) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
            // As a file of a line each, the way a person brings them.
            var file = new Pipe();
            var written = WriteAsync(file.Writer, (int)stored, count, now, clock);
            var report = await app.Services.GetRequiredService<EventImport>().ImportAsync("bench.ndjson", file.Reader.AsStream(), null, "", OperatorDirectory.CommandLine, null, None);
            await written;
            if (report.Stored != count - stored) throw new InvalidOperationException($"{report.Stored} of {count - stored} events were stored.");
            var took = clock.Elapsed;
            var database = app.Services.GetRequiredService<Database>();
            while (await database.ReadAsync(db => db.Set<EventArrivalRow>().AnyAsync(), None)) await Task.Delay(200);
            Console.WriteLine($"read and stored {count - stored:N0} events in {took.TotalSeconds:0} s: {(count - stored) / took.TotalSeconds:N0}/s (goal 5,000), rules asked about them all {(clock.Elapsed - took).TotalSeconds:0.0} s later, {(Process.GetCurrentProcess().TotalProcessorTime - processor).TotalMicroseconds / (count - stored):0} µs of processor each; database {new FileInfo(SqliteSetup.DatabaseFile(options)).Length / 1_000_000:N0} MB");
        }
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        var start = Uri.EscapeDataString(now.AddDays(-7).ToString("O", CultureInfo.InvariantCulture));
        var quiet = "excludeServices=Exchange&excludeServices=SharePoint";
        var cursor = (await JsonAsync(http, $"/api/events?limit=100&start={start}&{quiet}")).GetProperty("next_cursor").GetString();
        Console.WriteLine($"{"over HTTP, warm, ms",-60} {"p50",8} {"p95",8}");
        await RowAsync(http, "default view: quiet services, 7 days, newest 100, total", i => $"/api/events?limit=100&start={start}&{quiet}");
        await RowAsync(http, "the next page", i => $"/api/events?limit=100&start={start}&{quiet}&cursor={cursor}");
        await RowAsync(http, "an actor, newest 100", i => $"/api/events?limit=100&actors=user{i * 61 % Actors}@contoso.com");
        await RowAsync(http, "a rare word", i => $"/api/events?limit=100&search=rare{i}");
        await RowAsync(http, "a common word", i => "/api/events?limit=100&search=contoso");
        await RowAsync(http, "a common word, a service that has none of them", i => "/api/events?limit=100&search=mailbox&services=Yammer");
        await RowAsync(http, "a phrase", i => $"/api/events?limit=100&search=%22user{i}+contoso+com%22");
        if (substrings)
        {
            await RowAsync(http, "a rare substring", i => $"/api/events?limit=100&contains=are{i}x");
            await RowAsync(http, "a common substring", i => "/api/events?limit=100&contains=toso.co");
        }
        await RowAsync(http, "summary, 7 days", i => $"/api/summary?start={start}");
        await RowAsync(http, "facets of the default view", i => $"/api/summary?start={start}&{quiet}&limit=50");
        await RowAsync(http, "facets, all time", i => "/api/summary?limit=50");
        await RowAsync(http, "facets of a common word, all time", i => "/api/summary?limit=50&search=contoso");
        var rules = app.Services.GetRequiredService<EventRules>();
        var someone = new RuleCondition("actor", "is", ["user61@contoso.com"]);
        await BackTestAsync(rules, "back-test, 90 days, of an operation by somebody", now, new RuleCondition("operation", "is", ["Set-Mailbox"]), someone);
        await BackTestAsync(rules, "back-test, 90 days, of anything by somebody", now, someone);
        await BackTestAsync(rules, "back-test, 90 days, of what no index knows", now, new RuleCondition("actor", "ends", ["61@contoso.com"]));
        await app.StopAsync();
        return 0;
    }

    /// <summary>An event of the unified log; the same for the same number. Most are noise, a few have a word of their own.</summary>
    private static byte[] Record(int i, int count, DateTimeOffset now)
    {
        var random = new Random(i);
        var noise = random.Next(100) < 85;
        var service = noise ? Noise[random.Next(Noise.Length)] : Quiet[random.Next(Quiet.Length)];
        // Mostly in order, as events come in.
        var at = now.AddDays(-Days).AddSeconds((double)i / count * Days * 86400 - random.Next(600));
        var operation = noise ? new[] { "Set-Mailbox", "MailItemsAccessed", "FileAccessed", "FileModified" }[random.Next(4)] : $"Operation {random.Next(200)}";
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            CreationTime = at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture), Id = new Guid(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), Operation = operation, OrganizationId = "11111111-2222-3333-4444-555555555555", RecordType = noise ? 1 : 8,
            ResultStatus = random.Next(20) == 0 ? "Failed" : "Success", UserKey = $"key{random.Next(Actors)}", UserType = 0, Version = 1, Workload = service, ClientIP = $"10.{random.Next(4)}.{random.Next(250)}.{random.Next(250)}:{random.Next(1024, 65000)}",
            ObjectId = $"https://contoso.sharepoint.com/sites/site{random.Next(500)}/Shared Documents/file{random.Next(20000)}.docx", UserId = $"user{random.Next(Actors)}@contoso.com", CorrelationId = new Guid(i / 3, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9),
            Parameters = new[] { new { Name = "Identity", Value = $"mailbox user{random.Next(Actors)}" }, new { Name = "Note", Value = i % 10_000 < Rounds ? $"rare{i % 10_000}x rare{i % 10_000}" : "ordinary change" } },
            ExtendedProperties = new[] { new { Name = "UserAgent", Value = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36" }, new { Name = "RequestType", Value = "OAuth2:Authorize" } },
            SessionId = new Guid(i / 20, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8), Filler = new string((char)('a' + (i % 26)), random.Next(20, 200)),
        });
    }

    private static async Task WriteAsync(PipeWriter file, int from, int count, DateTimeOffset now, Stopwatch clock)
    {
        for (var i = from; i < count; i++)
        {
            await file.WriteAsync(Record(i, count, now));
            await file.WriteAsync("\n"u8.ToArray());
            if ((i - from) % 100_000 == 99_999) Console.WriteLine($"  {i + 1:N0} events, {(i + 1 - from) / clock.Elapsed.TotalSeconds:N0}/s");
        }
        await file.CompleteAsync();
    }

    private static async Task RowAsync(HttpClient http, string name, Func<int, string> path)
    {
        for (var i = 0; i < 3; i++) await JsonAsync(http, path(i));
        var times = new List<double>();
        for (var i = 0; i < Rounds; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await JsonAsync(http, path(i));
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-60} {times[Rounds / 2],8:0.0} {times[Rounds * 95 / 100],8:0.0}"));
    }

    private static async Task BackTestAsync(EventRules rules, string name, DateTimeOffset now, params RuleCondition[] conditions)
    {
        var test = await rules.BackTestAsync(new EventRuleRequest { Name = "bench", Severity = "s3", Conditions = conditions }, now.AddDays(-Days), now, null, None);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-60} {test.Took.TotalMilliseconds,8:N0} ms: {test.Looked:N0} events looked into, {test.Hits:N0} hits"));
    }

    private static async Task<JsonElement> JsonAsync(HttpClient http, string path)
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative));
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode) throw new InvalidOperationException($"{path}: {(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(Encoding.UTF8.GetBytes(text));
    }
}
