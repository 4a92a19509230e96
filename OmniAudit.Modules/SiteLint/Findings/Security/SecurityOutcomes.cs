using System.Collections.Frozen;

namespace OmniAudit.Modules.SiteLint.Findings.Security;

/// <param name="Modifier">What it adds to or takes from the score.</param>
/// <param name="Explanation">What was seen.</param>
/// <param name="Fix">What to change; empty where nothing is wrong.</param>
internal sealed record SecurityOutcome(int Modifier, string Explanation, string Fix = "");

/// <summary>All outcomes of MDN's HTTP Observatory (algorithm version 4 and later, developer.mozilla.org/observatory/docs/tests_and_scoring) with their modifiers.</summary>
internal static class SecurityOutcomes
{
    private const string LockScripts = "Take 'unsafe-inline', data: and whole schemes out of script-src and object-src, use nonces or hashes, and name both directives.";
    private const string SecureCookies = "Set Secure on every cookie, HttpOnly on session cookies and SameSite on all of them.";
    private const string RedirectFirst = "Redirect http to https on the same host first, then elsewhere.";
    private const string SendHsts = "Send Strict-Transport-Security: max-age=31536000.";
    private const string StrictReferrer = "Send Referrer-Policy: strict-origin-when-cross-origin.";
    private const string PinScripts = "Load scripts of other sites over https and give them an integrity attribute.";
    private const string Ancestors = "Send Content-Security-Policy: frame-ancestors 'self' (or 'none').";
    private const string NoSniff = "Send X-Content-Type-Options: nosniff.";

