#!/usr/bin/env php
<?php

/*
 * oss-upload: uploads one file to Alibaba Cloud OSS and resumes where an earlier run stopped. The
 * arguments and exit codes are those of bindings/c/examples/oss-upload.c.
 */

declare(strict_types=1);

require is_file(__DIR__ . '/vendor/autoload.php') ? __DIR__ . '/vendor/autoload.php' : __DIR__ . '/autoload.php';

use OssResumable as Oss;
use OssResumable\Code;
use OssResumable\Warn;

/** Not called here: what the README shows. */
function sample(): void
{
    // sample: begin
    $client = new Oss\Client(new Oss\Config(
        region: 'cn-hangzhou',
        endpoint: getenv('OSS_ENDPOINT') ?: null, // null: the region's public one
        credentialsProvider: new Oss\Credentials\EnvironmentVariableCredentialsProvider(),
    ));
    $result = $client->uploadFile('examplebucket', 'dir/big.bin', 'big.bin', new Oss\UploadOptions(
        partSize: Oss\UploadOptions::AUTO,
        parallelNum: Oss\UploadOptions::AUTO,
        enableCheckpoint: true,
    ));
    echo 'stored, crc64 ', $result->hashCrc64, "\n";
    // sample: end
}

const PROGRAM = 'oss-upload';
const USAGE = 'usage: ' . PROGRAM . " FILE oss://BUCKET/KEY --region REGION [option]...\n";
const HELP = <<<'TEXT'

    Uploads FILE to OSS in parts. Run the same command again after a failure, a Ctrl-C or
    a crash, and only what is missing is sent.

      --region REGION          such as cn-hangzhou (default: what the endpoint tells)
      --endpoint URL           [http://|https://]host[:port] (default: the region's public one)
      --part-size BYTES|auto   102400 to 5368709120 (default: auto)
      --threads N|auto         parts in flight, 1 to 1024 (default: auto)
      --checkpoint PATH        a file, or an existing directory (default: FILE.ucp)
      --no-checkpoint          do not resume, and leave nothing to resume from
      --sign v1|v4             the signature version (default: v4)
      --header 'Name: value'   a header of the object; may be repeated
      --help                   show this and exit
      --                       what follows is not an option

    Credentials: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary ones,
    OSS_SESSION_TOKEN in the environment; else OIDC (RRSA), the profile of the Alibaba Cloud
    CLI, or the RAM role of the ECS instance. Proxy: https_proxy, no_proxy.

    Exit codes: 0 uploaded, 1 failed for good, 2 usage, 3 try again later, 4 FILE,
    5 checkpoint, 6 commit unknown, 130 canceled.

    TEXT;
const EXIT_CODES = [
    Code::INVALID_ARGUMENT => 2,
    Code::FILE => 4,
    Code::FILE_CHANGED => 4,
    Code::CHECKPOINT => 5,
    Code::NETWORK => 3,
    Code::COMMIT_UNKNOWN => 6,
    Code::CANCELED => 130,
];
const WARNINGS = [
    Warn::RESUMABILITY_LOST => 'the checkpoint could not be written, so this upload could not have been resumed',
    Warn::CALLBACK_FAILED => 'the object is stored, but the upload callback of OSS failed',
    Warn::RESTARTED => 'the earlier upload was gone on the server; everything was sent again',
    Warn::PART_SIZE_RAISED => 'the part size was raised so that the file fits into 10,000 parts',
    Warn::CHECKPOINT_LEFT => 'the checkpoint could not be deleted; it was emptied',
    Warn::UPLOAD_LEFT => 'an unfinished upload may be left on the server',
    Warn::CALLBACK_REPLY_LOST => "the object is stored; what the upload callback's receiver answered was lost",
];

/** Text of others, such as a server's message, must not steer the terminal or break the line. */
function say(string $text): void
{
    fwrite(STDERR, PROGRAM . ': ' . preg_replace('/[\x00-\x1f\x7f]/', ' ', $text) . "\n");
}

function usage(string $text): bool
{
    say($text . ' (see ' . PROGRAM . ' --help)');
    exit(2);
}

function numberOrAuto(string $option, string $text): int
{
    if ($text === 'auto') {
        return Oss\UploadOptions::AUTO;
    }
    if (!ctype_digit($text) || (int) $text < 1 || strlen($text) > 18) {
        usage("$option: '$text' is neither a number from 1 nor 'auto'");
    }
    return (int) $text;
}

/** Sets what one option says. */
function option(Oss\Config $config, Oss\UploadOptions $options, string $name, string $value): void
{
    if ($name === '--region') {
        $config->region = $value;
    } elseif ($name === '--endpoint') {
        $config->endpoint = $value;
    } elseif ($name === '--part-size') {
        $options->partSize = numberOrAuto($name, $value);
    } elseif ($name === '--threads') {
        $options->parallelNum = numberOrAuto($name, $value);
    } elseif ($name === '--checkpoint') {
        $options->checkpointPath = $value;
    } elseif ($name === '--sign' && ($value === 'v1' || $value === 'v4')) {
        $config->signatureVersion = $value;
    } elseif ($name === '--sign') {
        usage("--sign: '$value' is neither v1 nor v4");
    } elseif ($name === '--header') {
        // The text is not repeated: the value of a header may be a secret.
        preg_match('/^([^:]+):[ \t]*(.*)$/s', $value, $header) === 1 || usage("--header: expected 'Name: value'");
        $options->headers[$header[1]] = $header[2];
    } else {
        usage("unknown option '$name'");
    }
}

/** Reads the arguments into the settings; returns file, bucket and key. */
function arguments(array $words, Oss\Config $config, Oss\UploadOptions $options): array
{
    $positional = [];
    while (($word = array_shift($words)) !== null) {
        if ($word === '--') {
            array_push($positional, ...$words);
            break;
        }
        if ($word === '--help') {
            echo USAGE, HELP;
            exit(0);
        }
        if ($word === '--no-checkpoint') {
            $options->enableCheckpoint = false;
        } elseif (str_starts_with($word, '-')) {
            [$name, $value] = explode('=', $word, 2) + [1 => null];
            $value ??= array_shift($words) ?? usage("'$name' is no option, or needs a value");
            option($config, $options, $name, $value);
        } else {
            $positional[] = $word;
        }
    }
    count($positional) === 2 || usage('FILE and oss://BUCKET/KEY are required');
    preg_match('#^oss://([^/]+)/(.+)$#s', $positional[1], $target) === 1
        || usage("'$positional[1]' is not of the form oss://BUCKET/KEY");
    if ($config->endpoint === null && $config->region === null) {
        usage('--endpoint or --region is required');
    }
    if (!$options->enableCheckpoint && $options->checkpointPath !== null) {
        usage('--checkpoint and --no-checkpoint exclude each other');
    }
    return [$positional[0], $target[1], $target[2]];
}

/**
 * On a terminal one line that is overwritten; else one line a second. What an earlier run sent, which
 * the closure tells, does not count for the speed.
 */
function display(Closure $resumedBytes): Closure
{
    $terminal = stream_isatty(STDERR) && !in_array(getenv('TERM'), [false, 'dumb'], true);
    $started = hrtime(true) / 1e9;
    $shown = 0.0;
    return static function (int $increment, int $transferred, int $total) use (
        $resumedBytes,
        $terminal,
        $started,
        &$shown
    ): void {
        $now = hrtime(true) / 1e9;
        if (!$terminal && $transferred < $total && $now - $shown < 1) {
            return;
        }
        $shown = $now;
        $share = $total > 0 ? $transferred / $total : 1.0;
        $bar = str_pad(str_repeat('#', (int) ($share * 12)), 12, '-');
        $speed = ($transferred - $resumedBytes()) / max($now - $started, 0.001) / 1e6;
        $line = sprintf('[%s] %3d%%  %.1f MB/s', $bar, (int) ($share * 100), $speed);
        $end = $transferred === $total ? "\n" : '';
        fwrite(STDERR, $terminal ? "\r\033[K$line$end" : PROGRAM . ": $line\n");
    };
}

function printWarnings(int $warnings): void
{
    foreach (WARNINGS as $bit => $text) {
        if (($warnings & $bit) !== 0) {
            say("warning: $text");
        }
    }
}

function fail(Oss\Exception\OssResumableException $error): int
{
    printWarnings($error->getWarnings());
    $names = array_flip((new ReflectionClass(Code::class))->getConstants());
    say(sprintf(
        'E_%s oss_code=%s request_id=%s: %s',
        $names[$error->getCode()] ?? 'INTERNAL',
        $error->getErrorCode() ?? '-',
        $error->getRequestId() ?? '-',
        $error->getMessage()
    ));
    if (in_array($error->getCode(), [Code::SERVICE, Code::CREDENTIALS], true)) {
        return $error->isRetryable() ? 3 : 1;
    }
    return EXIT_CODES[$error->getCode()] ?? 1;
}

/** Ctrl-C and SIGTERM cancel; a second one ends the program at once. */
function stopBySignal(Oss\Upload $upload): void
{
    if (!function_exists('pcntl_signal')) {
        return;
    }
    pcntl_async_signals(true);
    $stop = static function () use ($upload): void {
        pcntl_signal(SIGINT, SIG_DFL);
        pcntl_signal(SIGTERM, SIG_DFL);
        $upload->cancel();
    };
    foreach ([SIGINT, SIGTERM] as $signal) {
        // Whoever started us with a signal ignored wants it to stay so.
        if (pcntl_signal_get_handler($signal) !== SIG_IGN) {
            pcntl_signal($signal, $stop);
        }
    }
}

function main(array $words): int
{
    if ($words === []) {
        fwrite(STDERR, USAGE);
        return 2;
    }
    $config = new Oss\Config(
        credentialsProvider: new Oss\Credentials\DefaultCredentialsProvider(),
        proxyFromEnvironment: true,
    );
    $upload = null;
    $options = new Oss\UploadOptions(
        partSize: Oss\UploadOptions::AUTO,
        parallelNum: Oss\UploadOptions::AUTO,
        enableCheckpoint: true,
        progressFn: display(static function () use (&$upload): int {
            return $upload->progress()->resumedBytes;
        }),
    );
    [$file, $bucket, $key] = arguments($words, $config, $options);
    try {
        $upload = (new Oss\Client($config))->startUpload($bucket, $key, $file, $options);
        stopBySignal($upload);
        $result = $upload->result();
    } catch (Oss\Exception\OssResumableException $error) {
        return fail($error);
    }
    printWarnings($result->warnings);
    printf(
        "etag=%s crc64=%s request_id=%s resumed_bytes=%d\n",
        $result->etag ?? '-',
        $result->hashCrc64,
        $result->requestId ?? '-',
        $result->resumedBytes
    );
    return 0;
}

exit(main(array_slice($argv, 1)));
