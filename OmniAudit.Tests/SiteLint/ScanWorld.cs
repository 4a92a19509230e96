using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Jobs;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.SiteLint;
using OmniAudit.Modules.SiteLint.Reports;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools;
using OmniAudit.Modules.Tools.Policies;


namespace OmniAudit.Tests.SiteLint;

/// <summary>Browsers are heavy, and some tests look for leftover ones: these run one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RealBrowser
{
    public const string Name = "real browser";
}

/// <summary>SiteLint with its real database, object store and queue in a temporary directory. Nothing runs jobs but <see cref="RunJobAsync"/>.</summary>
internal sealed class ScanWorld : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly string _directory;
    private readonly bool _ownsData;

    private ScanWorld(ServiceProvider services, string directory, bool ownsData, OmniAuditOptions options) => (_services, _directory, _ownsData, Options) = (services, directory, ownsData, options);

    public static Actor Agent { get; } = new(ActorKind.Agent, "agent:test", "Test agent");

    public OmniAuditOptions Options { get; }

    public string Exports => Path.Combine(_directory, "exports");

    public JobStore Jobs => Get<JobStore>();

    /// <param name="data">An existing data directory, to start again on it; it is then not deleted.</param>
    /// <param name="onStep">Called in the place of a job's progress report, with its step; the job goes on when it is done.</param>
    public static async Task<ScanWorld> StartAsync(
        IReadOnlyList<string> allow, HostResolver? resolver = null, Action<OmniAuditOptions>? change = null, string? data = null, Func<JobRun, string, CancellationToken, Task>? onStep = null,
        Microsoft.EntityFrameworkCore.Diagnostics.IInterceptor? watch = null)
    {
        var directory = data ?? Directory.CreateTempSubdirectory("sitelint-test-").FullName;
        var options = new OmniAuditOptions { Data = directory };
        options.Policy.UrlAllowlist = allow;
        options.SiteLint.AsyncMode = true;
        change?.Invoke(options);
        var services = new ServiceCollection().AddLogging(l => l.ClearProviders()).AddSingleton(options).AddStorage();
        services.AddSingleton(resolver ?? ((_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([])));
        services.AddSingleton<UrlPolicy>().AddSingleton<RepositoryPolicy>().AddSingleton<ExportPathPolicy>();
        services.AddSiteLint();
        services.AddSingleton<JobStore>();
        services.AddSingleton(s => new JobRunner(
            s.GetRequiredService<Database>(), s.GetRequiredService<JobStore>(), s.GetServices<IJobHandler>().Select(h => onStep is null ? h : new StepTold(h, onStep)), s.GetRequiredService<ChangeFeed>(), TimeProvider.System,
            s.GetRequiredService<ILogger<JobRunner>>()));
        if (watch is not null) services.ConfigureDbContext<OmniAuditDb>((_, db) => db.AddInterceptors(watch));
        var provider = services.BuildServiceProvider(validateScopes: true);
        await using (var db = await provider.GetRequiredService<IDbContextFactory<OmniAuditDb>>().CreateDbContextAsync()) await db.Database.MigrateAsync();
        return new ScanWorld(provider, directory, data is null, options);
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public T Tool<T>() => ActivatorUtilities.CreateInstance<T>(_services);

    public static ToolCall Call() => new("call_1", Agent, "req_1", "");

    public async Task<ScanJobRef> SubmitAsync(string url, string viewports = "desktop_mobile", string profile = "standard", int? budget = null, string? key = null) =>
        await Tool<StartScanTool>().RunAsync(new StartScanTool.Input { Url = url, Profile = profile, ViewportSet = viewports, CrawlBudget = budget, IdempotencyKey = key }, Call(), default);

    public async Task<JobRow> RunJobAsync(string jobId, CancellationToken cancellationToken = default)
    {
        await Get<JobRunner>().RunAsync(jobId, cancellationToken);
        return (await Jobs.FindAsync(jobId, default))!;
    }

    /// <summary>Submits, runs, and reads the whole report.</summary>
    public async Task<ScanReport> ScanAsync(string url, string viewports = "desktop_mobile", string profile = "standard", int? budget = null)
    {
        var submitted = await SubmitAsync(url, viewports, profile, budget);
        var job = await RunJobAsync(submitted.JobId);
        Assert.True(job.Status == JobStatus.Completed, job.Error);
        return await Get<ReportStore>().LoadAsync(job.ResultRef!, default);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        if (_ownsData) Directory.Delete(_directory, recursive: true);
    }

    private sealed class StepTold(IJobHandler inner, Func<JobRun, string, CancellationToken, Task> onStep) : IJobHandler
    {
        public string Kind => inner.Kind;

        public Task<string> RunAsync(JobRun run, CancellationToken cancellationToken) =>
            inner.RunAsync(run with { Report = (_, step) => onStep(run, step, cancellationToken) }, cancellationToken);
    }
}
