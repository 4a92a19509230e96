// The line between the product and a server it uses, which can be cut, and can lose an answer.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Link {
  constructor(target) {
    Object.assign(this, { target: new URL(target), sockets: new Set(), lose: null, lost: 0, hold: null, held: 0 });
  }

  async up() {
    this.server = createServer(client => this.join(client)).listen(this.port ?? 0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  /** From now on connections are refused, and those that stood are broken. */
  async down() {
    this.sockets.forEach(socket => socket.destroy());
    await new Promise(resolve => this.server.close(resolve));
  }

  /** The next request whose first line fits arrives, and its answer does not. */
  loseAnswerOf(pattern) {
    this.lose = pattern;
  }

  /** Requests whose first line fits get no further than here, and no answer, until `hold` is null again. */
  holdBack(pattern) {
    this.hold = pattern;
  }

  join(client) {
    const far = connect(this.target.port, this.target.hostname);
    let losing = false;
    let holding = false;
    for (const socket of [client, far]) {
      this.sockets.add(socket);
      socket.on('error', () => {}).on('close', () => { this.sockets.delete(socket); client.destroy(); far.destroy(); });
    }
    client.on('data', data => {
      const line = data.toString('latin1').split('\r\n', 1)[0];
      if (this.lose?.test(line)) {
        this.lose = null;
        losing = true;
      }
      if (this.hold?.test(line)) {
        this.held++;
        holding = true;
      }
      if (!holding) far.write(data);
    });
    far.on('data', data => {
      if (losing) {
        this.lost++;
        client.destroy();
      } else {
        // The server names itself in what it answers (where to upload, where to look): it is to be found here. Of the same length: ports have five digits.
        client.write(Buffer.from(data.toString('latin1').replaceAll(this.target.host, `127.0.0.1:${this.port}`), 'latin1'));
      }
    });
  }
}
