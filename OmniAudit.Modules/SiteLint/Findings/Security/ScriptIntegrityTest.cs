using System.Net;
using OmniAudit.Modules.SiteLint.Chromium;

namespace OmniAudit.Modules.SiteLint.Findings.Security;

/// <summary>Whether scripts of other sites are pinned by a hash and come over https, as MDN's Observatory grades it: the worst of them counts.</summary>
internal static class ScriptIntegrityTest
{
    private const string PinnedOwn = "sri-implemented-and-all-scripts-loaded-securely";
    private const string Pinned = "sri-implemented-and-external-scripts-loaded-securely";
    private const string PinnedInsecure = "sri-implemented-but-external-scripts-not-loaded-securely";
    private const string Unpinned = "sri-not-implemented-but-external-scripts-loaded-securely";
    private const string UnpinnedInsecure = "sri-not-implemented-and-external-scripts-not-loaded-securely";
    private const string NotHtml = "sri-not-implemented-response-not-html";
    private const string NoScripts = "sri-not-implemented-but-no-scripts-loaded";
    private const string AllOwn = "sri-not-implemented-but-all-scripts-loaded-from-secure-origin";

    private static readonly string[] Order = [PinnedOwn, Pinned, PinnedInsecure, Unpinned, UnpinnedInsecure];

    /// <returns>The outcome, and the address of the script at fault.</returns>
    public static (string Result, string Script) Judge(SecurityFacts facts)
    {
        if ((facts.Header("content-type") ?? "").Split(';')[0] is not ("text/html" or "application/xhtml+xml")) return (NotHtml, "");
        if (facts.ScriptCount == 0 || facts.Scripts is null) return (NoScripts, "");
        var (result, fault, foreign) = ("", "", false);
        foreach (var script in facts.Scripts)
        {
            var (own, secure) = Origin(script, facts);
            if (!own) foreign = true;
            if (own)
            {
                if (script.Integrity && secure && result.Length == 0) result = PinnedOwn;
                continue;
            }
            var found = (script.Integrity, secure) switch { (true, true) => "", (true, false) => PinnedInsecure, (false, true) => Unpinned, _ => UnpinnedInsecure };
            if (found.Length > 0 && (result.Length == 0 || Array.IndexOf(Order, found) > Array.IndexOf(Order, result))) (result, fault) = (found, script.Url);
        }
        if (result.Length == 0) result = foreign ? Pinned : AllOwn;
        return (result, fault);
    }

    /// <summary>A protocol-relative address counts as foreign and insecure: it takes what the page takes.</summary>
    private static (bool Own, bool Secure) Origin(ScriptFact script, SecurityFacts facts)
    {
        if (script.Url.StartsWith("//", StringComparison.Ordinal) && script.Url.Length > 2 && script.Url[2] != '/') return (false, false);
        var https = script.Url.StartsWith("https://", StringComparison.Ordinal);
        if (!https && !script.Url.StartsWith("http://", StringComparison.Ordinal)) return (true, facts.Https);
        return (Uri.TryCreate(script.Url, UriKind.Absolute, out var address) && SiteOf(address.Host) == SiteOf(facts.Host), https);
    }

    /// <summary>The registrable domain, by a rule of thumb instead of the public suffix list: two labels, three under names such as <c>co.uk</c>; null for addresses and single labels.</summary>
    public static string? SiteOf(string host)
    {
        var labels = host.TrimEnd('.').ToLowerInvariant().Split('.');
        if (labels.Length < 2 || IPAddress.TryParse(host.Trim('[', ']'), out _)) return null;
        var three = labels[^1].Length == 2 && labels[^2] is "co" or "com" or "net" or "org" or "ac" or "gov" or "edu" or "or" or "ne" or "go" or "gob" or "nom" or "ltd" or "plc" or "me" or "sch" or "nhs" or "gouv" or "govt";
        return string.Join('.', labels[^Math.Min(labels.Length, three ? 3 : 2)..]);
    }
}
