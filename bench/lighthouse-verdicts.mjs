// Small pages that make each audit pass and fail; what Lighthouse and we say about them. See lighthouse-verdicts.sh.
//   node lighthouse-verdicts.mjs DIRECTORY-WITH-LIGHTHOUSE COMMAND...      (COMMAND URL... prints our verdicts)
import { createServer } from 'node:http';
import { spawn } from 'node:child_process';
import { pathToFileURL } from 'node:url';

const [home, ...command] = process.argv.slice(2);
const pixel = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAGQAAAAyAQAAAACFFVS9AAAAEUlEQVR4nGNgGAWjYBTQFQAAA+gAAc2e3lYAAAAASUVORK5CYII=', 'base64');
const page = (body, head = '', rest = {}) => ({ html: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><meta name="description" content="Words."><meta name="viewport" content="width=device-width">${head}</head><body><main><h1>A page</h1>${body}</main></body></html>`, ...rest });
const raw = (html, rest = {}) => ({ html, ...rest });

const pages = {
  good: page('<p>Words. <a href="/about">About us</a></p>', '', { robots: 'User-agent: *\nAllow: /\nSitemap: https://a.example/s.xml\n' }),
  bare: raw('<p>Words</p>'),
  noindex: page('<p>Words</p>', '<meta name="robots" content="noindex">'),
  noindexHeader: page('<p>Words</p>', '', { headers: { 'X-Robots-Tag': 'none' } }),
  oneBotOut: page('<p>Words</p>', '<meta name="googlebot" content="noindex">', { headers: { 'X-Robots-Tag': 'bingbot: noindex' } }),
  robotsShut: page('<p>Words</p>', '', { robots: 'User-agent: *\nDisallow: /\n' }),
  robotsOneIn: page('<p>Words</p>', '', { robots: 'User-agent: *\nDisallow: /\n\nUser-agent: Googlebot\nAllow: /\n' }),
  robotsWrong: page('<p>Words</p>', '', { robots: 'Disallow: /a\nUser-agent: *\nAllow: b\nNonsense\n' }),
  robotsError: page('<p>Words</p>', '', { robotsStatus: 503, robots: 'no' }),
  links: page('<a href="/x">click here</a> <a href="/y" rel="nofollow">here</a> <a href="#z">more</a> <a lang="de" href="/d">mehr</a> <a href="/w"><img alt="" src="/p.png"></a>'),
  linksOk: page('<a href="/x">Our prices</a> <a href="mailto:a@b.example">here</a> <a lang="fr" href="/f">ici</a> <a id="t"></a> <a name="n"></a> <a role="button">b</a>'),
  anchors: page('<a href="javascript:void(0)">Menu</a> <a target="_blank">Nothing</a> <a href="">Empty</a> <a onclick="1">Click</a>'),
  anchorsHref: page('<a href="javascript:open()">Open</a> <a>Plain</a> <a href="tel:1">Call</a>'),
  anchorsBroken: page('<a href="https://[">Broken</a> <a href="file:///etc">File</a>'),
  images: page('<img src="/p.png" width="100" height="50"><img alt="ok" src="/p.png" width="100" height="100"><img alt="big" src="/p.png?big" width="300" height="150">'),
  imagesOk: page('<img alt="a" src="/p.png" width="60" height="30"><img alt="cover" src="/p.png" style="width:50px;height:50px;object-fit:cover"><img alt="set" srcset="/p.png?1 1x, /p.png?2 2x" src="/p.png" width="60" height="30">'),
  imagesSet: page('<img alt="w" srcset="/p.png?s 100w" sizes="300px" src="/p.png" width="300" height="150"><picture><source srcset="/p.png?q"><img alt="p" src="/p.png" style="width:100px;height:100px"></picture>'),
  hreflang: page('<p>Words</p>', '<link rel="alternate" hreflang="xx" href="https://a.example/x"><link rel="alternate" hreflang="de" href="/de">'),
  hreflangOk: page('<p>Words</p>', '<link rel="alternate" hreflang="de-AT" href="https://a.example/x"><link rel="alternate" hreflang="x-default" href="https://a.example/">'),
  canonicalRelative: page('<p>Words</p>', '<link rel="canonical" href="/x">'),
  canonicalTwo: page('<p>Words</p>', '<link rel="canonical" href="https://a.example/x"><link rel="canonical" href="https://a.example/y">'),
  canonicalOk: page('<p>Words</p>', '<link rel="canonical" href="https://a.example/x">'),
  canonicalHeader: page('<p>Words</p>', '', { headers: { Link: '</rel>; rel="canonical"' } }),
  quirks: raw('<html lang="en"><head><title>Quirks</title></head><body><p>Words</p></body></html>'),
  limitedQuirks: raw('<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd"><html><head><title>Old</title></head><body><p>Words</p></body></html>'),
  lateCharset: raw(`<!doctype html><html lang="en"><head><title>Late</title><!-- ${'x'.repeat(1100)} --><meta charset="utf-8"></head><body><p>Words</p></body></html>`),
  charsetHeader: raw('<!doctype html><html lang="en"><head><title>Header</title></head><body><p>Words</p></body></html>', { type: 'text/html; charset=utf-8' }),
  paste: page('<label>Code <input id="code" onpaste="return false"></label><label>Fine <input></label>'),
  consoleError: page('<script>console.error("seeded")</script>'),
  exception: page('<script>throw new Error("seeded")</script>'),
  missingFile: page('<img alt="gone" src="/missing.png">'),
  consoleQuiet: page('<script>console.warn("just a warning"); console.log("note")</script>'),
  geolocation: page('<script>navigator.geolocation.getCurrentPosition(() => {}, () => {})</script>', '', { insecureHost: false }),
  notification: page('<script>Notification.requestPermission()</script>'),
  deprecated: page('<script>const r = new XMLHttpRequest(); r.open("GET", "/p.png", false); r.send(); document.domain; try { document.domain = document.domain } catch {} addEventListener("unload", () => {})</script>'),
  cspBroken: page('<script>1</script>', '', { headers: { 'Content-Security-Policy': "script-src 'self'" } }),
  guarded: page('<p>Words</p>', '', { headers: { 'Content-Security-Policy': "script-src 'nonce-abcdefgh' 'strict-dynamic' https: 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'", 'Cross-Origin-Opener-Policy': 'same-origin', 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains; preload' } }),
  cookies: page('<img alt="x" src="THIRD/cookie.png">'),
  sameSiteNone: page('<p>Words</p>', '', { headers: { 'Set-Cookie': 'a=1; SameSite=None' } }),
  corp: page('<img alt="x" src="THIRD/corp.png">', '', { headers: { 'Cross-Origin-Embedder-Policy': 'require-corp' } }),
  insecure: { ...page('<p>Words</p>'), insecure: true },
  libraries: page('<script>window.jQuery = { fn: { jquery: "3.7.1" } }</script>'),
  shadow: page('<div id="h"></div><script>document.getElementById("h").attachShadow({ mode: "open" }).innerHTML = "<a href=javascript:void(0)>Menu</a><a href=/x>read more</a>"</script>'),
  late: page('<div id="h"></div><script>setTimeout(() => { document.querySelector("meta[name=description]").remove(); document.title = "" }, 100)</script>'),
};

const sites = await Promise.all(Object.entries(pages).map(async ([name, p]) => {
  const server = createServer((request, response) => {
    const path = request.url.split('?')[0];
    if (path === '/robots.txt') return response.writeHead(p.robotsStatus ?? (p.robots ? 200 : 404), { 'Content-Type': 'text/plain' }).end(p.robots ?? 'none');
    if (path === '/p.png') return response.writeHead(200, { 'Content-Type': 'image/png' }).end(pixel);
    if (path === '/corp.png') return response.writeHead(200, { 'Content-Type': 'image/png' }).end(pixel);
    if (path === '/cookie.png') return response.writeHead(200, { 'Content-Type': 'image/png', 'Set-Cookie': 'track=1; SameSite=None; Secure' }).end(pixel);
    if (path === '/favicon.ico') return response.writeHead(204).end();
    if (path !== '/page') return response.writeHead(404, { 'Content-Type': 'text/plain' }).end('none');
    response.writeHead(200, { 'Content-Type': p.type ?? 'text/html', ...p.headers }).end(p.html.replaceAll('THIRD', `http://localhost:${server.address().port}`));
  });
  await new Promise(done => server.listen(0, '127.0.0.1', done));
  return { name, server, url: `http://${p.insecure ? 'site.test' : '127.0.0.1'}:${server.address().port}/page` };
}));

