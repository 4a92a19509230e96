// Header sets and what MDN's HTTP Observatory makes of them: writes the cases that SecurityGradeTests compares with.
//   npm i --ignore-scripts --prefix DIR @mdn/mdn-http-observatory@1.4.8 && node bench/observatory.mjs DIR > OmniAudit.Tests/SiteLint/Findings/observatory.jsonl
// The preload list is left empty: a scan does not carry it along.
import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const home = `${process.argv[2]}/node_modules/@mdn/mdn-http-observatory`;
mkdirSync(`${home}/conf`, { recursive: true });
writeFileSync(`${home}/conf/hsts-preload.json`, '{}');
const load = path => import(pathToFileURL(`${home}/src/${path}`));
const [{ ALL_TESTS }, { Requests }, { Session }, { parseHttpEquivHeaders }, { getGradeForScore, getScoreModifier }, { AxiosHeaders }] = await Promise.all([
  load('constants.js'), load('types.js'), load('retriever/session.js'), load('retriever/utils.js'), load('grader/grader.js'),
  import(pathToFileURL(`${process.argv[2]}/node_modules/axios/index.js`)),
]);

let seed = 20260101;
// mulberry32: the same cases every time.
const random = () => {
  let t = seed = seed + 0x6d2b79f5 | 0;
  t = Math.imul(t ^ t >>> 15, t | 1);
  t ^= t + Math.imul(t ^ t >>> 7, t | 61);
  return ((t ^ t >>> 14) >>> 0) / 4294967296;
};
const one = list => list[Math.floor(random() * list.length)];
const maybe = (share, make) => random() < share ? make() : undefined;
const attribute = text => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

const sources = ["'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", 'data:', 'https:', 'http:', '*', 'https://cdn.example', 'http://cdn.example', 'https://cdn.example/js/', 'https://cdn.example/js/a.js', 'ftp://old.example', "'nonce-abc12345'", "'sha256-AAAA'", "'strict-dynamic'", '*.example', 'https://*', '%zz/a', 'a%20b/c'];
const directives = ['default-src', 'script-src', 'style-src', 'object-src', 'img-src', 'media-src', 'connect-src', 'frame-ancestors', 'base-uri', 'form-action', 'report-uri', 'report-to', 'sandbox', 'upgrade-insecure-requests'];
const policy = () => {
  const names = new Set();
  const parts = Array.from({ length: 1 + Math.floor(random() * 5) }, () => one(directives)).filter(d => random() < 0.05 || !names.has(d) && names.add(d));
  return parts.map(d => [one([d, d, d, d.toUpperCase()]), ...Array.from({ length: Math.floor(random() * 4) }, () => one(sources))].join(' ')).join(one(['; ', ';', ' ;; ']));
};
const cookie = () => {
  if (random() < 0.15) return 'SESSIONID=1; HttpOnly; SameSite=Lax';
  const name = one(['SESSIONID', 'login', 'csrftoken', 'theme', 'a', '__Host-sess', '__Secure-x', 'heroku-session-affinity', 'noequals']);
  const parts = [name === 'noequals' ? name : `${name}=${one(['1', 'abc=d', ''])}`];
  for (const part of ['Secure', 'HttpOnly', 'SameSite=Lax', 'SameSite=None', 'SameSite=Wrong', 'SameSite', 'Path=/', 'Domain=site.example', 'Domain=other.example', 'Max-Age=0']) if (random() < (part === 'Secure' ? 0.6 : part.startsWith('SameSite=L') ? 0.5 : part === 'HttpOnly' ? 0.5 : 0.08)) parts.push(part);
  return parts.join('; ');
};
const script = https => [one(['/app.js', 'app.js', 'https://site.example/a.js', 'https://static.site.example/a.js', 'https://cdn.other/a.js', 'http://cdn.other/a.js', '//cdn.other/a.js', 'http://site.example/b.js', 'data:text/javascript,1', 'https://b.co.uk/x.js']), random() < 0.4];
const routes = [
  ['http://site.example/', 'https://site.example/'], ['http://site.example/'], [], null, ['http://site.example/', 'https://www.site.example/'], ['http://site.example/', 'http://www.site.example/', 'https://www.site.example/'],
  ['http://site.example/', 'https://site.example/', 'https://www.site.example/'], ['http://site.example/', 'https://site.example/', 'http://site.example/x'], ['http://site.example/', 'http://site.example/y'],
];

