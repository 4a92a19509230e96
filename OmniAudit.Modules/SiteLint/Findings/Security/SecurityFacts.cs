using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Security;

/// <summary>What the header grade stands on: one answer of a site and how it got there.</summary>
internal sealed record SecurityFacts
{
    /// <summary>That was asked for, in lower case.</summary>
    public required string Host { get; init; }
    /// <summary>The answer came over https.</summary>
    public required bool Https { get; init; }
    /// <summary>Names in lower case, repeats kept.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }
    public IReadOnlyList<string> PolicyMetas { get; init; } = [];
    public string? ReferrerMeta { get; init; }
    /// <summary>Script elements with an address; null when the document could not be read.</summary>
    public IReadOnlyList<ScriptFact>? Scripts { get; init; } = [];
    /// <summary>All script elements.</summary>
    public int ScriptCount { get; init; }
    /// <summary>Values of Set-Cookie, in the order they came.</summary>
    public IReadOnlyList<string> SetCookies { get; init; } = [];
    /// <summary>The addresses that a request over plain http goes through, the first included; empty where nothing answers on http, null when nobody asked.</summary>
    public IReadOnlyList<string>? HttpRoute { get; init; }
    /// <summary>The Origin that a cross-origin request named; null when the headers answer an ordinary one.</summary>
    public string? CorsOrigin { get; init; }

    /// <summary>All values of a header as one, the way HTTP joins them; null when it was not sent.</summary>
    public string? Header(string name)
    {
        var values = Headers.Where(h => h.Key == name).SelectMany(h => h.Value.Split('\n')).ToList();
        return values.Count == 0 ? null : string.Join(", ", values);
    }

    public static SecurityFacts Of(PageObservation page)
    {
        var final = Uri.TryCreate(page.FinalUrl, UriKind.Absolute, out var end) ? end : null;
        var first = Uri.TryCreate(page.Url, UriKind.Absolute, out var start) ? start : final;
        return new SecurityFacts
        {
            Host = first?.Host ?? "",
            Https = final?.Scheme == "https",
            Headers = page.Headers,
            PolicyMetas = page.Facts?.PolicyMetas ?? [],
            ReferrerMeta = page.Facts?.ReferrerMeta,
            Scripts = page.Facts?.Scripts,
            ScriptCount = page.Facts?.ScriptCount ?? 0,
            SetCookies = [.. page.Headers.Where(h => h.Key == "set-cookie").SelectMany(h => h.Value.Split('\n'))],
            HttpRoute = RouteOf(page, first),
        };
    }

    private static IReadOnlyList<string>? RouteOf(PageObservation page, Uri? first)
    {
        if (first is null) return null;
        if (first.Scheme == "http")
        {
            var hops = page.Requests.TakeWhile(r => r.Type == "Document" && r.Status is >= 300 and < 400).Select(r => r.Url).ToList();
            if (hops.Count == 0) hops.Add(page.Url);
            return hops[^1] == page.FinalUrl ? hops : [.. hops, page.FinalUrl];
        }
        return page.HttpRedirects switch { true => [$"http://{first.Host}/", $"https://{first.Host}/"], false => [$"http://{first.Host}/"], null => null };
    }
}
