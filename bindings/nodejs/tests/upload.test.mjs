import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import dns from 'node:dns/promises';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { after, before, beforeEach, test } from 'node:test';
import { OssResumable, OssResumableError } from 'oss-resumable';
import { startServer } from './server.mjs';

const PART = 102400;
const SLOW = { op: 'UploadPart', action: { delay: { ms: 100 } } };
const content = crypto.randomBytes(10 * PART + 123);
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'oss-resumable-'));
const file = path.join(directory, 'big.bin');
const checkpoint = `${file}.ucp`;
const here = path.dirname(fileURLToPath(import.meta.url));
let server;
let client;

before(async () => {
  fs.writeFileSync(file, content);
  server = await startServer();
  client = new OssResumable(server.account);
});

after(() => {
  client.close();
  server.stop();
  fs.rmSync(directory, { recursive: true });
});

beforeEach(async () => {
  await server.reset();
  fs.rmSync(checkpoint, { force: true });
});

async function cancelLater(name, options = {}) {
  const controller = new AbortController();
  const error = await client.upload(name, file, {
    checkpoint: true,
    signal: controller.signal,
    onProgress: ({ partsDone }) => partsDone >= 3 && controller.abort(),
    ...options,
  }).catch((found) => found);
  assert.equal(error.code, 'E_CANCELED');
  return error;
}

async function isStored(name) {
  assert.ok(content.equals(await server.object(name)));
}

test('an upload stores the file and tells what was stored', async () => {
  const result = await client.upload('plain', file);
  await isStored('plain');
  const [stored] = await server.objects('plain');
  assert.equal(result.crc64, stored.crc64);
  assert.equal(result.etag, stored.etag);
  assert.equal(result.parts, 11);
  assert.equal(result.partSize, PART);
  assert.equal(await server.requests('UploadPart', 'plain'), 11);
  assert.equal(result.httpStatus, 200);
  assert.equal(result.resumedBytes, 0);
  assert.equal(result.headers['x-oss-request-id'], result.requestId);
  assert.deepEqual(result.warnings, []);
  assert.match(result.body.toString(), /CompleteMultipartUploadResult/);
  assert.ok(!fs.existsSync(checkpoint));
  assert.doesNotThrow(() => JSON.stringify(result));
});

test('a file URL, automatic sizes and another bucket do too', async () => {
  const result = await client.upload('auto', pathToFileURL(file), {
    partSize: 'auto', parallel: 'auto', bucket: 'otherbucket',
  });
  assert.equal(result.partSize, 4 << 20);
  assert.equal((await server.objects('auto')).length, 0);
});

test('bytes are uploaded like a file, even none, even from the middle of a buffer', async () => {
  for (const bytes of [content, content.subarray(5, 300000), new Uint8Array([1, 0, 2]), new Uint8Array(0)]) {
    await client.upload('bytes', bytes);
    assert.ok(Buffer.from(bytes).equals(await server.object('bytes')));
  }
});

test('after an abort the checkpoint is kept and only the rest is sent', async () => {
  await server.rule(SLOW);
  const error = await cancelLater('resumed');
  assert.ok(error instanceof OssResumableError);
  assert.equal(error.name, 'AbortError');
  assert.equal(error.cause.name, 'AbortError');
  assert.ok(fs.existsSync(checkpoint));
  assert.equal((await server.objects('resumed')).length, 0);
  await server.reset();
  const result = await client.upload('resumed', file, { checkpoint: true });
  assert.ok(result.resumedBytes >= 3 * PART);
  assert.equal(await server.requests('UploadPart', 'resumed'), 11 - result.resumedBytes / PART);
  await isStored('resumed');
  assert.ok(!fs.existsSync(checkpoint));
});

test('an abort without a checkpoint leaves nothing on the server', async () => {
  await server.rule(SLOW);
  await cancelLater('nothing', { checkpoint: false });
  assert.deepEqual(await server.uploads('nothing'), []);
  const error = await client.upload('nothing', file, { signal: AbortSignal.timeout(150) })
    .catch((found) => found);
  assert.equal(error.cause.name, 'TimeoutError');
  const aborted = await client.upload('nothing', file, { signal: AbortSignal.abort('mine') })
    .catch((found) => found);
  assert.equal(aborted.code, 'E_CANCELED');
  assert.equal(aborted.cause, 'mine');
});

