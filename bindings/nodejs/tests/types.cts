// Checked by tsc --strict, never run.
import oss = require('../index.js');

const client = new oss.OssResumable({ endpoint: 'http://a' });
const upload: Promise<oss.UploadResult> = client.upload('a', Buffer.from('b'));
upload.catch((error: unknown) => error instanceof oss.OssResumableError && error.retryable);
