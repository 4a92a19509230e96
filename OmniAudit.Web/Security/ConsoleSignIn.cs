using System.Security.Claims;

namespace OmniAudit.Web.Security;

/// <summary>What became of an attempt to sign in.</summary>
/// <param name="User">The session to begin; null when there is none.</param>
/// <param name="Message">Why not, and what to do.</param>
public sealed record SignInAttempt(ClaimsPrincipal? User, string Message);

/// <summary>Turns a link or a password into a console session, and says whether a session still holds.</summary>
internal sealed class ConsoleSignIn(TemporaryOperators operators)
{
    public async Task<SignInAttempt> ByLinkAsync(string token, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return operators.Links.TryRemove(token, out var id) ? Enter(operators.ById[id]) : new SignInAttempt(null, "This link was used already.");
    }

    public async Task<SignInAttempt> ByPasswordAsync(string userName, string password, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var o = operators.ById.Values.FirstOrDefault(x => x.Name == userName && x.Password == password);
        return o is null ? new SignInAttempt(null, "The user name or the password is wrong.") : Enter(o);
    }

    public async Task<SignInAttempt> ChoosePasswordAsync(ClaimsPrincipal user, string? current, string password, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (password.Length < 12) return new SignInAttempt(null, "Password: at least 12 characters.");
        var o = operators.ById[ConsoleSession.OperatorIdOf(user)!];
        if (current is not null && current != o.Password) return new SignInAttempt(null, "The password now is wrong.");
        o.Password = password;
        o.Stamp = Guid.NewGuid().ToString("N");
        return Enter(o);
    }

    public Task<string?> UserNameOfAsync(ClaimsPrincipal user, CancellationToken cancellationToken) =>
        Task.FromResult(ConsoleSession.OperatorIdOf(user) is { } id ? operators.ById[id].Name : null);

    public Task<bool> IsCurrentAsync(ClaimsPrincipal user, CancellationToken cancellationToken) =>
        Task.FromResult(ConsoleSession.OperatorIdOf(user) is { } id && operators.ById.TryGetValue(id, out var o) && o.Stamp == ConsoleSession.StampOf(user));

    private static SignInAttempt Enter(TemporaryOperator o) => new(ConsoleSession.Create(o.Id, o.Name, o.Stamp, o.Password.Length == 0), "");
}
