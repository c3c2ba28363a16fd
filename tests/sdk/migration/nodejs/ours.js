// With this library. usage: node ours.js ENDPOINT BUCKET KEY FILE

'use strict';

const { OssResumable } = require('oss-resumable');

async function main() {
  const [endpoint, bucket, key, file] = process.argv.slice(2);
  const client = new OssResumable({
    endpoint,
    region: 'oss-cn-hangzhou',
    accessKeyId: process.env.OSS_ACCESS_KEY_ID,
    accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
    bucket,
  });
  const onProgress = (progress) => console.log(progress.consumedBytes);
  // migration: begin
  const result = await client.upload(key, file,
    { partSize: 102400, parallel: 3, checkpoint: true, onProgress });
  // migration: end
  console.log(result.etag);
  client.close();
}

main();
