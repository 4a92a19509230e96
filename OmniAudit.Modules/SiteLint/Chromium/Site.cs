using System.Net;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>Which hosts belong together: the registrable domain, by rule of thumb rather than by the public suffix list.</summary>
internal static class Site
{
    private static readonly HashSet<string> SecondLevels = ["ac", "co", "com", "edu", "gob", "gov", "go", "ne", "net", "nom", "or", "org"];

    /// <summary><c>shop.example.co.uk</c> gives <c>example.co.uk</c>; an address gives itself.</summary>
    public static string Of(string host)
    {
        host = host.TrimEnd('.').ToLowerInvariant();
        if (IPAddress.TryParse(host.Trim('[', ']'), out _)) return host;
        var labels = host.Split('.');
        var keep = labels is [.., _, var second, { Length: 2 }] && SecondLevels.Contains(second) ? 3 : 2;
        return labels.Length <= keep ? host : string.Join('.', labels[^keep..]);
    }

    /// <summary>Whether a URL leads to another site than the page's; false for what has no host (data:, blob:).</summary>
    public static bool IsThirdParty(string url, string pageUrl) =>
        Uri.TryCreate(url, UriKind.Absolute, out var target) && target.Host.Length > 0 && Uri.TryCreate(pageUrl, UriKind.Absolute, out var page) && Of(target.Host) != Of(page.Host);
}
