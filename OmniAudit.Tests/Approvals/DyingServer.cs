using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using OmniAudit.Modules.Approvals;
using OmniAudit.Modules.GitHub.Http;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.ToolCalls;
using OmniAudit.Tests.GitHub;
using OmniAudit.Tests.Mcp;
using OmniAudit.Tests.Support;
using OmniAudit.Web;

namespace OmniAudit.Tests.Approvals;

/// <summary>
/// The real server in a process of its own that kills itself at one point. <c>serve-and-die POINT [armed]</c>; then it is
/// told <c>arm</c> or <c>approve ID</c>. Its first answer is its address.
/// </summary>
internal sealed class DyingServer : IAsyncDisposable
{
    private readonly TestProcess _process;
    private readonly HttpClient _http = new() { Timeout = Eventually.Patience };

    private DyingServer(TestProcess process) => _process = process;

    /// <summary>Starts it. One that is armed from the start may be dead before it has an address.</summary>
    public static async Task<DyingServer> StartAsync(string point, bool armed, string data, FakeGitHub gitHub)
    {
        var settings = gitHub.Settings(ApprovalWorld.Repository);
        (settings["OMNIAUDIT_DATA"], settings["GITHUB_WRITE_RATE_LIMIT_PER_MINUTE"]) = (data, "1000");
        foreach (var (key, value) in TestDatabase.Settings(data)) settings[key] = value;
        await TestDatabase.AssignAsync(new OmniAuditOptions { Data = data });
        // It lives for seconds: compiling twice costs more than it gains.
        settings["DOTNET_TieredPGO"] = "0";
        var server = new DyingServer(TestProcess.Start(armed ? ["serve-and-die", point, "armed"] : ["serve-and-die", point], settings));
        var address = await server._process.ReadAsync();
        if (address is not null) server._http.BaseAddress = new Uri(address);
        else if (!armed) throw new InvalidOperationException($"The server did not start: {server._process.Rest}");
        return server;
    }

    /// <summary>Asks over MCP; the id that the answer names.</summary>
    /// <exception cref="HttpRequestException">There was no whole answer.</exception>
    public async Task<string> AskAsync(string title)
    {
        using var request = McpMessage.Call("auditlens.create_issue", ApprovalWorld.Arguments(title)).ToHttp();
        using var response = await _http.SendAsync(request);
        var answer = await TestApp.ReadAsync(response);
        return answer.GetProperty("result").GetProperty("structuredContent").GetProperty("approval").GetProperty("id").GetString()!;
    }

    public Task ArmAsync() => _process.AskAsync("arm");

    /// <summary>Has a person approve it there; whether it answers is up to the trap.</summary>
    public Task ApproveAsync(string approvalId) => _process.TellAsync("approve " + approvalId);

    public Task KillAsync() => _process.KillAsync();

    /// <summary>Waits until it has killed itself.</summary>
    public async Task DieAsync()
    {
        await _process.EndAsync();
        if (_process.ExitCode != 128 + 9) throw new InvalidOperationException($"The server ended with {_process.ExitCode}, not by SIGKILL: {_process.Rest}");
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
    }

    /// <summary>The process itself.</summary>
    public static async Task<int> RunAsync(string[] words)
    {
        var settings = SettingsLoader.Load();
        if (settings.Errors.Count > 0) throw new InvalidOperationException(string.Join(' ', settings.Errors));
        settings.Options.App.Port = 0;
        var trap = new DeathTrap(words[0]);
        if (words.Contains("armed")) trap.Arm();
        await using var app = await OmniAuditServer.StartAsync(settings.Options, builder =>
        {
            builder.Services.AddSingleton(settings);
            builder.Services.ConfigureDbContext<OmniAuditDb>((_, db) => db.AddInterceptors(trap));
            builder.Services.Configure<HttpClientFactoryOptions>(GitHubHttp.Own, http => http.HttpMessageHandlerBuilderActions.Add(b => b.PrimaryHandler = trap.Network(b.PrimaryHandler)));
        }, CancellationToken.None);
        using var subscription = app.Services.GetRequiredService<ChangeFeed>().Subscribe(trap.OnChange);
        TestProcess.Answer(app.Urls.First());
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line == "arm")
            {
                trap.Arm();
                TestProcess.Answer("armed");
                continue;
            }
            var id = line.Split(' ')[1];
            var card = (await app.Services.GetRequiredService<ApprovalQueries>().FindAsync(id, CancellationToken.None))!;
            var result = await app.Services.GetRequiredService<ApprovalDesk>().DecideAsync(id, Decision.Approve, "", card.PayloadSha256, TestApp.Approver, CancellationToken.None);
            TestProcess.Answer(result.Message);
        }
        return 0;
    }
}
