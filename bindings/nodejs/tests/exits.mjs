// Uploads and leaves the client open: nothing may keep the process running.

import { OssResumable } from 'oss-resumable';

const client = new OssResumable(JSON.parse(process.argv[2]));
await client.upload('exits', process.argv[3], { onProgress: () => {} });
await client.listUploads();
console.log('last line');
