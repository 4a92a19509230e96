using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;

namespace OmniAudit.Web.Security;

/// <summary>An open page outlives its request: asks again and again whether its person may still be here.</summary>
internal sealed class ConsoleAuthenticationState(ConsoleSignIn signIn, ILoggerFactory log) : RevalidatingServerAuthenticationStateProvider(log)
{
    protected override TimeSpan RevalidationInterval { get; } = TimeSpan.FromSeconds(30);

    protected override Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken) =>
        signIn.IsCurrentAsync(authenticationState.User, cancellationToken);
}
