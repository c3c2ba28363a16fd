<?php

declare(strict_types=1);

namespace OssResumable;

use Closure;
use FFI;
use FFI\CData;
use OssResumable\Internal\Callbacks;
use OssResumable\Internal\Handle;
use OssResumable\Internal\Library;
use OssResumable\Internal\Memory;
use OssResumable\Internal\Results;
use OssResumable\Internal\Structs;

/**
 * Uploads files to OSS, any number at a time. Do not make one while PHP preloads.
 *
 * After pcntl_fork() it works in the child for new uploads. All methods throw OssResumableException.
 */
final class Client
{
    private Handle $handle;
    private Callbacks $callbacks;

    /** Checks the settings; sends nothing. */
    public function __construct(Config $config)
    {
        $ffi = Library::ffi();
        $memory = new Memory($ffi);
        $this->callbacks = new Callbacks(Structs::asker($config), $config->logCallback);
        $struct = Structs::config($memory, $config, $this->callbacks);
        $client = $ffi->new('oss_resumable_client_t *');
        $out = $ffi->new('oss_resumable_result_t *');
        $code = $ffi->oss_resumable_client_new(FFI::addr($struct), FFI::addr($client), FFI::addr($out));
        Results::check($code, $out);
        $this->handle = new Handle('client', $client, 'oss_resumable_client_free');
    }

    /** Frees the client; uploads that run go on. Harmless when repeated; happens by itself too. */
    public function close(): void
    {
        $this->handle->close();
    }

    /** Uploads a file and waits for the end. Call it again after a failure to resume. */
    public function uploadFile(
        string $bucket,
        string $key,
        string $filepath,
        ?UploadOptions $options = null,
    ): UploadResult {
        return $this->startUpload($bucket, $key, $filepath, $options)->result();
    }

    /** Uploads bytes, which are copied. Resuming needs UploadOptions::$checkpointPath. */
    public function uploadFrom(
        string $bucket,
        string $key,
        string $data,
        ?UploadOptions $options = null,
    ): UploadResult {
        return $this->start($bucket, $key, null, $data, $options)->result();
    }

    /**
     * Starts an upload and returns at once. Fails only on bad arguments; what is wrong with the file
     * or the server comes with the end.
     */
    public function startUpload(
        string $bucket,
        string $key,
        string $filepath,
        ?UploadOptions $options = null,
    ): Upload {
        return $this->start($bucket, $key, $filepath, null, $options);
    }

    /**
     * An uploader as in the official SDK.
     *
     * @param array<string, mixed> $args part_size, parallel_num, enable_checkpoint, checkpoint_dir:
     *     for all its uploads.
     */
    public function newUploader(array $args = []): Uploader
    {
        return new Uploader($this, $args);
    }

    /** Replaces the credentials, those of uploads that run included. */
    public function setCredentials(
        string $accessKeyId,
        #[\SensitiveParameter] string $accessKeySecret,
        #[\SensitiveParameter] ?string $securityToken = null,
    ): void {
        $code = $this->handle->use(
            static fn (CData $client): int => Library::ffi()->oss_resumable_client_set_credentials(
                $client,
                Memory::whole('access_key_id', $accessKeyId),
                Memory::whole('access_key_secret', $accessKeySecret),
                Memory::whole('sts_token', $securityToken)
            )
        );
        $this->checkArgument(
            $code,
            'credentials: the id and the secret must not be empty, and all must be visible ASCII'
        );
    }

    /** Limits all uploads together, those that run included, to at least 1,024; 0 lifts the limit. */
    public function setBandwidthLimit(int $bytesPerSecond): void
    {
        $code = $this->handle->use(
            static fn (CData $client): int => Library::ffi()->oss_resumable_client_set_bandwidth_limit(
                $client,
                $bytesPerSecond
            )
        );
        $this->checkArgument($code, "bandwidth_limit: $bytesPerSecond is refused");
    }

    /**
     * Gives an unfinished upload up: aborts it and deletes its checkpoint. Nothing to discard is a
     * success. Blocks.
     */
    public function discard(
        string $bucket,
        string $key,
        string $filepath,
        ?string $checkpointPath = null,
    ): void {
        $this->call(static fn (FFI $ffi, CData $client, CData $out): int => $ffi->oss_resumable_discard(
            $client,
            Memory::whole('bucket', $bucket),
            Memory::whole('object', $key),
            Memory::whole('filepath', $filepath),
            Memory::whole('checkpoint_path', $checkpointPath),
            $out
        ));
    }

