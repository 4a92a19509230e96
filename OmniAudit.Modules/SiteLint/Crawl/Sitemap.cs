using System.Xml;

namespace OmniAudit.Modules.SiteLint.Crawl;

/// <summary>A sitemap or sitemap index (sitemaps.org protocol 0.9), read as far as it is sound.</summary>
/// <param name="Pages">Addresses of pages, as written, in order.</param>
/// <param name="Sitemaps">Addresses of further sitemaps; only an index has them.</param>
/// <param name="Problem">Why reading ended early; null when it did not.</param>
internal sealed record Sitemap(IReadOnlyList<string> Pages, IReadOnlyList<string> Sitemaps, string? Problem)
{
    /// <summary>The protocol's own limit.</summary>
    public const int MostEntries = 50_000;
    /// <summary>The protocol's own limit, too.</summary>
    public const long MostCharacters = 50 * 1024 * 1024;
    private const int LongestAddress = 2_048;

    /// <summary>Reads XML, or plain text with one address a line. No entity is expanded and nothing is fetched.</summary>
    /// <param name="most">Entries after which the rest is not read; at most <see cref="MostEntries"/>.</param>
    public static Sitemap Read(Stream content, int most)
    {
        var (pages, sitemaps) = (new List<string>(), new List<string>());
        most = Math.Min(most, MostEntries);
        using var text = new StreamReader(content);
        if (FirstCharacter(text) != '<')
        {
            while (pages.Count < most && text.ReadLine() is { } line)
            {
                if (line.Trim() is { Length: > 0 and <= LongestAddress } address) pages.Add(address);
            }
            return new Sitemap(pages, sitemaps, null);
        }
        try
        {
            using var xml = XmlReader.Create(text, new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = MostCharacters, IgnoreComments = true, IgnoreProcessingInstructions = true,
            });
            var inIndex = false;
            var entries = 0;
            while (xml.Read())
            {
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (xml.Depth == 1) inIndex = xml.LocalName == "sitemap";
                // Only the entry's own <loc>: images and videos have theirs deeper, or in other namespaces.
                if (xml is not { LocalName: "loc", Depth: 2 } || xml.NamespaceURI is not ("" or "http://www.sitemaps.org/schemas/sitemap/0.9")) continue;
                entries++;
                var address = ReadText(xml).Trim();
                if (address.Length is 0 or > LongestAddress) continue;
                (inIndex ? sitemaps : pages).Add(address);
                if (pages.Count + sitemaps.Count >= most) return new Sitemap(pages, sitemaps, $"Only the first {most} of its entries were read.");
            }
            return new Sitemap(pages, sitemaps, entries == 0 ? "It names no address." : null);
        }
        catch (XmlException wrong)
        {
            return new Sitemap(pages, sitemaps, $"It is not well-formed after line {wrong.LineNumber}.");
        }
    }

    private static string ReadText(XmlReader xml)
    {
        if (xml.IsEmptyElement) return "";
        var (text, depth) = ("", xml.Depth);
        while (xml.Read() && xml.Depth > depth)
        {
            // Elements inside belong to something else.
            if (xml.Depth > depth + 1 || xml.NodeType is not (XmlNodeType.Text or XmlNodeType.CDATA) || text.Length > LongestAddress) continue;
            text += xml.Value.Length <= LongestAddress ? xml.Value : new string(' ', LongestAddress + 1);
        }
        return text;
    }

    private static char FirstCharacter(StreamReader text)
    {
        while (text.Peek() is var next and >= 0 && (char.IsWhiteSpace((char)next) || next == '\uFEFF')) _ = text.Read();
        return text.Peek() is >= 0 and var first ? (char)first : '\0';
    }
}
