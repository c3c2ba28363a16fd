<?php

declare(strict_types=1);

namespace OssResumable\Internal;

use Closure;
use FFI\CData;
use Throwable;
use WeakReference;

/**
 * What one client calls back: for credentials and for lines of the log. Its uploads keep it alive.
 *
 * C gets a number, not an address: a client that is gone has none, so nothing can dangle. The two
 * functions that C calls are made once, because PHP frees such functions only when a request ends.
 */
final class Callbacks
{
    private static int $last = 0;
    /** @var array<int, WeakReference<self>> */
    private static array $living = [];
    private static ?CData $onCredentials = null;
    private static ?CData $onLog = null;

    private int $number;
    private ?Throwable $error = null;

    public function __construct(private ?Closure $getCredentials, private ?Closure $log)
    {
        $this->number = ++self::$last;
        self::$living[$this->number] = WeakReference::create($this);
    }

    public function __destruct()
    {
        unset(self::$living[$this->number]);
    }

    public function takeError(): ?Throwable
    {
        $error = $this->error;
        $this->error = null;
        return $error;
    }

    public function fillCredentials(CData $struct): void
    {
        if ($this->getCredentials !== null) {
            self::$onCredentials ??= self::trampoline(
                'oss_resumable_credentials_t',
                static fn (CData $answer, int $number): int => self::answerCredentials($answer, $number)
            );
            $struct->callback = self::$onCredentials->callback;
            $struct->userdata = $this->number;
        }
    }

    public function fillLog(CData $struct): void
    {
        if ($this->log !== null) {
            self::$onLog ??= self::trampoline(
                'oss_resumable_config_t',
                static fn (int $level, string $line, int $number) => self::tellLog($level, $line, $number)
            );
            $struct->log_callback = self::$onLog->log_callback;
            $struct->log_userdata = $this->number;
        }
    }

    /** A struct that keeps the C function which calls a closure. */
    private static function trampoline(string $type, Closure $closure): CData
    {
        $struct = Library::ffi()->new($type);
        $field = $type === 'oss_resumable_config_t' ? 'log_callback' : 'callback';
        $struct->$field = $closure;
        return $struct;
    }

    private static function find(int $number): ?self
    {
        $reference = self::$living[$number] ?? null;
        return $reference?->get();
    }

    /** Must not throw: PHP ends the process when an exception meets C. */
    private static function answerCredentials(CData $answer, int $number): int
    {
        $callbacks = self::find($number);
        if ($callbacks === null || $callbacks->getCredentials === null) {
            return 1;
        }
        try {
            return self::answer($answer, ($callbacks->getCredentials)());
        } catch (Throwable $error) {
            $callbacks->error ??= $error;
            return 1;
        }
    }

    private static function answer(CData $answer, object $credentials): int
    {
        $expiration = $credentials->getExpiration();
        $code = Library::ffi()->oss_resumable_credentials_answer(
            $answer,
            Memory::whole('access_key_id', $credentials->getAccessKeyId()),
            Memory::whole('access_key_secret', $credentials->getAccessKeySecret()),
            Memory::whole('security_token', $credentials->getSecurityToken()),
            $expiration === null ? 0 : $expiration->getTimestamp()
        );
        if ($code !== Library::OK) {
            throw new \UnexpectedValueException(
                'the credentials provider returned credentials that cannot be used'
            );
        }
        return 0;
    }

    private static function tellLog(int $level, string $line, int $number): void
    {
        $callbacks = self::find($number);
        if ($callbacks === null || $callbacks->log === null) {
            return;
        }
        try {
            ($callbacks->log)($level, $line);
        } catch (Throwable $error) {
            $callbacks->error ??= $error;
        }
    }
}
