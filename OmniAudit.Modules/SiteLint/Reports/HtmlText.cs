using System.Text.Encodings.Web;
using System.Text.Unicode;
using OmniAudit.Modules.Tools;

namespace OmniAudit.Modules.SiteLint.Reports;

/// <summary>Texts of an audited site in an HTML file: encoded, and without characters that are not seen or that turn the text around.</summary>
internal static class HtmlText
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    /// <summary>For element content and quoted attributes.</summary>
    public static string Encode(string? text, int most = 2_000)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (text.Length > most) text = text[..(most - 1)] + "…";
        return Encoder.Encode(VisibleText.Of(text));
    }

    /// <summary>Only web addresses become links; everything else stays text.</summary>
    public static string Link(string? url, string? text = null) =>
        url is not null && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? $"<a href=\"{Encode(uri.AbsoluteUri, 4_096)}\" rel=\"noreferrer noopener nofollow\">{Encode(text ?? url, 300)}</a>"
            : Encode(text ?? url, 300);
}
