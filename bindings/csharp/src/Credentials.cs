using System;

namespace OssResumable
{
    /// <summary>An access key, and a token if it is a temporary one.</summary>
    public sealed class OssCredentials
    {
        /// <summary>Makes credentials; <paramref name="expiration"/> null: they do not end.</summary>
        public OssCredentials(
            string accessKeyId, string accessKeySecret, string securityToken = null, DateTimeOffset? expiration = null)
        {
            AccessKeyId = accessKeyId;
            AccessKeySecret = accessKeySecret;
            SecurityToken = securityToken;
            Expiration = expiration;
        }

        /// <summary>The id.</summary>
        public string AccessKeyId { get; }

        /// <summary>The secret.</summary>
        public string AccessKeySecret { get; }

        /// <summary>The token of temporary (STS) credentials, or null.</summary>
        public string SecurityToken { get; }

        /// <summary>When they end; they are renewed before.</summary>
        public DateTimeOffset? Expiration { get; }
    }

    /// <summary>
    /// Where credentials come from. They are fetched when first needed, once for all uploads of a client, and
    /// renewed before they end. What is null is taken from the environment, then from the default.
    /// </summary>
    public sealed class CredentialsSource
    {
        /// <summary>
        /// One of <c>environment</c>, <c>oidc</c>, <c>profile</c>, <c>ecs_ram_role</c> and <c>process</c>, or several,
        /// separated by commas: the first that is set up on this machine decides. Null: the first four in this order.
        /// </summary>
        public string Provider { get; set; }

        /// <summary>
        /// Asked for credentials instead; <see cref="Provider"/> stays null. Runs on a thread inside an upload or
        /// another call with the client, one call at a time, and must not make such a call itself. What it throws is
        /// tried again for as long as a request is, and is then the InnerException of the failure.
        /// </summary>
        public Func<OssCredentials> Callback { get; set; }

        /// <summary><c>profile</c>: null: ALIBABA_CLOUD_CONFIG_FILE, else <c>~/.aliyun/config.json</c>.</summary>
        public string ProfileFile { get; set; }

        /// <summary><c>profile</c>: null: ALIBABA_CLOUD_PROFILE, else the file's current one.</summary>
        public string ProfileName { get; set; }

        /// <summary><c>process</c>: a command line for the shell, which prints JSON. Ended after 60 s.</summary>
        public string Process { get; set; }

        /// <summary><c>ecs_ram_role</c>: null: ALIBABA_CLOUD_ECS_METADATA, else asked from the service.</summary>
        public string RoleName { get; set; }

        /// <summary>
        /// <c>ecs_ram_role</c>: null: ALIBABA_CLOUD_ECS_METADATA_SERVICE_ENDPOINT, else
        /// <c>http://100.100.100.200</c>. HTTPS when no scheme is given.
        /// </summary>
        public string MetadataEndpoint { get; set; }

        /// <summary><c>oidc</c>: null: ALIBABA_CLOUD_ROLE_ARN.</summary>
        public string RoleArn { get; set; }

        /// <summary><c>oidc</c>: null: ALIBABA_CLOUD_OIDC_PROVIDER_ARN.</summary>
        public string OidcProviderArn { get; set; }

        /// <summary><c>oidc</c>: null: ALIBABA_CLOUD_OIDC_TOKEN_FILE.</summary>
        public string OidcTokenFile { get; set; }

        /// <summary><c>oidc</c>: null: ALIBABA_CLOUD_ROLE_SESSION_NAME, else <c>oss-resumable</c>.</summary>
        public string RoleSessionName { get; set; }

        /// <summary>
        /// <c>oidc</c> and roles of a profile: null: that of the profile's <c>sts_region</c>, else
        /// ALIBABA_CLOUD_STS_ENDPOINT, else <c>https://sts.aliyuncs.com</c>. HTTPS when no scheme is given.
        /// </summary>
        public string StsEndpoint { get; set; }
    }
}
