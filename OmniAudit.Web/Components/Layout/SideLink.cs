using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;

namespace OmniAudit.Web.Components.Layout;

/// <summary>A link of the side bar: marked on its page and those below, except below those that have a link of their own.</summary>
public sealed class SideLink : NavLink
{
    [Inject] private NavigationManager Navigation { get; set; } = null!;

    /// <summary>The paths of those.</summary>
    [Parameter] public IReadOnlyList<string> Except { get; set; } = [];

    protected override bool ShouldMatch(string uriAbsolute) =>
        base.ShouldMatch(uriAbsolute) && !Except.Any(path => uriAbsolute.StartsWith(Navigation.ToAbsoluteUri(path).AbsoluteUri, StringComparison.OrdinalIgnoreCase));
}
