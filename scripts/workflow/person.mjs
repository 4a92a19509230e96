// A person at the console: a real browser, a one-time link from the command line, and the pages' own buttons. Nothing else can decide.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { program } from './product.mjs';

/** The browser's program, found as the product finds it. */
export const chromium = () => process.env.CHROMIUM_PATH || ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'].map(n => join('/usr/bin', n)).find(existsSync);

export class Person {
  /** Signs in as the first operator and chooses a password. */
  static async signIn(product) {
    // Playwright's driver for Node comes with the product's own package.
    const { chromium: engine } = await import(pathToFileURL(join(dirname(program), '.playwright/package/index.mjs')));
    const person = new Person();
    person.product = product;
    person.browser = await engine.launch({ executablePath: chromium(), args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'], chromiumSandbox: process.getuid() !== 0 });
    person.page = await (await person.browser.newContext({ baseURL: product.url })).newPage();
    person.page.setDefaultTimeout(20_000);
    const { output, code } = await product.verb('operators', 'link', 'operator');
    const link = /\S+\/signin\?token=\S+/.exec(output)?.[0];
    if (code !== 0 || !link) throw new Error(`No sign-in link: ${output}`);
    await person.page.goto(link);
    await person.page.getByRole('button', { name: 'Sign in as operator' }).click();
    await person.page.getByLabel('New password').fill('a sentence for this run only');
    await person.page.getByLabel('Once more').fill('a sentence for this run only');
    await person.page.getByRole('button', { name: 'Save the password' }).click();
    await person.live();
    return person;
  }

  live() {
    return this.page.locator('[data-live=true]').waitFor();
  }

  /** Opens the request's card, reads it, approves, and waits for how it ended, or only until it runs; the heading. */
  async approve(url, { running = false } = {}) {
    await this.page.goto(new URL(url, this.product.url).pathname);
    await this.live();
    this.read = await this.page.locator('main').innerText();
    await this.page.locator('[data-action=approve]').click();
    const heading = this.page.locator('#decision-title');
    const before = ['Your decision', ...(running ? [] : ['Approved, running now'])];
    await this.page.waitForFunction(titles => !titles.includes(document.querySelector('#decision-title')?.textContent ?? titles[0]), before, { timeout: 45_000 });
    return heading.innerText();
  }

  close() {
    return this.browser.close();
  }
}
