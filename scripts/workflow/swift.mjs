// A real S3-speaking server: OpenStack Swift with s3api on loopback, in a directory of its own. Debian's packages and root are needed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ended, freePort, run, start, until } from './product.mjs';

const programs = ['swift-proxy-server', 'swift-account-server', 'swift-container-server', 'swift-object-server', 'swift-ring-builder', 'memcached'];
const find = name => ['/usr/bin', '/usr/sbin', '/usr/local/bin'].map(d => join(d, name)).find(existsSync);
const answers = port => new Promise(resolve => {
  const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); }).on('error', () => resolve(false));
});

/** Null where it can be started. */
export const whyNot = () => {
  const missing = programs.filter(p => !find(p));
  if (missing.length) return `${missing.join(', ')} not installed: run scripts/install-test-tools.sh as root`;
  return process.getuid() === 0 ? null : 'its servers are started as root';
};

export class Swift {
  constructor(directory) {
    this.directory = directory;
    this.parts = [];
  }

  async start() {
    mkdirSync(join(this.directory, 'devices', 'd1'), { recursive: true });
    this.ports = {};
    for (const name of ['account', 'container', 'object', 'proxy', 'cache']) this.ports[name] = await freePort();
    const file = (name, ...lines) => writeFileSync(join(this.directory, name), lines.join('\n') + '\n');
    const common = port => ['[DEFAULT]', 'bind_ip = 127.0.0.1', `bind_port = ${port}`, 'workers = 0', 'user = root', `swift_dir = ${this.directory}`];
    file('swift.conf', '[swift-hash]', 'swift_hash_path_prefix = test', 'swift_hash_path_suffix = test', '[storage-policy:0]', 'name = default', 'default = yes');
    for (const name of ['account', 'container', 'object']) {
      for (const step of ['create 4 1 0', `add r1z1-127.0.0.1:${this.ports[name]}/d1 1`, 'rebalance']) {
        const built = await run(find('swift-ring-builder'), [`${name}.builder`, ...step.split(' ')], { cwd: this.directory });
        if (built.code) throw new Error(`swift-ring-builder ${name} ${step}: ${built.output}`);
      }
      file(`${name}.conf`, ...common(this.ports[name]), `devices = ${this.directory}/devices`, 'mount_check = false', 'disable_fallocate = true', '[pipeline:main]', `pipeline = ${name}-server`, `[app:${name}-server]`, `use = egg:swift#${name}`);
    }
    file('proxy.conf', ...common(this.ports.proxy), '[pipeline:main]', 'pipeline = catch_errors cache s3api tempauth bulk slo dlo proxy-server', '[app:proxy-server]', 'use = egg:swift#proxy', 'account_autocreate = true',
      '[filter:catch_errors]', 'use = egg:swift#catch_errors', '[filter:cache]', 'use = egg:swift#memcache', `memcache_servers = 127.0.0.1:${this.ports.cache}`, '[filter:s3api]', 'use = egg:swift#s3api', 'location = us-east-1',
      '[filter:tempauth]', 'use = egg:swift#tempauth', 'user_omni_audit = secret .admin', '[filter:bulk]', 'use = egg:swift#bulk', '[filter:slo]', 'use = egg:swift#slo', '[filter:dlo]', 'use = egg:swift#dlo');
    await this.startParts();
    return this;
  }

  /** The servers on the data that are there, on the same ports. */
  async startParts() {
    const part = (name, ...args) => this.parts.push(start(find(name), args, { cwd: this.directory, log: join(this.directory, `${name}.log`) }));
    for (const name of ['account', 'container', 'object', 'proxy']) part(`swift-${name}-server`, join(this.directory, `${name}.conf`));
    part('memcached', '-u', 'root', '-l', '127.0.0.1', '-p', `${this.ports.cache}`);
    for (const port of Object.values(this.ports)) await until(`the S3 server's port ${port} answers; logs: ${this.directory}`, 30, () => answers(port));
  }

  async stop() {
    this.parts.forEach(part => part.kill('SIGKILL'));
    await Promise.all(this.parts.map(ended));
    this.parts = [];
  }

  /** A token for Swift's own API: the second way to the same objects, by which a script can look at what S3 clients stored. */
  async token() {
    const response = await fetch(`http://127.0.0.1:${this.ports.proxy}/auth/v1.0`, { headers: { 'X-Auth-User': 'omni:audit', 'X-Auth-Key': 'secret' } });
    if (!response.ok) throw new Error(`The S3 server refuses its own user: ${response.status}`);
    return { 'X-Auth-Token': response.headers.get('x-auth-token') };
  }

  async createBucket(name) {
    this.bucket = name;
    const response = await fetch(`http://127.0.0.1:${this.ports.proxy}/v1/AUTH_omni/${name}`, { method: 'PUT', headers: await this.token() });
    if (!response.ok) throw new Error(`The bucket was not created: ${response.status}`);
  }

  /** Keys and SHA-256 of every object, from the stored bytes. */
  async objects() {
    const headers = await this.token();
    const base = `http://127.0.0.1:${this.ports.proxy}/v1/AUTH_omni/${this.bucket}`;
    const names = (await (await fetch(base, { headers })).text()).split('\n').filter(Boolean);
    const sha256 = async name => createHash('sha256').update(Buffer.from(await (await fetch(`${base}/${name}`, { headers })).arrayBuffer())).digest('hex');
    return Promise.all(names.map(async key => ({ key, sha256: await sha256(key) })));
  }

  settings() {
    return { OBJECT_STORE_BACKEND: 's3', OBJECT_STORE_BUCKET: this.bucket, S3_ENDPOINT_URL: `http://127.0.0.1:${this.ports.proxy}`, S3_FORCE_PATH_STYLE: 'true', S3_ACCESS_KEY_ID: 'omni:audit', S3_SECRET_ACCESS_KEY: 'secret' };
  }
}
