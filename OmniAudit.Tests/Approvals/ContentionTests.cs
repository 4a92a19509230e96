using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>
/// Two processes act on the same requests at the same time. Whatever the order: one end, one decision, one receipt of it,
/// at most one effect, and it is that of exactly what was approved.
/// </summary>
[Collection(ApprovalSuite.Name)]
public sealed class ContentionTests : IAsyncLifetime
{
    private const int Seed = 20261122;
    private const int Requests = 1000;
    private const int AtOnce = 50;

    /// <summary>What the two sides do to one request.</summary>
    private static readonly (string Ours, string Theirs)[] Races =
    [
        ("approve", "approve"), ("approve", "deny"), ("approve", "decide-late"), ("approve", "withdraw-agent"), ("approve", "withdraw-person"), ("approve", "edit"),
        ("approve-asked", "edit"), ("approve", "freeze-execute-lift"), ("edit", "edit"), ("deny", "withdraw-agent"), ("approve", "execute-late"), ("deny", "decide-late"),
    ];

    private readonly string _data = Directory.CreateTempSubdirectory("omniaudit-contention-").FullName;
    private FakeGitHub _gitHub = null!;
    private FakeRepository _site = null!;

    public async Task InitializeAsync()
    {
        _gitHub = await ApprovalWorld.NewGitHubAsync();
        _site = _gitHub.Find(ApprovalWorld.Repository);
    }

