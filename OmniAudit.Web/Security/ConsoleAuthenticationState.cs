using System.Security.Claims;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server;
using Microsoft.AspNetCore.Components.Server.Circuits;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Security;

/// <summary>
/// An open page outlives its request: who its person is, and what they may do, is read again when the person was changed,
/// and every now and then in case another process did it. A page whose session ended goes to the sign-in.
/// </summary>
internal sealed class ConsoleAuthenticationState : RevalidatingServerAuthenticationStateProvider
{
    private readonly ConsoleSignIn _signIn;
    private readonly ChangeFeed _changes;
    private IDisposable? _subscription;

    public ConsoleAuthenticationState(ConsoleSignIn signIn, ChangeFeed changes, ILoggerFactory log) : base(log) => (_signIn, _changes) = (signIn, changes);

    /// <summary>From here on changes are followed. For circuits only: a request that changes its own person answers as who it came.</summary>
    public void Follow() => _subscription ??= _changes.Subscribe(change => { if (change.Topic == Topics.People) _ = RefreshAsync(change.Id); });

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
            // A circuit that has not come as far as knowing its person.
        }
    }

    private void Show(ClaimsPrincipal user) => SetAuthenticationState(Task.FromResult(new AuthenticationState(user)));

    protected override void Dispose(bool disposing)
    {
        _subscription?.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>Tells a page's authentication state that the page is open now.</summary>
internal sealed class ConsoleCircuit(AuthenticationStateProvider state) : CircuitHandler
{
    public override Task OnCircuitOpenedAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        ((ConsoleAuthenticationState)state).Follow();
        return Task.CompletedTask;
    }
}
