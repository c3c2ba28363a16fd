// Uploads one file to Alibaba Cloud OSS and resumes where an earlier run stopped.

import { parseArgs } from 'node:util';
import { OssResumable, OssResumableError } from 'oss-resumable';

const PROGRAM = 'oss-upload';
const EXIT = {
  done: 0, forGood: 1, usage: 2, tryAgain: 3, file: 4, checkpoint: 5, commitUnknown: 6, canceled: 130,
};
const EXIT_OF = {
  E_INVALID_ARGUMENT: EXIT.usage,
  E_FILE: EXIT.file,
  E_FILE_CHANGED: EXIT.file,
  E_CHECKPOINT: EXIT.checkpoint,
  E_NETWORK: EXIT.tryAgain,
  E_COMMIT_UNKNOWN: EXIT.commitUnknown,
  E_CANCELED: EXIT.canceled,
};

const HELP = `usage: ${PROGRAM} FILE oss://BUCKET/KEY --region REGION [option]...

Uploads FILE to OSS in parts. Run the same command again after a failure, a Ctrl-C or
a crash, and only what is missing is sent.

  --region REGION          such as cn-hangzhou (default: what the endpoint tells)
  --endpoint URL           [http://|https://]host[:port] (default: the region's)
  --part-size BYTES|auto   102400 to 5368709120 (default: auto)
  --threads N|auto         parts in flight, 1 to 1024 (default: auto)
  --checkpoint PATH        a file, or an existing directory (default: FILE.ucp)
  --no-checkpoint          do not resume, and leave nothing to resume from
  --sign v1|v4             the signature version (default: v4)
  --header 'Name: value'   a header of the object; may be repeated
  --help                   show this and exit
  --                       what follows is not an option

Credentials: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary ones,
OSS_SESSION_TOKEN in the environment; else OIDC (RRSA), the profile of the Alibaba
Cloud CLI, or the RAM role of the ECS instance. Proxy: https_proxy, no_proxy.

Ctrl-C (or SIGTERM) stops the upload and keeps the checkpoint; a second one ends the
program at once.

Exit codes: 0 uploaded; 1 failed for good; 2 wrong usage or argument; 3 network or
OSS (429, 5xx) failed, try again later; 4 FILE cannot be read or changed; 5 the
checkpoint is in use or unusable; 6 unknown whether stored, try again; 130 canceled
`;

class UsageError extends Error {}

function numberOrAuto(option, value = 'auto') {
  if (value === 'auto') {
    return value;
  }
  const number = Number(value);
  if (!/^[0-9]+$/.test(value) || number < 1 || !Number.isSafeInteger(number)) {
    throw new UsageError(`--${option}: '${value}' is neither a number from 1 nor 'auto'`);
  }
  return number;
}

function headersOf(lines = []) {
  return Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(':');
    if (colon <= 0) {
      // The text is not repeated: the value of a header may be a secret.
      throw new UsageError("--header: expected 'Name: value'");
    }
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
}

function parse(args) {
  const text = { type: 'string' };
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        region: text, endpoint: text, 'part-size': text, threads: text, checkpoint: text, sign: text,
        header: { type: 'string', multiple: true },
        'no-checkpoint': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const { values, positionals } = parsed;
  if (values.help) {
    return null;
  }
  const [file, target, more] = positionals;
  if (target === undefined) {
    throw new UsageError('FILE and oss://BUCKET/KEY are required');
  }
  if (more !== undefined) {
    throw new UsageError(`one argument too many: '${more}'`);
  }
  const [, bucket, name] = /^oss:\/\/([^/]+)\/(.+)$/s.exec(target) || [];
  if (name === undefined) {
    throw new UsageError(`'${target}' is not of the form oss://BUCKET/KEY`);
  }
  if (values.endpoint === undefined && values.region === undefined) {
    throw new UsageError('--endpoint or --region is required');
  }
  if (values['no-checkpoint'] && values.checkpoint !== undefined) {
    throw new UsageError('--checkpoint and --no-checkpoint exclude each other');
  }
  const sign = values.sign ?? 'v4';
  if (sign !== 'v1' && sign !== 'v4') {
    throw new UsageError(`--sign: '${sign}' is neither v1 nor v4`);
  }
  return {
    file,
    name,
    client: {
      endpoint: values.endpoint,
      region: values.region,
      bucket,
      signatureVersion: Number(sign[1]),
      credentials: {},
      proxyFromEnvironment: true,
    },
    upload: {
      partSize: numberOrAuto('part-size', values['part-size']),
      parallel: numberOrAuto('threads', values.threads),
      checkpoint: values['no-checkpoint'] ? false : values.checkpoint ?? true,
      headers: headersOf(values.header),
    },
  };
}

// Aborts at the first Ctrl-C. The second one finds no handler and ends the program.
function stopSignal() {
  const controller = new AbortController();
  const stop = () => {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, release: () => process.off('SIGINT', stop).off('SIGTERM', stop) };
}

// In place on a terminal, else a line a second.
function display() {
  const terminal = process.stderr.isTTY;
  let last = -Infinity;
  return ({ consumedBytes, totalBytes, partsDone, partsTotal, retries, stage }) => {
    const isEnd = stage === 'done';
    if (!terminal && !isEnd && performance.now() - last < 1000) {
      return;
    }
    last = performance.now();
    const percent = totalBytes === 0 ? 100 : Math.floor((100 * consumedBytes) / totalBytes);
    const line = `${percent}%  ${partsDone}/${partsTotal} parts  ${retries} retries  ${stage}`;
    process.stderr.write(terminal ? `\r\x1b[K${line}${isEnd ? '\n' : ''}` : `${PROGRAM}: ${line}\n`);
  };
}

// Text of others, in which nothing may steer the terminal.
const onOneLine = (text) => text.replace(/[\x00-\x1f\x7f]/g, ' ');
const orDash = (text) => (text ? onOneLine(text) : '-');

function report(error) {
  if (error instanceof UsageError) {
    console.error(`${PROGRAM}: ${error.message} (see ${PROGRAM} --help)`);
    return EXIT.usage;
  }
  if (!(error instanceof OssResumableError)) {
    throw error;
  }
  for (const warning of error.warnings) {
    console.error(`${PROGRAM}: warning: ${warning}`);
  }
  console.error(
    `${PROGRAM}: ${error.code} oss_code=${orDash(error.errorCode)}`
    + ` request_id=${orDash(error.requestId)}: ${onOneLine(error.message)}`);
  if (error.code === 'E_SERVICE' || error.code === 'E_CREDENTIALS') {
    return error.retryable ? EXIT.tryAgain : EXIT.forGood;
  }
  return EXIT_OF[error.code] ?? EXIT.forGood;
}

async function main(args) {
  const options = parse(args);
  if (options === null) {
    process.stdout.write(HELP);
    return EXIT.done;
  }
  const client = new OssResumable(options.client);
  const { signal, release } = stopSignal();
  try {
    const result = await client.upload(
      options.name, options.file, { ...options.upload, signal, onProgress: display() });
    for (const warning of result.warnings) {
      console.error(`${PROGRAM}: warning: ${warning}`);
    }
    console.log(
      `etag=${result.etag} crc64=${result.crc64} request_id=${orDash(result.requestId)}`
      + ` resumed_bytes=${result.resumedBytes}`);
    return EXIT.done;
  } finally {
    release();
    client.close();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}
