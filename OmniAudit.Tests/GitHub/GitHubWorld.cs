using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.GitHub;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Tests.GitHub;

/// <summary>The client with its real connections, the stand-in for GitHub, and a clock that stands still.</summary>
internal sealed class GitHubWorld : IAsyncDisposable
{
    private readonly List<ServiceProvider> _services = [];

    private GitHubWorld(FakeGitHub gitHub, FakeRepository repository) => (GitHub, Repository) = (gitHub, repository);

    public const string Name = "acme/site";

    public ManualTime Time { get; } = new();
    public FakeGitHub GitHub { get; }
    public FakeRepository Repository { get; }

    public static async Task<GitHubWorld> StartAsync(bool storage = false)
    {
        var gitHub = await FakeGitHub.StartAsync();
        var world = new GitHubWorld(gitHub, gitHub.AddRepository(Name));
        gitHub.Time = world.Time;
        if (storage) gitHub.Storage = await FakeStorage.StartAsync();
        if (gitHub.Storage is { } opened) opened.Time = world.Time;
        return world;
    }

    /// <summary>No pauses between retries and writes, unless a test wants them.</summary>
    public static GitHubLimits Quick { get; } = new() { BetweenWrites = TimeSpan.Zero, RetryPauses = [TimeSpan.Zero, TimeSpan.Zero] };

    public GitHubClient Client(Action<OmniAuditOptions>? settings = null, GitHubLimits? limits = null) => Services(settings, limits).GetRequiredService<GitHubClient>();

    /// <param name="database">Which processes share what GitHub says; null for none.</param>
    public ServiceProvider Services(Action<OmniAuditOptions>? settings = null, GitHubLimits? limits = null, Database? database = null)
    {
        var options = new OmniAuditOptions();
        GitHub.Configure(options);
        options.GitHub.UploadUrl = GitHub.Url;
        if (GitHub.Storage is { } storage) options.Policy.UrlAllowlist = [storage.HostAndPort];
        settings?.Invoke(options);
        var services = new ServiceCollection().AddLogging().AddSingleton(options).AddSingleton<TimeProvider>(Time).AddSingleton(limits ?? Quick).AddGitHub();
        if (database is not null) services.AddSingleton(database);
        var built = services.BuildServiceProvider();
        _services.Add(built);
        return built;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var services in _services) await services.DisposeAsync();
        if (GitHub.Storage is { } storage) await storage.DisposeAsync();
        await GitHub.DisposeAsync();
    }
}
