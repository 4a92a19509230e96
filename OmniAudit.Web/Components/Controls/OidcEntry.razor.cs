using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Oidc;
using OmniAudit.Web.Components.Layout;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Components.Controls;

/// <summary>On the sign-in page: the way in by the provider, and what came of the last try. Nothing where no provider is set.</summary>
public sealed partial class OidcEntry
{
    [Inject] private OidcClient Oidc { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "returnUrl")] public string? ReturnUrl { get; set; }
    [SupplyParameterFromQuery(Name = "problem")] public string? Problem { get; set; }
    [SupplyParameterFromQuery(Name = "signedOut")] public string? SignedOut { get; set; }

    private string StartHref => OidcSignIn.StartPath + "?returnUrl=" + Uri.EscapeDataString(PageLinks.LocalOrStart(ReturnUrl));

    /// <summary>Texts of ours only: anyone can write an address.</summary>
    private string? Reason => Enum.TryParse<SignInProblem>(Problem, ignoreCase: true, out var problem) ? Explain(problem) : null;

    private string? Explain(SignInProblem problem) => problem switch
    {
        SignInProblem.Unavailable => $"{Oidc.Name} cannot be reached now. Try again in a minute, or sign in with an account of this server.",
        SignInProblem.Denied => $"{Oidc.Name} did not let you in, or you cancelled. Try again, or ask who looks after {Oidc.Name}.",
        SignInProblem.ProviderError => $"{Oidc.Name} answered with an error. Try again; the server's log says which error it was.",
        SignInProblem.Stale => "This sign-in was begun too long ago, in another browser, or has ended already. Begin again.",
        SignInProblem.CodeRefused => $"{Oidc.Name} takes this sign-in for used or too old. Begin again.",
        SignInProblem.TokenRefused => $"What {Oidc.Name} says about you does not pass the checks. Begin again; the server's log says what is wrong.",
        SignInProblem.NoRole => $"{Oidc.Name} knows you, but none of your groups may use this server. These may: {Oidc.Allowed}. Ask an administrator to add you to one, then begin again.",
        SignInProblem.Disabled => "Your account here is disabled. Ask an administrator of this server.",
        _ => null,
    };
}
