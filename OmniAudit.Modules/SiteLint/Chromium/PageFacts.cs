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
    /// <summary>There is a doctype, and it is not one that means quirks mode.</summary>
    public bool Doctype { get; init; }
    /// <summary>The encoding in use; null when no element declares one.</summary>
    public string? Charset { get; init; }
    public double Width { get; init; }
    public double Height { get; init; }
    /// <summary>Absolute, in document order, at most 2000.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>An element that declares the encoding stands within the first 1024 characters, and names a well-formed one.</summary>
    public bool CharsetEarly { get; init; }
    /// <summary>The head's meta elements that speak to crawlers (<c>robots</c>, <c>googlebot</c> and the like), names in lower case, in document order.</summary>
    public IReadOnlyList<NamedText> RobotsMetas { get; init; } = [];
    /// <summary>Content-Security-Policy in meta elements, in document order.</summary>
    public IReadOnlyList<string> PolicyMetas { get; init; } = [];
    /// <summary>The last <c>&lt;meta name="referrer"&gt;</c> with a value.</summary>
    public string? ReferrerMeta { get; init; }
    /// <summary>Link elements with rel canonical or alternate, shadow trees included.</summary>
    public IReadOnlyList<LinkTagFact> LinkTags { get; init; } = [];
    /// <summary>All <c>a</c> elements, shadow trees included, at most 2000.</summary>
    public IReadOnlyList<AnchorFact> Anchors { get; init; } = [];
    /// <summary>All <c>img</c> elements, shadow trees included, at most 500.</summary>
    public IReadOnlyList<ImageFact> Images { get; init; } = [];
    /// <summary>Script elements with an address, at most 300.</summary>
    public IReadOnlyList<ScriptFact> Scripts { get; init; } = [];
    /// <summary>How many script elements there are, inline ones included.</summary>
    public int ScriptCount { get; init; }
    /// <summary>Selectors of form fields that swallow a paste, at most 50.</summary>
    public IReadOnlyList<string> PasteBlockers { get; init; } = [];
    /// <summary>What fragments can point at: ids and names of anchors, at most 3000.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];
    /// <summary><see cref="Ids"/> is not complete.</summary>
    public bool IdsCut { get; init; }
    /// <summary>Known JavaScript libraries by their globals; the value is a version, or empty.</summary>
    public IReadOnlyList<NamedText> Libraries { get; init; } = [];

    /// <summary>
    /// A function that gives the JSON of this record. One constant script: nothing of a page or URL is ever put into it.
    /// It stops writing texts after three million characters, looks at no more than 20,000 elements, and waits 300 ms at most for pictures of unknown size.
    /// It sends a paste event to form fields (as Lighthouse does), after everything else has been read.
    /// </summary>
    public const string Script = """
        async () => {
          let left = 3000000;
          const cut = (v, n) => {
            if (v === null || v === undefined) return null;
            const t = String(v).trim().slice(0, Math.min(n, left));
            left -= t.length;
            return t;
          };
          const text = (v, n) => cut(v, n) ?? '';
          const all = s => Array.from(document.querySelectorAll(s));
          const meta = n => { const m = all('meta[name]').find(e => (e.getAttribute('name') || '').toLowerCase() === n); return m ? cut(m.getAttribute('content') || '', 1000) : null; };
          const root = document.documentElement;

          const every = [], trees = [document];
          for (let i = 0; i < trees.length && every.length < 20000; i++) {
            for (const e of trees[i].querySelectorAll('*')) {
              if (every.length >= 20000) break;
              every.push(e);
              if (e.shadowRoot && trees.length < 500) trees.push(e.shadowRoot);
            }
          }
          const named = n => every.filter(e => e.localName === n);
          const where = el => {
            const parts = [];
            for (let n = el; n && n.nodeType === 1 && parts.length < 5; n = n.parentElement) {
              const id = n.getAttribute('id');
              if (id && /^[A-Za-z][\w-]{0,60}$/.test(id)) { parts.unshift('#' + id); break; }
              let part = n.localName, before = 1, more = false;
              for (let s = n.previousElementSibling, k = 0; s && k < 1000; s = s.previousElementSibling, k++) if (s.localName === part) before++;
              for (let s = n.nextElementSibling, k = 0; s && !more && k < 1000; s = s.nextElementSibling, k++) more = s.localName === part;
              if (before > 1 || more) part += ':nth-of-type(' + before + ')';
              parts.unshift(part);
            }
            return text(parts.join(' > '), 300);
          };

          const metas = named('meta').filter(e => e.closest('head'));
          const robots = new Set(['robots', 'googlebot', 'bingbot', 'duckduckbot', 'archive.org_bot']);
          const encoding = /^[a-zA-Z0-9-_:.()]{2,}$/, typed = /charset\s*=\s*[a-zA-Z0-9-_:.()]{2,}/i;
          const declared = metas.some(m => encoding.test(m.getAttribute('charset') || '')
            || (m.httpEquiv || '').toLowerCase() === 'content-type' && typed.test(m.content || ''));
          const type = document.doctype ? '<!doctype ' + document.doctype.name + '>' : '';
          const opening = root.cloneNode(false).outerHTML.replace(/<\/\w+>$/, '');
          const start = (type + opening + (document.head ? document.head.outerHTML : '')).slice(0, 1024);

          const base = document.querySelector('base[href]');
          const address = raw => {
            try { return new URL(raw).href; } catch {}
            try { return base ? new URL(raw, base.getAttribute('href')).href : raw; } catch { return raw; }
          };
          const here = location.href.split('#')[0];
          const speaking = every.filter(e => e.hasAttribute('lang'));
          const single = speaking.length === 1 && (speaking[0] === document.body || speaking[0] === root) ? speaking[0].getAttribute('lang') : null;
          const language = a => {
            if (single !== null) return single;
            let found = null;
            for (const c of a.querySelectorAll('*')) {
              const lang = c.textContent ? c.closest('[lang]')?.getAttribute('lang') : null;
              if (!lang) continue;
              if (!found) found = lang;
              else if (found.split('-')[0] !== lang.split('-')[0]) return null;
            }
            return found ?? a.closest('[lang]')?.getAttribute('lang') ?? null;
          };
          const belongs = ['target', 'download', 'ping', 'rel', 'hreflang', 'type', 'referrerpolicy'];
          const anchors = named('a').slice(0, 2000).map(a => {
            const html = typeof a.href === 'string';
            let href = '';
            try { href = html ? a.href : new URL(a.href.baseVal, location.href).href; } catch {}
            return {
              href: text(href, 500), raw: text(a.getAttribute('href'), 500), text: text(html ? a.innerText : a.textContent, 100),
              language: cut(language(a), 50), samePage: href.split('#')[0] === here, noFollow: html && a.rel.includes('nofollow'),
              role: text(a.getAttribute('role'), 50), name: text(a.getAttribute('name'), 50), id: text(a.getAttribute('id'), 50),
              hasHref: a.hasAttribute('href'), linkLike: a.hasAttribute('href') || belongs.some(n => a.hasAttribute(n)),
              listens: typeof a.onclick === 'function' || a.getAttributeNames().some(n => n.startsWith('on')),
              selector: where(a),
            };
          });

          const size = src => new Promise(done => {
            const i = new Image(), timer = setTimeout(() => done(null), 300);
            i.onload = () => { clearTimeout(timer); done([i.naturalWidth, i.naturalHeight]); };
            i.onerror = () => { clearTimeout(timer); done(null); };
            i.src = src;
          });
          let asked = 0;
          const images = await Promise.all(named('img').slice(0, 500).map(async i => {
            const style = getComputedStyle(i), box = i.getBoundingClientRect();
            const told = i.srcset || i.parentElement?.localName === 'picture';
            const natural = !told ? [i.naturalWidth, i.naturalHeight] : i.currentSrc && asked++ < 40 ? await size(i.currentSrc) : null;
            return {
              url: text(i.currentSrc, 300), naturalWidth: natural ? natural[0] : 0, naturalHeight: natural ? natural[1] : 0,
              width: i.width, height: i.height, fit: text(style.objectFit, 20), rendering: text(style.imageRendering, 20),
              byDensity: / \d+(\.\d+)?x/.test(i.srcset), hasSize: i.hasAttribute('width') && i.hasAttribute('height'),
              visible: box.width * box.height > 0 && box.top <= innerHeight && box.bottom >= 0 && box.left <= innerWidth && box.right >= 0,
              fits: box.height <= innerHeight && box.width <= innerWidth, selector: where(i),
            };
          }));

          const version = f => { try { return text(f(), 40); } catch { return ''; } };
          const libraries = [];
          const library = (name, there, v) => { try { if (there()) libraries.push({ name, text: version(v) }); } catch {} };
          library('jQuery', () => window.jQuery?.fn?.jquery, () => jQuery.fn.jquery);
          library('jQuery UI', () => window.jQuery?.ui?.version, () => jQuery.ui.version);
          library('React', () => window.React?.version || every.slice(0, 3000).some(e => Object.keys(e).some(k => k.startsWith('__reactContainer$') || k.startsWith('_reactRootContainer'))), () => window.React?.version);
          library('Next.js', () => window.__NEXT_DATA__ || window.next?.version, () => window.next?.version);
          library('Vue', () => window.Vue?.version || document.querySelector('[data-v-app]') || every.slice(0, 3000).some(e => e.__vue__ || e.__vue_app__), () => window.Vue?.version);
          library('Nuxt', () => window.__NUXT__ || window.$nuxt, () => '');
          library('Angular', () => document.querySelector('[ng-version]'), () => document.querySelector('[ng-version]').getAttribute('ng-version'));
          library('AngularJS', () => window.angular?.version, () => angular.version.full);
          library('Svelte', () => window.__svelte?.v, () => [...window.__svelte.v].pop());
          library('Lodash', () => window._?.VERSION && window._.chunk, () => _.VERSION);
          library('Underscore', () => window._?.VERSION && !window._.chunk, () => _.VERSION);
          library('Moment.js', () => window.moment?.version, () => moment.version);
          library('D3', () => window.d3?.version, () => d3.version);
          library('Bootstrap', () => window.bootstrap?.Tooltip?.VERSION || window.jQuery?.fn?.tooltip?.Constructor?.VERSION, () => window.bootstrap?.Tooltip?.VERSION ?? jQuery.fn.tooltip.Constructor.VERSION);
          library('three.js', () => window.THREE?.REVISION, () => THREE.REVISION);
          library('GSAP', () => window.gsap?.version, () => gsap.version);
          library('htmx', () => window.htmx?.version, () => htmx.version);
          library('Alpine.js', () => window.Alpine?.version, () => Alpine.version);
          library('core-js', () => window['__core-js_shared__']?.versions, () => window['__core-js_shared__'].versions[0].version);
          library('Preact', () => window.preact?.h, () => '');
          library('Ember.js', () => window.Ember?.VERSION, () => Ember.VERSION);
          library('Modernizr', () => window.Modernizr?._version, () => Modernizr._version);

          const targets = every.filter(e => e.id && typeof e.id === 'string' || e.localName === 'a' && e.getAttribute('name')).slice(0, 3001);
          const facts = {
            title: document.querySelector('head > title, title') ? cut(document.title, 500) : null,
            description: meta('description'),
            language: cut(root.getAttribute('lang'), 50),
            canonicals: all('link[rel~="canonical" i]').slice(0, 5).map(e => text(e.getAttribute('href') || '', 2000)),
            headings: all('h1').slice(0, 20).map(e => text(e.textContent, 200)),
            viewport: meta('viewport'),
            robots: meta('robots'),
            doctype: document.doctype !== null && document.compatMode === 'CSS1Compat',
            charset: all('meta[charset]').length + all('meta[http-equiv="content-type" i]').length > 0 ? document.characterSet : null,
            charsetEarly: declared && /<meta[^>]+charset[^<]+>/i.test(start),
            width: root.scrollWidth,
            height: Math.max(root.scrollHeight, document.body ? document.body.scrollHeight : 0),
            links: all('a[href]').filter(a => typeof a.href === 'string' && !a.hasAttribute('download')).slice(0, 2000).map(a => text(a.href, 4096)),
            robotsMetas: metas.filter(m => robots.has((m.name || '').toLowerCase())).slice(0, 20).map(m => ({ name: m.name.toLowerCase(), text: text(m.content, 500) })),
            policyMetas: all('meta[http-equiv][content]').filter(m => m.getAttribute('http-equiv').toLowerCase().trim() === 'content-security-policy' && m.getAttribute('content')).slice(0, 10).map(m => text(m.getAttribute('content'), 8000)),
            referrerMeta: cut(all('meta[name]').filter(m => m.getAttribute('name').toLowerCase().trim() === 'referrer' && m.getAttribute('content')).pop()?.getAttribute('content'), 200),
            linkTags: named('link').filter(l => ['canonical', 'alternate'].includes((l.rel || '').toLowerCase())).slice(0, 300).map(l => ({
              rel: l.rel.toLowerCase(), href: text(l.href, 2000), raw: text(l.getAttribute('href'), 2000), language: text(l.hreflang, 50), inHead: l.closest('head') !== null, selector: where(l),
            })),
            anchors, images,
            scripts: named('script').filter(s => s.getAttribute('src')).slice(0, 300).map(s => ({ url: text(address(s.getAttribute('src')), 1000), integrity: !!s.getAttribute('integrity') })),
            scriptCount: named('script').length,
            ids: targets.slice(0, 3000).map(e => text(e.id || e.getAttribute('name'), 200)),
            idsCut: targets.length > 3000 || every.length >= 20000,
            libraries,
          };
          facts.pasteBlockers = every.filter(e => ['textarea', 'input', 'select'].includes(e.localName) && !e.readOnly).slice(0, 200)
            .filter(e => !e.dispatchEvent(new ClipboardEvent('paste', { cancelable: true }))).slice(0, 50).map(where);
          return JSON.stringify(facts);
        }
        """;
}

