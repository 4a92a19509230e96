using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Settings;
using OmniAudit.Web.Components.Layout;
using OmniAudit.Web.Security;

namespace OmniAudit.Web.Components.Pages;

/// <summary>The first password after a sign-in by link, or a new one later. All other sessions of the person end.</summary>
public sealed partial class PasswordPage
{
    private string? _error;
    private string _userName = "";
    private bool _hasPassword;

    [Inject] private ConsoleSignIn SignIn { get; set; } = null!;
    [Inject] private NavigationManager Navigation { get; set; } = null!;
    [Inject] private OmniAuditOptions Options { get; set; } = null!;

    [CascadingParameter] private HttpContext HttpContext { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "returnUrl")] public string? ReturnUrl { get; set; }
    [SupplyParameterFromForm] public PasswordForm? Form { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Form ??= new PasswordForm();
        var person = await SignIn.FindAsync(HttpContext.User, HttpContext.RequestAborted);
        (_hasPassword, _userName) = (person?.HasPassword == true, person?.UserName ?? "");
    }

    private async Task SaveAsync()
    {
        if (Form!.Password != Form.Again)
        {
            _error = "The two passwords differ. Type the same one twice.";
            return;
        }
        var attempt = await SignIn.ChoosePasswordAsync(HttpContext.User, _hasPassword ? Form.Current : null, Form.Password, HttpContext.RequestAborted);
        if (attempt.User is not { } user)
        {
            _error = attempt.Message;
            return;
        }
        await HttpContext.SignInAsync(ConsoleSession.Scheme, user);
        Navigation.NavigateTo(PageLinks.LocalOrStart(ReturnUrl), forceLoad: true);
    }

    /// <summary>What the form sends.</summary>
    public sealed class PasswordForm
    {
        /// <summary>The password in force; asked for when there is one.</summary>
        public string Current { get; set; } = "";

        /// <summary>The new one.</summary>
        public string Password { get; set; } = "";

        /// <summary>The new one again.</summary>
        public string Again { get; set; } = "";
    }
}
