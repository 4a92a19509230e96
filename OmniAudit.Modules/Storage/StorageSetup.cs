using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage.Objects;
using OmniAudit.Modules.Storage.Postgres;
using OmniAudit.Modules.Storage.Secrets;
using OmniAudit.Modules.Storage.SqlServer;
using OmniAudit.Modules.Telemetry;

namespace OmniAudit.Modules.Storage;

/// <summary>The stores, on the database engine that the settings name.</summary>
internal static class StorageSetup
{
    /// <summary>
    /// Registers <see cref="Database"/>, <see cref="ObjectStore"/>, <see cref="SecretVault"/>, <see cref="ChangeFeed"/> and
    /// <see cref="StoragePreparation"/>, which must have run before any of them is used. Wants <see cref="OmniAuditOptions"/> as a singleton.
    /// </summary>
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics().TryAddSingleton<WorkMetrics>();
        services.AddSingleton(s => Contexts(s.GetRequiredService<OmniAuditOptions>(), s));
        services.AddSingleton<Database>();
        services.AddSingleton<ChangeFeed>();
        services.AddSingleton<Duties>();
        services.AddSingleton<ChangeRelay>().AddHostedService(s => s.GetRequiredService<ChangeRelay>());
        services.AddSingleton(s => new ServerPresence(s.GetRequiredService<OmniAuditOptions>()));
        services.AddSingleton<ObjectStore>().AddSingleton<ObjectSweep>();
        services.AddSingleton(s => new ObjectCheck(s.GetRequiredService<ObjectStore>(), s.GetServices<IObjectReferrer>()));
        services.AddSingleton(s => new ObjectCopy(s.GetRequiredService<ObjectStore>()));
        services.AddSingleton<SecretVault>().AddSingleton<SealedKeyRing>();
        services.AddOptions<KeyManagementOptions>().Configure<SealedKeyRing>((keys, ring) => keys.XmlRepository = ring);
        services.AddSingleton<StoragePreparation>();
        return services;
    }

    /// <summary>Pooled contexts of the engine that the settings name.</summary>
    /// <param name="services">For EF Core's logs; null for none.</param>
    public static IDbContextFactory<OmniAuditDb> Contexts(OmniAuditOptions options, IServiceProvider? services = null) => options.Database.Provider switch
    {
        DatabaseOptions.PostgreSql => new Pool<PostgresDb>(PostgresSetup.Configure, options, services),
        DatabaseOptions.SqlServer => new Pool<SqlServerDb>(SqlServerSetup.Configure, options, services),
        _ => new Pool<OmniAuditDb>(SqliteSetup.Configure, options, services),
    };

    private sealed class Pool<T> : IDbContextFactory<OmniAuditDb>
        where T : OmniAuditDb
    {
        private readonly PooledDbContextFactory<T> _pool;

        public Pool(Action<DbContextOptionsBuilder, OmniAuditOptions> configure, OmniAuditOptions options, IServiceProvider? services)
        {
            var builder = new DbContextOptionsBuilder<T>();
            if (services is not null) builder.UseApplicationServiceProvider(services);
            configure(builder, options);
            foreach (var more in services?.GetServices<IDbContextOptionsConfiguration<OmniAuditDb>>() ?? []) more.Configure(services!, builder);
            _pool = new PooledDbContextFactory<T>(builder.Options);
        }

        public OmniAuditDb CreateDbContext() => _pool.CreateDbContext();

        public async Task<OmniAuditDb> CreateDbContextAsync(CancellationToken cancellationToken = default) => await _pool.CreateDbContextAsync(cancellationToken);
    }
}
