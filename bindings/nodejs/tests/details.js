// The README's second block, between the markers.
//
// usage: node details.js ENDPOINT BUCKET KEY FILE CALLBACK_URL SECONDS

'use strict';

const { OssResumable } = require('oss-resumable');

// snippet: begin
async function upload(client, key, file, url, seconds) {
  try {
    const result = await client.upload(key, file, {
      checkpoint: true,
      mime: 'video/mp4',
      meta: { owner: 'me' },
      callback: { url, body: 'key=${object}&size=${size}' }, // when the object is stored
      onProgress: ({ consumedBytes, totalBytes }) => {
        console.log(consumedBytes, 'of', totalBytes, 'bytes');
      },
      signal: AbortSignal.timeout(1000 * seconds),
    });
    console.log('the receiver answered:', result.body.toString());
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
    console.log('canceled: the same call goes on where this one stopped');
    process.exitCode = 1;
  }
}
// snippet: end

const [endpoint, bucket, key, file, url, seconds] = process.argv.slice(2);
const client = new OssResumable({
  endpoint,
  region: 'cn-hangzhou',
  accessKeyId: process.env.OSS_ACCESS_KEY_ID,
  accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
  bucket,
});
upload(client, key, file, url, Number(seconds)).then(() => client.close());
