using Microsoft.Extensions.DependencyInjection;

namespace OmniAudit.Modules.GitHub;

internal static class GitHubSetup
{
    /// <summary>Registers <see cref="GitHubClient"/>. Wants OmniAuditOptions and TimeProvider as singletons.</summary>
    public static IServiceCollection AddGitHub(this IServiceCollection services)
    {
        services.AddHttpClient<GitHubClient>(http => http.Timeout = Timeout.InfiniteTimeSpan)
            // Addresses of private repositories would be in the log at level information.
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                // Followed by hand: the handler would turn a POST into a GET, and send other headers than the token on to anyone.
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = System.Net.DecompressionMethods.All,
                // A write on a connection that GitHub is just closing ends with nobody knowing: do not keep them that long.
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(15),
                ConnectTimeout = TimeSpan.FromSeconds(10),
                ActivityHeadersPropagator = null,
            });
        return services;
    }
}
