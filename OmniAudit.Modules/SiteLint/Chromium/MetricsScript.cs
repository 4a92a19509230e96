using System.Text.Json;
using System.Text.Json.Serialization;

namespace OmniAudit.Modules.SiteLint.Chromium;

/// <summary>
/// The observers that run in every page from its first moment, in a world of their own: they see the document, but nothing that the page
/// redefines. Constant scripts; nothing of a page or URL is ever put into them, and every list is bounded.
/// </summary>
internal static class MetricsScript
{
    /// <summary>The name of the isolated world.</summary>
    public const string World = "omniaudit";

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { NumberHandling = JsonNumberHandling.AllowReadingFromString };

    /// <summary>Installed before the navigation.</summary>
    public const string Install = """
        (() => {
          if (window.parent !== window) return;
          const cut = (v, n) => String(v === null || v === undefined ? '' : v).slice(0, n);
          const selector = node => {
            try {
              let e = node && node.nodeType === 1 ? node : node && node.parentElement;
              const parts = [];
              while (e && e.nodeType === 1 && parts.length < 6) {
                let part = e.localName;
                const id = e.getAttribute('id');
                if (id) { parts.unshift(part + '#' + CSS.escape(id)); break; }
                if (part === 'body' || part === 'html') { parts.unshift(part); break; }
                const parent = e.parentElement;
                const same = parent ? Array.prototype.filter.call(parent.children, c => c.localName === e.localName) : [];
                if (same.length > 1) part += ':nth-of-type(' + (same.indexOf(e) + 1) + ')';
                parts.unshift(part);
                e = parent;
              }
              return cut(parts.join(' > '), 500);
            } catch { return ''; }
          };
          const state = { fcp: null, lcp: null, shifts: [], tasks: [] };
          const watching = [];
          const watch = (type, hear) => {
            try {
              const observer = new PerformanceObserver(list => list.getEntries().forEach(hear));
              observer.observe({ type, buffered: true });
              watching.push([observer, hear]);
            } catch {}
          };
          watch('paint', e => { if (e.name === 'first-contentful-paint') state.fcp = e.startTime; });
          watch('largest-contentful-paint', e => {
            const n = e.element;
            state.lcp = {
              at: e.startTime, url: cut(e.url, 2000), selector: selector(n), tag: n ? n.localName : '',
              lazy: !!n && n.getAttribute('loading') === 'lazy', priority: n ? cut(n.getAttribute('fetchpriority'), 20) : '',
            };
          });
          watch('layout-shift', e => {
            if (!e.hadRecentInput && state.shifts.length < 500)
              state.shifts.push({ at: e.startTime, value: e.value, sources: Array.from(e.sources || []).slice(0, 3).map(s => selector(s.node)).filter(s => s) });
          });
          watch('longtask', e => { if (state.tasks.length < 2000) state.tasks.push([e.startTime, e.duration]); });
          const flush = () => { for (const [observer, hear] of watching) observer.takeRecords().forEach(hear); };
          globalThis.omniaudit = { state, flush, selector, cut };
        })()
        """;

    /// <summary>Milliseconds since the last long task ended, as a number; very many when there was none.</summary>
    public const string Calm = """
        (() => {
          if (!globalThis.omniaudit) return 1e9;
          omniaudit.flush();
          const last = omniaudit.state.tasks.at(-1);
          return last ? performance.now() - last[0] - last[1] : 1e9;
        })()
        """;

