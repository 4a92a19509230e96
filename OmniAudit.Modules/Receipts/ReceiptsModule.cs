using Microsoft.Extensions.DependencyInjection;
using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

/// <summary>The receipt log's services. Needs Database, SecretVault, OmniAuditOptions, ChangeFeed and TimeProvider; the host calls <see cref="ReceiptLog.OpenAsync"/> once at start.</summary>
internal static class ReceiptsModule
{
    public static IServiceCollection AddReceipts(this IServiceCollection services) => services
        .AddSingleton<ReceiptLog>().AddHostedService<CheckpointFollower>()
        .AddSingleton(s => new ReceiptQueries(s.GetRequiredService<Database>(), s.GetRequiredService<ReceiptLog>(), s.GetRequiredService<OmniAuditOptions>()))
        .AddSingleton(s => new LogTiles(s.GetRequiredService<Database>(), s.GetRequiredService<ReceiptLog>(), s.GetRequiredService<OmniAuditOptions>()))
        .AddSingleton(s => new ReceiptExport(s.GetRequiredService<Database>()));
}
