using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.GitHub.Credentials;
using OmniAudit.Modules.GitHub.Http;
using OmniAudit.Modules.Storage;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.GitHub;

internal static class GitHubSetup
{
    /// <summary>Registers <see cref="GitHubClient"/> and <see cref="GitHubQueries"/>. Wants OmniAuditOptions and TimeProvider as singletons.</summary>
    public static IServiceCollection AddGitHub(this IServiceCollection services)
    {
        services.TryAddSingleton(new GitHubLimits());
        services.TryAddSingleton(UrlPolicy.SystemResolver);
        services.TryAddSingleton<OutsideConnections>();
        services.TryAddSingleton<GitHubHosts>();
        services.TryAddSingleton<GitHubCredentials>();
        // Without a database, as in tests of the client alone, nothing is shared.
        services.TryAddSingleton(s => new RateBudget(
            s.GetRequiredService<GitHubLimits>(), s.GetRequiredService<TimeProvider>(),
            s.GetService<Database>() is { } database ? new SharedBudget(database, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<SharedBudget>>()) : null));
        services.TryAddSingleton<KeptAnswers>();
        services.TryAddSingleton<GitHubHttp>();
        services.TryAddSingleton<GitHubClient>();
        services.TryAddSingleton(s => new GitHubQueries(s.GetRequiredService<RateBudget>()));
        services.AddHttpClient(GitHubHttp.Own, http => http.Timeout = Timeout.InfiniteTimeSpan)
            // Addresses of private repositories would be in the log at level information.
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => Handler(DecompressionMethods.All));
        services.AddHttpClient(GitHubHttp.Elsewhere, http => http.Timeout = Timeout.InfiniteTimeSpan)
            // Addresses of storages are as good as what lies there.
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(s =>
            {
                var connections = s.GetRequiredService<OutsideConnections>();
                var handler = Handler(DecompressionMethods.None);
                // A kept connection would go on leading to where the name pointed once.
                handler.PooledConnectionLifetime = TimeSpan.Zero;
                handler.ConnectCallback = async (context, cancellationToken) =>
                {
                    var end = context.DnsEndPoint;
                    // Whoever set a proxy for this process wants it to be dialled, and it decides what it opens.
                    return IsProxy(end, context.InitialRequestMessage.RequestUri!) ? await DialAsync(end, cancellationToken) : await connections.OpenAsync(end.Host, end.Port, cancellationToken);
                };
                return handler;
            });
        return services;
    }

    private static SocketsHttpHandler Handler(DecompressionMethods decompression) => new()
    {
        // Followed by hand: the handler would turn a POST into a GET, and send other headers than the token on to anyone.
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = decompression,
        // A write on a connection that GitHub is just closing ends with nobody knowing: do not keep them that long.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        ActivityHeadersPropagator = null,
    };

    private static bool IsProxy(DnsEndPoint end, Uri target) =>
        !HttpClient.DefaultProxy.IsBypassed(target) && HttpClient.DefaultProxy.GetProxy(target) is { } proxy && proxy.IdnHost == end.Host && proxy.Port == end.Port;

    private static async Task<Stream> DialAsync(DnsEndPoint proxy, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(proxy, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