    public static FrozenDictionary<string, SecurityOutcome> All { get; } = new Dictionary<string, SecurityOutcome>(StringComparer.Ordinal)
    {
        ["csp-implemented-with-no-unsafe-default-src-none"] = new(10, "The content security policy starts from default-src 'none' and allows nothing unsafe"),
        ["csp-implemented-with-no-unsafe"] = new(5, "The content security policy allows nothing unsafe"),
        ["csp-implemented-with-unsafe-inline-in-style-src-only"] = new(0, "The content security policy is loose for styles only"),
        ["csp-implemented-with-insecure-scheme-in-passive-content-only"] = new(-10, "The content security policy allows pictures and media over http", "Allow pictures and media over https only."),
        ["csp-implemented-with-unsafe-eval"] = new(-10, "The content security policy allows 'unsafe-eval'", "Do without eval(), then take 'unsafe-eval' out."),
        ["csp-implemented-with-unsafe-inline"] = new(-20, "The content security policy allows scripts or plugins from anywhere", LockScripts),
        ["csp-implemented-with-insecure-scheme"] = new(-20, "The content security policy allows resources over http", "Take the http: sources out of the policy."),
        ["csp-implemented-but-duplicate-directives"] = new(0, "The content security policy holds a reporting directive twice"),
        ["csp-header-invalid"] = new(-25, "The content security policy cannot be read", "Write each directive once, with sources that a browser understands."),
        ["csp-not-implemented"] = new(-25, "There is no content security policy", "Send a Content-Security-Policy header, at least default-src 'self'."),
        ["csp-not-implemented-but-reporting-enabled"] = new(-25, "The content security policy reports but does not protect", "Send the policy as Content-Security-Policy when its reports are clean."),

        ["cookies-secure-with-httponly-sessions-and-samesite"] = new(5, "All cookies are guarded by Secure, HttpOnly (sessions) and SameSite"),
        ["cookies-secure-with-httponly-sessions"] = new(0, "All cookies are guarded by Secure and HttpOnly (sessions)"),
        ["cookies-not-found"] = new(0, "No cookies are set"),
        ["cookies-without-secure-flag-but-protected-by-hsts"] = new(-5, "A cookie lacks Secure; only HSTS protects it", SecureCookies),
        ["cookies-session-without-secure-flag-but-protected-by-hsts"] = new(-10, "A session cookie lacks Secure; only HSTS protects it", SecureCookies),
        ["cookies-without-secure-flag"] = new(-20, "A cookie lacks Secure", SecureCookies),
        ["cookies-samesite-flag-invalid"] = new(-20, "A cookie's SameSite is not valid", SecureCookies),
        ["cookies-anticsrf-without-samesite-flag"] = new(-20, "A cookie against forged requests lacks SameSite", SecureCookies),
        ["cookies-session-without-httponly-flag"] = new(-30, "A session cookie lacks HttpOnly", SecureCookies),
        ["cookies-session-without-secure-flag"] = new(-40, "A session cookie lacks Secure", SecureCookies),

        ["cross-origin-resource-sharing-not-implemented"] = new(0, "Other origins cannot read the content"),
        ["cross-origin-resource-sharing-implemented-with-public-access"] = new(0, "Every origin may read the content, without credentials"),
        ["cross-origin-resource-sharing-implemented-with-restricted-access"] = new(0, "Named origins may read the content"),
        ["cross-origin-resource-sharing-implemented-with-universal-access"] = new(-50, "Every origin may read the content with the visitor's credentials", "Allow named origins only, or leave Access-Control-Allow-Credentials out."),

        ["redirection-all-redirects-preloaded"] = new(0, "Browsers ask all hosts on the way over https by themselves"),
        ["redirection-to-https"] = new(0, "http is redirected to https on the same host"),
        ["redirection-not-needed-no-http"] = new(0, "Nothing answers over http"),
        ["redirection-off-host-from-http"] = new(-5, "The first redirect from http leads to another host", RedirectFirst),
        ["redirection-not-to-https-on-initial-redirection"] = new(-10, "The first redirect from http leads to http again", RedirectFirst),
        ["redirection-not-to-https"] = new(-20, "The redirects from http do not end at https", RedirectFirst),
        ["redirection-missing"] = new(-20, "http is not redirected to https", RedirectFirst),
        ["redirection-invalid-cert"] = new(-20, "The certificate on the way is not valid", "Install a certificate that browsers trust."),

        ["referrer-policy-private"] = new(5, "Other sites do not learn the address of the page"),
        ["referrer-policy-not-implemented"] = new(0, "There is no Referrer-Policy; browsers fall back to strict-origin-when-cross-origin"),
        ["referrer-policy-unsafe"] = new(-5, "Other sites learn more about the page's address than they need", StrictReferrer),
        ["referrer-policy-header-invalid"] = new(-5, "The Referrer-Policy cannot be read", StrictReferrer),

        ["hsts-preloaded"] = new(5, "Browsers ask this host over https by themselves"),
        ["hsts-implemented-max-age-at-least-six-months"] = new(0, "The site insists on https for at least six months"),
        ["hsts-implemented-max-age-less-than-six-months"] = new(-10, "The site insists on https for less than six months", SendHsts),
        ["hsts-not-implemented"] = new(-20, "The site does not insist on https", SendHsts),
        ["hsts-header-invalid"] = new(-20, "The Strict-Transport-Security header cannot be read", SendHsts),
        ["hsts-not-implemented-no-https"] = new(-20, "The site cannot insist on https: it has none", "Serve the site over https, then send Strict-Transport-Security."),
        ["hsts-invalid-cert"] = new(-20, "The site cannot insist on https: its certificate is not valid", "Install a certificate that browsers trust."),

        ["sri-implemented-and-all-scripts-loaded-securely"] = new(5, "Scripts are the site's own and pinned"),
        ["sri-implemented-and-external-scripts-loaded-securely"] = new(5, "Scripts of other sites are pinned and come over https"),
        ["sri-not-implemented-response-not-html"] = new(0, "Not HTML, so there are no scripts"),
        ["sri-not-implemented-but-no-scripts-loaded"] = new(0, "There are no scripts"),
        ["sri-not-implemented-but-all-scripts-loaded-from-secure-origin"] = new(0, "All scripts are the site's own"),
        ["sri-not-implemented-but-external-scripts-loaded-securely"] = new(-5, "A script of another site is not pinned", PinScripts),
        ["sri-implemented-but-external-scripts-not-loaded-securely"] = new(-20, "A script of another site may come over http", PinScripts),
        ["sri-not-implemented-and-external-scripts-not-loaded-securely"] = new(-50, "A script of another site may come over http and is not pinned", PinScripts),

        ["x-content-type-options-nosniff"] = new(0, "Browsers may not guess content types"),
        ["x-content-type-options-not-implemented"] = new(-5, "Browsers may guess content types", NoSniff),
        ["x-content-type-options-header-invalid"] = new(-5, "X-Content-Type-Options cannot be read", NoSniff),

        ["x-frame-options-implemented-via-csp"] = new(5, "The content security policy says who may frame the site"),
        ["x-frame-options-sameorigin-or-deny"] = new(0, "Other sites may not frame this one"),
        ["x-frame-options-allow-from-origin"] = new(0, "X-Frame-Options uses ALLOW-FROM, which browsers of today ignore"),
        ["x-frame-options-not-implemented"] = new(-20, "Other sites may frame this one", Ancestors),
        ["x-frame-options-header-invalid"] = new(-20, "X-Frame-Options cannot be read", Ancestors),

        ["corp-implemented-with-same-origin"] = new(10, "Other origins may not embed the content"),
        ["corp-implemented-with-same-site"] = new(10, "Other sites may not embed the content"),
        ["corp-implemented-with-cross-origin"] = new(0, "Every site may embed the content, by its own word"),
        ["corp-not-implemented"] = new(0, "Every site may embed the content, by default"),
        ["corp-header-invalid"] = new(-5, "The Cross-Origin-Resource-Policy cannot be read", "Send same-origin, same-site or cross-origin."),
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
