using System.Threading.Channels;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace OmniAudit.Web.Mcp;

/// <summary>
/// Progress of one call to the client that asked for it. Reports never wait: while one is being sent only the newest of
/// the others is kept. Every one sent has a higher value than the one before, and none follows the result.
/// </summary>
internal sealed class McpProgress : IAsyncDisposable
{
    /// <summary>By how much a new message at an old value is moved on: the protocol wants every value higher.</summary>
    private const double LeastStep = 0.0001;

    private readonly Channel<(double Value, string Message)> _reports = Channel.CreateBounded<(double, string)>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Task _sending;

    private McpProgress(McpServer server, ProgressToken token) => _sending = SendAsync(server, token);

    /// <summary>Null when the request carries no token.</summary>
    public static McpProgress? Of(RequestContext<CallToolRequestParams> request) =>
        request.Params.ProgressToken is { } token ? new McpProgress(request.Server, token) : null;

    /// <param name="value">0 to 1.</param>
    public void Report(double value, string message) => _reports.Writer.TryWrite((value, message));

    /// <summary>What was reported is on its way when this returns.</summary>
    public async ValueTask DisposeAsync()
    {
        _reports.Writer.TryComplete();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task SendAsync(McpServer server, ProgressToken token)
    {
        var (last, said) = (-1.0, "");
        await foreach (var (value, message) in _reports.Reader.ReadAllAsync())
        {
            if (value <= last && message == said) continue;
            last = value > last ? value : last + LeastStep;
            said = message;
            // A client that is gone is told nothing; its call ends on its own.
            await server.NotifyProgressAsync(token, new ProgressNotificationValue { Progress = (float)last, Total = 1, Message = message });
        }
    }
}
