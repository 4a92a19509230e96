// Runs drills: see scripts/drills.sh.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Product, freePort, repository, startGitHub } from './product.mjs';
import { Report } from './report.mjs';
import { Swift, whyNot } from './swift.mjs';

const all = readdirSync(join(repository, 'scripts/workflow/drills')).map(file => file.replace(/\.mjs$/, '')).sort();
if (process.argv[2] === '--list') {
  console.log(all.join('\n'));
  process.exit(0);
}
const chosen = process.argv.slice(2);
const unknown = chosen.filter(name => !all.includes(name));
if (unknown.length) {
  console.error(`There is no drill ${unknown.join(', ')}. There are: ${all.join(', ')}`);
  process.exit(64);
}

const time = new Date().toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
let code = 0;
for (const name of chosen.length ? chosen : all) {
  const { title, needs = [], whyNot: whyNotThis = () => null, run } = await import(`./drills/${name}.mjs`);
  console.log(`\n${name}: ${title}`);
  const missing = whyNotThis() || (needs.includes('s3') && whyNot()) || (needs.includes('root') && process.getuid() !== 0 && 'root is needed');
  if (missing) {
    console.log(`NOT RUN  ${missing}`);
    code = Math.max(code, 69);
    continue;
  }
  const report = new Report(join(repository, 'artifacts/drills', time, name));
  const work = mkdtempSync(join(tmpdir(), 'omniaudit-drill-'));
  const closing = [];
  try {
    const world = {
      work, report,
      /** Called at the end, the last first. */
      atEnd: what => closing.push(what),
      product: async (settings = {}, more = {}) => {
        const product = new Product({ data: join(work, 'data'), log: join(report.directory, 'server.log'), port: await freePort(), settings: { URL_ALLOWLIST: (await world.site()).host, ...settings }, ...more });
        closing.push(() => product.process && product.kill());
        return product;
      },
      gitHub: async () => {
        const gitHub = await startGitHub(join(report.directory, 'github.log'));
        closing.push(gitHub.stop);
        return gitHub;
      },
      s3: async () => {
        const swift = await new Swift(join(work, 'swift')).start();
        closing.push(() => swift.stop());
        await swift.createBucket('drill');
        return swift;
      },
      /** A site to scan; its pages may be made to wait. */
      site: async () => {
        if (world.audited) return world.audited;
        const site = { wait: 0, asked: 0 };
        const server = createServer((request, response) => {
          site.asked++;
          setTimeout(() => response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><html lang="en"><head><title>${request.url}</title></head><body><h1>Page</h1><a href="/a">a</a> <a href="/b">b</a> <a href="/c">c</a></body></html>`), site.wait);
        }).listen(0, '127.0.0.1');
        await once(server, 'listening');
        closing.push(() => { server.closeAllConnections(); server.close(); });
        site.host = `127.0.0.1:${server.address().port}`;
        return world.audited = site;
      },
    };
    let limit;
    const late = new Promise((_, reject) => { limit = setTimeout(() => reject(new Error('not within two minutes')), 120_000); });
    await Promise.race([run(world), late]).catch(e => report.line('the drill runs to its end', false, e.message));
    clearTimeout(limit);
  } finally {
    for (const close of closing.reverse()) await Promise.resolve().then(close).catch(e => console.error(e.message));
    rmSync(work, { recursive: true, force: true });
  }
  code = Math.max(code, report.end({ drill: name, title }));
}
process.exit(code);
