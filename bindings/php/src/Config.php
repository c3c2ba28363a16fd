<?php

declare(strict_types=1);

namespace OssResumable;

use Closure;
use OssResumable\Credentials\CredentialsProvider;
use OssResumable\Credentials\DefaultCredentialsProvider;
use OssResumable\Credentials\StaticCredentialsProvider;

/**
 * The settings of a client. null and 0 mean the engine's default. Times are in milliseconds.
 *
 * The client copies them: a change afterwards has no effect on it.
 */
final class Config
{
    /**
     * @param string|null $region "cn-hangzhou"; null: taken from the endpoint. V4 needs one.
     * @param string|null $endpoint `[http://|https://]host[:port]`, HTTPS when no scheme is given;
     *     null: made from region and endpointType.
     * @param StaticCredentialsProvider|DefaultCredentialsProvider|CredentialsProvider|object|null
     *     $credentialsProvider a class of OssResumable\Credentials; a closure that returns
     *     Credentials; or an object with getCredentials(), such as one of the official SDK.
     *     Required, unless accessKeyId and accessKeySecret are given.
     * @param string|null $securityToken the token of temporary (STS) credentials.
     * @param int|string $signatureVersion "v4" (the default) or "v1".
     * @param int $endpointType without an endpoint: one of EndpointType.
     * @param bool $useCname the endpoint is the bucket's own domain.
     * @param bool $usePathStyle the bucket goes into the path; always so for IP addresses.
     * @param int $connectTimeout ms, for one connection, name resolution and TLS included. 10,000.
     * @param int $stallTimeout ms: an attempt during which nothing moves is made again. 30,000.
     * @param int $firstByteTimeout ms, until the first byte of an answer. The stall time. Four times
     *     that for CompleteMultipartUpload, and longer with an upload callback, so that its receivers
     *     have their time.
     * @param int $retryTimeout ms: a request that keeps failing fails the upload. 300,000.
     * @param int $maxRetries of one request; 0: bounded by the retry time alone; -1: none.
     * @param int $maxConnections requests in flight over all uploads, 1 to 4,096; 0: no limit.
     * @param int $bandwidthLimit bytes per second over all uploads, at least 1,024; 0: no limit.
     * @param string|null $proxy `[http|https|socks5|socks5h://][user:password@]host[:port]`.
     * @param string|null $proxyUser instead of one in the address, and not percent-encoded.
     * @param string|null $noProxy hosts that are reached directly, separated by commas.
     * @param bool $proxyFromEnvironment the proxy that https_proxy (http_proxy for an http:// endpoint),
     *     all_proxy and no_proxy name.
     * @param string|null $caFile a PEM file of certificates to trust besides the system's.
     * @param string|null $caData PEM text of more such certificates.
     * @param string|null $sourceAddress the IP address that connections come from.
     * @param string|null $userAgent put behind "oss-resumable/VERSION" in the User-Agent header.
     * @param string|null $logFile a file to which the log is appended.
     * @param Closure|null $logCallback function (int $level, string $line): void, instead of a file;
     *     runs inside the methods that block. What it throws ends the upload and comes out of them;
     *     it must not exit.
     * @param int $logLevel one of LogLevel; nothing by default.
     */
    public function __construct(
        public ?string $region = null,
        public ?string $endpoint = null,
        public ?object $credentialsProvider = null,
        public ?string $accessKeyId = null,
        #[\SensitiveParameter] public ?string $accessKeySecret = null,
        #[\SensitiveParameter] public ?string $securityToken = null,
        public int|string $signatureVersion = 0,
        public int $endpointType = EndpointType::PUBLIC,
        public bool $useCname = false,
        public bool $usePathStyle = false,
        public int $connectTimeout = 0,
        public int $stallTimeout = 0,
        public int $firstByteTimeout = 0,
        public int $retryTimeout = 0,
        public int $maxRetries = 0,
        public int $maxConnections = 0,
        public int $bandwidthLimit = 0,
        #[\SensitiveParameter] public ?string $proxy = null,
        public ?string $proxyUser = null,
        #[\SensitiveParameter] public ?string $proxyPassword = null,
        public ?string $noProxy = null,
        public bool $proxyFromEnvironment = false,
        public ?string $caFile = null,
        public ?string $caData = null,
        public ?string $sourceAddress = null,
        public ?string $userAgent = null,
        public ?string $logFile = null,
        public ?Closure $logCallback = null,
        public int $logLevel = LogLevel::NONE,
    ) {
    }

    /** All defaults, as in the official SDK. */
    public static function loadDefault(): self
    {
        return new self();
    }

    public function setRegion(string $region): self
    {
        $this->region = $region;
        return $this;
    }

    public function setEndpoint(string $endpoint): self
    {
        $this->endpoint = $endpoint;
        return $this;
    }

    public function setCredentialsProvider(object $provider): self
    {
        $this->credentialsProvider = $provider;
        return $this;
    }

    public function setSignatureVersion(int|string $version): self
    {
        $this->signatureVersion = $version;
        return $this;
    }

    /** var_dump() and the like show no secret. */
    public function __debugInfo(): array
    {
        $shown = get_object_vars($this);
        foreach (['accessKeySecret', 'securityToken', 'proxyPassword', 'proxy'] as $secret) {
            $shown[$secret] = $shown[$secret] === null ? null : '***';
        }
        return $shown;
    }
}
