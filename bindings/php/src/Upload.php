<?php

declare(strict_types=1);

namespace OssResumable;

use Closure;
use FFI;
use FFI\CData;
use OssResumable\Internal\Callbacks;
use OssResumable\Internal\Handle;
use OssResumable\Internal\Library;
use OssResumable\Internal\Results;
use Throwable;

/**
 * An upload that runs. Made by Client::startUpload(); moves on its own while PHP does something else.
 *
 * Only the closures of the client (credentials, log) need somebody inside wait() or result().
 */
final class Upload
{
    /** Between two slices PHP handles signals, and progress is told: ten times a second. */
    private const SLICE_MS = 100;

    /** @var \WeakMap<self, true>|null those of this request */
    private static ?\WeakMap $living = null;

    private Handle $handle;
    private ?int $told = null;
    private float $toldAt = 0.0;

    /** @internal */
    public function __construct(
        CData $pointer,
        private Callbacks $callbacks,
        private ?Closure $progressFn,
    ) {
        $this->handle = new Handle('upload', $pointer, 'oss_resumable_upload_free');
        if (self::$living === null) {
            self::$living = new \WeakMap();
            register_shutdown_function(static fn () => self::cancelAfterFatalError());
        }
        self::$living[$this] = true;
    }

    /** After a fatal error PHP runs no destructors, and a server's process goes on: so would uploads. */
    private static function cancelAfterFatalError(): void
    {
        $fatal = E_ERROR | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR;
        if (((error_get_last()['type'] ?? 0) & $fatal) === 0) {
            return;
        }
        foreach (self::$living as $upload => $_) {
            if (!$upload->handle->isClosed()) {
                $upload->cancel();
            }
        }
    }

    /**
     * Waits for the end, at most so many seconds (null: without limit; 0: only looks), and tells
     * whether it has come. progressFn runs in here; what it or another closure throws cancels the
     * upload, and comes out when it has ended.
     */
    public function wait(?float $seconds = null): bool
    {
        $deadline = $seconds === null ? null : hrtime(true) / 1e6 + $seconds * 1000;
        try {
            do {
                $left = self::SLICE_MS;
                if ($deadline !== null) {
                    $left = (int) max(0, min($left, ceil($deadline - hrtime(true) / 1e6)));
                }
                $ended = $this->waitOnce($left);
                $this->tell($ended);
            } while (!$ended && ($deadline === null || hrtime(true) / 1e6 < $deadline));
        } catch (Throwable $error) {
            $this->giveUp();
            throw $error;
        }
        return $ended;
    }

    /**
     * Waits for the end, without limit, and returns the details. May be called again.
     *
     * @throws Exception\OssResumableException as the upload ended.
     */
    public function result(): UploadResult
    {
        $this->wait();
        $out = Library::ffi()->new('oss_resumable_result_t *');
        $code = $this->handle->use(
            fn (CData $upload): int => Library::ffi()->oss_resumable_upload_result($upload, FFI::addr($out))
        );
        return Results::take($code, $out);
    }

    /** The newest counters. Never blocks. */
    public function progress(): Progress
    {
        $ffi = Library::ffi();
        $struct = $ffi->new('oss_resumable_progress_t');
        $struct->struct_size = FFI::sizeof($struct);
        $code = $this->handle->use(
            fn (CData $upload): int => $ffi->oss_resumable_upload_progress($upload, FFI::addr($struct))
        );
        $this->checkState($code);
        return new Progress(
            stage: $struct->stage,
            consumedBytes: $struct->consumed_bytes,
            totalBytes: $struct->total_bytes,
            resumedBytes: $struct->resumed_bytes,
            partsDone: $struct->parts_done,
            partsTotal: $struct->parts_total,
            retries: $struct->retries,
        );
    }

    /**
     * Asks the upload to end. Never blocks; any number of times.
     *
     * result() then throws CanceledException, unless the upload is over, or the request that commits
     * it is out, whose answer decides. With a checkpoint, the next call resumes it.
     */
    public function cancel(): void
    {
        $this->handle->use(static fn (CData $upload) => Library::ffi()->oss_resumable_upload_cancel($upload));
    }

    /**
     * Frees it; a running upload is canceled and cleans up by itself. Harmless when repeated; never
     * blocks. Happens by itself when the object goes.
     */
    public function close(): void
    {
        $this->handle->close();
    }

    private function waitOnce(int $milliseconds): bool
    {
        $code = $this->handle->use(
            static fn (CData $upload): int => Library::ffi()->oss_resumable_upload_wait($upload, $milliseconds)
        );
        $this->checkState($code);
        $error = $this->callbacks->takeError();
        if ($error !== null) {
            throw $error;
        }
        return $code !== Library::PENDING;
    }

    private function tell(bool $ended): void
    {
        $time = hrtime(true) / 1e6;
        if ($this->progressFn === null || (!$ended && $time - $this->toldAt < self::SLICE_MS)) {
            return;
        }
        $now = $this->progress();
        // The total is 0 until the file has been opened, and for an empty file, which is then done.
        $known = $now->totalBytes > 0 || ($ended && $this->isStored());
        if ($known && $now->consumedBytes !== $this->told) {
            $increment = $now->consumedBytes - ($this->told ?? 0);
            $this->told = $now->consumedBytes;
            $this->toldAt = $time;
            ($this->progressFn)($increment, $now->consumedBytes, $now->totalBytes);
        }
    }

    private function isStored(): bool
    {
        $wait = static fn (CData $upload): int => Library::ffi()->oss_resumable_upload_wait($upload, 0);
        return $this->handle->use($wait) === Library::OK;
    }

    private function checkState(int $code): void
    {
        if ($code === Code::STATE) {
            throw Exception\OssResumableException::of(
                $code,
                'this upload belongs to the parent process, or is being waited for already'
            );
        }
    }

    /** Cancels, and waits for the clean-up, so that the caller may upload again at once. */
    private function giveUp(): void
    {
        if ($this->handle->isClosed()) {
            return;
        }
        $this->handle->use(static function (CData $upload): void {
            $ffi = Library::ffi();
            $ffi->oss_resumable_upload_cancel($upload);
            while ($ffi->oss_resumable_upload_wait($upload, self::SLICE_MS) === Library::PENDING) {
                continue;
            }
        });
        $this->callbacks->takeError();
    }
}
