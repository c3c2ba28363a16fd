/// <reference types="node" />

/**
 * Resumable multipart upload to Alibaba Cloud OSS.
 *
 * Sizes are bytes and times are milliseconds. Both are numbers: exact up to 2^53, which is more than
 * the largest object. What is not set has the engine's default.
 */

/** The version of the library that is loaded, "MAJOR.MINOR.PATCH". Throws if it cannot be loaded. */
export function libraryVersion(): string;

export type Stage =
  | 'prepare' | 'resume' | 'initiate' | 'upload' | 'complete' | 'settle' | 'abort' | 'done';

/** Codes of a newer library are their number: "E_-12". */
export type ErrorCode =
  | 'E_INVALID_ARGUMENT' | 'E_FILE' | 'E_FILE_CHANGED' | 'E_CHECKPOINT' | 'E_NETWORK' | 'E_SERVICE'
  | 'E_INTEGRITY' | 'E_CANCELED' | 'E_STATE' | 'E_COMMIT_UNKNOWN' | 'E_CREDENTIALS' | 'E_INTERNAL';

/** Things worth knowing that do not change the outcome. One of a newer library is its number. */
export type Warning =
  | 'RESUMABILITY_LOST' | 'CALLBACK_FAILED' | 'RESTARTED' | 'PART_SIZE_RAISED' | 'CHECKPOINT_LEFT'
  | 'UPLOAD_LEFT' | 'CALLBACK_REPLY_LOST';

/** Where credentials come from, instead of an access key. */
export interface CredentialsOptions {
  /**
   * One of "environment", "profile", "process", "oidc", "ecs_ram_role", or several, separated by
   * commas: the first that is set up on this machine decides. Default:
   * "environment,oidc,profile,ecs_ram_role".
   */
  provider?: string;
  /** "profile": the file of the Alibaba Cloud CLI. Default: ~/.aliyun/config.json. */
  profileFile?: string;
  /** "profile": default: the file's current one. */
  profileName?: string;
  /** "process": a command line for the shell that prints JSON. Ended after 60 s. */
  process?: string;
  /** "ecs_ram_role": default: asked from the metadata service. */
  roleName?: string;
  /**
   * "ecs_ram_role": default: ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT, else http://100.100.100.200. HTTPS when no
   * scheme is given.
   */
  metadataEndpoint?: string;
  /** "oidc": default: ALIBABA_CLOUD_ROLE_ARN. */
  roleArn?: string;
  /** "oidc": default: ALIBABA_CLOUD_OIDC_PROVIDER_ARN. */
  oidcProviderArn?: string;
  /** "oidc": default: ALIBABA_CLOUD_OIDC_TOKEN_FILE. */
  oidcTokenFile?: string;
  /** "oidc": default: ALIBABA_CLOUD_ROLE_SESSION_NAME, else "oss-resumable". */
  roleSessionName?: string;
  /**
   * "oidc" and roles of a profile: default: that of the profile's sts_region, else ALIBABA_CLOUD_STS_ENDPOINT, else
   * https://sts.aliyuncs.com. HTTPS when no scheme is given.
   */
  stsEndpoint?: string;
}

