// The server that SERVER names.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export async function startServer(...args) {
  const process_ = spawn(process.env.SERVER, ['--exit-with-stdin', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: process_.stdout });
  const url = await new Promise((resolve) => {
    lines.once('line', (line) => resolve(line.replace('LISTENING ', '')));
  });
  const ask = async (method, path, body) => {
    const answer = await fetch(url + path, { method, body, headers: { connection: 'close' } });
    if (!answer.ok) {
      throw new Error(`${method} ${path}: ${answer.status}`);
    }
    return answer;
  };
  const json = async (path) =>
    // CRC64 does not fit into a number.
    JSON.parse((await (await ask('GET', path)).text()).replace(/"crc64":(\d+)/g, '"crc64":"$1"'));
  const at = (key) => `bucket=examplebucket&key=${encodeURIComponent(key)}`;
  return {
    url,
    account: {
      endpoint: url, region: 'cn-hangzhou', bucket: 'examplebucket',
      accessKeyId: 'test-access-key-id', accessKeySecret: 'test-access-key-secret',
    },
    async reset() {
      await ask('DELETE', '/-/rules');
      await ask('DELETE', '/-/log');
    },
    rule: (rule) => ask('POST', '/-/rules', JSON.stringify(rule)),
    object: async (key) =>
      Buffer.from(await (await ask('GET', `/-/object?${at(key)}`)).arrayBuffer()),
    objects: (key) => json(`/-/objects?${at(key)}`),
    uploads: async (key) => (await json('/-/uploads')).filter((upload) => upload.key === key),
    log: () => json('/-/log'),
    requests: async (op, key) =>
      (await json('/-/log')).filter((entry) => entry.op === op && entry.key === key).length,
    stop() {
      process_.kill();
      lines.close();
    },
  };
}