test('a checkpoint may be elsewhere, and discard gives it up', async () => {
  await server.rule(SLOW);
  const elsewhere = path.join(directory, 'else.ucp');
  await cancelLater('discarded', { checkpoint: elsewhere });
  assert.ok(fs.existsSync(elsewhere));
  assert.equal((await server.uploads('discarded')).length, 1);
  await client.discard('discarded', file, { checkpoint: elsewhere });
  await client.discard('discarded', file, { checkpoint: elsewhere });
  assert.ok(!fs.existsSync(elsewhere));
  assert.deepEqual(await server.uploads('discarded'), []);
});

test('unfinished uploads can be listed and aborted', async () => {
  await server.rule(SLOW);
  await cancelLater('left/1');
  fs.rmSync(checkpoint);
  await cancelLater('left/\u738b');
  const found = await client.listUploads({ prefix: 'left/' });
  assert.deepEqual(found.map(({ name }) => name), ['left/1', 'left/\u738b']);
  assert.ok(Math.abs(found[0].initiated - Date.now()) < 600000);
  assert.deepEqual(await client.listUploads({ prefix: 'left/', minAgeSeconds: 3600 }), []);
  await client.abortUpload('left/1', found[0].uploadId);
  await client.abortUpload('left/1', found[0].uploadId);
  assert.deepEqual(await server.uploads('left/1'), []);
  assert.equal(await client.abortUploads({ prefix: 'left/' }), 1);
  assert.deepEqual(await server.uploads('left/\u738b'), []);
});

test('progress never goes back, comes ten times a second at most, and ends at the total', async () => {
  await server.rule(SLOW);
  const seen = [];
  const begin = performance.now();
  await client.upload('progress', file, { onProgress: (progress) => seen.push(progress) });
  const seconds = (performance.now() - begin) / 1000;
  assert.ok(seen.length > 3 && seen.length <= seconds * 10 + 2, `${seen.length} in ${seconds} s`);
  seen.reduce((last, { consumedBytes, totalBytes }) => {
    assert.ok(consumedBytes >= last);
    assert.equal(totalBytes, content.length);
    return consumedBytes;
  }, 0);
  assert.equal(seen.at(-1).consumedBytes, content.length);
  assert.equal(seen.at(-1).stage, 'done');
});

test('what onProgress throws cancels and comes out as itself, whatever it is', async () => {
  await server.rule(SLOW);
  const throwing = [new Error('mine'), 'a string', undefined];
  for (const thrown of throwing) {
    let calls = 0;
    const outcome = await client.upload('thrown', file, {
      onProgress() {
        calls++;
        throw thrown;
      },
    }).then(() => 'stored', (error) => ({ error }));
    assert.deepEqual(outcome, { error: thrown });
    assert.equal(calls, 1);
  }
  const late = new Error('late');
  await assert.rejects(
    client.upload('thrown', file, {
      async onProgress({ partsDone }) {
        await sleep(5);
        if (partsDone > 2) {
          throw late;
        }
      },
    }),
    (error) => error === late);
  assert.deepEqual(await server.objects('thrown'), []);
  assert.deepEqual(await server.uploads('thrown'), []);
});

test('what the last async onProgress throws is not lost', async () => {
  const last = new Error('last');
  await assert.rejects(
    client.upload('last', file, {
      async onProgress({ stage }) {
        await sleep(20);
        if (stage === 'done') {
          throw last;
        }
      },
    }),
    (error) => error === last);
});

