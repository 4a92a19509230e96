using OmniAudit.Modules.Health;

namespace OmniAudit.Web.Observability;

/// <summary>Keeps the figures fresh for the metrics that are pushed.</summary>
internal sealed class FigureClock(ServerFigures figures, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await figures.RefreshAsync();
            await Task.Delay(Every, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
