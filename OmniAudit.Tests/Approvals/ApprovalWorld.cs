using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Approvals;

/// <summary>The real server, and the GitHub that counts what it does.</summary>
internal sealed class ApprovalWorld : IAsyncDisposable
{
    public const string Repository = "acme/site";
    private const string Tool = "auditlens.create_issue";

    private readonly bool _ownsGitHub;

    private ApprovalWorld(TestApp app, FakeGitHub gitHub, bool ownsGitHub) => (App, GitHub, _ownsGitHub) = (app, gitHub, ownsGitHub);

    public TestApp App { get; }
    public FakeGitHub GitHub { get; }
    public int Posts => GitHub.Posts;
    public FakeRepository Site => GitHub.Find(Repository);

    /// <param name="data">An existing data directory, to go on in it.</param>
    /// <param name="gitHub">Another world's, to share; it is then not ended with this one.</param>
    public static async Task<ApprovalWorld> StartAsync(string? data = null, FakeGitHub? gitHub = null, Action<OmniAuditOptions>? settings = null, Action<IServiceCollection>? services = null)
    {
        var shared = gitHub ?? await NewGitHubAsync();
        var app = await TestApp.StartAsync(o =>
        {
            shared.Configure(o, Repository);
            o.RateLimits.WritesPerMinute = 100_000;
            settings?.Invoke(o);
        }, data, services);
        return new ApprovalWorld(app, shared, gitHub is null);
    }

    public static async Task<FakeGitHub> NewGitHubAsync()
    {
        var gitHub = await FakeGitHub.StartAsync();
        gitHub.AddRepository(Repository);
        return gitHub;
    }

    public static JsonObject Arguments(string title) => new() { ["repo"] = Repository, ["title"] = title, ["body"] = $"About {title}.", ["labels"] = new JsonArray() };

    /// <summary>A call as an agent makes it; its structured answer.</summary>
    public async Task<JsonElement> CallAsync(string title, string? token = null, string? idempotencyKey = null)
    {
        var arguments = Arguments(title);
        if (token is not null) arguments["confirmation_token"] = token;
        if (idempotencyKey is not null) arguments["idempotency_key"] = idempotencyKey;
        return (await App.CallAsync(Tool, arguments)).GetProperty("structuredContent");
    }

    public async Task<(string Id, string Token)> AskAsync(string title, string? idempotencyKey = null)
    {
        var answer = await CallAsync(title, idempotencyKey: idempotencyKey);
        return (IdIn(answer), answer.GetProperty("confirmation_token").GetString()!);
    }

    public static string IdIn(JsonElement answer) => answer.GetProperty("approval").GetProperty("id").GetString()!;

    public static string StatusIn(JsonElement answer) => answer.GetProperty("status").GetString()!;

    public async Task<DecisionResult> ApproveAsync(string id) => await App.DecideAsync(id, Decision.Approve);

    public async Task<ApprovalDetail> CardAsync(string id) => (await App.Get<ApprovalQueries>().FindAsync(id, CancellationToken.None))!;

    public async Task<string> StateAsync(string id) => (await CardAsync(id)).Summary.State;

    /// <summary>The kinds of its receipts, the first one first.</summary>
    public async Task<string> KindsAsync(string id) =>
        string.Join(' ', (await App.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: id), null, 20, CancellationToken.None)).Items.Select(r => r.Kind).Reverse());

    /// <summary>The same with the state after each.</summary>
    public async Task<string> HistoryAsync(string id) =>
        string.Join(' ', (await App.Get<ReceiptQueries>().ListAsync(new ReceiptFilter(ApprovalId: id), null, 20, CancellationToken.None)).Items.Select(r => $"{r.Kind}:{r.State}").Reverse());

    /// <summary>The row as it is stored, whole.</summary>
    public Task<ApprovalRow> RowAsync(string id) => App.Get<Database>().ReadAsync(db => db.Set<ApprovalRow>().SingleAsync(a => a.ApprovalId == id), CancellationToken.None);

    public void Wake() => App.Get<ChangeFeed>().Publish(Topics.Approvals, "test");

    /// <summary>Waits until the effect of an unknown request was looked for this often (or it is settled).</summary>
    public async Task<ApprovalRow> LookedAsync(string id, int looks)
    {
        Wake();
        return await Eventually.GetAsync(() => RowAsync(id), r => r.State != ApprovalState.Unknown || r.Looks >= looks, $"the effect of {id} was looked for {looks} times");
    }

    /// <summary>Moves the clock on to the next look, and waits until it was taken.</summary>
    public async Task<ApprovalRow> LookAgainAsync(string id, Action<TimeSpan> advance)
    {
        var row = await RowAsync(id);
        if (row.NextLookAt is { } next) advance(next - App.Get<TimeProvider>().GetUtcNow() + TimeSpan.FromSeconds(1));
        return await LookedAsync(id, row.Looks + 1);
    }

    /// <summary>What <c>verify --log</c> says: its exit code and text.</summary>
    public static async Task<(int Code, string Says)> VerifyLogAsync(string data)
    {
        await using var output = new StringWriter();
        var options = new OmniAuditOptions { Data = data };
        await TestDatabase.AssignAsync(options);
        var code = await VerifyCommand.RunAsync(["--log"], data, options.Database.ConnectionString, output, output, CancellationToken.None, options.Database.Provider);
        return (code, output.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        if (_ownsGitHub) await GitHub.DisposeAsync();
    }
}
