using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Tests.Support;

/// <summary>The real store in a directory of its own, with the schema made; deleted at the end.</summary>
internal sealed class TestStore : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly string? _temporary;

    private TestStore(OmniAuditOptions options, TimeProvider time, string? temporary)
    {
        Options = options;
        _temporary = temporary;
        _services = new ServiceCollection().AddSingleton(options).AddSingleton(time).AddLogging().AddStorage().AddIdentities().BuildServiceProvider();
    }

    public OmniAuditOptions Options { get; }
    public string Directory => Options.Data;
    public TestClock Clock => (TestClock)_services.GetRequiredService<TimeProvider>();
    public Database Database => Get<Database>();
    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<TestStore> CreateAsync(Action<OmniAuditOptions>? configure = null)
    {
        var store = Unprepared(configure, prepared: true);
        if (store.Options.Database.Provider != DatabaseOptions.Sqlite) return store;
        await using var db = await store.Get<IDbContextFactory<OmniAuditDb>>().CreateDbContextAsync();
        await db.Database.MigrateAsync();
        return store;
    }

    /// <param name="prepared">On a server, where a database is copied more quickly than made: with the schema.</param>
    public static TestStore Unprepared(Action<OmniAuditOptions>? configure = null, bool prepared = false)
    {
        var temporary = System.IO.Directory.CreateTempSubdirectory("omniaudit-test-").FullName;
        var options = new OmniAuditOptions { Data = temporary };
        configure?.Invoke(options);
        TestDatabase.AssignAsync(options, prepared).GetAwaiter().GetResult();
        return new TestStore(options, new TestClock(), temporary);
    }

    /// <summary>The same directory as another process sees it: nothing in memory is shared. Dispose it first.</summary>
    public TestStore SecondProcess() => new(Options, Clock, temporary: null);

    /// <summary>Closes the idle connections to this database, and no other test's.</summary>
    public void ClosePool() => TestDatabase.ClosePool(Options);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (_temporary is null) return;
        ClosePool();
        await TestDatabase.DropAsync(_temporary);
        System.IO.Directory.Delete(_temporary, recursive: true);
    }
}