export interface ClientOptions {
  /** `[http://|https://]host[:port]`; HTTPS without a scheme. Default: made from the region. */
  endpoint?: string;
  /** "cn-hangzhou"; "oss-cn-hangzhou" means the same. Default: what the endpoint tells. */
  region?: string;
  /** Which endpoint of the region. Default: "public". */
  endpointType?: 'public' | 'internal' | 'accelerate' | 'accelerateOverseas' | 'dualStack';
  /** The same as endpointType "internal". */
  internal?: boolean;
  /** The bucket where a call names none. */
  bucket?: string;
  /** Required, unless `credentials` is given. */
  accessKeyId?: string;
  /** Required, unless `credentials` is given. */
  accessKeySecret?: string;
  /** The token of temporary (STS) credentials. */
  stsToken?: string;
  /** Called before an upload and while uploads run, when the interval is over. */
  refreshSTSToken?: () => Promise<Credentials> | Credentials;
  /** Default: 300,000 ms. */
  refreshSTSTokenInterval?: number;
  /** Where credentials come from, instead of the three above. */
  credentials?: CredentialsOptions;
  /** Default: 4. */
  signatureVersion?: 4 | 1;
  /** The endpoint is the bucket's own domain. Default: false. */
  cname?: boolean;
  /** The bucket goes into the path. Always so for IP addresses. Default: false. */
  pathStyle?: boolean;
  /** A PEM file of certificates to trust besides the system's. */
  caFile?: string;
  /** PEM text, likewise. */
  caData?: string | Uint8Array;
  /** For one connection, name resolution and TLS included. Default: 10,000 ms. */
  connectTimeoutMs?: number;
  /** An attempt during which nothing moves for so long is made again. Default: 30,000 ms. */
  stallTimeoutMs?: number;
  /**
   * Until the first byte of an answer. Default: as the stall timeout. Four times that for CompleteMultipartUpload, and
   * longer with an upload callback, so that its receivers have their time.
   */
  firstByteTimeoutMs?: number;
  /** A request that keeps failing for so long fails the upload. Default: 300,000 ms. */
  retryTimeoutMs?: number;
  /** Retries of one request; -1: none. Default: bounded by the retry timeout alone. */
  maxRetries?: number;
  /** Requests in flight over all uploads of the client, 1 to 4,096. Default: no limit. */
  maxConnections?: number;
  /** Bytes per second over all uploads of the client, at least 1,024. Default: no limit. */
  bandwidthLimit?: number;
  /** `[http|https|socks5|socks5h://][user:password@]host[:port]`. */
  proxy?: string;
  proxyUser?: string;
  proxyPassword?: string;
  /** Hosts that are reached directly, separated by commas. */
  noProxy?: string;
  /** Use the proxy that https_proxy, http_proxy, all_proxy and no_proxy name. Default: false. */
  proxyFromEnvironment?: boolean;
  /** The IPv4 or IPv6 address that connections come from. */
  sourceAddress?: string;
  /** Put behind the library's name in User-Agent; at most 256 bytes. */
  userAgent?: string;
  /** A file to which the log is appended. Needs a level. */
  logFile?: string;
  /** Default: "none". */
  logLevel?: 'none' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
}

export interface Credentials {
  accessKeyId: string;
  accessKeySecret: string;
  stsToken?: string;
}

/** Whom OSS calls back when the object is stored. Plain text: the library encodes it. */
export interface Callback {
  /** One to five addresses, separated by ";", tried in turn. */
  url: string;
  /** Default: from the URL. */
  host?: string;
  /** With variables such as `${object}` or `${x:name}` in it. */
  body: string;
  /** Default: "application/x-www-form-urlencoded". */
  contentType?: 'application/x-www-form-urlencoded' | 'application/json';
  /** Name the host in the TLS handshake. Default: false. */
  callbackSNI?: boolean;
  /** Your own variables; names in lower case, without "x:". */
  customValue?: Record<string, string | number>;
}

export interface Progress {
  stage: Stage;
  /** Sent so far, those of earlier runs included; never goes back. */
  consumedBytes: number;
  totalBytes: number;
  /** Taken over from an earlier run, not sent again. */
  resumedBytes: number;
  partsDone: number;
  partsTotal: number;
  /** Attempts that had to be made again. */
  retries: number;
}

export interface UploadOptions {
  /** Default: the client's. */
  bucket?: string;
  /** 102,400 to 5,368,709,120, or "auto". Default: 102,400. */
  partSize?: number | 'auto';
  /** Parts in flight, 1 to 1,024, or "auto". Default: 1. */
  parallel?: number | 'auto';
  /**
   * true: keep a checkpoint beside the file, with ".ucp" behind its name, and resume from it. A
   * string: keep it there; a file, or a directory in which a name is derived. Default: false.
   */
  checkpoint?: boolean | string;
  /** Headers of the object, at most 256. */
  headers?: Record<string, string | number>;
  /** Metadata of your own: x-oss-meta-NAME. 8 KiB in all. */
  meta?: Record<string, string | number>;
  /** The Content-Type. Default: guessed from the endings of the name and the file. */
  mime?: string;
  callback?: Callback;
  /** Which finished parts are read again before an upload goes on. Default: "inDoubt". */
  verifyOnResume?: 'inDoubt' | 'always' | 'never';
  /** The checkpoint was begun elsewhere: size and content tell whether it belongs to the file. */
  resumeByContent?: boolean;
  /** Its abort cancels the upload. A checkpoint is kept. */
  signal?: AbortSignal;
  /**
   * Called at most ten times a second, one call at a time, and last with all bytes of a success. What
   * it throws, or the promise that it returns rejects with, cancels the upload, whose promise rejects
   * with the same.
   */
  onProgress?: (progress: Progress) => unknown;
}

