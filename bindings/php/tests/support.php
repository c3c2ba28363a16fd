<?php

declare(strict_types=1);

// A small runner, the test server, and files to upload to it.

require_once __DIR__ . '/../autoload.php';

use OssResumable as Oss;

const PART = 102400;

final class Failed extends Exception
{
}

/** Not PHP's assert(), which does nothing where zend.assertions is -1. */
function check(bool $holds, string $what): void
{
    if (!$holds) {
        throw new Failed($what);
    }
}

function same(mixed $wanted, mixed $found, string $what = ''): void
{
    check($wanted === $found, $what . ' wanted ' . var_export($wanted, true) . ', found ' . var_export($found, true));
}

/** Calls a function and returns what it throws, which has to be of that class. */
function thrown(string $class, Closure $function): Throwable
{
    try {
        $function();
    } catch (Throwable $error) {
        check($error instanceof $class, 'wanted ' . $class . ', found ' . $error);
        return $error;
    }
    throw new Failed('nothing was thrown, wanted ' . $class);
}

final class Server
{
    public string $url;
    /** @var resource */
    private $process;
    private array $pipes = [];

    public function __construct(string ...$arguments)
    {
        $command = [getenv('SERVER'), '--exit-with-stdin', ...$arguments];
        $this->process = proc_open($command, [['pipe', 'r'], ['pipe', 'w']], $this->pipes);
        $this->url = explode(' ', trim(fgets($this->pipes[1])))[1];
    }

    public function stop(): void
    {
        if (is_resource($this->process)) {
            proc_terminate($this->process, 9);
            proc_close($this->process);
        }
    }

    public function control(string $method, string $path, mixed $body = null): string
    {
        $context = stream_context_create(['http' => [
            'method' => $method,
            'header' => 'Content-Type: application/json',
            'content' => $body === null ? '' : json_encode($body),
            'timeout' => 30,
        ]]);
        $reply = @file_get_contents($this->url . '/-/' . $path, false, $context);
        check($reply !== false, "no answer to $method $path");
        return $reply;
    }

    public function rule(string $op, mixed $action, array $more = []): void
    {
        $this->control('POST', 'rules', ['op' => $op, 'action' => $action] + $more);
    }

    /** Holds up each part, so that a test can act in the middle of an upload. */
    public function slowParts(): void
    {
        $this->rule('UploadPart', ['delay' => ['ms' => 150]]);
    }

    public function log(): array
    {
        return json_decode($this->control('GET', 'log'), true, 512, JSON_BIGINT_AS_STRING);
    }

    public function count(string $op): int
    {
        return count(array_filter($this->log(), static fn (array $entry): bool => $entry['op'] === $op));
    }

    public function header(string $op, string $name): ?string
    {
        foreach ($this->log() as $entry) {
            foreach ($entry['op'] === $op ? $entry['headers'] : [] as [$found, $value]) {
                if (strcasecmp($found, $name) === 0) {
                    return $value;
                }
            }
        }
        return null;
    }

    public function uploads(): array
    {
        return json_decode($this->control('GET', 'uploads'), true);
    }

    public function objects(): array
    {
        return json_decode($this->control('GET', 'objects'), true, 512, JSON_BIGINT_AS_STRING);
    }

    public function object(string $key): string
    {
        return $this->control('GET', 'object?bucket=examplebucket&key=' . rawurlencode($key));
    }

    public function config(mixed ...$settings): Oss\Config
    {
        $settings += [
            'endpoint' => $this->url,
            'region' => 'cn-hangzhou',
            'accessKeyId' => 'test-access-key-id',
            'accessKeySecret' => 'test-access-key-secret',
        ];
        return new Oss\Config(...$settings);
    }
}

/** What each test gets: a server, a client and an empty directory of its own. */
final class Test
{
    public Server $server;
    public Oss\Client $client;
    public string $directory;

    public function __construct(string ...$arguments)
    {
        $this->server = new Server(...$arguments);
        $this->client = new Oss\Client($this->server->config());
        $this->directory = sys_get_temp_dir() . '/oss-resumable-' . bin2hex(random_bytes(8));
        mkdir($this->directory);
    }

    public function end(): void
    {
        $this->server->stop();
        exec('rm -rf ' . escapeshellarg($this->directory));
    }

    public function file(int $size, string $name = 'big.bin'): string
    {
        $path = $this->directory . '/' . $name;
        file_put_contents($path, $size === 0 ? '' : random_bytes($size));
        return $path;
    }

    public function stored(string $key, string $path): void
    {
        check($this->server->object($key) === file_get_contents($path), "object $key is not $path");
    }

    /** Uploads until so many parts are done, then cancels, keeping the checkpoint. */
    public function cancelAfter(int $parts, string $key, string $path, Oss\UploadOptions $options): void
    {
        $upload = $this->client->startUpload('examplebucket', $key, $path, $options);
        while ($upload->progress()->partsDone < $parts) {
            check(!$upload->wait(0.01), 'it ended too early');
        }
        $upload->cancel();
        $error = thrown(Oss\Exception\CanceledException::class, fn () => $upload->result());
        same(Oss\Code::CANCELED, $error->getCode());
    }
}

/** Progress never goes back, adds up, and ends at the total. */
function monotonic(array $calls, int $total): void
{
    $last = 0;
    check($calls !== [], 'progress was never told');
    foreach ($calls as [$increment, $transferred, $of]) {
        check($increment >= 0 && $last + $increment === $transferred, 'increments do not add up');
        check($transferred <= $total && $of === $total, 'progress exceeds the total');
        $last = $transferred;
    }
    same($total, $last, 'progress ends at the total');
}

/** @param array<string, Closure> $tests */
function run(array $tests): int
{
    $failures = 0;
    foreach ($tests as $name => $function) {
        $only = getenv('ONLY');
        if (is_string($only) && $only !== '' && !str_contains($name, $only)) {
            continue;
        }
        try {
            $function();
            echo "ok     $name\n";
        } catch (Throwable $error) {
            $failures++;
            echo "FAILED $name\n", $error, "\n";
        }
        gc_collect_cycles();
    }
    printf("%s: %d tests, %d failed\n", $failures === 0 ? 'OK' : 'FAILED', count($tests), $failures);
    return $failures === 0 ? 0 : 1;
}

/** A test with a server of its own. */
function served(Closure $function, string ...$arguments): Closure
{
    return static function () use ($function, $arguments): void {
        $test = new Test(...$arguments);
        try {
            $function($test, $test->server, $test->client);
        } finally {
            $test->end();
        }
    };
}
