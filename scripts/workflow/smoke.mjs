// The smoke workflow of the contract: see scripts/smoke.sh.
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Person } from './person.mjs';
import { Product, freePort, repository, startGitHub } from './product.mjs';
import { Report } from './report.mjs';
import { Swift, whyNot } from './swift.mjs';

const missing = whyNot();
if (missing) {
  console.error(`The S3 server cannot be started: ${missing}`);
  process.exit(69);
}
const started = new Date();
const report = new Report(join(repository, 'artifacts/smoke', started.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')));
const work = mkdtempSync(join(tmpdir(), 'omniaudit-smoke-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
const log = join(report.directory, 'server.log');
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

// --- the world: a site, GitHub, S3 ---------------------------------------------------------------------------------
const site = createServer((_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><html lang="en"><head><title>Smoke</title></head><body><h1>Smoke</h1><img src="/logo.png"></body></html>')).listen(0, '127.0.0.1');
await once(site, 'listening');
const host = `127.0.0.1:${site.address().port}`;
const [gitHub, swift] = await Promise.all([startGitHub(join(report.directory, 'github.log')), new Swift(join(work, 'swift')).start()]);
await swift.createBucket('smoke-' + randomBytes(6).toString('hex'));

const product = new Product({ data: join(work, 'data'), log, port: await freePort(), settings: { ...gitHub.settings, URL_ALLOWLIST: host, SCAN_RATE_LIMIT_PER_MINUTE: '2' } });
const call = async (name, tool, args) => {
  const answer = await product.call(tool, args);
  report.keep(name, answer.raw);
  if (answer.error) throw new Error(`${tool}: ${answer.text.slice(0, 300)}`);
  return answer.content;
};
const scan = async name => {
  const job = await call(`${name}-scan`, 'sitelint.start_scan', { url: `http://${host}/`, profile: 'quick', viewport_set: 'desktop' });
  if (job.status !== 'completed') throw new Error(`the scan is ${job.status}`);
  return { id: job.scan_id, ...await call(`${name}-report`, 'sitelint.get_report', { scan_id: job.scan_id }) };
};
/** Reads a report through the server; what it says of its reference and its content. */
const evidence = async name => (await call(`${name}-evidence`, 'auditlens.fetch_evidence', { repo: 'acme/shop', run_id: 7, artifact_name: name === 'local' ? '*' : 'test-reports', ...(name === 'local' ? { source: 'logs' } : {}) })).evidence_ref;

// --- local objects -------------------------------------------------------------------------------------------------
await product.start();
const before = {};
await report.step('on local objects, a scan is stored below OBJECT_STORE_ROOT', async () => {
  Object.assign(before, await scan('local'));
  return { ok: before.report_ref === `local://sha256/${before.sha256}`, found: before.report_ref };
});
await report.step('on local objects, CI logs are stored', async () => {
  before.evidence = await evidence('local');
  return { ok: before.evidence, found: before.evidence };
});
await report.step('SIGTERM ends the server cleanly', async () => {
  const code = await product.stop();
  return { ok: code === 0, found: `exit code ${code}` };
});

// --- the switch to S3 ----------------------------------------------------------------------------------------------
Object.assign(product.settings, swift.settings());
await product.start();
await report.step('the server says that new objects go to S3', async () => {
  const health = await call('health', 'core.health');
  return { ok: health.object_store_backend === 's3', found: health.object_store_backend };
});
await report.step('the old local reference is still read after the switch', async () => {
  const again = await call('local-report-after-switch', 'sitelint.get_report', { scan_id: before.id });
  const same = JSON.stringify(again.report) === JSON.stringify(before.report);
  return { ok: again.report_ref === before.report_ref && again.sha256 === before.sha256 && same, found: `${again.report_ref}, the content ${same ? 'is the same' : 'DIFFERS'}` };
});
await report.step('old evidence is still read after the switch', async () => {
  const text = await call('local-evidence-after-switch', 'auditlens.read_log', { evidence_ref: before.evidence, file: '1_lint.txt', mode: 'errors' });
  return { ok: JSON.stringify(text).includes('is never reassigned'), found: 'the log\'s error is there' };
});
const after = {};
await report.step('a new scan is stored as s3://', async () => {
  Object.assign(after, await scan('s3'));
  return { ok: after.report_ref.startsWith(`s3://${swift.bucket}/`), found: after.report_ref };
});
await report.step('new evidence is stored and read through S3', async () => {
  const parsed = await call('s3-findings', 'auditlens.parse_findings', { evidence_ref: await evidence('s3') });
  return { ok: parsed.count > 0, found: `${parsed.count} findings` };
});
await report.step('the bucket holds these bytes under their SHA-256', async () => {
  const objects = report.keep('bucket', await swift.objects());
  const wrong = objects.filter(o => !o.key.split('/').at(-1).startsWith(o.sha256));
  const there = objects.some(o => after.report_ref?.endsWith(o.key));
  return { ok: there && wrong.length === 0, found: `${objects.length} objects, ${wrong.length} under a wrong name, the new report ${there ? 'among them' : 'MISSING'}` };
});

// --- a confirmed release with local assets -------------------------------------------------------------------------
const assets = { 'oven-1.1.0.tar.gz': randomBytes(300_000), 'oven-1.1.0.txt': Buffer.from('read me\n') };
mkdirSync(join(product.data, 'release-assets'), { recursive: true });
for (const [name, bytes] of Object.entries(assets)) writeFileSync(join(product.data, 'release-assets', name), bytes);
const release = { repo: 'acme/oven', tag: 'v1.2.0', target: 'main', notes: 'Bakes **evenly**.', assets: Object.keys(assets), provenance_manifest: true, checksums: true };
const asked = {};
await report.step('asking for a release sends nothing and waits for a person', async () => {
  Object.assign(asked, await call('release-asked', 'releasebutler.create_release', release));
  const latest = (await product.call('releasebutler.get_latest', { repo: release.repo })).content.tag;
  return { ok: asked.requires_confirmation === true && asked.confirmation_token && latest !== release.tag, found: `status ${asked.status}, latest release ${latest ?? 'none'}` };
});
await report.step('the token alone grants nothing', async () => {
  const again = await call('release-token-before-decision', 'releasebutler.create_release', { ...release, confirmation_token: asked.confirmation_token });
  return { ok: again.status === 'requires_confirmation' && again.executed === false, found: `status ${again.status}` };
});
await report.step('a person reads and approves it in the console', async () => {
  const person = await Person.signIn(product);
  try {
    const heading = await person.approve(asked.approval.url);
    return { ok: heading === 'Done' && person.read.includes(release.tag), found: `the page says "${heading}"` };
  } finally {
    await person.close();
  }
});
let done = {};
await report.step('the same call now answers the outcome with a receipt', async () => {
  done = await call('release-done', 'releasebutler.create_release', { ...release, confirmation_token: asked.confirmation_token });
  return { ok: done.status === 'executed' && done.receipt_id && done.failed_assets?.length === 0, found: `${done.status}, ${done.uploaded_assets?.length} assets, receipt ${done.receipt_id}` };
});
await report.step('the uploaded bytes are the local files\' bytes', async () => {
  const uploaded = Object.fromEntries(done.uploaded_assets.map(a => [a.name, a]));
  const verified = [];
  for (const [name, bytes] of Object.entries(assets)) {
    const answer = await call(`verify-${name}`, 'releasebutler.verify_asset', { repo: release.repo, asset_id: uploaded[name].asset_id, checksum_source: sha256(bytes) });
    verified.push(answer.verified === true && uploaded[name].sha256 === sha256(bytes));
  }
  return { ok: verified.length === 2 && verified.every(Boolean), found: `${verified.filter(Boolean).length} of ${verified.length}` };
});
await report.step('calling again publishes nothing again', async () => {
  const again = await call('release-again', 'releasebutler.create_release', { ...release, confirmation_token: asked.confirmation_token });
  return { ok: again.receipt_id === done.receipt_id && again.release_id === done.release_id, found: `receipt ${again.receipt_id}` };
});

// --- receipts, metrics, logs ---------------------------------------------------------------------------------------
await report.step('every receipt of the log verifies', async () => {
  const { code, output } = await product.verb('verify', '--log');
  return { ok: code === 0, found: output.trim().split('\n').at(-1) };
});
await report.step('an exported bundle verifies against the log\'s public key, and one changed byte does not', async () => {
  const bundle = join(work, 'receipts.zip');
  await product.verb('receipts', 'export', bundle);
  const key = join(product.data, 'log/vkey');
  const good = await product.verb('verify', bundle, '--key', key);
  const bytes = readFileSync(bundle);
  // Inside a receipt: after the local header of its file (APPNOTE 4.3.7). What lies around the files proves nothing.
  const header = bytes.indexOf(Buffer.from('receipts/')) - 30;
  bytes[header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28) + 20] ^= 1;
  writeFileSync(join(work, 'changed.zip'), bytes);
  const bad = await product.verb('verify', join(work, 'changed.zip'), '--key', key);
  return { ok: good.code === 0 && bad.code !== 0, found: `exit codes ${good.code} and ${bad.code}` };
});
await report.step('scans past the limit of a minute are refused', async () => {
  const answers = [];
  for (let i = 0; i < 3; i++) answers.push(await product.call('sitelint.start_scan', { url: `http://${host}/limit-${i}`, profile: 'quick', viewport_set: 'desktop' }));
  const refused = report.keep('rate-limited', answers.at(-1).raw) && answers.filter(a => a.error && a.content.error === 'rate_limited');
  return { ok: refused.length > 0, found: `${refused.length} of ${answers.length} refused` };
});
await report.step('/metrics exposes the contract\'s series', async () => {
  const text = await (await fetch(`${product.url}/metrics`)).text();
  report.keep('metrics', { text });
  const series = ['omniaudit_tool_calls_total', 'omniaudit_tool_latency_seconds', 'omniaudit_write_gate_denied_total', 'omniaudit_rate_limit_denied_total'];
  const absent = series.filter(name => !text.includes(`# TYPE ${name} `) && !text.includes(`# TYPE ${name.replace(/_total$/, '')} `));
  return { ok: absent.length === 0 && /omniaudit_tool_calls_total\{[^}]*tool="releasebutler\.create_release"/.test(text), found: absent.length ? `absent: ${absent.join(', ')}` : `${series.length} of ${series.length}` };
});
await report.step('no secret is in the log', async () => {
  const text = readFileSync(log, 'utf8');
  const lines = text.split('\n').filter(line => line.startsWith('{'));
  const keys = [gitHub.settings.GITHUB_PAT, 'omni:audit', asked.confirmation_token, readFileSync(join(product.data, 'master.key'), 'utf8').trim()];
  const leaked = keys.filter(key => text.includes(key)).length;
  return { ok: lines.length > 5 && leaked === 0, found: `${lines.length} JSON lines, ${leaked} of ${keys.length} secrets in them` };
});
await product.stop();
await swift.stop();
await gitHub.stop();
site.close();
process.exit(report.end({ started: started.toISOString(), object_store: 'OpenStack Swift, s3api', github: 'stand-in' }));