/** An object that is stored, and whose CRC64 equals that of what was read. */
export interface UploadResult {
  /** Without quotes; not an MD5 after a multipart upload. */
  etag: string;
  versionId?: string;
  /** CRC-64 (ECMA-182) as a decimal number, because it does not fit into a number. */
  crc64: string;
  requestId?: string;
  /** 200, or 203 when the upload callback failed. */
  httpStatus: number;
  /** Absent when one request was enough. */
  uploadId?: string;
  resumedBytes: number;
  partSize: number;
  parts: number;
  retries: number;
  warnings: Warning[];
  /** Of OSS's answer, names in lower case. */
  headers: Record<string, string>;
  /** Of OSS's answer: with an upload callback, what its receiver answered. */
  body: Buffer;
  /** Why the upload callback failed although the object is stored. */
  callbackError?: string;
}

export interface UnfinishedUpload {
  name: string;
  uploadId: string;
  initiated: Date;
}

export interface LeftoverOptions {
  /** Default: the client's. */
  bucket?: string;
  /** What the names begin with. Default: all. */
  prefix?: string;
  /** How long ago they were begun at least. Default: 0, all. */
  minAgeSeconds?: number;
}

/** Uploads files. All promises reject with OssResumableError, unless something else is said. */
export class OssResumable {
  /** Sends nothing. Throws OssResumableError for an option that cannot be used. */
  constructor(options: ClientOptions);

  /**
   * Uploads a file (its path, or a file: URL) or bytes, which are copied when the upload begins.
   * Rejects with what onProgress threw, if it threw.
   */
  upload(name: string, file: string | URL | Uint8Array, options?: UploadOptions): Promise<UploadResult>;

  /**
   * Gives an unfinished upload up: aborts what its checkpoint names and deletes the checkpoint, which
   * is the file's, unless one is named. Nothing to discard is a success.
   */
  discard(
    name: string, file: string | URL | null | undefined,
    options?: { bucket?: string; checkpoint?: string }): Promise<void>;

  /** The unfinished multipart uploads of a bucket, whoever began them, in the order of names. */
  listUploads(options?: LeftoverOptions): Promise<UnfinishedUpload[]>;

  /** Aborts one. One that is gone already is a success. */
  abortUpload(name: string, uploadId: string, options?: { bucket?: string }): Promise<void>;

  /** Aborts what listUploads() would list, running ones included; how many are gone. */
  abortUploads(options?: LeftoverOptions): Promise<number>;

  /** Replaces the credentials, those of running uploads included. */
  setCredentials(accessKeyId: string, accessKeySecret: string, stsToken?: string): void;

  /** Bytes per second, at least 1,024; 0: no limit. Running uploads follow at once. */
  setBandwidthLimit(bytesPerSecond: number): void;

  /** Frees the client. Running uploads go on. Closing twice is harmless; every other use throws. */
  close(): void;
}

/** Every failure of the library. The name of one that was canceled is "AbortError". */
export class OssResumableError extends Error {
  private constructor();
  readonly code: ErrorCode;
  /** The number of the code in the C API. */
  readonly codeNumber: number;
  readonly stage: Stage;
  /** From 1. */
  readonly partNumber?: number;
  /** Where in the file, in bytes from 0. */
  readonly offset?: number;
  readonly httpStatus?: number;
  /** OSS's error code, such as "NoSuchBucket". */
  readonly errorCode?: string;
  readonly requestId?: string;
  readonly hostId?: string;
  /** OSS's finer error code. */
  readonly ec?: string;
  /** The operating system's error number. */
  readonly errno?: number;
  /** Why there was no answer, such as "dns" or "connection_refused". */
  readonly reason?: string;
  /** How often the request that failed was tried. */
  readonly attempts: number;
  /** Whether the same call, unchanged, may succeed later. */
  readonly retryable: boolean;
  readonly uploadId?: string;
  readonly warnings: Warning[];
  /** The reason of the signal, where one was aborted. */
  readonly cause?: unknown;
}
