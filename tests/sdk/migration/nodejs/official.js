// With the official SDK. usage: node official.js ENDPOINT BUCKET KEY FILE

'use strict';

const OSS = require('ali-oss');

async function main() {
  const [endpoint, bucket, key, file] = process.argv.slice(2);
  const client = new OSS({
    endpoint, // an IP address: the SDK uses path style by itself
    region: 'oss-cn-hangzhou',
    authorizationV4: true,
    accessKeyId: process.env.OSS_ACCESS_KEY_ID,
    accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
    bucket,
  });
  let checkpoint; // to be stored by the program
  const progress = async (fraction, state) => {
    checkpoint = state;
  };
  // migration: begin
  const result = await client.multipartUpload(key, file,
    { partSize: 102400, parallel: 3, checkpoint, progress });
  // migration: end
  console.log(result.etag);
}

main();
