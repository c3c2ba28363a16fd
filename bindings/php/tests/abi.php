<?php

declare(strict_types=1);

use OssResumable as Oss;
use OssResumable\Internal\Library;

$root = dirname(__DIR__, 3);

/** The constants of a class, with a prefix. */
$constants = static function (string $prefix, string $class): array {
    $found = [];
    foreach ((new ReflectionClass($class))->getConstants() as $name => $value) {
        $found[$prefix . $name] = $value;
    }
    return $found;
};

$sorted = static function (array $array): array {
    ksort($array);
    return $array;
};

return [
    'structs have the sizes and offsets of the ABI' => static function () use ($root): void {
        $abi = json_decode(file_get_contents($root . '/tests/abi.json'), true);
        foreach ($abi['structs'] as $name => $wanted) {
            $type = Library::ffi()->type($name);
            same($wanted['size'], FFI::sizeof($type), $name);
            same($wanted['align'], FFI::alignof($type), $name);
            same(array_column($wanted['fields'], 'name'), $type->getStructFieldNames(), $name);
            foreach ($wanted['fields'] as $field) {
                same($field['offset'], $type->getStructFieldOffset($field['name']), $field['name']);
                $size = $type->getStructFieldType($field['name'])->getSize();
                same($field['size'], $size, $field['name']);
            }
        }
    },
    'codes, stages and constants are those of the ABI' => static function () use ($root, $constants, $sorted): void {
        $abi = json_decode(file_get_contents($root . '/tests/abi.json'), true);
        $codes = $constants('OSS_RESUMABLE_E_', Oss\Code::class);
        $codes += ['OSS_RESUMABLE_OK' => Library::OK, 'OSS_RESUMABLE_PENDING' => Library::PENDING];
        same($sorted($abi['codes']), $sorted($codes));
        same($sorted($abi['stages']), $sorted($constants('OSS_RESUMABLE_STAGE_', Oss\Stage::class)));
        $found = $constants('OSS_RESUMABLE_', Oss\UploadOptions::class)
            + $constants('OSS_RESUMABLE_ENDPOINT_', Oss\EndpointType::class)
            + $constants('OSS_RESUMABLE_LOG_', Oss\LogLevel::class)
            + $constants('OSS_RESUMABLE_VERIFY_', Oss\Verify::class)
            + $constants('OSS_RESUMABLE_WARN_', Oss\Warn::class)
            // Streams of PHP have no descriptor that could be handed over.
            + ['OSS_RESUMABLE_SOURCE_FILE' => 1, 'OSS_RESUMABLE_SOURCE_MEMORY' => Library::SOURCE_MEMORY];
        same($sorted($abi['constants']), $sorted($found));
    },
    'every function of the ABI can be called' => static function () use ($root): void {
        $abi = json_decode(file_get_contents($root . '/tests/abi.json'), true);
        foreach (array_keys($abi['functions']) as $name) {
            check(Library::ffi()->$name instanceof FFI\CData, $name);
        }
    },
    'the version is that of the ABI and of the library' => static function () use ($root): void {
        $abi = json_decode(file_get_contents($root . '/tests/abi.json'), true);
        same($abi['version_number'], Library::VERSION_NUMBER);
        same($abi['version'], Library::version());
        $composer = json_decode(file_get_contents(dirname(__DIR__) . '/composer.json'), true);
        same($abi['version'], $composer['version']);
    },
    'oss_resumable.ffi.h is what make-ffi-header.sh makes of the header' => static function (): void {
        $made = shell_exec(escapeshellarg(dirname(__DIR__) . '/make-ffi-header.sh'));
        same($made, file_get_contents(dirname(__DIR__) . '/oss_resumable.ffi.h'));
    },
    'a library of another minor version is refused and one of another patch is not' => static function (): void {
        Library::checkVersion(Library::VERSION_NUMBER + 1, 'lib.so');
        foreach ([100, 10000] as $more) {
            $error = thrown(
                Oss\Exception\InternalException::class,
                static fn () => Library::checkVersion(Library::VERSION_NUMBER + $more, 'lib.so')
            );
            check(str_contains($error->getMessage(), 'lib.so is version'), $error->getMessage());
        }
    },
    'a library that is missing is named in the error' => static function (): void {
        $program = 'require ' . var_export(dirname(__DIR__) . '/autoload.php', true) . ';'
            . 'try { OssResumable\Internal\Library::ffi(); } catch (Throwable $e) { echo $e->getMessage(); }';
        $environment = ['OSS_RESUMABLE_LIBRARY' => '/nowhere/lib.so'];
        $process = proc_open([PHP_BINARY, '-r', $program], [1 => ['pipe', 'w']], $pipes, null, $environment);
        $said = stream_get_contents($pipes[1]);
        proc_close($process);
        check(str_contains($said, '/nowhere/lib.so') && str_contains($said, 'OSS_RESUMABLE_LIBRARY'), $said);
    },
    'the first block of the README is the sample of the example' => static function (): void {
        $example = file_get_contents(dirname(__DIR__) . '/example.php');
        $sample = explode("// sample: end", explode("// sample: begin\n", $example)[1])[0];
        $block = explode("```\n", explode("```php\n", file_get_contents(dirname(__DIR__) . '/README.md'))[1])[0];
        $lines = array_map(static fn (string $line): string => preg_replace('/^    /', '', $line), explode("\n", $sample));
        check(str_contains($block, trim(implode("\n", $lines))), 'README and example differ');
    },
];
