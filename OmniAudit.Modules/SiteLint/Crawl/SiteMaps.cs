using System.IO.Compression;
using OmniAudit.Modules.SiteLint.Chromium;
using OmniAudit.Modules.SiteLint.Fence;

namespace OmniAudit.Modules.SiteLint.Crawl;

/// <summary>What a site says about crawling it: its robots.txt and the pages that its sitemaps name. All requests go through the job's fence.</summary>
internal static class SiteMaps
{
    private const int MostFiles = 20;
    private const int MostPages = 10_000;
    private const int MostBytes = 20 * 1024 * 1024;

    /// <summary>Asks for <c>/robots.txt</c> of an origin and reads the answer as RFC 9309 §2.3.1 says: absent allows all, a failing server allows nothing.</summary>
    /// <param name="origin">Without a slash at the end.</param>
    public static async Task<(RobotsTxt Rules, RobotsAnswer Answer)> ReadRobotsAsync(FencedHttp http, string origin, CancellationToken cancellationToken)
    {
        var answer = await http.SendAsync(HttpMethod.Get, origin + "/robots.txt", RobotsTxt.MostBytes, cancellationToken);
        var rules = answer.Status switch
        {
            >= 200 and < 300 => RobotsTxt.Parse(answer.Text),
            // Too many requests is a server that wants to be left alone, whatever its number says.
            >= 400 and < 500 and not 429 => RobotsTxt.AllowAll,
            _ => RobotsTxt.DenyAll,
        };
        return (rules, new RobotsAnswer(answer.Status, answer.Status is >= 200 and < 300 ? answer.Text : ""));
    }

    /// <summary>What the answer means for the crawl, in words for the report.</summary>
    public static string Words(RobotsAnswer answer, bool ignored) => (answer.Status switch
    {
        0 => "robots.txt did not answer, which forbids crawling",
        >= 200 and < 300 => "robots.txt was read",
        >= 400 and < 500 and not 429 => $"there is no robots.txt (status {answer.Status})",
        _ => $"robots.txt answered with status {answer.Status}, which forbids crawling",
    }) + (ignored ? "; it was not followed, as asked." : "; it was followed.");

    /// <summary>
    /// The pages that the sitemaps of robots.txt name, or those of <c>/sitemap.xml</c> when it names none: as written, in order, without repeats.
    /// Indexes are followed, compressed files opened; at most 20 files and 10,000 pages are read. Files that cannot be read are passed over.
    /// </summary>
    public static async Task<IReadOnlyList<string>> ReadPagesAsync(FencedHttp http, string origin, RobotsTxt robots, CancellationToken cancellationToken)
    {
        var files = new Queue<string>(robots.Sitemaps.Count > 0 ? robots.Sitemaps : [origin + "/sitemap.xml"]);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        var pages = new List<string>();
        while (files.Count > 0 && asked.Count < MostFiles && pages.Count < MostPages)
        {
            if (!Uri.TryCreate(new Uri(origin), files.Dequeue(), out var address) || address.Scheme is not ("http" or "https") || !asked.Add(address.AbsoluteUri)) continue;
            var answer = await http.SendAsync(HttpMethod.Get, address.AbsoluteUri, MostBytes, cancellationToken);
            if (answer.Status is < 200 or >= 300) continue;
            using var content = new MemoryStream(Inflated(answer.Body), writable: false);
            var map = Sitemap.Read(content, MostPages - pages.Count);
            pages.AddRange(map.Pages);
            foreach (var file in map.Sitemaps) files.Enqueue(file);
        }
        return [.. pages.Distinct()];
    }

    /// <summary>A .gz is a file, not an encoding of the transfer. Read up to the bound: a small file can hold gigabytes.</summary>
    private static byte[] Inflated(byte[] body)
    {
        if (body is not [0x1f, 0x8b, ..]) return body;
        using var inflated = new MemoryStream();
        try
        {
            using var gzip = new GZipStream(new MemoryStream(body, writable: false), CompressionMode.Decompress);
            var chunk = new byte[64 * 1024];
            while (inflated.Length < MostBytes && gzip.Read(chunk) is > 0 and var read) inflated.Write(chunk, 0, read);
        }
        catch (InvalidDataException)
        {
            // What came before the fault is still a list of pages.
        }
        return inflated.ToArray();
    }
}
