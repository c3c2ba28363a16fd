'use strict';

const { fileURLToPath } = require('node:url');
const { blocking } = require('./blocking.js');
const check = require('./check.js');
const { configOf } = require('./config.js');
const { OK } = require('./constants.js');
const { engine } = require('./engine.js');
const { failure, invalidArgument } = require('./error.js');
const { paramsOf } = require('./params.js');
const { Refresh } = require('./refresh.js');
const { RunningUpload, abortedBefore } = require('./upload.js');

// Frees the native client when it is closed and no call uses it any more.
class Handle {
  #pointer;
  #users = 1;
  #closed = false;

  constructor(pointer) {
    this.#pointer = pointer;
  }

  acquire() {
    if (this.#closed) {
      throw new Error('the client is closed');
    }
    this.#users++;
    return this.#pointer;
  }

  release() {
    if (--this.#users === 0) {
      engine().client_free(this.#pointer);
    }
  }

  close() {
    if (!this.#closed) {
      this.#closed = true;
      this.release();
    }
  }
}

// Freeing never blocks.
const forgotten = new FinalizationRegistry((handle) => handle.close());

function pathOf(file) {
  return check.text('file', file instanceof URL ? fileURLToPath(file) : file);
}

class OssResumable {
  #handle;
  #bucket;
  #refresh;

  constructor(options) {
    const config = configOf(options);
    this.#bucket = options.bucket;
    const client = [null];
    const result = [null];
    const code = engine().client_new(config, client, result);
    if (code !== OK) {
      throw failure(code, result[0]);
    }
    const handle = new Handle(client[0]);
    this.#handle = handle;
    // Not through "this", which would never be collected then.
    this.#refresh = new Refresh(
      options.refreshSTSToken, options.refreshSTSTokenInterval,
      (...credentials) => setCredentials(handle, ...credentials));
    forgotten.register(this, handle, this);
  }

  async upload(name, file, options = {}) {
    const handle = this.#handle;
    const client = handle.acquire();
    try {
      const data = file instanceof Uint8Array ? file : null;
      const params = paramsOf(options, data);
      const bucket = this.#bucketOf(options);
      const key = check.text('name', name);
      const path = data === null ? pathOf(file) : null;
      const { signal } = options;
      const refresh = this.#refresh;
      await refresh.beforeUpload();
      if (signal?.aborted) {
        throw abortedBefore(signal);
      }
      const upload = [null];
      const result = [null];
      const code = engine().upload_start(client, bucket, key, path, params, upload, result);
      if (code !== OK) {
        throw failure(code, result[0]);
      }
      return await new RunningUpload(upload[0], options, () => refresh.whileRunning()).ended;
    } finally {
      handle.release();
    }
  }

  async discard(name, file, options = {}) {
    check.noOthers('discard', options, new Set(['bucket', 'checkpoint']));
    await this.#call(
      'discard', this.#bucketOf(options), check.text('name', name),
      file === null || file === undefined ? null : pathOf(file),
      check.text('checkpoint', options.checkpoint));
  }

  async listUploads(options = {}) {
    check.noOthers('listUploads', options, new Set(['bucket', 'prefix', 'minAgeSeconds']));
    const list = [null];
    await this.#call('list_uploads', ...this.#leftovers(options), list);
    return readList(list[0]);
  }

  async abortUpload(name, uploadId, options = {}) {
    check.noOthers('abortUpload', options, new Set(['bucket']));
    await this.#call(
      'abort_upload', this.#bucketOf(options), check.text('name', name),
      check.text('uploadId', uploadId));
  }

  async abortUploads(options = {}) {
    check.noOthers('abortUploads', options, new Set(['bucket', 'prefix', 'minAgeSeconds']));
    const aborted = [0];
    await this.#call('abort_uploads', ...this.#leftovers(options), aborted);
    return Number(aborted[0]);
  }

  setCredentials(accessKeyId, accessKeySecret, stsToken) {
    setCredentials(this.#handle, accessKeyId, accessKeySecret, stsToken);
  }

  setBandwidthLimit(bytesPerSecond) {
    const limit = check.int64('bandwidthLimit', bytesPerSecond);
    const client = this.#handle.acquire();
    try {
      if (engine().client_set_bandwidth_limit(client, limit) !== OK) {
        throw invalidArgument('bandwidthLimit: must be 0, or at least 1024 bytes per second');
      }
    } finally {
      this.#handle.release();
    }
  }

  close() {
    forgotten.unregister(this);
    this.#handle.close();
  }

  #bucketOf(options) {
    return check.text('bucket', options.bucket ?? this.#bucket);
  }

  #leftovers(options) {
    return [
      this.#bucketOf(options), check.text('prefix', options.prefix),
      check.int64('minAgeSeconds', options.minAgeSeconds),
    ];
  }

  // A call that blocks; the result is its last argument.
  async #call(name, ...args) {
    const handle = this.#handle;
    const client = handle.acquire();
    try {
      const result = [null];
      const code = await blocking(name, client, ...args, result);
      if (code !== OK) {
        throw failure(code, result[0]);
      }
    } finally {
      handle.release();
    }
  }
}

// Where JavaScript has "using".
if (Symbol.dispose) {
  OssResumable.prototype[Symbol.dispose] = OssResumable.prototype.close;
}

function setCredentials(handle, accessKeyId, accessKeySecret, stsToken) {
  const args = [
    check.text('accessKeyId', accessKeyId), check.text('accessKeySecret', accessKeySecret),
    check.text('stsToken', stsToken),
  ];
  const client = handle.acquire();
  try {
    if (engine().client_set_credentials(client, ...args) !== OK) {
      throw invalidArgument(
        'accessKeyId, accessKeySecret and stsToken must be visible ASCII, the first two not empty');
    }
  } finally {
    handle.release();
  }
}

function readList(list) {
  const lib = engine();
  try {
    const found = [];
    const count = Number(lib.upload_list_count(list));
    for (let i = 0; i < count; i++) {
      const name = [null];
      const uploadId = [null];
      const initiated = [0];
      lib.upload_list_at(list, i, name, uploadId, initiated);
      found.push({
        name: name[0], uploadId: uploadId[0], initiated: new Date(Number(initiated[0]) * 1000),
      });
    }
    return found;
  } finally {
    lib.upload_list_free(list);
  }
}

module.exports = { OssResumable };
