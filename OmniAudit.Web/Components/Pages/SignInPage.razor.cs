using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Components.Layout;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The door: by a one-time link, which only the button spends (a preview of the link does not), or by a password.</summary>
public sealed partial class SignInPage
{
    private string? _error;

    [Inject] private ConsoleSignIn SignIn { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    [CascadingParameter] private HttpContext HttpContext { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "token")] public string? Token { get; set; }
    [SupplyParameterFromQuery(Name = "returnUrl")] public string? ReturnUrl { get; set; }
    [SupplyParameterFromForm] public SignInForm? Form { get; set; }

    private bool HasToken => !string.IsNullOrEmpty(Token);

    protected override void OnInitialized() => Form ??= new SignInForm();

    private async Task ByLinkAsync() => await EnterAsync(await SignIn.ByLinkAsync(Token ?? "", HttpContext.RequestAborted));

    private async Task ByPasswordAsync() => await EnterAsync(await SignIn.ByPasswordAsync(Form!.UserName, Form.Password, HttpContext.RequestAborted));

    private async Task EnterAsync(ConsoleEntry attempt)
    {
        if (attempt.User is not { } user)
        {
            _error = attempt.Message;
            return;
        }
        await HttpContext.SignInAsync(ConsoleSession.Scheme, user);
        var target = PageLinks.LocalOrStart(ReturnUrl);
        Navigation.NavigateTo(ConsoleSession.MustChoosePassword(user) ? "/account/password?returnUrl=" + Uri.EscapeDataString(target) : target, forceLoad: true);
    }

    /// <summary>What the password form sends.</summary>
    public sealed class SignInForm
    {
        /// <summary>As typed.</summary>
        public string UserName { get; set; } = "";

        /// <summary>As typed.</summary>
        public string Password { get; set; } = "";
    }
}