    /// <summary>Returns the JSON of a <see cref="RawMetrics"/>, or null when <see cref="Install"/> did not run.</summary>
    public const string Collect = """
        (() => {
          if (!globalThis.omniaudit) return null;
          const { state, flush, selector, cut } = omniaudit;
          flush();
          const attempt = (f, otherwise) => { try { return f(); } catch { return otherwise; } };
          let elements = 0, depth = 0, deepest = null, children = 0, widest = null;
          attempt(() => {
            const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_ELEMENT);
            let level = 1, node = walker.currentNode;
            while (node) {
              elements++;
              if (level > depth) { depth = level; deepest = node; }
              if (node.childElementCount > children) { children = node.childElementCount; widest = node; }
              if (walker.firstChild()) { level++; node = walker.currentNode; continue; }
              let next = null;
              while (!(next = walker.nextSibling())) { if (!walker.parentNode()) break; level--; }
              node = next;
            }
          });
          const images = attempt(() => Array.from(document.querySelectorAll('img')).slice(0, 500), []);
          const sized = i => {
            if (i.hasAttribute('width') && i.hasAttribute('height')) return true;
            const map = i.computedStyleMap ? i.computedStyleMap() : null;
            const position = getComputedStyle(i).position;
            if (position === 'fixed' || position === 'absolute') return true;
            const set = n => { const v = map && map.get(n); return !!v && String(v) !== 'auto'; };
            return [set('width') || i.hasAttribute('width'), set('height') || i.hasAttribute('height'), set('aspect-ratio') && String(map.get('aspect-ratio')) !== 'auto'].filter(x => x).length > 1;
          };
          return JSON.stringify({
            timeOrigin: performance.timeOrigin, now: performance.now(),
            fcp: state.fcp, lcp: state.lcp, shifts: state.shifts, tasks: state.tasks,
            elements, depth, deepest: selector(deepest), children, widest: selector(widest),
            unsized: attempt(() => images.filter(i => i.currentSrc && !/^data:/i.test(i.currentSrc) && i.complete && i.naturalWidth > 1 && !sized(i)).slice(0, 50).map(i => ({ selector: selector(i), url: cut(i.currentSrc, 1000) })), []),
            images: attempt(() => images.filter(i => i.currentSrc && i.naturalWidth > 0).slice(0, 200).map(i => { const r = i.getBoundingClientRect(); return { selector: selector(i), url: cut(i.currentSrc, 1000), naturalWidth: i.naturalWidth, naturalHeight: i.naturalHeight, width: r.width, height: r.height, lazy: i.getAttribute('loading') === 'lazy', top: r.top + scrollY }; }), []),
            fonts: attempt(() => Array.from(document.fonts).filter(f => f.status === 'loaded' || f.status === 'loading').slice(0, 50).map(f => ({ family: cut(f.family, 100), display: cut(f.display, 20) })), []),
            pixelRatio: devicePixelRatio,
          });
        })()
        """;

    /// <summary>A function of a list of selectors: their boxes in page coordinates (x, y, width, height), null where nothing is shown.</summary>
    public const string Boxes = """
        function (selectors) {
          return JSON.stringify(selectors.map(s => {
            try {
              const e = document.querySelector(s);
              const r = e && e.getBoundingClientRect();
              return r && r.width > 0 && r.height > 0 ? [r.x + scrollX, r.y + scrollY, r.width, r.height] : null;
            } catch { return null; }
          }));
        }
        """;

    /// <summary>The document as it is now, as HTML text.</summary>
    public const string Document = "(() => (document.doctype ? '<!doctype ' + document.doctype.name + '>\\n' : '') + document.documentElement.outerHTML)()";
}

/// <summary>What <see cref="MetricsScript.Collect"/> returns. Times are milliseconds since <see cref="TimeOrigin"/>, which is Unix ms.</summary>
internal sealed record RawMetrics
{
    public double TimeOrigin { get; init; }
    public double Now { get; init; }
    public double? Fcp { get; init; }
    public LargestPaint? Lcp { get; init; }
    public IReadOnlyList<LayoutShift> Shifts { get; init; } = [];
    public IReadOnlyList<double[]> Tasks { get; init; } = [];
    public int Elements { get; init; }
    public int Depth { get; init; }
    public string Deepest { get; init; } = "";
    public int Children { get; init; }
    public string Widest { get; init; } = "";
    public IReadOnlyList<PlacedResource> Unsized { get; init; } = [];
    public IReadOnlyList<ShownImage> Images { get; init; } = [];
    public IReadOnlyList<FontUse> Fonts { get; init; } = [];
    public double PixelRatio { get; init; } = 1;
}
