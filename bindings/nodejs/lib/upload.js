'use strict';

const { OK, PENDING, STAGES } = require('./constants.js');
const { engine } = require('./engine.js');
const { OssResumableError, failure } = require('./error.js');
const { watch } = require('./poller.js');
const { success } = require('./result.js');
const { blank, structs } = require('./structs.js');

const PROGRESS_EVERY_MS = 100;

// One running upload: from its start until its promise is settled.
class RunningUpload {
  #handle;
  #options;
  #thrown = null;
  #told = { at: -Infinity, consumedBytes: -1 };
  // What an async onProgress is still busy with.
  #telling = null;
  #onAbort = () => engine().upload_cancel(this.#handle);
  #settle;

  constructor(handle, options, whileRunning) {
    this.#handle = handle;
    this.#options = options;
    this.startedAt = performance.now();
    // Something that a client does while its uploads run.
    this.whileRunning = whileRunning;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    options.signal?.addEventListener('abort', this.#onAbort);
    watch(this);
  }

  // From the poller: whether it is over.
  look() {
    this.whileRunning();
    const result = [null];
    const code = engine().upload_result(this.#handle, result);
    if (code === PENDING) {
      this.#tellNews();
      return false;
    }
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#settle(this.#end(code, result[0]));
    return true;
  }

  #progress() {
    const counters = blank(structs.progress);
    engine().upload_progress(this.#handle, counters);
    return {
      stage: STAGES[counters.stage] ?? 'unknown',
      consumedBytes: Number(counters.consumed_bytes),
      totalBytes: Number(counters.total_bytes),
      resumedBytes: Number(counters.resumed_bytes),
      partsDone: counters.parts_done,
      partsTotal: counters.parts_total,
      retries: counters.retries,
    };
  }

  // At most ten times a second, when there is something new, and one call at a time.
  #tellNews() {
    const now = performance.now();
    if (!this.#options.onProgress || this.#thrown || this.#telling
        || now - this.#told.at < PROGRESS_EVERY_MS) {
      return;
    }
    const progress = this.#progress();
    // Before the file has been opened there is no total.
    if (progress.stage !== 'prepare' && progress.consumedBytes !== this.#told.consumedBytes) {
      this.#told = { at: now, consumedBytes: progress.consumedBytes };
      this.#tell(progress);
    }
  }

  #tell(progress) {
    let returned;
    try {
      returned = this.#options.onProgress(progress);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (typeof returned?.then === 'function') {
      this.#telling = Promise.resolve(returned)
        .catch((error) => this.#fail(error))
        .finally(() => {
          this.#telling = null;
        });
    }
  }

  // What was thrown may be anything, undefined too.
  #fail(error) {
    this.#thrown ??= { error };
    engine().upload_cancel(this.#handle);
  }

  async #end(code, result) {
    await this.#telling;
    if (code === OK && this.#options.onProgress && !this.#thrown) {
      this.#tell(this.#progress());
      await this.#telling;
    }
    engine().upload_free(this.#handle);
    if (this.#thrown) {
      engine().result_free(result);
      throw this.#thrown.error;
    }
    if (code !== OK) {
      const { signal } = this.#options;
      throw failure(code, result, signal?.aborted ? { cause: signal.reason } : undefined);
    }
    return success(result);
  }
}

// Like the error of an upload that was canceled before it could begin.
function abortedBefore(signal) {
  return new OssResumableError(
    'the upload was canceled',
    {
      code: 'E_CANCELED',
      codeNumber: -8,
      stage: 'prepare',
      attempts: 0,
      retryable: true,
      warnings: [],
    },
    { cause: signal.reason });
}

module.exports = { RunningUpload, abortedBefore };
