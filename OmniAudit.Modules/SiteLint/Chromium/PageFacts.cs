namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>What a loaded document says about itself. The page can lie about all of it: it is data, and every length is bounded in the script.</summary>
internal sealed record PageFacts
{
    public string? Title { get; init; }
    public string? Description { get; init; }
    public string? Language { get; init; }
    public IReadOnlyList<string> Canonicals { get; init; } = [];
    public IReadOnlyList<string> Headings { get; init; } = [];
    public string? Viewport { get; init; }
    public string? Robots { get; init; }
    public bool Doctype { get; init; }
    public string? Charset { get; init; }
    public double Width { get; init; }
    public double Height { get; init; }
    /// <summary>Absolute, in document order, at most 2000.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>Returns the JSON of this record. One constant script: nothing of a page or URL is ever put into it.</summary>
    public const string Script = """
        () => {
          const cut = (v, n) => v === null || v === undefined ? null : String(v).trim().slice(0, n);
          const all = s => Array.from(document.querySelectorAll(s));
          const meta = n => { const m = all('meta[name]').find(e => (e.getAttribute('name') || '').toLowerCase() === n); return m ? cut(m.getAttribute('content') || '', 1000) : null; };
          const root = document.documentElement;
          return JSON.stringify({
            title: document.querySelector('head > title, title') ? cut(document.title, 500) : null,
            description: meta('description'),
            language: cut(root.getAttribute('lang'), 50),
            canonicals: all('link[rel~="canonical" i]').slice(0, 5).map(e => cut(e.getAttribute('href') || '', 2000)),
            headings: all('h1').slice(0, 20).map(e => cut(e.textContent, 200)),
            viewport: meta('viewport'),
            robots: meta('robots'),
            doctype: document.doctype !== null && document.compatMode === 'CSS1Compat',
            charset: all('meta[charset]').length + all('meta[http-equiv="content-type" i]').length > 0 ? document.characterSet : null,
            width: root.scrollWidth,
            height: Math.max(root.scrollHeight, document.body ? document.body.scrollHeight : 0),
            links: all('a[href]').filter(a => typeof a.href === 'string' && !a.hasAttribute('download')).slice(0, 2000).map(a => cut(a.href, 4096)),
          });
        }
        """;
}
