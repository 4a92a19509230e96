// SIGKILL in the middle of a release's uploads.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Link } from '../link.mjs';
import { Person } from '../person.mjs';
import { until } from '../product.mjs';

export const title = 'the process is killed while it uploads a release, and started again';

export async function run({ report, product: make, gitHub: startGitHub, atEnd }) {
  const gitHub = await startGitHub();
  const link = await new Link(gitHub.settings.GITHUB_API_URL).up();
  atEnd(() => link.down());
  const product = await (await make({ ...gitHub.settings, GITHUB_API_URL: link.url, GITHUB_UPLOAD_URL: link.url })).start();
  const person = await Person.signIn(product);
  atEnd(() => person.close());
  const releases = async () => (await (await fetch(`${gitHub.settings.GITHUB_API_URL}/repos/acme/oven/releases?per_page=100`, { headers: { Authorization: `Bearer ${gitHub.settings.GITHUB_PAT}` } })).json()).filter(r => r.tag_name === 'v2.0.0');
  const names = ['a.tar.gz', 'b.tar.gz', 'c.txt'];
  mkdirSync(join(product.data, 'release-assets'), { recursive: true });
  for (const name of names) writeFileSync(join(product.data, 'release-assets', name), `the bytes of ${name}\n`.repeat(1000));
  const release = { repo: 'acme/oven', tag: 'v2.0.0', target: 'main', notes: 'Drill.', assets: names };
  const ask = token => product.call('releasebutler.create_release', token ? { ...release, confirmation_token: token } : release);

  const first = (await ask()).content;
  report.keep('asked', first);
  await report.step('the process dies in an upload', async () => {
    link.holdBack(/^POST \S+[?&]name=b\.tar\.gz/);
    await person.approve(first.approval.url, { running: true });
    await until('the upload is under way', 30, () => link.held > 0);
    await product.kill();
    return { ok: true, found: `${(await releases())[0]?.assets.length ?? 0} of ${names.length} assets are there` };
  });
  await report.step('nobody outside sees half a release', async () => {
    const found = await releases();
    return { ok: found.length === 1 && found[0].draft === true, found: `${found.length} release, ${found[0]?.draft ? 'a draft' : 'PUBLISHED'}` };
  });
  link.holdBack(null);
  await product.start();
  await report.step('started again, the request is unknown, and is not run by itself', async () => {
    const answer = await until('the outcome is told', 30, async () => {
      const again = (await ask(first.confirmation_token)).content;
      return again.status === 'unknown' && again;
    });
    report.keep('unknown', answer);
    const found = await releases();
    return { ok: found.length === 1 && found[0].draft, found: `${answer.status}; ${found.length} release, still a draft` };
  });
  let done = {};
  await report.step('asked for again and approved, it goes on with the same draft and publishes it', async () => {
    const second = (await ask()).content;
    report.keep('asked-again', second);
    const heading = await person.approve(second.approval.url);
    done = (await ask(second.confirmation_token)).content;
    report.keep('done', done);
    const found = await releases();
    return { ok: heading === 'Done' && done.executed && found.length === 1 && !found[0].draft, found: `the page says "${heading}"; ${found.length} release, ${found[0]?.draft ? 'a draft' : 'published'}, goes on from ${done.resumes ?? 'nothing'}` };
  });
  await report.step('every asset is there once, with the right bytes', async () => {
    const [found] = await releases();
    const there = found.assets.map(a => a.name).sort();
    return { ok: JSON.stringify(there) === JSON.stringify(names) && done.failed_assets.length === 0, found: there.join(', ') };
  });
  await report.step('every receipt verifies', async () => {
    const { code, output } = await product.verb('verify', '--log');
    return { ok: code === 0, found: output.trim().split('\n').at(-1) };
  });
}
