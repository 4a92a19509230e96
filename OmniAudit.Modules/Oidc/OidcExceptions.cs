namespace OmniAudit.Modules.Oidc;

/// <summary>The issuer could not be asked: nobody knows whether the token or the person is good. The message is a clause without an end, fit for logs and callers.</summary>
public sealed class OidcUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The token is not good. The message says what is wrong with it, and never repeats it.</summary>
public sealed class TokenRefusedException(string message) : Exception(message);

/// <summary>A person cannot be signed in.</summary>
/// <param name="problem">What to tell the person.</param>
/// <param name="detail">For the log.</param>
public sealed class SignInRefusedException(SignInProblem problem, string detail) : Exception(detail)
{
    /// <summary>What to tell the person.</summary>
    public SignInProblem Problem { get; } = problem;
}

/// <summary>Why a sign-in at the provider came to nothing.</summary>
public enum SignInProblem
{
    /// <summary>The provider cannot be reached, or answers nonsense.</summary>
    Unavailable = 1,
    /// <summary>The person or the provider said no (<c>access_denied</c>).</summary>
    Denied = 2,
    /// <summary>The provider answered with another error.</summary>
    ProviderError = 3,
    /// <summary>The answer belongs to no sign-in begun in this browser within ten minutes, or to one that has ended.</summary>
    Stale = 4,
    /// <summary>The code was used before, or is too old.</summary>
    CodeRefused = 5,
    /// <summary>What the provider signed does not hold.</summary>
    TokenRefused = 6,
    /// <summary>None of the person's groups has a role here.</summary>
    NoRole = 7,
    /// <summary>The operator is disabled here.</summary>
    Disabled = 8,
}
