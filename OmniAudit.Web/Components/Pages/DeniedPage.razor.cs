using Microsoft.AspNetCore.Components;
using OmniAudit.Modules.Identities;
using OmniAudit.Modules.Storage;

namespace OmniAudit.Web.Components.Pages;

/// <summary>Where a request ends that needs another role.</summary>
public sealed partial class DeniedPage
{
    [SupplyParameterFromQuery(Name = "need")] public string? Need { get; set; }

    private Role NeedRole => Roles.All.FirstOrDefault(r => r.Word() == Need) is var role && role == default ? Role.Admin : role;

    protected override bool Concerns(Change change) => false;

    protected override Task LoadAsync() => Task.CompletedTask;
}