test('the event loop keeps ticking, and many uploads leave the threads of libuv alone', async () => {
  await server.rule(SLOW);
  const delays = [];
  let before = performance.now();
  const ticker = setInterval(() => {
    delays.push(performance.now() - before);
    before = performance.now();
  }, 5);
  const names = Array.from({ length: 40 }, (_, i) => `many${i}`);
  const uploads = names.map((name) => client.upload(name, file, { parallel: 4 }));
  await sleep(100);
  // All four threads would have to be free for these.
  const begin = performance.now();
  await Promise.all([
    ...Array.from({ length: 8 }, () => dns.lookup('localhost')),
    ...Array.from({ length: 8 }, () => fs.promises.readFile(file)),
  ]);
  assert.ok(performance.now() - begin < 1500);
  await Promise.all(uploads);
  clearInterval(ticker);
  delays.sort((a, b) => a - b);
  assert.ok(delays[Math.floor(delays.length / 2)] < 50, `median ${delays[delays.length >> 1]} ms`);
  for (const name of names) {
    await isStored(name);
  }
});

test('a collection at every progress harms nothing', async () => {
  await server.rule(SLOW);
  const own = new OssResumable({ ...server.account, logLevel: 'trace', logFile: path.join(directory, 'gc.log') });
  await Promise.all(['gc1', 'gc2', 'gc3'].map(async (name) => {
    await own.upload(name, Buffer.from(content), {
      headers: { 'x-oss-meta-a': 'b' },
      callback: { url: 'http://127.0.0.1:1/', body: '${object}', customValue: { a: 'b' } },
      onProgress: () => globalThis.gc(),
    });
    globalThis.gc();
    await isStored(name);
  }));
  own.close();
});

test('a client that nobody holds any more is collected, and its upload goes on', async () => {
  await server.rule(SLOW);
  const upload = new OssResumable(server.account).upload('forgotten', file);
  await sleep(50);
  globalThis.gc();
  for (let i = 0; i < 200; i++) {
    new OssResumable(server.account);
  }
  globalThis.gc();
  await upload;
  globalThis.gc();
  await sleep(10);
  await isStored('forgotten');
});

test('a refusal of OSS has all its details', async () => {
  await server.rule({
    op: 'UploadPart', part: 3,
    action: { status: { code: 403, oss_code: 'AccessDenied', message: 'no' } },
  });
  const error = await client.upload('refused', file).catch((found) => found);
  assert.equal(error.name, 'OssResumableError');
  const { code, codeNumber, httpStatus, errorCode, stage, partNumber, offset, attempts, retryable } = error;
  assert.deepEqual(
    { code, codeNumber, httpStatus, errorCode, stage, partNumber, offset, attempts, retryable },
    {
      code: 'E_SERVICE', codeNumber: -6, httpStatus: 403, errorCode: 'AccessDenied', stage: 'upload',
      partNumber: 3, offset: 2 * PART, attempts: 1, retryable: false,
    });
  assert.ok(error.requestId);
});

test('a server that cannot be reached is a network error with a reason', async () => {
  const nobody = new OssResumable({ ...server.account, endpoint: 'http://127.0.0.1:1', retryTimeoutMs: 300 });
  const error = await nobody.upload('nobody', file).catch((found) => found);
  assert.equal(error.code, 'E_NETWORK');
  assert.equal(error.reason, 'connection_refused');
  assert.ok(error.errno > 0 && error.attempts > 0 && error.retryable);
  nobody.close();
});

test('bad arguments are refused with their name', async () => {
  const refused = async (name, call) => {
    const error = await (async () => call())().catch((found) => found);
    assert.equal(error.code, 'E_INVALID_ARGUMENT', String(error));
    assert.ok(error.message.startsWith(name), error.message);
  };
  await refused('part_size', () => client.upload('k', file, { partSize: 5 }));
  await refused('partSize', () => client.upload('k', file, { partSize: 1e5 + 0.5 }));
  await refused('partSize', () => client.upload('k', file, { partSize: '102400' }));
  await refused('parallel', () => client.upload('k', file, { parallel: 2 ** 32 + 1 }));
  await refused('part_sise', () => client.upload('k', file, { part_sise: 5 }));
  await refused('checkpoint', () => client.upload('k', file, { checkpoint: 1 }));
  await refused('name', () => client.upload('a\0b', file));
  await refused('name', () => client.upload('half \ud800', file));
  await refused('file', () => client.upload('k', 5));
  await refused('headers', () => client.upload('k', file, { headers: { a: {} } }));
  await refused('onProgress', () => client.upload('k', file, { onProgress: 5 }));
  await refused('signal', () => client.upload('k', file, { signal: {} }));
  await refused('object', () => client.upload(undefined, file));
  await refused('bandwidthLimit', () => client.setBandwidthLimit(5));
  await refused('accessKeyId', () => client.setCredentials('', 'x'));
  await refused('access_key_id', () => new OssResumable({ region: 'cn-hangzhou' }));
  await refused('logLevel', () => new OssResumable({ ...server.account, logLevel: 'toString' }));
  await refused('refreshSTSToken', () => new OssResumable({ ...server.account, refreshSTSToken: 5 }));
  await refused('acessKeyId', () => new OssResumable({ acessKeyId: 'a' }));
  const missing = await client.upload('k', path.join(directory, 'missing')).catch((found) => found);
  assert.equal(missing.code, 'E_FILE');
  assert.equal(missing.errno, 2);
});

