// Lines of a run: each says what was promised and what was found.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class Report {
  constructor(directory) {
    mkdirSync(directory, { recursive: true });
    Object.assign(this, { directory, lines: [], responses: 0, began: performance.now() });
  }

  /** Keeps a response as a file; numbered in the order of the run. */
  keep(name, response) {
    writeFileSync(join(this.directory, `${String(++this.responses).padStart(2, '0')}-${name}.json`), JSON.stringify(response, null, 2) + '\n');
    return response;
  }

  /** Passed when `ok`; `found` is what was seen either way. */
  line(promise, ok, found) {
    const now = performance.now();
    this.lines.push({ promise, passed: Boolean(ok), found, seconds: Math.round((now - (this.last ?? this.began)) / 100) / 10 });
    this.last = now;
    console.log(`${ok ? 'ok    ' : 'FAILED'}  ${promise}${found ? `: ${found}` : ''}`);
    return ok;
  }

  /** Runs a step; what it throws is a failed line, and the rest goes on. */
  async step(promise, work) {
    try {
      const { ok, found } = await work();
      return this.line(promise, ok, found);
    } catch (e) {
      return this.line(promise, false, e.message);
    }
  }

  /** Writes summary.json; the exit code. */
  end(more = {}) {
    const failed = this.lines.filter(line => !line.passed).length;
    const seconds = Math.round((performance.now() - this.began) / 100) / 10;
    writeFileSync(join(this.directory, 'summary.json'), JSON.stringify({ passed: this.lines.length - failed, failed, seconds, ...more, lines: this.lines }, null, 2) + '\n');
    console.log(`${this.lines.length - failed} passed, ${failed} failed, in ${seconds} s: ${join(this.directory, 'summary.json')}`);
    return failed === 0 && this.lines.length > 0 ? 0 : 1;
  }
}
