// Checked by tsc --strict, never run.
import binding, { OssResumable, OssResumableError, libraryVersion } from '../index.mjs';
import type { ClientOptions, Progress, UploadResult } from '../index.mjs';

const options: ClientOptions = {
  region: 'cn-hangzhou',
  bucket: 'examplebucket',
  credentials: { provider: 'environment,profile' },
  refreshSTSToken: async () => ({ accessKeyId: 'a', accessKeySecret: 'b', stsToken: 'c' }),
  logLevel: 'debug',
};
const client: OssResumable = new OssResumable(options);
const controller = new AbortController();

try {
  const result: UploadResult = await client.upload('a', new URL('file:///a'), {
    partSize: 'auto',
    parallel: 3,
    checkpoint: '/tmp',
    meta: { author: 'me', year: 2024 },
    callback: { url: 'http://a', body: '${object}', customValue: { user: 1 } },
    signal: controller.signal,
    onProgress: async (progress: Progress) => console.log(progress.consumedBytes / progress.totalBytes),
  });
  const texts: string[] = [result.etag, result.crc64, result.body.toString('utf8')];
  const maybe: string | undefined = result.versionId;
  console.log(texts, maybe, libraryVersion(), binding.libraryVersion());
} catch (error) {
  if (error instanceof OssResumableError && error.code === 'E_SERVICE') {
    const status: number | undefined = error.httpStatus;
    console.log(status, error.errorCode, error.cause);
  }
}

const names: string[] = (await client.listUploads({ prefix: 'a', minAgeSeconds: 5 })).map((u) => u.name);
const count: number = await client.abortUploads();
await client.discard('a', 'b', { checkpoint: 'c' });
console.log(names, count);
client.setCredentials('a', 'b');

// @ts-expect-error a misspelt option
await client.upload('a', 'b', { part_size: 5 });
// @ts-expect-error a wrong choice
await client.upload('a', 'b', { partSize: 'automatic' });
// @ts-expect-error only the library makes them
new OssResumableError('mine');
client.close();
