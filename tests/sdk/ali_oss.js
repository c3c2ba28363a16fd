// Drives the test server with the official Node.js SDK (ali-oss).
//
// usage: node ali_oss.js URL
//
// Prints `ok NAME` or `FAIL NAME: REASON` for each case.

'use strict';

const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const OSS = require('ali-oss');

const URL_BASE = process.argv[2];
const BUCKET = 'sdk-node';
const KEY = 'dir/a key+with %odd~ characters-文件.bin';
const PART_SIZE = 1024 * 1024;
const DATA = crypto.randomBytes(5 * PART_SIZE + 1);
const SHA256 = crypto.createHash('sha256').update(DATA).digest('hex');
const LONG_TERM = {
  accessKeyId: 'test-access-key-id',
  accessKeySecret: 'test-access-key-secret',
};
const TEMPORARY = {
  accessKeyId: 'test-sts-access-key-id',
  accessKeySecret: 'test-sts-access-key-secret',
  stsToken: 'test-sts-token',
};

function client(v4, account) {
  return new OSS({
    region: 'oss-cn-hangzhou',
    endpoint: URL_BASE, // an IP address: the SDK uses path style by itself
    bucket: BUCKET,
    authorizationV4: v4,
    refreshSTSToken: async () => account, // the SDK prints a warning if there is none
    ...account,
  });
}

async function stored(key) {
  const query = `bucket=${BUCKET}&key=${encodeURIComponent(key)}`;
  return (await fetch(`${URL_BASE}/-/objects?${query}`)).json();
}

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error.code;
  }
  return 'no error';
}

const upload = (v4, account) => async (directory) => {
  const key = `${v4}-${account.accessKeyId}/${KEY}`;
  const file = path.join(directory, 'data');
  fs.writeFileSync(file, DATA);
  const sdk = client(v4, account);
  const result = await sdk.multipartUpload(key, file, {
    partSize: PART_SIZE,
    parallel: 3,
    meta: { owner: 'node' },
  });
  assert.match(result.etag, /-6"?$/);
  const [listed] = await stored(key);
  assert.strictEqual(listed.sha256, SHA256, 'stored bytes differ');
  assert.ok(listed.headers.some(([name, value]) => name === 'x-oss-meta-owner' && value === 'node'));
  const { content } = await sdk.get(key);
  assert.ok(DATA.equals(content), 'read bytes differ');
};

// The single operations, with what the SDK makes of their answers.
const steps = (v4) => async () => {
  const sdk = client(v4, LONG_TERM);
  const key = `steps-${v4}`;
  const { uploadId } = await sdk.initMultipartUpload(key);
  const part = crypto.randomBytes(102400);
  const file = path.join(os.tmpdir(), `ali-oss-steps-${process.pid}`);
  fs.writeFileSync(file, part);
  try {
    for (const number of [1, 2]) {
      await sdk.uploadPart(key, uploadId, number, file, 0, part.length);
    }
  } finally {
    fs.rmSync(file);
  }
  const listed = await sdk.listParts(key, uploadId, { 'max-parts': 1 });
  assert.deepStrictEqual([listed.parts.PartNumber, listed.isTruncated], ['1', 'true']);
  const { uploads } = await sdk.listUploads({ prefix: key });
  assert.deepStrictEqual(uploads.map((one) => one.uploadId), [uploadId]);
  await sdk.abortMultipartUpload(key, uploadId);
  assert.strictEqual(await refusal(sdk.listParts(key, uploadId)), 'NoSuchUpload');
};

const wrongSecret = (v4) => async () => {
  const sdk = client(v4, { ...LONG_TERM, accessKeySecret: 'wrong' });
  const code = await refusal(sdk.put('refused', Buffer.from('x')));
  assert.strictEqual(code, 'SignatureDoesNotMatch');
  assert.deepStrictEqual(await stored('refused'), []);
};

const CASES = {
  'upload, V4': upload(true, LONG_TERM),
  'upload, V4, STS': upload(true, TEMPORARY),
  'upload, V1': upload(false, LONG_TERM),
  'upload, V1, STS': upload(false, TEMPORARY),
  'single operations, V4': steps(true),
  'single operations, V1': steps(false),
  'wrong secret, V4': wrongSecret(true),
  'wrong secret, V1': wrongSecret(false),
};

async function main() {
  for (const [label, run] of Object.entries(CASES)) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ali-oss-'));
    try {
      await run(directory);
      console.log(`ok node: ${label}`);
    } catch (error) {
      process.exitCode = 1;
      console.log(`FAIL node: ${label}: ${String(error).replace(/\s+/g, ' ')}`);
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  }
}

main();
