<?php

declare(strict_types=1);

namespace OssResumable\Credentials;

/**
 * Credentials that the engine finds, and renews before they end. What is null is taken from its
 * environment variable, which is read once, when the client is made, then from the default.
 */
class DefaultCredentialsProvider
{
    /**
     * @param string|null $provider one of "environment", "profile", "process", "oidc" and
     *     "ecs_ram_role", or several, separated by commas: the first that is set up on this machine
     *     decides. null: "environment,oidc,profile,ecs_ram_role".
     * @param string|null $profileFile "profile": the file of the Alibaba Cloud CLI.
     * @param string|null $profileName "profile": null: the file's current one.
     * @param string|null $process "process": a command line that prints JSON. Ended after 60 s.
     * @param string|null $roleName "ecs_ram_role": null: asked from the metadata service.
     * @param string|null $metadataEndpoint "ecs_ram_role": null:
     *     ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT, else http://100.100.100.200. HTTPS when no scheme is
     *     given.
     * @param string|null $roleArn "oidc".
     * @param string|null $oidcProviderArn "oidc".
     * @param string|null $oidcTokenFile "oidc": read for every renewal.
     * @param string|null $roleSessionName "oidc": null: "oss-resumable".
     * @param string|null $stsEndpoint "oidc" and roles of a profile: null: that of the profile's
     *     sts_region, else ALIBABA_CLOUD_STS_ENDPOINT, else https://sts.aliyuncs.com. HTTPS when no scheme
     *     is given.
     */
    public function __construct(
        public ?string $provider = null,
        public ?string $profileFile = null,
        public ?string $profileName = null,
        public ?string $process = null,
        public ?string $roleName = null,
        public ?string $metadataEndpoint = null,
        public ?string $roleArn = null,
        public ?string $oidcProviderArn = null,
        public ?string $oidcTokenFile = null,
        public ?string $roleSessionName = null,
        public ?string $stsEndpoint = null,
    ) {
    }
}
