// SIGKILL in the middle of a scan.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { until } from '../product.mjs';

export const title = 'the process is killed in the middle of a scan, and started again';

export async function run({ report, product: make, site: startSite }) {
  const site = await startSite();
  const product = await (await make({ SITELINT_ASYNC_MODE: 'true' })).start();
  site.wait = 3000;
  const job = (await product.call('sitelint.start_scan', { url: `http://${site.host}/`, profile: 'quick', viewport_set: 'desktop' })).content;
  report.keep('started', job);
  const state = async () => (await product.call('core.get_job', { job_id: job.job_id })).content;
  /** The processes that the server has started: the browser's, and its driver. */
  const descendants = parent => readdirSync('/proc').filter(pid => /^\d+$/.test(pid)).flatMap(pid => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1');
      return Number(fields.slice(fields.lastIndexOf(')') + 2).split(' ')[1]) === parent ? [Number(pid), ...descendants(Number(pid))] : [];
    } catch {
      return [];
    }
  });
  let browser = [];

  await report.step('the scan is under way when the process dies', async () => {
    await until('the browser asked for the page', 30, () => site.asked > 0);
    const running = (await state()).status;
    browser = descendants(product.process.pid);
    await product.kill();
    return { ok: running === 'running' && browser.length > 0, found: `${running}, with ${browser.length} processes of the browser` };
  });
  site.wait = 0;
  await report.step('the log left behind verifies without the server', async () => {
    const { code, output } = await product.verb('verify', '--log');
    return { ok: code === 0, found: output.trim().split('\n').at(-1) };
  });
  const began = performance.now();
  await product.start();
  await report.step('started again it serves at once', async () => ({ ok: true, found: `after ${Math.round((performance.now() - began) / 100) / 10} s` }));
  let done = {};
  await report.step('the same job is taken up again and ends, without anybody asking', async () => {
    done = await until('the job ends', 60, async () => {
      const now = await state();
      return ['completed', 'failed'].includes(now.status) && now;
    });
    report.keep('ended', done);
    return { ok: done.status === 'completed', found: `${done.status}, ${Math.round((performance.now() - began) / 100) / 10} s after the start${done.error ? `: ${done.error}` : ''}` };
  });
  await report.step('there is one report, and it is whole', async () => {
    const answer = (await product.call('sitelint.get_report', { scan_id: done.scan_id ?? job.scan_id })).content;
    return { ok: answer.sha256?.length === 64 && answer.report?.pages_total >= 1, found: `${answer.report?.pages_total} page, ${answer.report_ref}` };
  });
  await report.step('no browser of the dead process is left', async () => {
    const alive = () => browser.filter(pid => existsSync(`/proc/${pid}`));
    await until('the browser ends', 20, () => alive().length === 0).catch(() => {});
    return { ok: alive().length === 0, found: `${alive().length} of ${browser.length} left` };
  });
  await report.step('it stops cleanly', async () => {
    const code = await product.stop();
    return { ok: code === 0, found: `exit code ${code}` };
  });
}