/// <summary>A name and what is said under it.</summary>
internal sealed record NamedText(string Name, string Text);

/// <param name="Href">Absolute; empty when the browser could not read it.</param>
/// <param name="Raw">As written.</param>
/// <param name="Language">Of <c>hreflang</c>.</param>
internal sealed record LinkTagFact(string Rel, string Href, string Raw, string Language, bool InHead, string Selector);

/// <param name="Href">Absolute; empty when there is none.</param>
/// <param name="Raw">As written.</param>
/// <param name="Text">What is shown, cut at 100 characters: enough to tell a word like "here".</param>
/// <param name="Language">Of the text, where it is one and known.</param>
/// <param name="SamePage">It differs from the page's address by its fragment at most.</param>
/// <param name="LinkLike">It has a <c>href</c>, or an attribute that only makes sense beside one.</param>
/// <param name="Listens">An event handler is written on the element (listeners added by script are not seen).</param>
internal sealed record AnchorFact(
    string Href, string Raw, string Text, string? Language, bool SamePage, bool NoFollow, string Role, string Name, string Id, bool HasHref, bool LinkLike, bool Listens, string Selector);

/// <param name="NaturalWidth">Of the file, in pixels; 0 when not known.</param>
/// <param name="Width">As laid out, in CSS pixels.</param>
/// <param name="Fit">CSS object-fit.</param>
/// <param name="Rendering">CSS image-rendering.</param>
/// <param name="ByDensity">Its srcset picks by pixel density.</param>
/// <param name="HasSize">Width and height are written on the element.</param>
/// <param name="Visible">Some of it is on the first screen.</param>
/// <param name="Fits">It is no larger than the screen.</param>
internal sealed record ImageFact(
    string Url, int NaturalWidth, int NaturalHeight, int Width, int Height, string Fit, string Rendering, bool ByDensity, bool HasSize, bool Visible, bool Fits, string Selector);

/// <param name="Url">Absolute where it is written so (or a base element makes it so), otherwise as written.</param>
internal sealed record ScriptFact(string Url, bool Integrity);