test('odd names arrive as they are', async () => {
  const name = '\u738b "%2F+&?#= \ud83d\ude00 \'.bin';
  const odd = path.join(directory, name);
  fs.writeFileSync(odd, content);
  await client.upload(`dir/${name}`, odd, {
    checkpoint: true, meta: { author: 'me', year: 2024 }, mime: 'text/x-odd',
  });
  await isStored(`dir/${name}`);
  const [{ headers }] = await server.objects(`dir/${name}`);
  const sent = new Map(headers);
  assert.equal(sent.get('content-type'), 'text/x-odd');
  assert.equal(sent.get('x-oss-meta-author'), 'me');
  assert.equal(sent.get('x-oss-meta-year'), '2024');
});

test('credentials are refreshed before and while uploads run', async () => {
  // More than two seconds, whatever the machine.
  await server.rule(SLOW);
  await server.rule(SLOW);
  let asked = 0;
  const began = Date.now();
  const own = new OssResumable({
    ...server.account,
    refreshSTSTokenInterval: 500,
    async refreshSTSToken() {
      asked++;
      await sleep(5);
      return {
        accessKeyId: 'test-sts-access-key-id', accessKeySecret: 'test-sts-access-key-secret',
        stsToken: 'test-sts-token',
      };
    },
  });
  await own.upload('refreshed', file);
  const most = (Date.now() - began) / 500 + 1;
  assert.ok(asked >= 2 && asked <= most, `${asked} times, not ${most}`);
  const log = await server.log();
  assert.equal(log[0].access_key_id, 'test-access-key-id');
  assert.equal(log.at(-1).access_key_id, 'test-sts-access-key-id');
  await isStored('refreshed');
  own.close();
});

test('credentials can be replaced while an upload runs, and come from a command', async () => {
  await server.rule(SLOW);
  const own = new OssResumable({
    ...server.account, accessKeyId: undefined, accessKeySecret: undefined,
    credentials: {
      provider: 'process',
      process: 'echo \'{"AccessKeyId":"test-access-key-id","AccessKeySecret":"test-access-key-secret"}\'',
    },
  });
  await own.upload('replaced', file, {
    onProgress({ partsDone }) {
      if (partsDone > 0) {
        own.setCredentials('test-sts-access-key-id', 'test-sts-access-key-secret', 'test-sts-token');
      }
    },
  });
  const log = await server.log();
  assert.equal(log[0].access_key_id, 'test-access-key-id');
  assert.equal(log.at(-1).access_key_id, 'test-sts-access-key-id');
  own.close();
});

test('a bandwidth limit slows an upload down', async () => {
  const own = new OssResumable({ ...server.account, bandwidthLimit: 600000 });
  const begin = performance.now();
  await own.upload('limited', file);
  assert.ok(performance.now() - begin > 500);
  own.setBandwidthLimit(0);
  own.close();
});

test('the log goes to a file and names no secret', async () => {
  const logFile = path.join(directory, 'oss.log');
  const own = new OssResumable({ ...server.account, logFile, logLevel: 'trace' });
  await own.upload('logged', file);
  const text = fs.readFileSync(logFile, 'utf8');
  assert.match(text, /UploadPart/);
  assert.ok(!text.includes(server.account.accessKeySecret));
  own.close();
});

