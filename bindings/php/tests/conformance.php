<?php

declare(strict_types=1);

// One upload, or two at once, as a request file says; see bindings/README.md.

require_once __DIR__ . '/../autoload.php';

use OssResumable as Oss;

const CONFIG = [
    'endpoint' => 'endpoint',
    'region' => 'region',
    'access_key_id' => 'accessKeyId',
    'access_key_secret' => 'accessKeySecret',
    'sts_token' => 'securityToken',
    'user_agent' => 'userAgent',
    'connect_timeout_ms' => 'connectTimeout',
    'stall_timeout_ms' => 'stallTimeout',
    'retry_timeout_ms' => 'retryTimeout',
    'max_retries' => 'maxRetries',
    'bandwidth_limit' => 'bandwidthLimit',
];
const CREDENTIALS = [
    'provider' => 'provider',
    'profile_file' => 'profileFile',
    'profile_name' => 'profileName',
    'process' => 'process',
    'role_name' => 'roleName',
    'metadata_endpoint' => 'metadataEndpoint',
    'role_arn' => 'roleArn',
    'oidc_provider_arn' => 'oidcProviderArn',
    'oidc_token_file' => 'oidcTokenFile',
    'role_session_name' => 'roleSessionName',
    'sts_endpoint' => 'stsEndpoint',
];
const NUMBERS = ['connectTimeout', 'stallTimeout', 'retryTimeout', 'maxRetries', 'bandwidthLimit'];
const CALLBACK = ['url' => 'url', 'host' => 'host', 'body' => 'body', 'body_type' => 'bodyType'];
const ACTIONS = [
    'cancel_at', 'throw_at', 'new_credentials_at', 'new_access_key_id', 'new_access_key_secret',
    'new_sts_token', 'gc', 'discard',
];

final class Thrown extends Exception
{
}

final class Request
{
    public Oss\Config $config;
    public Oss\UploadOptions $options;
    /** @var array<string, string> */
    public array $what = [];
    /** @var array<string, string> */
    public array $second = [];
    /** @var array<string, string> */
    public array $actions = [];
    private array $credentials = [];
    private array $callback = [];
    private array $variables = [];

    public function __construct(string $path)
    {
        $this->config = new Oss\Config();
        $this->options = new Oss\UploadOptions();
        foreach (explode("\n", file_get_contents($path)) as $line) {
            if ($line !== '') {
                [$name, $value] = explode('=', $line, 2) + [1 => ''];
                $value = strtr($value, ['%0A' => "\n", '%0D' => "\r", '%25' => '%']);
                $this->set($name, $value) || self::unknown($name);
            }
        }
        if ($this->credentials !== []) {
            $this->config->credentialsProvider = new Oss\Credentials\DefaultCredentialsProvider(...$this->credentials);
        }
        if ($this->callback !== []) {
            $this->options->callback = new Oss\Callback(...$this->callback, ...['variables' => $this->variables]);
        }
    }

    private function set(string $name, string $value): bool
    {
        [$group, $field] = explode('.', $name, 2) + [1 => ''];
        if ($group === 'config' && isset(CONFIG[$field])) {
            $property = CONFIG[$field];
            $this->config->$property = in_array($property, NUMBERS, true) ? (int) $value : $value;
        } elseif ($group === 'credentials' && isset(CREDENTIALS[$field])) {
            $this->credentials[CREDENTIALS[$field]] = $value;
        } elseif ($group === 'second' && in_array($field, ['bucket', 'object', 'file'], true)) {
            $this->second[$field] = $value;
        } elseif ($group === 'action' && in_array($field, ACTIONS, true)) {
            $this->actions[$field] = $value;
        } else {
            return $group === 'upload' && $this->setUpload($field, $value);
        }
        return true;
    }

    private function setUpload(string $field, string $value): bool
    {
        $number = $value === 'auto' ? Oss\UploadOptions::AUTO : (int) $value;
        $options = $this->options;
        if (in_array($field, ['bucket', 'object', 'file'], true)) {
            $this->what[$field] = $value;
        } elseif ($field === 'part_size') {
            $options->partSize = $number;
        } elseif ($field === 'thread_num') {
            $options->parallelNum = $number;
        } elseif ($field === 'enable_checkpoint') {
            $options->enableCheckpoint = $value !== '0';
        } elseif ($field === 'checkpoint_path') {
            $options->checkpointPath = $value;
        } elseif ($field === 'verify_on_resume') {
            $options->verifyOnResume = $number;
        } elseif ($field === 'resume_by_content') {
            $options->resumeByContent = $value !== '0';
        } elseif (str_starts_with($field, 'header.')) {
            $options->headers[substr($field, strlen('header.'))] = $value;
        } elseif (str_starts_with($field, 'callback.var.')) {
            $this->variables['x:' . substr($field, strlen('callback.var.'))] = $value;
        } elseif (str_starts_with($field, 'callback.') && isset(CALLBACK[substr($field, strlen('callback.'))])) {
            $this->callback[CALLBACK[substr($field, strlen('callback.'))]] = $value;
        } else {
            return false;
        }
        return true;
    }

    private static function unknown(string $name): bool
    {
        fwrite(STDERR, "conformance: unknown name $name\n");
        exit(2);
    }
}

/** One upload with its actions. */
final class Run
{
    private int $calls = 0;
    private int $collected = 0;
    private int $collecting = 0;
    private int $last = 0;
    private int $total = 0;
    private bool $monotonic = true;
    private array $actions;
    private ?Oss\Upload $upload = null;
    private ?array $lines = null;

    public function __construct(private Oss\Client $client, private Request $request, private array $what)
    {
        // Actions are for the first upload; the second one shows that it is left alone.
        $this->actions = $what === $request->what ? $request->actions : [];
    }

