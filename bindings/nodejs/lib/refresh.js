'use strict';

// Asks the user's function for newer credentials while they are needed, as ali-oss does.

const DEFAULT_INTERVAL_MS = 300000;

class Refresh {
  #fetch;
  #interval;
  #apply;
  #freshAt = performance.now();
  #pending = null;

  constructor(fetch, interval, apply) {
    this.#fetch = fetch;
    this.#interval = interval || DEFAULT_INTERVAL_MS;
    this.#apply = apply;
  }

  #isDue() {
    return this.#fetch !== undefined && performance.now() - this.#freshAt >= this.#interval;
  }

  // One at a time, for all uploads of the client.
  #run() {
    this.#pending ??= (async () => {
      try {
        const { accessKeyId, accessKeySecret, stsToken } = await this.#fetch();
        this.#apply(accessKeyId, accessKeySecret, stsToken);
      } finally {
        this.#freshAt = performance.now();
        this.#pending = null;
      }
    })();
    return this.#pending;
  }

  async beforeUpload() {
    if (this.#isDue()) {
      await this.#run();
    }
  }

  // A failure is not the upload's yet: it goes on with what it has, and this is tried again.
  whileRunning() {
    if (this.#pending === null && this.#isDue()) {
      this.#run().catch(() => {});
    }
  }
}

module.exports = { Refresh };
