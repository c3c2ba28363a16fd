<?php

declare(strict_types=1);

namespace OssResumable\Internal;

use FFI;
use FFI\CData;
use OssResumable\Code;
use OssResumable\Exception\OssResumableException;

/** C memory for the arguments of one call; wiped, as it may hold secrets, and freed with this object. */
final class Memory
{
    /** @var CData[] what structs point to; a struct does not keep it alive by itself. */
    private array $kept = [];

    public function __construct(private FFI $ffi)
    {
    }

    public function __destruct()
    {
        foreach ($this->kept as $memory) {
            FFI::memset($memory, 0, FFI::sizeof($memory));
        }
    }

    /** A zeroed struct with its size set. */
    public function struct(string $type): CData
    {
        $struct = $this->ffi->new($type);
        $struct->struct_size = FFI::sizeof($struct);
        $this->kept[] = $struct;
        return $struct;
    }

    /** A copy of text with a NUL behind it, for a field of a struct. */
    public function text(string $field, ?string $text): ?CData
    {
        return $text === null ? null : $this->copy(self::whole($field, $text), strlen($text) + 1);
    }

    /** A copy of bytes; must not be empty. */
    public function bytes(string $bytes): CData
    {
        return $this->copy($bytes, strlen($bytes));
    }

    private function copy(string $bytes, int $size): CData
    {
        $copy = $this->ffi->new("char[$size]");
        FFI::memcpy($copy, $bytes, strlen($bytes));
        $this->kept[] = $copy;
        return $this->ffi->cast('char *', FFI::addr($copy));
    }

    /**
     * An array of oss_resumable_header_t; null when there are none.
     *
     * @param array<string, string> $pairs
     */
    public function headers(string $field, array $pairs): ?CData
    {
        if ($pairs === []) {
            return null;
        }
        $array = $this->ffi->new('oss_resumable_header_t[' . count($pairs) . ']');
        $this->kept[] = $array;
        $at = 0;
        foreach ($pairs as $name => $value) {
            $array[$at]->name = $this->text($field, (string) $name);
            $array[$at]->value = $this->text($field . ' ' . $name, (string) $value);
            $at++;
        }
        return $this->ffi->cast('oss_resumable_header_t *', FFI::addr($array));
    }

    /** Text as it is, refused where C would see less of it than PHP. */
    public static function whole(string $field, ?string $text): ?string
    {
        if ($text !== null && str_contains($text, "\0")) {
            throw OssResumableException::of(Code::INVALID_ARGUMENT, $field . ': has a NUL in it');
        }
        return $text;
    }

    /** A number that fits into 32 bits: FFI would silently cut off the rest. */
    public static function int32(string $field, int $number): int
    {
        if ($number < -0x80000000 || $number > 0x7fffffff) {
            $message = sprintf('%s: %d is out of range', $field, $number);
            throw OssResumableException::of(Code::INVALID_ARGUMENT, $message);
        }
        return $number;
    }
}