    /**
     * The unfinished multipart uploads of a bucket, whoever began them, in the order of keys: those
     * whose keys begin with the prefix and which are at least so old. Needs the right
     * oss:ListMultipartUploads. Blocks.
     *
     * @return list<UnfinishedUpload>
     */
    public function listUploads(string $bucket, ?string $prefix = null, int $minAgeSeconds = 0): array
    {
        $ffi = Library::ffi();
        $list = $ffi->new('oss_resumable_upload_list_t *');
        try {
            $this->call(static fn (FFI $ffi, CData $client, CData $out): int => $ffi->oss_resumable_list_uploads(
                $client,
                Memory::whole('bucket', $bucket),
                Memory::whole('prefix', $prefix),
                $minAgeSeconds,
                FFI::addr($list),
                $out
            ));
            $count = $ffi->oss_resumable_upload_list_count($list);
            $found = [];
            for ($at = 0; $at < $count; $at++) {
                $found[] = self::listed($ffi, $list, $at);
            }
            return $found;
        } finally {
            $ffi->oss_resumable_upload_list_free($list);
        }
    }

    /** Aborts one unfinished upload. One that is gone already is a success. Blocks. */
    public function abortUpload(string $bucket, string $key, string $uploadId): void
    {
        $this->call(static fn (FFI $ffi, CData $client, CData $out): int => $ffi->oss_resumable_abort_upload(
            $client,
            Memory::whole('bucket', $bucket),
            Memory::whole('object', $key),
            Memory::whole('upload_id', $uploadId),
            $out
        ));
    }

    /**
     * Aborts what listUploads() would list, running uploads included, and returns how many are gone.
     * Blocks.
     */
    public function abortUploads(string $bucket, ?string $prefix = null, int $minAgeSeconds = 0): int
    {
        $aborted = Library::ffi()->new('int64_t');
        $this->call(static fn (FFI $ffi, CData $client, CData $out): int => $ffi->oss_resumable_abort_uploads(
            $client,
            Memory::whole('bucket', $bucket),
            Memory::whole('prefix', $prefix),
            $minAgeSeconds,
            FFI::addr($aborted),
            $out
        ));
        return $aborted->cdata;
    }

    private function start(
        string $bucket,
        string $key,
        ?string $filepath,
        ?string $data,
        ?UploadOptions $options,
    ): Upload {
        $ffi = Library::ffi();
        $options ??= new UploadOptions();
        $memory = new Memory($ffi);
        $params = Structs::params($memory, $options, $data);
        $upload = $ffi->new('oss_resumable_upload_t *');
        $out = $ffi->new('oss_resumable_result_t *');
        $code = $this->handle->use(
            static fn (CData $client): int => $ffi->oss_resumable_upload_start(
                $client,
                Memory::whole('bucket', $bucket),
                Memory::whole('object', $key),
                Memory::whole('filepath', $filepath),
                FFI::addr($params),
                FFI::addr($upload),
                FFI::addr($out)
            )
        );
        Results::check($code, $out);
        return new Upload($upload, $this->callbacks, $options->progressFn);
    }

    /**
     * A call that blocks, in which closures of the client may run. What one throws comes out, also when the
     * call has done its work.
     */
    private function call(Closure $function): void
    {
        $ffi = Library::ffi();
        $out = $ffi->new('oss_resumable_result_t *');
        $code = $this->handle->use(
            static fn (CData $client): int => $function($ffi, $client, FFI::addr($out))
        );
        $error = $this->callbacks->takeError();
        if ($error !== null) {
            $ffi->oss_resumable_result_free($out);
            throw $error;
        }
        Results::check($code, $out);
    }

    private static function listed(FFI $ffi, CData $list, int $at): UnfinishedUpload
    {
        $key = $ffi->new('const char *');
        $uploadId = $ffi->new('const char *');
        $initiated = $ffi->new('int64_t');
        $ffi->oss_resumable_upload_list_at(
            $list,
            $at,
            FFI::addr($key),
            FFI::addr($uploadId),
            FFI::addr($initiated)
        );
        return new UnfinishedUpload(
            FFI::string($key),
            FFI::string($uploadId),
            new \DateTimeImmutable('@' . $initiated->cdata)
        );
    }

    private function checkArgument(int $code, string $message): void
    {
        if ($code !== Library::OK) {
            throw Exception\OssResumableException::of($code, $message);
        }
    }
}
