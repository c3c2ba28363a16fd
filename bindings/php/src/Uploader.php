<?php

declare(strict_types=1);

namespace OssResumable;

use OssResumable\Exception\OssResumableException;
use OssResumable\Models\PutObjectRequest;

/** The official SDK's way to say it: a request and an uploader. Same engine, same results. */
final class Uploader
{
    private const ARGS = [
        'part_size' => 'partSize',
        'parallel_num' => 'parallelNum',
        'enable_checkpoint' => 'enableCheckpoint',
        'checkpoint_dir' => 'checkpointPath',
    ];

    /** @internal use Client::newUploader(). */
    public function __construct(private Client $client, private array $args)
    {
    }

    /** @param array<string, mixed> $args go before those of the uploader. */
    public function uploadFile(PutObjectRequest $request, string $filepath, array $args = []): UploadResult
    {
        $options = new UploadOptions(
            headers: $request->allHeaders(),
            metadata: $request->metadata,
            callback: $request->callback,
            progressFn: $request->progressFn,
        );
        foreach (array_merge($this->args, $args) as $name => $value) {
            $property = self::ARGS[$name] ?? null;
            if ($property === null) {
                throw OssResumableException::of(Code::INVALID_ARGUMENT, "args: $name is unknown");
            }
            $options->$property = $value;
        }
        return $this->client->uploadFile($request->bucket, $request->key, $filepath, $options);
    }
}
