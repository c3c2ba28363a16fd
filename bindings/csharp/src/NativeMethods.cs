using System;
using System.Runtime.InteropServices;

namespace OssResumable
{
    // The structs of oss_resumable.h, field by field under the header's names, so that a test can compare
    // them with tests/abi.json. Pointers and callbacks are IntPtr, so everything is blittable.
    [StructLayout(LayoutKind.Sequential)]
    internal struct oss_resumable_callback_t
    {
        internal uint struct_size;
        internal int sni;
        internal IntPtr url;
        internal IntPtr host;
        internal IntPtr body;
        internal IntPtr body_type;
        internal IntPtr variables;
        internal UIntPtr variables_len;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct oss_resumable_config_t
    {
        internal uint struct_size;
        internal int signature_version;
        internal IntPtr endpoint;
        internal IntPtr region;
        internal IntPtr access_key_id;
        internal IntPtr access_key_secret;
        internal IntPtr sts_token;
        internal IntPtr ca_file;
        internal int is_cname;
        internal int is_path_style;
        internal int connect_timeout_ms;
        internal int stall_timeout_ms;
        internal int retry_timeout_ms;
        internal int max_retries;
        internal IntPtr credentials;
        internal int endpoint_type;
        internal int first_byte_timeout_ms;
        internal int max_connections;
        internal int proxy_from_environment;
        internal long bandwidth_limit;
        internal IntPtr proxy;
        internal IntPtr proxy_user;
        internal IntPtr proxy_password;
        internal IntPtr no_proxy;
        internal IntPtr ca_data;
        internal UIntPtr ca_data_len;
        internal IntPtr source_address;
        internal IntPtr user_agent;
        internal IntPtr log_file;
        internal IntPtr log_callback;
        internal IntPtr log_userdata;
        internal int log_level;
        internal int reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct oss_resumable_credentials_t
    {
        internal uint struct_size;
        internal uint reserved;
        internal IntPtr provider;
        internal IntPtr profile_file;
        internal IntPtr profile_name;
        internal IntPtr process;
        internal IntPtr role_name;
        internal IntPtr metadata_endpoint;
        internal IntPtr role_arn;
        internal IntPtr oidc_provider_arn;
        internal IntPtr oidc_token_file;
        internal IntPtr role_session_name;
        internal IntPtr sts_endpoint;
        internal IntPtr callback;
        internal IntPtr userdata;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct oss_resumable_header_t
    {
        internal IntPtr name;
        internal IntPtr value;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct oss_resumable_params_t
    {
        internal uint struct_size;
        internal int thread_num;
        internal long part_size;
        internal int enable_checkpoint;
        internal uint flags;
        internal IntPtr checkpoint_path;
        internal IntPtr progress_callback;
        internal IntPtr userdata;
        internal IntPtr headers;
        internal UIntPtr headers_len;
        internal IntPtr source;
        internal IntPtr callback;
        internal int verify_on_resume;
        internal int resume_by_content;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct oss_resumable_progress_t
    {
        internal uint struct_size;
        internal int stage;
        internal long consumed_bytes;
        internal long total_bytes;
        internal long resumed_bytes;
        internal int parts_done;
        internal int parts_total;
        internal int retries;
        internal int reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct oss_resumable_source_t
    {
        internal uint struct_size;
        internal int kind;
        internal long handle;
        internal IntPtr data;
        internal UIntPtr data_len;
    }

    // The functions of oss_resumable.h. Library.Load() has to have run before the first of them is called,
    // and in another method: Mono looks a function up when the method that calls it is compiled.
    internal static class NativeMethods
    {
        internal const string LibraryName = "oss_resumable";

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_abort_upload(
            IntPtr client, IntPtr bucket, IntPtr @object, IntPtr upload_id, out IntPtr result_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_abort_uploads(
            IntPtr client, IntPtr bucket, IntPtr prefix, long min_age_seconds, out long aborted_out,
            out IntPtr result_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void oss_resumable_client_free(IntPtr client);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_client_new(
            ref oss_resumable_config_t config, out IntPtr client_out, out IntPtr result_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_client_set_bandwidth_limit(
            IntPtr client, long bytes_per_second);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_client_set_credentials(
            IntPtr client, IntPtr access_key_id, IntPtr access_key_secret, IntPtr sts_token);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_credentials_answer(
            IntPtr answer, IntPtr access_key_id, IntPtr access_key_secret, IntPtr sts_token, long expires_at);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_discard(
            IntPtr client, IntPtr bucket, IntPtr @object, IntPtr filepath, IntPtr checkpoint_path,
            out IntPtr result_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_list_uploads(
            IntPtr client, IntPtr bucket, IntPtr prefix, long min_age_seconds, out IntPtr list_out,
            out IntPtr result_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_result_attempts(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_body(IntPtr result, out UIntPtr len_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_callback_error(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_result_code(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern ulong oss_resumable_result_crc64(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_ec(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_error_code(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_etag(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void oss_resumable_result_free(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_header(IntPtr result, IntPtr name);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_result_header_at(
            IntPtr result, UIntPtr index, out IntPtr name_out, out IntPtr value_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern UIntPtr oss_resumable_result_header_count(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_host_id(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_result_http_status(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_message(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long oss_resumable_result_offset(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_result_os_errno(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_result_part_number(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long oss_resumable_result_part_size(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_result_parts(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_reason(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_request_id(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern long oss_resumable_result_resumed_bytes(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_result_retries(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_result_retryable(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_stage(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_upload_id(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_result_version_id(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern uint oss_resumable_result_warnings(IntPtr result);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void oss_resumable_upload_cancel(IntPtr upload);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_upload_file(
            IntPtr client, IntPtr bucket, IntPtr @object, IntPtr filepath, ref oss_resumable_params_t @params,
            out IntPtr result_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void oss_resumable_upload_free(IntPtr upload);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_upload_list_at(
            IntPtr list, UIntPtr index, out IntPtr object_out, out IntPtr upload_id_out, out long initiated_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern UIntPtr oss_resumable_upload_list_count(IntPtr list);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern void oss_resumable_upload_list_free(IntPtr list);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_upload_progress(
            IntPtr upload, ref oss_resumable_progress_t progress_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_upload_result(IntPtr upload, out IntPtr result_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_upload_start(
            IntPtr client, IntPtr bucket, IntPtr @object, IntPtr filepath, ref oss_resumable_params_t @params,
            out IntPtr upload_out, out IntPtr result_out);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_upload_wait(IntPtr upload, long timeout_ms);

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr oss_resumable_version();

        [DllImport(LibraryName, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int oss_resumable_version_number();
    }
}
