<?php

declare(strict_types=1);

namespace OssResumable\Internal;

use Closure;
use FFI;
use FFI\CData;
use OssResumable\Callback;
use OssResumable\Config;
use OssResumable\Credentials\DefaultCredentialsProvider;
use OssResumable\Credentials\StaticCredentialsProvider;
use OssResumable\UploadOptions;

/** The settings as structs of the C API. */
final class Structs
{
    /** What a provider has to be asked with; null where the engine or the config knows. */
    public static function asker(Config $config): ?Closure
    {
        $provider = $config->credentialsProvider;
        if (
            $provider === null
            || $provider instanceof StaticCredentialsProvider
            || $provider instanceof DefaultCredentialsProvider
        ) {
            return null;
        }
        if ($provider instanceof Closure) {
            return $provider;
        }
        if (!method_exists($provider, 'getCredentials')) {
            throw new \TypeError('credentialsProvider: has no getCredentials() and is no closure');
        }
        return Closure::fromCallable([$provider, 'getCredentials']);
    }

    public static function config(Memory $memory, Config $config, Callbacks $callbacks): CData
    {
        $struct = $memory->struct('oss_resumable_config_t');
        $texts = [
            'endpoint' => $config->endpoint,
            'region' => $config->region,
            'access_key_id' => $config->accessKeyId,
            'access_key_secret' => $config->accessKeySecret,
            'sts_token' => $config->securityToken,
            'ca_file' => $config->caFile,
            'proxy' => $config->proxy,
            'proxy_user' => $config->proxyUser,
            'proxy_password' => $config->proxyPassword,
            'no_proxy' => $config->noProxy,
            'source_address' => $config->sourceAddress,
            'user_agent' => $config->userAgent,
            'log_file' => $config->logFile,
        ];
        if ($config->credentialsProvider instanceof StaticCredentialsProvider) {
            $credentials = $config->credentialsProvider->getCredentials();
            $texts['access_key_id'] = $credentials->getAccessKeyId();
            $texts['access_key_secret'] = $credentials->getAccessKeySecret();
            $texts['sts_token'] = $credentials->getSecurityToken();
        }
        self::setTexts($memory, $struct, $texts);
        self::setNumbers($struct, [
            'signature_version' => self::signatureVersion($config->signatureVersion),
            'is_cname' => (int) $config->useCname,
            'is_path_style' => (int) $config->usePathStyle,
            'connect_timeout_ms' => $config->connectTimeout,
            'stall_timeout_ms' => $config->stallTimeout,
            'retry_timeout_ms' => $config->retryTimeout,
            'max_retries' => $config->maxRetries,
            'endpoint_type' => $config->endpointType,
            'first_byte_timeout_ms' => $config->firstByteTimeout,
            'max_connections' => $config->maxConnections,
            'proxy_from_environment' => (int) $config->proxyFromEnvironment,
            'log_level' => $config->logLevel,
        ]);
        $struct->bandwidth_limit = $config->bandwidthLimit;
        if ($config->caData !== null && $config->caData !== '') {
            $struct->ca_data = $memory->bytes($config->caData);
            $struct->ca_data_len = strlen($config->caData);
        }
        $credentials = self::credentials($memory, $config, $callbacks);
        if ($credentials !== null) {
            $struct->credentials = FFI::addr($credentials);
        }
        $callbacks->fillLog($struct);
        return $struct;
    }

    private static function credentials(Memory $memory, Config $config, Callbacks $callbacks): ?CData
    {
        $provider = $config->credentialsProvider;
        if ($provider === null || $provider instanceof StaticCredentialsProvider) {
            return null;
        }
        $struct = $memory->struct('oss_resumable_credentials_t');
        if (!$provider instanceof DefaultCredentialsProvider) {
            $struct->provider = $memory->text('provider', 'callback');
            $callbacks->fillCredentials($struct);
            return $struct;
        }
        self::setTexts($memory, $struct, [
            'provider' => $provider->provider,
            'profile_file' => $provider->profileFile,
            'profile_name' => $provider->profileName,
            'process' => $provider->process,
            'role_name' => $provider->roleName,
            'metadata_endpoint' => $provider->metadataEndpoint,
            'role_arn' => $provider->roleArn,
            'oidc_provider_arn' => $provider->oidcProviderArn,
            'oidc_token_file' => $provider->oidcTokenFile,
            'role_session_name' => $provider->roleSessionName,
            'sts_endpoint' => $provider->stsEndpoint,
        ]);
        return $struct;
    }

    public static function params(Memory $memory, UploadOptions $options, ?string $data): CData
    {
        $struct = $memory->struct('oss_resumable_params_t');
        self::setTexts($memory, $struct, ['checkpoint_path' => $options->checkpointPath]);
        self::setNumbers($struct, [
            'thread_num' => $options->parallelNum,
            'enable_checkpoint' => (int) $options->enableCheckpoint,
            'verify_on_resume' => $options->verifyOnResume,
            'resume_by_content' => (int) $options->resumeByContent,
        ]);
        $struct->part_size = $options->partSize;
        $headers = $options->headers;
        foreach ($options->metadata as $name => $value) {
            $headers['x-oss-meta-' . $name] = $value;
        }
        if ($headers !== []) {
            $struct->headers = $memory->headers('headers', $headers);
            $struct->headers_len = count($headers);
        }
        if ($options->callback !== null) {
            $struct->callback = FFI::addr(self::callback($memory, $options->callback));
        }
        if ($data !== null) {
            $struct->source = FFI::addr(self::source($memory, $data));
        }
        return $struct;
    }

    private static function callback(Memory $memory, Callback $callback): CData
    {
        $struct = $memory->struct('oss_resumable_callback_t');
        self::setTexts($memory, $struct, [
            'url' => $callback->url,
            'host' => $callback->host,
            'body' => $callback->body,
            'body_type' => $callback->bodyType,
        ]);
        $struct->sni = (int) $callback->sni;
        if ($callback->variables !== []) {
            $struct->variables = $memory->headers('callback variables', $callback->variables);
            $struct->variables_len = count($callback->variables);
        }
        return $struct;
    }

    private static function source(Memory $memory, string $data): CData
    {
        $struct = $memory->struct('oss_resumable_source_t');
        $struct->kind = Library::SOURCE_MEMORY;
        // One byte more, because C memory cannot be empty.
        $struct->data = $memory->bytes($data . "\0");
        $struct->data_len = strlen($data);
        return $struct;
    }

    /** @param array<string, ?string> $texts */
    private static function setTexts(Memory $memory, CData $struct, array $texts): void
    {
        foreach ($texts as $field => $text) {
            if ($text !== null) {
                $struct->$field = $memory->text($field, $text);
            }
        }
    }

    /** @param array<string, int> $numbers */
    private static function setNumbers(CData $struct, array $numbers): void
    {
        foreach ($numbers as $field => $number) {
            $struct->$field = Memory::int32($field, $number);
        }
    }

    private static function signatureVersion(int|string $version): int
    {
        $number = is_int($version) ? $version : (['v1' => 1, 'v4' => 4][$version] ?? null);
        if ($number === null) {
            $message = 'signature_version: neither "v1" nor "v4"';
            throw \OssResumable\Exception\OssResumableException::of(\OssResumable\Code::INVALID_ARGUMENT, $message);
        }
        return $number;
    }
}
