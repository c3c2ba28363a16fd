// Uploads in a worker, which the test terminates meanwhile.

import { parentPort, workerData } from 'node:worker_threads';
import { OssResumable } from 'oss-resumable';

const client = new OssResumable(workerData.account);
await Promise.all(workerData.names.map((name) =>
  client.upload(name, workerData.file, {
    parallel: 2, onProgress: () => parentPort.postMessage('progress'),
  })));
parentPort.postMessage('done');
