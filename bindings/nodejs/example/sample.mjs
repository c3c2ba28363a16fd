// sample: begin
import { OssResumable } from 'oss-resumable';

const client = new OssResumable({
  endpoint: process.env.OSS_ENDPOINT, // such as 'oss-cn-hangzhou.aliyuncs.com'
  region: 'cn-hangzhou',
  accessKeyId: process.env.OSS_ACCESS_KEY_ID,
  accessKeySecret: process.env.OSS_ACCESS_KEY_SECRET,
  bucket: 'examplebucket',
});
const options = { partSize: 'auto', parallel: 'auto', checkpoint: true };
const result = await client.upload('dir/big.bin', 'big.bin', options);
console.log('stored, crc64', result.crc64);
client.close();
// sample: end