    public function start(): void
    {
        $options = clone $this->request->options;
        $options->progressFn = function (int $increment, int $transferred, int $total): void {
            $this->progress($transferred, $total);
        };
        $this->attempt(function () use ($options): void {
            $path = $options->checkpointPath;
            if (($this->request->actions['discard'] ?? '') === '1') {
                $this->client->discard($this->what['bucket'], $this->what['object'], $this->what['file'], $path);
                $this->lines = ['outcome' => 'ok'];
                return;
            }
            $this->upload = $this->client->startUpload(
                $this->what['bucket'],
                $this->what['object'],
                $this->what['file'],
                $options
            );
        });
    }

    /** Lets it go on for a moment; whether it has ended. */
    public function step(): bool
    {
        if ($this->lines === null) {
            $this->attempt(function (): void {
                if ($this->upload->wait(0.05)) {
                    $this->lines = $this->resultLines($this->upload->result());
                }
            });
        }
        return $this->lines !== null;
    }

    public function lines(): array
    {
        return $this->lines + [
            'progress.calls' => $this->calls,
            'progress.last' => $this->last,
            'progress.total' => $this->total,
            'progress.monotonic' => (int) $this->monotonic,
        ] + (isset($this->actions['gc']) ? [
            'collections' => $this->collected,
            'collections.calls' => $this->collecting,
        ] : []);
    }

    private function attempt(Closure $function): void
    {
        try {
            $function();
        } catch (Thrown $error) {
            $this->lines = ['outcome' => 'thrown', 'thrown' => $error->getMessage()];
        } catch (Oss\Exception\OssResumableException $error) {
            $this->lines = errorLines($error);
        }
    }

    private function progress(int $transferred, int $total): void
    {
        if ($transferred < $this->last || $transferred > $total) {
            $this->monotonic = false;
        }
        $this->calls++;
        $this->last = $transferred;
        $this->total = $total;
        $this->collect();
        if ($this->reached('new_credentials_at')) {
            $this->client->setCredentials(
                $this->actions['new_access_key_id'],
                $this->actions['new_access_key_secret'],
                $this->actions['new_sts_token'] ?? null
            );
        }
        if ($this->reached('cancel_at')) {
            $this->upload->cancel();
        }
        if ($this->reached('throw_at')) {
            throw new Thrown('CONFORMANCE');
        }
    }

    /**
     * Spread over the calls, while parts are on their way: the bandwidth limit keeps the upload from ending
     * before the last of them.
     */
    private function collect(): void
    {
        $all = (int) ($this->actions['gc'] ?? 0);
        if ($this->collected === $all) {
            return;
        }
        $this->collecting++;
        for ($at = 0; $at < 500 && $this->collected < $all; $at++) {
            gc_collect_cycles();
            $this->collected++;
        }
        if ($this->collected === $all) {
            $this->client->setBandwidthLimit(0);
        }
    }

    /** Once. */
    private function reached(string $action): bool
    {
        if (!isset($this->actions[$action]) || $this->last < (int) $this->actions[$action]) {
            return false;
        }
        unset($this->actions[$action]);
        return true;
    }

    private function resultLines(Oss\UploadResult $result): array
    {
        $lines = [
            'outcome' => 'ok',
            'etag' => $result->etag,
            'version_id' => $result->versionId,
            'upload_id' => $result->uploadId,
            'crc64' => $result->hashCrc64,
            'resumed_bytes' => $result->resumedBytes,
            'part_size' => $result->partSize,
            'parts' => $result->parts,
            'retries' => $result->retries,
            'warnings' => $result->warnings,
            'callback_error' => $result->callbackError,
            'body' => $result->body === '' ? null : $result->body,
        ];
        foreach ($result->headers as $name => $value) {
            $lines['header.' . $name] = $value;
        }
        return $lines;
    }
}

function errorLines(Oss\Exception\OssResumableException $error): array
{
    return [
        'outcome' => 'error',
        'code' => $error->getCode(),
        'message' => $error->getMessage(),
        'stage' => $error->getStage(),
        'part_number' => $error->getPartNumber(),
        'offset' => $error->getOffset(),
        'http_status' => $error->getStatusCode(),
        'error_code' => $error->getErrorCode(),
        'request_id' => $error->getRequestId(),
        'host_id' => $error->getHostId(),
        'ec' => $error->getEC(),
        'os_errno' => $error->getErrno(),
        'reason' => $error->getReason(),
        'attempts' => $error->getAttempts(),
        'retryable' => (int) $error->isRetryable(),
    ];
}

function write(string $prefix, array $lines): void
{
    foreach ($lines as $name => $value) {
        if ($value !== null) {
            echo $prefix, $name, '=', strtr((string) $value, ['%' => '%25', "\n" => '%0A', "\r" => '%0D']), "\n";
        }
    }
}

if ($argc !== 2) {
    fwrite(STDERR, "usage: conformance REQUEST\n");
    exit(2);
}
$request = new Request($argv[1]);
try {
    $client = new Oss\Client($request->config);
} catch (Oss\Exception\OssResumableException $error) {
    write('', errorLines($error));
    exit(0);
}
$runs = ['' => new Run($client, $request, $request->what)];
if ($request->second !== []) {
    $runs['second.'] = new Run($client, $request, $request->second);
}
foreach ($runs as $run) {
    $run->start();
}
do {
    // PHP has no threads: the uploads run at the same time, and are looked at in turn.
    $running = array_filter($runs, static fn (Run $run): bool => !$run->step());
} while ($running !== []);
foreach ($runs as $prefix => $run) {
    write($prefix, $run->lines());
}
