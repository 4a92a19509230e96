using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Oidc;

internal static class OidcSetup
{
    /// <summary>Registers <see cref="AccessTokens"/> and <see cref="OidcClient"/>. Nothing is asked of any issuer before its first use.</summary>
    public static IServiceCollection AddOidc(this IServiceCollection services)
    {
        services.AddHttpClient(OidcHttp.ClientName, http => (http.Timeout, http.MaxResponseContentBufferSize) = (Timeout.InfiniteTimeSpan, OidcHttp.LargestDocument))
            // Codes and hints would be in the log at level information.
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = System.Net.DecompressionMethods.All,
                ConnectTimeout = TimeSpan.FromSeconds(5),
                ActivityHeadersPropagator = null,
            });
        services.AddSingleton<OidcHttp>().AddSingleton<TokenChecks>();
        // The console and /mcp often have one issuer: its keys are asked for once.
        services.AddSingleton<Func<string, OidcIssuer>>(s =>
        {
            var issuers = new ConcurrentDictionary<string, OidcIssuer>(StringComparer.Ordinal);
            return authority => issuers.GetOrAdd(authority.TrimEnd('/'), _ => new OidcIssuer(authority, s.GetRequiredService<OidcHttp>(), s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ILogger<OidcIssuer>>()));
        });
        services.AddSingleton(s => new AccessTokens(s.GetRequiredService<OmniAuditOptions>(), s.GetRequiredService<Func<string, OidcIssuer>>(), s.GetRequiredService<TokenChecks>()));
        services.AddSingleton(s => new OidcClient(s.GetRequiredService<OmniAuditOptions>(), s.GetRequiredService<Func<string, OidcIssuer>>(), s.GetRequiredService<OidcHttp>(), s.GetRequiredService<TokenChecks>()));
        return services;
    }
}
