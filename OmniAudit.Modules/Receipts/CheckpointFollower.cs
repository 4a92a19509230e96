using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Modules.Receipts;

/// <summary>Keeps this server's checkpoint outside the database as new as those of the servers that append: each directory is a witness of its own.</summary>
internal sealed class CheckpointFollower(ReceiptLog receipts, ChangeFeed changes, ILogger<CheckpointFollower> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var subscription = changes.Subscribe(change => { if (change is { Topic: Topics.Receipts, Elsewhere: true }) wake.Writer.TryWrite(true); });
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await wake.Reader.ReadAsync(stoppingToken);
                if (receipts is { Vkey: not null, Refusal: null }) await receipts.FollowAsync(stoppingToken);
            }
            catch (OperationCanceledException)
            {
                // The server stops.
            }
            catch (Exception failure)
            {
                log.LogError(failure, "The checkpoint that another server published could not be taken over");
            }
        }
    }
}
