<?php

declare(strict_types=1);

namespace OssResumable;

/** Whom OSS calls back when the object is stored. Plain text: the engine encodes it. */
final class Callback
{
    /**
     * @param string $url one to five addresses, separated by ";", tried in turn.
     * @param string $body what OSS sends, with variables such as `${object}` or `${x:name}` in it.
     * @param string|null $host the Host header of OSS's request; null: from the URL.
     * @param string|null $bodyType "application/x-www-form-urlencoded" (the default) or
     *     "application/json".
     * @param array<string, string> $variables your own, whose names begin with "x:", in lower case.
     * @param bool $sni name the host in the TLS handshake of OSS's request.
     */
    public function __construct(
        public string $url,
        public string $body,
        public ?string $host = null,
        public ?string $bodyType = null,
        public array $variables = [],
        public bool $sni = false,
    ) {
    }
}