function make(i) {
  const https = i % 3 === 0 || random() < 0.8;
  const headers = [];
  const good = i % 3 === 0;
  const best = { 'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff', 'content-type': 'text/html', 'content-security-policy': "default-src 'none'; script-src 'self'; frame-ancestors 'none'", 'referrer-policy': 'no-referrer' };
  // Every third case is a good site with few faults, so that every grade comes up.
  const add = (name, value) => {
    if (good && random() < 0.8) value = best[name];
    if (value !== undefined) headers.push([name, value]);
  };
  add('content-type', one(['text/html', 'text/html; charset=utf-8', 'text/html;charset=utf-8', 'application/xhtml+xml', 'application/json', 'Text/HTML']));
  add('content-security-policy', maybe(0.6, () => one([policy, policy, policy, policy, () => "default-src 'none'; script-src 'self'", () => "default-src 'self'", () => "default-src 'none'; frame-ancestors 'none'", () => "default-src 'self'; report-uri /a; report-uri /b", () => "default-src 'self'; img-src http:", () => "default-src 'self' 'unsafe-eval'", () => "default-src 'self'; style-src 'self' 'unsafe-inline'", () => "default-src 'self'; connect-src http://a.example", () => '', () => ';;;;;;;'])()));
  if (random() < 0.06) add('content-security-policy', policy());
  add('content-security-policy-report-only', maybe(0.2, policy));
  add('strict-transport-security', maybe(0.6, () => one(['max-age=31536000', 'max-age=31536000; includeSubDomains; preload', 'max-age=15552000', 'max-age=15551999', 'max-age=0', 'max-age="31536000"', 'max-age=', 'includeSubDomains', 'max-age=31536000, max-age=1', 'MAX-AGE=99999999', 'max-age=31536000abc', 'max-age = 31536000', 'max-age=-5'])));
  add('x-content-type-options', maybe(0.6, () => one(['nosniff', 'NoSniff ', 'nosniff, nosniff', 'none', ''])));
  add('x-frame-options', maybe(0.5, () => one(['DENY', 'sameorigin', 'ALLOW-FROM https://a.example', 'SAMEORIGIN, SAMEORIGIN', 'wrong', ''])));
  add('referrer-policy', maybe(0.5, () => one(['no-referrer', 'strict-origin-when-cross-origin', 'unsafe-url', 'origin', 'no-referrer, wrong', 'wrong', '', 'no-referrer-when-downgrade, SAME-ORIGIN'])));
  add('cross-origin-resource-policy', maybe(0.4, () => one(['same-origin', 'same-site', 'cross-origin', 'wrong', ' Same-Origin '])));
  add('access-control-allow-origin', maybe(0.4, () => one(['*', 'https://asks.example', 'https://other.example', 'null'])));
  add('access-control-allow-credentials', maybe(0.3, () => one(['true', 'TRUE', 'false'])));
  return {
    host: 'site.example', https, headers,
    policyMetas: random() < 0.2 ? Array.from({ length: 1 + Math.floor(random() * 2) }, policy).filter(p => p) : [],
    referrerMeta: maybe(0.15, () => one(['same-origin', 'unsafe-url', 'wrong'])) ?? null,
    scripts: random() < (good ? 0.3 : 0.5) ? Array.from({ length: 1 + Math.floor(random() * 3) }, () => script(https)) : [],
    inline: random() < 0.3 ? 1 : 0,
    setCookies: random() < (good ? 0.2 : 0.5) ? Array.from({ length: 1 + Math.floor(random() * 3) }, cookie) : [],
    httpRoute: good ? one(routes.slice(0, 4)) : https ? one(routes) : ['http://site.example/'],
    corsOrigin: random() < 0.7 ? 'https://asks.example' : null,
  };
}

async function judge(c) {
  const r = new Requests(c.host);
  const joined = {};
  for (const [name, value] of c.headers) joined[name] = name in joined ? `${joined[name]}, ${value}` : value;
  const html = `<!doctype html><html><head>${c.policyMetas.map(p => `<meta http-equiv="Content-Security-Policy" content="${attribute(p)}">`).join('')}${c.referrerMeta === null ? '' : `<meta name="referrer" content="${c.referrerMeta}">`}</head><body>`
    + c.scripts.map(([src, pinned]) => `<script src="${attribute(src)}"${pinned ? ' integrity="sha384-x" crossorigin="anonymous"' : ''}></script>`).join('') + '<script>1</script>'.repeat(c.inline) + '</body></html>';
  const answer = () => ({ headers: new AxiosHeaders({ ...joined, ...(c.setCookies.length ? { 'set-cookie': c.setCookies } : {}) }), request: { headers: new AxiosHeaders() }, status: 200, verified: true });
  r.resources.path = html;
  r.session = new Session(new URL(`${c.https ? 'https' : 'http'}://${c.host}/`));
  r.responses.auto = answer();
  r.responses.auto.httpEquiv = ['text/html', 'application/xhtml+xml'].includes((joined['content-type'] ?? '').split(';')[0]) ? parseHttpEquivHeaders(html, r.session.url.href) : new Map();
  r.responses.https = c.https ? answer() : null;
  r.responses.http = c.httpRoute?.length === 0 ? null : answer();
  r.responses.httpRedirects = (c.httpRoute ?? ['http://site.example/', 'https://site.example/']).map(url => ({ url: new URL(url), status: 200 }));
  r.responses.cors = answer();
  r.responses.cors.request = { headers: c.corsOrigin ? { origin: c.corsOrigin } : {} };
  for (const text of c.setCookies) { try { r.session.jar.setCookieSync(text, r.session.url.href, { ignoreError: true }); } catch { /* the jar refuses it */ } }
  const results = {};
  let all = 100, penalties = 100;
  for (const test of ALL_TESTS) {
    const output = test(r);
    const name = output.constructor.name;
    if (name === 'redirection' && c.httpRoute === null) continue;
    results[name] = output.result;
    const modifier = getScoreModifier(output.result);
    all += modifier;
    penalties += Math.min(modifier, 0);
  }
  const { grade, score } = getGradeForScore(penalties >= 90 ? all : penalties);
  return { ...c, grade, score, results };
}

for (let i = 0; i < 320; i++) console.log(JSON.stringify(await judge(make(i))));
