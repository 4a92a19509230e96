using System.Text.RegularExpressions;
using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Audits;

/// <summary>The Link header of the document's answer (RFC 8288), where it says canonical or alternate.</summary>
internal static partial class LinkHeader
{
    public static IEnumerable<LinkTagFact> Of(PageObservation page)
    {
        var headers = page.Headers.Where(h => h.Key == "link").SelectMany(h => h.Value.Split('\n'));
        foreach (Match link in headers.SelectMany(value => OneLink().Matches(Text.Cut(value, 16_000))).Take(200))
        {
            var raw = link.Groups[1].Value.Trim();
            string rel = "", language = "";
            foreach (Match parameter in Parameter().Matches(link.Groups[2].Value))
            {
                var value = parameter.Groups[2].Value.Trim('"').ToLowerInvariant();
                if (parameter.Groups[1].Value.Equals("rel", StringComparison.OrdinalIgnoreCase)) rel = value;
                else if (parameter.Groups[1].Value.Equals("hreflang", StringComparison.OrdinalIgnoreCase)) language = value;
            }
            if (rel is "canonical" or "alternate")
                yield return new LinkTagFact(rel, Uri.TryCreate(new Uri(page.FinalUrl), raw, out var address) ? address.AbsoluteUri : "", raw, language, true, "");
        }
    }

    [GeneratedRegex("""<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s;,"]+))*)""", RegexOptions.NonBacktracking)]
    private static partial Regex OneLink();

    [GeneratedRegex("""([\w*-]+)\s*=\s*("[^"]*"|[^\s;,"]+)""", RegexOptions.NonBacktracking)]
    private static partial Regex Parameter();
}
