using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Modules.Webhooks;

/// <summary>Where events go.</summary>
/// <param name="Key">Tells targets apart in rows and links: the first 16 hex digits of the SHA-256 of the address.</param>
/// <param name="Host">Host and port, the only part of the address that is shown: path and query may hold a secret.</param>
internal sealed record WebhookTarget(string Key, string Host, Uri Url);

/// <summary>The targets of WEBHOOK_URLS; there is no other way to add one.</summary>
internal sealed class WebhookTargets(OmniAuditOptions options)
{
    public IReadOnlyList<WebhookTarget> All { get; } = [.. options.Webhooks.Urls.Distinct(StringComparer.Ordinal).Select(Of)];

    public WebhookTarget? Find(string key) => All.FirstOrDefault(t => t.Key == key);

    private static WebhookTarget Of(string url) =>
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..16], new Uri(url).Authority, new Uri(url));
}
