using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Web.Components.Layout;

/// <summary>Around the pages of someone who is not (fully) signed in yet.</summary>
public sealed partial class SignInLayout
{
    [Inject] private OmniAuditOptions Options { get; set; } = null!;
}
