using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Security;

/// <summary>
/// An open page outlives its request: who its person is, and what they may do, is read again when the person was changed,
/// and every now and then in case another process did it. A page whose session ended goes to the sign-in.
/// </summary>
internal sealed class ConsoleAuthenticationState : RevalidatingServerAuthenticationStateProvider
{
    private readonly ConsoleSignIn _signIn;
    private readonly IDisposable _subscription;

    public ConsoleAuthenticationState(ConsoleSignIn signIn, ChangeFeed changes, ILoggerFactory log) : base(log)
    {
        _signIn = signIn;
        _subscription = changes.Subscribe(change => { if (change.Topic == Topics.People) _ = RefreshAsync(change.Id); });
    }

    protected override TimeSpan RevalidationInterval { get; } = TimeSpan.FromSeconds(30);

    protected override async Task<bool> ValidateAuthenticationStateAsync(AuthenticationState authenticationState, CancellationToken cancellationToken)
    {
        if (await _signIn.CurrentAsync(authenticationState.User, cancellationToken) is not { } current) return false;
        if (ConsoleSession.RoleOf(current) != ConsoleSession.RoleOf(authenticationState.User)) Show(current);
        return true;
    }

    private async Task RefreshAsync(string operatorId)
    {
        try
        {
            var user = (await GetAuthenticationStateAsync()).User;
            if (ConsoleSession.OperatorIdOf(user) == operatorId) Show(await _signIn.CurrentAsync(user, CancellationToken.None) ?? new ClaimsPrincipal(new ClaimsIdentity()));
        }
        catch (InvalidOperationException)
        {
            // A request that has not come as far as knowing its person.
        }
    }

    private void Show(ClaimsPrincipal user) => SetAuthenticationState(Task.FromResult(new AuthenticationState(user)));

    protected override void Dispose(bool disposing)
    {
        _subscription.Dispose();
        base.Dispose(disposing);
    }
}
