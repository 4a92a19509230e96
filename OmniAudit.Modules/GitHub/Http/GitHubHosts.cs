using OmniAudit.Modules.Settings;
using OmniAudit.Modules.Tools.Policies;

namespace OmniAudit.Modules.GitHub.Http;

/// <summary>Where GitHub is, by the settings and never by what an answer says.</summary>
internal sealed class GitHubHosts(OmniAuditOptions options)
{
    private readonly HostList _allow = new(options.Policy.UrlAllowlist);

    /// <summary>GITHUB_API_URL without a slash at its end.</summary>
    public string Api => options.GitHub.ApiUrl.TrimEnd('/');

    /// <summary>GITHUB_APP_INSTALLATION_ID.</summary>
    public string Installation => options.GitHub.AppInstallationId;

    /// <summary>GITHUB_UPLOAD_URL, or what follows from the API's address.</summary>
    public string Upload => options.GitHub.UploadUrl.Length > 0 ? options.GitHub.UploadUrl.TrimEnd('/') : UploadOf(Api);

    /// <param name="rest">Begins with a slash; its parts are escaped already.</param>
    public Uri Address(string rest) => new(Api + rest);

    /// <param name="repository"><c>owner/name</c>.</param>
    /// <param name="rest">Empty, or begins with a slash; its parts are escaped already.</param>
    public Uri Repository(string repository, string rest)
    {
        var parts = repository.Split('/');
        if (parts.Length != 2 || parts.Any(p => p is "" or "." or "..")) throw new ArgumentException($"'{repository}' is not owner/name.", nameof(repository));
        return Address($"/repos/{Uri.EscapeDataString(parts[0])}/{Uri.EscapeDataString(parts[1])}{rest}");
    }

    /// <summary>The token may go there.</summary>
    public bool IsApi(Uri address) => SameOrigin(address, new Uri(Api));

    /// <summary>The token, and an asset's bytes, may go there.</summary>
    public bool IsUpload(Uri address) => SameOrigin(address, new Uri(Upload));

    /// <summary>Why a redirect to another origin is not followed, whatever its address resolves to; null when it may be.</summary>
    public string? Problem(Uri target)
    {
        if (target.UserInfo.Length > 0) return "to an address with a user name in it";
        if (target.Scheme == "https") return null;
        // A stand-in on this machine, named by whoever runs the server.
        return target.Scheme == "http" && target.IsLoopback && _allow.HasExactly(target.Host.Trim('[', ']'), target.Port) ? null : "to an address that is not https";
    }

    /// <summary>GitHub: api.github.com → uploads.github.com, the same for tenants of ghe.com. GitHub Enterprise Server: /api/v3 → /api/uploads.</summary>
    private static string UploadOf(string api)
    {
        var url = new Uri(api);
        if (api.EndsWith("/api/v3", StringComparison.Ordinal)) return api[..^"v3".Length] + "uploads";
        return url.Host.StartsWith("api.", StringComparison.Ordinal) ? new UriBuilder(url) { Host = "uploads." + url.Host["api.".Length..] }.Uri.AbsoluteUri.TrimEnd('/') : api;
    }

    private static bool SameOrigin(Uri address, Uri ours) =>
        Uri.Compare(address, ours, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0 && address.UserInfo.Length == 0;
}
