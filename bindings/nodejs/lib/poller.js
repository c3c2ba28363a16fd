'use strict';

// Looks at all running uploads, from Node's own thread. A look never blocks, so no thread of libuv
// is needed, however many uploads there are; and the library calls nothing back, so a worker may be
// terminated at any moment.

// Often at first, because small files are done in no time.
const SOON_MS = 5;
const LATER_MS = 50;
const SOON_FOR_MS = 1000;

const running = new Set();
let timer = null;

function schedule() {
  if (timer !== null || running.size === 0) {
    return;
  }
  const newest = Math.max(...Array.from(running, (upload) => upload.startedAt));
  const soon = performance.now() - newest < SOON_FOR_MS;
  timer = setTimeout(lookAtAll, soon ? SOON_MS : LATER_MS);
}

function lookAtAll() {
  timer = null;
  for (const upload of running) {
    if (upload.look()) {
      running.delete(upload);
    }
  }
  schedule();
}

// Calls upload.look() again and again until it returns true. Keeps the process running until then.
function watch(upload) {
  running.add(upload);
  // The interval may have to become shorter.
  clearTimeout(timer);
  timer = null;
  schedule();
}

module.exports = { watch };
