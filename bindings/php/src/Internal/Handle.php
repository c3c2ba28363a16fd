<?php

declare(strict_types=1);

namespace OssResumable\Internal;

use FFI\CData;
use OssResumable\Code;
use OssResumable\Exception\OssResumableException;

/** Owns a client or an upload of the library, and frees it once. */
final class Handle
{
    private int $users = 0;
    private bool $closed = false;

    public function __construct(private string $name, private ?CData $pointer, private string $free)
    {
    }

    public function __destruct()
    {
        $this->close();
    }

    public function isClosed(): bool
    {
        return $this->closed;
    }

    /** Calls a function with the pointer, which stays valid inside, whatever callbacks do. */
    public function use(\Closure $function): mixed
    {
        if ($this->closed) {
            $message = sprintf('this %s is closed', $this->name);
            throw OssResumableException::of(Code::STATE, $message);
        }
        $this->users++;
        try {
            return $function($this->pointer);
        } finally {
            $this->users--;
            $this->freeIfUnused();
        }
    }

    public function close(): void
    {
        $this->closed = true;
        $this->freeIfUnused();
    }

    private function freeIfUnused(): void
    {
        if ($this->closed && $this->users === 0 && $this->pointer !== null) {
            $pointer = $this->pointer;
            $this->pointer = null;
            // Never blocks.
            Library::ffi()->{$this->free}($pointer);
        }
    }
}