    public async Task DisposeAsync()
    {
        await _gitHub.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task TwoProcesses_OnTheSameRequests_OneEndOneDecisionAtMostOneEffect()
    {
        var clock = Stopwatch.StartNew();
        var ends = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var races = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var (most, lost) = (0, 0);
        await using (var ada = await ContentionSide.OpenAsync(_data, _gitHub.Url, "ada"))
        await using (var beth = TestProcess.Start(["contend", _data, _gitHub.Url]))
        {
            Assert.Equal("ready", await beth.ReadAsync());
            for (var first = 0; first < Requests; first += AtOnce)
            {
                var requests = (await Task.WhenAll(Enumerable.Range(first, AtOnce).Select(i => ada.AskAsync($"request {i}")))).ToList();
                var (ours, theirs) = Plan(requests, first);
                foreach (var (race, count) in Counted(requests.Select((_, i) => RaceOf(first + i)))) races[race] = races.GetValueOrDefault(race) + count;
                var echoes = await BothAsync(ada, beth, ours, theirs);
                lost += echoes.Count(e => !e.Done && e.Says != "-");
                // What no race has ended is ended now, by decision or by time; and both run whatever is approved.
                var random = new Random(Seed + first);
                var pending = await WaitingAsync(ada, requests);
                var approved = pending.Where(_ => random.Next(2) == 0).ToList();
                echoes.AddRange(await ada.PlayAsync([.. approved.Select(a => a with { Kind = "approve" })]));
                echoes.AddRange(await BothAsync(ada, beth, [.. requests.Select(a => a with { Kind = "execute" })], [.. Enumerable.Reverse(requests).Select(a => a with { Kind = "execute" })]));
                echoes.AddRange(await ada.PlayAsync([new ContentionAct("", "", "expire-all")]));

                var broken = echoes.Where(e => e.Kind == "broken").ToList();
                Assert.True(broken.Count == 0, $"Requests from {first}: {string.Join('\n', broken.Take(3))}");
                foreach (var (state, effects) in await CheckAsync(ada, requests, echoes))
                {
                    ends[state] = ends.GetValueOrDefault(state) + 1;
                    most = Math.Max(most, effects);
                }
            }
        }
        var (code, says) = await ApprovalWorld.VerifyLogAsync(_data);
        Assert.True(code == VerifyCommand.ExitValid, says);
        SuiteReport.Add("Concurrency: two processes on one data directory",
        [
            $"{Requests} requests, {AtOnce} at once, seed {Seed}, in {clock.Elapsed.TotalSeconds:0} s",
            "ended: " + string.Join(", ", ends.Select(e => $"{e.Value} {e.Key}")),
            "raced: " + string.Join(", ", races.Select(r => $"{r.Value} {r.Key}")),
            $"acts that came too late, each told how the request stands: {lost}",
            $"decisions per request 1, effects per request at most {most}, log {says.Trim().Split('\n')[^1]}",
        ]);
    }

    private static string RaceOf(int request)
    {
        var (ours, theirs) = Races[request % Races.Length];
        return $"{ours} × {theirs}";
    }

    private static IEnumerable<(string, int)> Counted(IEnumerable<string> words) => words.GroupBy(w => w).Select(g => (g.Key, g.Count()));

    private static (List<ContentionAct> Ours, List<ContentionAct> Theirs) Plan(List<ContentionAct> requests, int first)
    {
        var (ours, theirs) = (new List<ContentionAct>(), new List<ContentionAct>());
        var random = new Random(Seed - first);
        for (var i = 0; i < requests.Count; i++)
        {
            var (here, there) = Races[(first + i) % Races.Length];
            var swap = random.Next(2) == 0;
            (swap ? theirs : ours).Add(requests[i] with { Kind = here });
            (swap ? ours : theirs).Add(requests[i] with { Kind = there });
            // Sometimes a third, and somebody who runs it at once.
            if (random.Next(3) == 0) (random.Next(2) == 0 ? ours : theirs).Add(requests[i] with { Kind = ContentionSide.Acts[random.Next(ContentionSide.Acts.Count)] });
            if (random.Next(2) == 0) (random.Next(2) == 0 ? ours : theirs).Add(requests[i] with { Kind = "execute" });
        }
        return ([.. Mixed(ours, random)], [.. Mixed(theirs, random)]);
    }

    /// <summary>Each act a little off its place: the two sides meet at about the same request.</summary>
    private static IEnumerable<ContentionAct> Mixed(List<ContentionAct> acts, Random random) =>
        acts.Select((a, i) => (Act: a, Place: i + (random.NextDouble() * 6))).ToList().OrderBy(a => a.Place).Select(a => a.Act);

    private static async Task<List<ContentionEcho>> BothAsync(ContentionSide ada, TestProcess beth, List<ContentionAct> ours, List<ContentionAct> theirs)
    {
        var there = beth.AskAsync(JsonSerializer.Serialize(theirs));
        var here = await ada.PlayAsync(ours);
        return [.. here, .. JsonSerializer.Deserialize<ContentionEcho[]>(await there)!];
    }

    private static async Task<List<ContentionAct>> WaitingAsync(ContentionSide ada, List<ContentionAct> requests)
    {
        var ids = requests.ConvertAll(r => r.Id);
        var waiting = await ada.Get<Database>().ReadAsync(db => db.Set<ApprovalRow>().Where(a => ids.Contains(a.ApprovalId) && a.State == ApprovalState.Pending).Select(a => a.ApprovalId).ToListAsync(), CancellationToken.None);
        return requests.FindAll(r => waiting.Contains(r.Id));
    }

    private async Task<List<(string State, int Effects)>> CheckAsync(ContentionSide ada, List<ContentionAct> requests, List<ContentionEcho> echoes)
    {
        var ids = requests.ConvertAll(r => r.Id);
        var rows = await ada.Get<Database>().ReadAsync(db => db.Set<ApprovalRow>().Where(a => ids.Contains(a.ApprovalId)).ToListAsync(), CancellationToken.None);
        var receipts = (await ada.Get<Database>().ReadAsync(db => db.Set<ReceiptRow>().Where(r => ids.Contains(r.OperationId)).ToListAsync(), CancellationToken.None)).ToLookup(r => r.OperationId);
        Assert.Equal(requests.Count, rows.Count);
        return rows.ConvertAll(row =>
        {
            var own = echoes.FindAll(e => e.Id == row.ApprovalId);
            var story = $"{row.ApprovalId} {row.State} (seed {Seed}):\n{string.Join('\n', own)}\n{string.Join(' ', receipts[row.ApprovalId].Select(r => $"{r.Kind}:{r.State}"))}";
            Assert.True(row.State is ApprovalState.Executed or ApprovalState.Denied or ApprovalState.Expired or ApprovalState.Cancelled, story);
            var decision = receipts[row.ApprovalId].Where(r => r.Kind == ReceiptKind.Decision).ToList();
            Assert.True(decision.Count == 1, story);
            Assert.True(receipts[row.ApprovalId].Count(r => r.Kind == ReceiptKind.Outcome) == (decision[0].State == ApprovalState.Approved ? 1 : 0), story);

            var winners = own.FindAll(e => e.Done && e.Kind is "approve" or "approve-asked" or "deny");
            Assert.True(winners.Count == (decision[0].State is ApprovalState.Approved or ApprovalState.Denied ? 1 : 0), story);
            if (winners.Count == 1) Assert.True(winners[0].By == row.DecidedBySubject && decision[0].DecidedBy == row.DecidedBySubject, story);
            Assert.True(own.Count(e => e.Done && e.Kind is "withdraw-agent" or "withdraw-person") == (row.State == ApprovalState.Cancelled ? 1 : 0), story);
            // Whoever lost is told how it stands.
            Assert.All(own.Where(e => !e.Done), e => Assert.False(string.IsNullOrEmpty(e.Says), story));

            var effects = _gitHub.EffectsOf(row.ApprovalId);
            Assert.True(effects == (row.State == ApprovalState.Executed ? 1 : 0), story);
            if (effects == 1) AssertIsWhatWasApproved(row, decision[0], story);
            return (row.State, effects);
        });
    }

    private void AssertIsWhatWasApproved(ApprovalRow row, ReceiptRow decision, string story)
    {
        var marker = $"\n\n<!-- omniaudit-op:{row.ApprovalId} -->";
        var issue = _gitHub.IssuesOf(_site).Single(i => i.Body!.EndsWith(marker, StringComparison.Ordinal));
        var sent = JsonSerializer.SerializeToElement(new { repo = ApprovalWorld.Repository, title = issue.Title, body = issue.Body![..^marker.Length], labels = issue.Labels });
        var approved = ReceiptLeaf.Parse(decision.Bytes).Entry.PayloadSha256;
        Assert.True(CanonicalJson.Sha256Hex(CanonicalJson.Write(sent)) == approved && approved == row.PayloadSha256, story);
    }
}
