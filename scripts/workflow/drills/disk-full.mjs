// The disk of the data directory is full for a while.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Person } from '../person.mjs';
import { until } from '../product.mjs';

export const title = 'the disk of the data directory is full';
export const needs = ['root'];

export async function run({ work, report, product: make, gitHub: startGitHub, site, atEnd }) {
  const data = join(work, 'data');
  mkdirSync(data);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=0700', 'drill', data]);
  const gitHub = await startGitHub();
  const product = await make(gitHub.settings);
  // After the product has ended.
  atEnd(async () => { await product.kill(); execFileSync('umount', [data]); product.process = null; });
  await product.start();
  const person = await Person.signIn(product);
  atEnd(() => person.close());
  const { host } = await site();
  const scan = () => product.call('sitelint.start_scan', { url: `http://${host}/`, profile: 'quick', viewport_set: 'desktop' });
  const ask = (title, more = {}) => product.call('auditlens.create_issue', { repo: 'acme/shop', title, body: 'Drill.', labels: [], ...more });
  const issues = async () => (await gitHub.issues('acme/shop')).length;
  const before = await issues();
  const done = (await scan()).content;
  const report1 = (await product.call('sitelint.get_report', { scan_id: done.scan_id })).content;

  if (!/^[0-9a-f]{64}$/.test(report1.sha256)) throw new Error(`There is no report to begin with: ${JSON.stringify(report1).slice(0, 300)}`);

  const ballast = join(data, 'ballast');
  const fill = () => {
    const file = openSync(ballast, 'a');
    for (const size of [1 << 20, 1 << 12, 1]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size));
      } catch (e) {
        if (e.code !== 'ENOSPC') throw e;
      }
    }
    closeSync(file);
    return statfsSync(data).bavail;
  };
  fill();

  await report.step('a write that cannot be recorded is refused with words, and not sent', async () => {
    // Pages that the database had in reserve may take a request or two.
    let answer;
    for (let i = 0; i < 200; i++) {
      answer = await ask(`No room ${i}`);
      fill();
      if (answer.error) break;
    }
    report.keep('refused', answer.raw);
    return { ok: answer.error && !answer.content.executed && await issues() === before, found: answer.text.slice(0, 240) };
  });
  await report.step('a scan that cannot be recorded does not begin', async () => {
    const asked = (await site()).asked;
    const answer = await scan();
    const more = (await site()).asked - asked;
    report.keep('scan-while-full', answer.raw);
    return { ok: (answer.error || answer.content.status === 'failed') && more === 0, found: `${more} requests of a browser; ${answer.text.slice(0, 160)}` };
  });
  await report.step('the server stays up, and what is stored is read', async () => {
    const answer = (await product.call('sitelint.get_report', { scan_id: done.scan_id })).content;
    return { ok: (await fetch(`${product.url}/healthz`)).ok && (answer.sha256 === report1.sha256 || answer.error), found: answer.sha256 === report1.sha256 ? 'the same report' : `refused in words: ${answer.message}` };
  });
  rmSync(ballast);
  await report.step('with room again it goes on by itself, without a restart', async () => {
    const asked = await until('a request is taken', 30, async () => {
      const answer = await ask('Room again');
      return !answer.error && answer.content;
    });
    await person.approve(asked.approval.url);
    const end = (await ask('Room again', { confirmation_token: asked.confirmation_token })).content;
    return { ok: end.executed && await issues() === before + 1, found: `${end.status}, ${await issues() - before} issue created` };
  });
  await report.step('a scan is whole again', async () => {
    const answer = (await scan()).content;
    return { ok: answer.status === 'completed', found: answer.status };
  });
  await report.step('every receipt verifies', async () => {
    const { code, output } = await product.verb('verify', '--log');
    return { ok: code === 0, found: output.trim().split('\n').at(-1) };
  });
}
