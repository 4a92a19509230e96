using Microsoft.AspNetCore.Components;

namespace OmniAudit.Web.Components.Layout;

/// <summary>A session that ended while its page was open: to the sign-in page, and back here afterwards.</summary>
public sealed class GoToSignIn(NavigationManager navigation) : ComponentBase
{
    protected override void OnInitialized() =>
        navigation.NavigateTo("/signin?returnUrl=" + Uri.EscapeDataString("/" + navigation.ToBaseRelativePath(navigation.Uri)), forceLoad: true);
}
