namespace OmniAudit.Modules.Settings;

/// <summary>WEBHOOK_URLS and WEBHOOK_SECRET, each by itself.</summary>
internal static class WebhookUrls
{
    /// <summary>Each target has a connection at a time; more of them would be a message bus.</summary>
    private const int Most = 16;

    public const string Allowed = "a comma-separated list of up to 16 https:// URLs without user name and fragment; http:// only to a loopback address or a host:port of URL_ALLOWLIST";

    /// <summary>Null when one of them cannot be used, or there are too many. Each is listed once.</summary>
    public static IReadOnlyList<string>? TryParse(string text)
    {
        var urls = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal).ToList();
        return urls.Count <= Most && urls.TrueForAll(IsUrl) ? urls : null;
    }

    /// <summary>Scheme, host and port: the path may be what lets others in.</summary>
    public static string Shown(IReadOnlyList<string> urls) => string.Join(",", urls.Select(u => new Uri(u).GetLeftPart(UriPartial.Authority)));

    public static bool IsSecret(string text)
    {
        if (!text.StartsWith("whsec_", StringComparison.Ordinal)) return text.Length >= 24;
        var base64 = text["whsec_".Length..];
        return Convert.TryFromBase64String(base64.PadRight((base64.Length + 3) / 4 * 4, '='), new byte[base64.Length], out var bytes) && bytes >= 24;
    }

    private static bool IsUrl(string text) =>
        text.Length <= 2048 && !text.Any(c => c <= ' ' || char.IsControl(c) || c == '\\') && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
        && url is { UserInfo.Length: 0, Fragment.Length: 0, Host.Length: > 0 };
}