test('an upload callback that fails is a warning and not an error', async () => {
  const result = await client.upload('callback', file, {
    callback: {
      url: 'http://127.0.0.1:1/stored', body: '{"object":${object},"user":${x:user}}',
      contentType: 'application/json', customValue: { user: '\u738b' },
    },
  });
  assert.deepEqual(result.warnings, ['CALLBACK_FAILED']);
  assert.equal(result.httpStatus, 203);
  assert.ok(result.callbackError);
  await isStored('callback');
});

test('a closed client says so, closing twice is harmless, and running uploads go on', async () => {
  await server.rule(SLOW);
  const own = new OssResumable(server.account);
  const running = own.upload('outlives', file);
  await sleep(50);
  own.close();
  own.close();
  await assert.rejects(own.upload('closed', file), /the client is closed/);
  await assert.rejects(own.listUploads(), /the client is closed/);
  assert.throws(() => own.setBandwidthLimit(0), /the client is closed/);
  await running;
  await isStored('outlives');
});

test('blocking calls wait for each other and leave threads of libuv to others', async () => {
  // As many as libuv has threads: all of them would be taken if calls did not wait for each other.
  await server.rule({ op: 'ListMultipartUploads', times: 4, action: { delay: { ms: 3000 } } });
  const lists = Array.from({ length: 6 }, () => client.listUploads());
  await sleep(50);
  const first = await Promise.race([
    fs.promises.readFile(file).then(() => 'the file'),
    lists[0].then(() => 'a list'),
  ]);
  assert.equal(first, 'the file');
  await Promise.all(lists);
});

test('workers may be terminated in mid-upload, and the process goes on', async () => {
  await server.rule(SLOW);
  for (let round = 0; round < 5; round++) {
    const worker = new Worker(new URL('worker.mjs', import.meta.url), {
      workerData: { account: server.account, file, names: [`worker${round}a`, `worker${round}b`] },
    });
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
    await sleep(round * 40);
    await worker.terminate();
  }
  await server.reset();
  await client.upload('after', file);
  await isStored('after');
  // What the workers had begun goes on by itself.
  for (let i = 0; i < 100 && (await server.objects('worker4b')).length === 0; i++) {
    await sleep(50);
  }
  await isStored('worker4b');
});

test('workers upload at once, each with a client of its own', async () => {
  const done = Array.from({ length: 3 }, (_, i) => new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.mjs', import.meta.url), {
      workerData: { account: server.account, file, names: [`own${i}`] },
    });
    worker.once('exit', resolve).once('error', reject);
  }));
  assert.deepEqual(await Promise.all(done), [0, 0, 0]);
  for (const i of [0, 1, 2]) {
    await isStored(`own${i}`);
  }
});

test('the process exits by itself after the last upload, its client left open', async () => {
  const child = spawn(
    process.execPath,
    [path.join(here, 'exits.mjs'), JSON.stringify(server.account), file],
    { stdio: ['ignore', 'pipe', 'inherit'] });
  let printedAt;
  child.stdout.on('data', () => {
    printedAt = performance.now();
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 0);
  assert.ok(performance.now() - printedAt < 1000);
  await isStored('exits');
});

test('process.exit() in mid-upload ends the process at once', async () => {
  await server.rule({ op: 'UploadPart', action: { delay: { ms: 10000 } } });
  const program = `
    import { OssResumable } from 'oss-resumable';
    new OssResumable(${JSON.stringify(server.account)}).upload('exited', ${JSON.stringify(file)});
    setTimeout(() => process.exit(7), 300);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: path.join(here, '..'), stdio: 'inherit',
  });
  const begin = performance.now();
  assert.equal(await new Promise((resolve) => child.once('exit', resolve)), 7);
  assert.ok(performance.now() - begin < 5000);
});

test('the sample of the README is the one of the example', () => {
  const between = (text, begin, end) => text.split(begin)[1].split(end)[0];
  const read = (name) => fs.readFileSync(path.join(here, '..', name), 'utf8');
  assert.equal(
    between(read('README.md'), '```js\n', '```'),
    between(read('example/sample.mjs'), '// sample: begin\n', '// sample: end'));
});
