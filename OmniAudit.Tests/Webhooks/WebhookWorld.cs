using System.Net;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools.Policies;
using OmniAudit.Modules.Webhooks;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Webhooks;

/// <summary>The outbox and its sender on a real store.</summary>
internal sealed class WebhookWorld : IAsyncDisposable
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly ServiceProvider _services;
    private bool _stopped;

    private WebhookWorld(ServiceProvider services, OmniAuditOptions options) => (_services, Options) = (services, options);

    public TestTime Time => (TestTime)Get<TimeProvider>();
    public OmniAuditOptions Options { get; }
    public Database Database => Get<Database>();
    public WebhookDesk Desk => Get<WebhookDesk>();
    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    /// <param name="allow">Entries of URL_ALLOWLIST.</param>
    /// <param name="data">An existing data directory, as the next process finds it.</param>
    public static async Task<WebhookWorld> StartAsync(
        IReadOnlyList<string> urls, IReadOnlyList<string> allow, string secret = Secret, WebhookLimits? limits = null, HostResolver? resolve = null, string? data = null)
    {
        var options = new OmniAuditOptions { Data = data ?? Directory.CreateTempSubdirectory("omniaudit-test-").FullName };
        options.App.PublicUrl = "https://console.example.com";
        (options.Webhooks.Urls, options.Webhooks.Secret, options.Policy.UrlAllowlist) = (urls, secret, allow);
        var services = new ServiceCollection().AddSingleton(options).AddSingleton<TimeProvider>(new TestTime()).AddLogging().AddStorage();
        services.AddSingleton(resolve ?? ((_, _) => Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Loopback])));
        if (limits is not null) services.AddSingleton(limits);
        var world = new WebhookWorld(services.AddWebhooks().BuildServiceProvider(), options);
        await using (var db = await world.Get<IDbContextFactory<OmniAuditDb>>().CreateDbContextAsync()) await db.Database.MigrateAsync();
        await People.AddAsync(world.Database, TestApp.Approver, "admins");
        await world.Get<WebhookSender>().StartAsync(CancellationToken.None);
        return world;
    }

    /// <summary>A target that answers on this receiver, and nothing else.</summary>
    public static Task<WebhookWorld> StartAsync(Receiver receiver, WebhookLimits? limits, params string[] names) =>
        StartAsync([.. names.Select(receiver.Url)], [receiver.Authority], limits: limits);

    public static WebhookEvent Event(string approvalId = "apr_1", string type = WebhookTypes.Created) =>
        new(type, approvalId, "pending", "probe.write_note", "write", "release-bot", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddMinutes(10), "");

    /// <summary>Events in one transaction, told of as the desk does after its commit.</summary>
    public async Task AddAsync(params WebhookEvent[] events)
    {
        await Database.WriteAsync(db =>
        {
            foreach (var e in events) Get<WebhookOutbox>().Add(db, e);
            return Task.CompletedTask;
        }, CancellationToken.None);
        Wake();
    }

    /// <summary>Moves the clock, and lets the lanes look at it: their timers run in real time.</summary>
    public void Advance(TimeSpan by)
    {
        Time.Advance(by);
        Wake();
    }

    public void Wake() => Get<ChangeFeed>().Publish(Topics.Approvals, "");

    public Task<List<WebhookDeliveryRow>> RowsAsync() =>
        Database.ReadAsync(db => db.Set<WebhookDeliveryRow>().OrderBy(d => d.Sequence).ToListAsync(), CancellationToken.None);

    public async Task<WebhookDeliveryRow> OnlyRowAsync(Func<WebhookDeliveryRow, bool> when) =>
        (await Eventually.GetAsync(RowsAsync, rows => rows.Count == 1 && when(rows[0]), "the only delivery"))[0];

    /// <summary>The process ends; its data directory stays.</summary>
    public async Task StopAsync()
    {
        _stopped = true;
        await Get<WebhookSender>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped) await StopAsync();
        using (var connection = new SqliteConnection(SqliteSetup.ConnectionString(Options))) SqliteConnection.ClearPool(connection);
        Directory.Delete(Options.Data, recursive: true);
    }
}
