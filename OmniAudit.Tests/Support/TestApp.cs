using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Modules.Tools;
using OmniAudit.Web;

namespace OmniAudit.Tests.Support;

/// <summary>The real server on a free port with a data directory of its own, deleted at the end.</summary>
public sealed class TestApp : IAsyncDisposable
{
    public static readonly Actor Approver = new(ActorKind.Person, "person:opr_test", "Ada");

    private readonly WebApplication _app;
    private readonly bool _ownsData;

    private TestApp(WebApplication app, OmniAuditOptions options, TestTime time, bool ownsData)
    {
        (_app, Options, Time, _ownsData) = (app, options, time, ownsData);
        Url = new Uri(app.Urls.First());
        Http = new HttpClient { BaseAddress = Url };
    }

    public OmniAuditOptions Options { get; }
    public TestTime Time { get; }
    public Uri Url { get; }
    public HttpClient Http { get; }
    public IServiceProvider Services => _app.Services;

    public T Get<T>() where T : notnull => Services.GetRequiredService<T>();

    /// <param name="settings">Changes to the defaults, made before the start.</param>
    /// <param name="data">An existing data directory, to start again on it; it is then not deleted.</param>
    public static async Task<TestApp> StartAsync(Action<OmniAuditOptions>? settings = null, string? data = null, Action<IServiceCollection>? services = null)
    {
        var options = new OmniAuditOptions { Data = data ?? Path.Combine(Path.GetTempPath(), $"omniaudit-test-{Guid.NewGuid():N}") };
        options.App.Port = 0;
        options.App.Env = "test";
        options.Observability.LogFormat = "plain";
        settings?.Invoke(options);
        await TestDatabase.AssignAsync(options);
        var time = new TestTime();
        var app = await OmniAuditServer.StartAsync(options, builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Services.AddSingleton(_ => ToolCatalog.FromAssemblies(typeof(ToolCatalog).Assembly, typeof(TestApp).Assembly));
            // The second between writes is a test of its own.
            builder.Services.AddSingleton(new GitHubLimits { BetweenWrites = TimeSpan.Zero, RetryPauses = [TimeSpan.Zero, TimeSpan.Zero] });
            builder.Services.AddSingleton<ProbeEffects>().AddSingleton<HeldLines>();
            services?.Invoke(builder.Services);
        }, CancellationToken.None);
        var started = new TestApp(app, options, time, ownsData: data is null);
        await started.AddPersonAsync(Approver, "admins");
        return started;
    }

    /// <summary>Makes sure that this person may sign in and decide.</summary>
    public async Task<Actor> AddPersonAsync(Actor person, string groups = "", Role? role = null)
    {
        await People.AddAsync(Get<Database>(), person, groups, role);
        return person;
    }

    /// <summary>One tools/call over /mcp in the stateless generation, as an agent makes it.</summary>
    public async Task<JsonElement> CallAsync(string tool, object? arguments = null, string? key = null)
    {
        using var response = await PostAsync("tools/call", new JsonObject { ["name"] = tool, ["arguments"] = arguments as JsonObject ?? JsonSerializer.SerializeToNode(arguments ?? new { }) }, key, tool);
        var answer = await ReadAsync(response);
        return answer.TryGetProperty("result", out var result) ? result : answer;
    }

    public async Task<HttpResponseMessage> PostAsync(string method, JsonObject parameters, string? key = null, string? name = null)
    {
        parameters["_meta"] = new JsonObject
        {
            ["io.modelcontextprotocol/protocolVersion"] = "2026-07-28",
            ["io.modelcontextprotocol/clientCapabilities"] = new JsonObject(),
            ["io.modelcontextprotocol/clientInfo"] = new JsonObject { ["name"] = "test-agent", ["version"] = "1.0" },
        };
        var message = new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = parameters };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = new StringContent(message.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Add("Accept", "application/json, text/event-stream");
        request.Headers.Add("MCP-Protocol-Version", "2026-07-28");
        request.Headers.Add("Mcp-Method", method);
        if (name is not null) request.Headers.Add("Mcp-Name", name);
        if (key is not null) request.Headers.Add("X-Api-Key", key);
        return await Http.SendAsync(request);
    }

    /// <summary>The message in a JSON or event-stream body.</summary>
    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStringAsync();
        var data = body.Split('\n').LastOrDefault(l => l.StartsWith("data: ", StringComparison.Ordinal));
        return JsonDocument.Parse(data is null ? body : data["data: ".Length..]).RootElement;
    }

    /// <summary>Decides as a person would who reads the card.</summary>
    public async Task<DecisionResult> DecideAsync(string approvalId, Decision decision, string reason = "", Actor? person = null)
    {
        var card = (await Get<ApprovalQueries>().FindAsync(approvalId, CancellationToken.None))!;
        return await Get<ApprovalDesk>().DecideAsync(approvalId, decision, reason, card.PayloadSha256, person ?? Approver, CancellationToken.None);
    }

    public Task<ApprovalDetail> WaitForStateAsync(string approvalId, params string[] states) => Eventually.GetAsync(
        async () => (await Get<ApprovalQueries>().FindAsync(approvalId, CancellationToken.None))!, a => states.Contains(a.Summary.State), $"approval {approvalId} in {string.Join('/', states)}");

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        TestDatabase.ClosePool(Options);
        if (!_ownsData) return;
        await TestDatabase.DropAsync(Options.Data);
        Directory.Delete(Options.Data, recursive: true);
    }
}
