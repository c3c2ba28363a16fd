using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OssResumable
{
    // From a configuration to a client of the library.
    internal static class ClientSettings
    {
        // Not inlined, because Library.Load() has to come first: see NativeMethods.
        [MethodImpl(MethodImplOptions.NoInlining)]
        internal static ClientHandle Open(OssResumableConfiguration from, ClientCallbacks callbacks)
        {
            var handle = new ClientHandle();
            GCHandle self = GCHandle.Alloc(callbacks);
            handle.Keep(self);
            try
            {
                using (var text = new NativeText())
                {
                    oss_resumable_config_t native = Write(from, text, GCHandle.ToIntPtr(self));
                    IntPtr client, result;
                    int code = NativeMethods.oss_resumable_client_new(ref native, out client, out result);
                    handle.Take(client);
                    Failure.ThrowUnlessOk(code, result, null);
                }
            }
            catch (Exception)
            {
                // A handle of NULL is never released.
                self.Free();
                handle.Keep(default(GCHandle));
                throw;
            }
            return handle;
        }

        private static oss_resumable_config_t Write(OssResumableConfiguration from, NativeText text, IntPtr self)
        {
            byte[] certificates = from.CaData == null ? null : System.Text.Encoding.UTF8.GetBytes(from.CaData);
            var to = new oss_resumable_config_t
            {
                struct_size = (uint)Marshal.SizeOf(typeof(oss_resumable_config_t)),
                signature_version = (int)from.SignatureVersion,
                endpoint = text.Add("endpoint", from.Endpoint),
                region = text.Add("region", from.Region),
                access_key_id = text.Add("access_key_id", from.AccessKeyId),
                access_key_secret = text.Add("access_key_secret", from.AccessKeySecret),
                sts_token = text.Add("sts_token", from.SecurityToken),
                ca_file = text.Add("ca_file", from.CaFile),
                is_cname = from.IsCname ? 1 : 0,
                is_path_style = from.IsPathStyle ? 1 : 0,
                connect_timeout_ms = from.ConnectionTimeout,
                stall_timeout_ms = from.StallTimeout,
                retry_timeout_ms = from.RetryTimeout,
                max_retries = from.MaxErrorRetry,
                credentials = Write(from.Credentials, text, self),
                endpoint_type = (int)from.EndpointType,
                first_byte_timeout_ms = from.FirstByteTimeout,
                max_connections = from.MaxConnections,
                proxy_from_environment = from.ProxyFromEnvironment ? 1 : 0,
                bandwidth_limit = from.BandwidthLimit,
                proxy = text.Add("proxy", from.Proxy),
                proxy_user = text.Add("proxy_user", from.ProxyUserName),
                proxy_password = text.Add("proxy_password", from.ProxyPassword),
                no_proxy = text.Add("no_proxy", from.NoProxy),
                ca_data = text.Add(certificates),
                ca_data_len = (UIntPtr)(certificates == null ? 0 : certificates.Length),
                source_address = text.Add("source_address", from.SourceAddress),
                user_agent = text.Add("user_agent", from.UserAgent),
                log_file = text.Add("log_file", from.LogFile),
                log_level = (int)from.LogLevel,
            };
            if (from.LogCallback != null)
            {
                to.log_callback = Callbacks.Log;
                to.log_userdata = self;
            }
            return to;
        }

        private static IntPtr Write(CredentialsSource from, NativeText text, IntPtr self)
        {
            if (from == null)
            {
                return IntPtr.Zero;
            }
            var to = new oss_resumable_credentials_t
            {
                struct_size = (uint)Marshal.SizeOf(typeof(oss_resumable_credentials_t)),
                provider = text.Add("provider", from.Provider ?? (from.Callback != null ? "callback" : null)),
                profile_file = text.Add("profile_file", from.ProfileFile),
                profile_name = text.Add("profile_name", from.ProfileName),
                process = text.Add("process", from.Process),
                role_name = text.Add("role_name", from.RoleName),
                metadata_endpoint = text.Add("metadata_endpoint", from.MetadataEndpoint),
                role_arn = text.Add("role_arn", from.RoleArn),
                oidc_provider_arn = text.Add("oidc_provider_arn", from.OidcProviderArn),
                oidc_token_file = text.Add("oidc_token_file", from.OidcTokenFile),
                role_session_name = text.Add("role_session_name", from.RoleSessionName),
                sts_endpoint = text.Add("sts_endpoint", from.StsEndpoint),
            };
            if (from.Callback != null)
            {
                to.callback = Callbacks.Credentials;
                to.userdata = self;
            }
            return text.Add(to);
        }
    }
}