const [{ default: lighthouse }, { launch }] = await Promise.all(['lighthouse/core/index.js', 'chrome-launcher/dist/index.js'].map(m => import(pathToFileURL(`${home}/node_modules/${m}`))));
const chrome = await launch({ chromePath: process.env.CHROME_PATH ?? '/usr/bin/chromium', chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP site.test 127.0.0.1'] });
const theirs = new Map();
for (const site of sites) {
  const { lhr } = await lighthouse(site.url, { port: chrome.port, onlyCategories: ['seo', 'best-practices'], throttlingMethod: 'provided', logLevel: 'silent' });
  if (lhr.runtimeError) console.error(`${site.name}: ${lhr.runtimeError.message}`);
  theirs.set(site.url, lhr);
}
chrome.kill();

const ours = new Map();
const child = spawn(command[0], [...command.slice(1), ...sites.map(s => s.url)], { stdio: ['ignore', 'pipe', 'inherit'] });
let text = '';
for await (const part of child.stdout) text += part;
for (const line of text.split('\n').filter(l => l.startsWith('{'))) { const result = JSON.parse(line); ours.set(result.url, result); }
for (const site of sites) site.server.close();

// Informative audits have no score in Lighthouse: rows mean that something is wanting.
const word = audit => audit === undefined ? 'missing' : audit.scoreDisplayMode === 'notApplicable' ? 'n/a'
  : audit.scoreDisplayMode === 'informative' ? (audit.details?.items?.some(i => ['High', 'Low'].includes(i.severity)) ? 'fail' : 'pass') : audit.score === null ? 'n/a' : audit.score >= 1 ? 'pass' : 'fail';
const said = audit => audit === undefined ? 'missing' : audit.score === null || audit.score === undefined ? 'n/a' : audit.score >= 1 ? 'pass' : 'fail';
const table = new Map();
const different = [];
let equalScores = 0;
for (const site of sites) {
  const [lhr, result] = [theirs.get(site.url), ours.get(site.url)];
  if (!result) { console.error(`${site.name}: no verdict of ours`); continue; }
  for (const [id, audit] of Object.entries(lhr.audits)) {
    if (id === 'baseline' || id === 'structured-data') continue;
    const [a, b] = [word(audit), said(result.audits[id])];
    const informative = audit.scoreDisplayMode === 'informative' || ['csp-xss', 'has-hsts', 'origin-isolation', 'clickjacking-mitigation', 'trusted-types-xss'].includes(id);
    const same = a === b || informative && a !== 'fail' && b !== 'fail';
    const row = table.get(id) ?? table.set(id, { pages: 0, same: 0, fails: 0 }).get(id);
    row.pages++; row.same += same; row.fails += a === 'fail';
    if (!same) different.push(`${site.name}: ${id}: Lighthouse ${a}${audit.explanation ? ` (${audit.explanation})` : audit.errorMessage ? ` (${audit.errorMessage})` : ''}, ours ${b} (${result.audits[id]?.value ?? ''}) ${JSON.stringify(audit.details?.items ?? []).slice(0, 200)}`);
  }
  const scores = [['seo', 'seo'], ['best-practices', 'practices']].filter(([theirId, ourId]) => Math.abs((lhr.categories[theirId].score ?? -1) - (result[ourId] ?? -1)) < 0.006);
  equalScores += scores.length;
  if (scores.length < 2) different.push(`${site.name}: scores ${lhr.categories.seo.score} ${lhr.categories['best-practices'].score}, ours ${result.seo} ${result.practices}`);
}
console.log('audit'.padEnd(28), 'pages  fails  agree');
let [all, same] = [0, 0];
for (const [id, row] of [...table].sort()) { console.log(id.padEnd(28), String(row.pages).padStart(5), String(row.fails).padStart(6), `${(100 * row.same / row.pages).toFixed(0)} %`.padStart(6)); all += row.pages; same += row.same; }
console.log(`\n${same} of ${all} verdicts agree: ${(100 * same / all).toFixed(1)} %${same / all >= 0.95 ? '' : '  MISSED (95 %)'}; ${equalScores} of ${2 * sites.length} category scores are equal`);
for (const line of different) console.log('  ' + line);
process.exit(same / all >= 0.95 ? 0 : 1);
