#import "World.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "oss_resumable.h"

/* The classes use the C header itself; this is how the compiler understood it. */
static const struct {
  const char *structure, *field;
  size_t offset, size;
} fields[] = {
#define FIELD(structure, field) {#structure, #field, offsetof(structure, field), sizeof(((structure *)0)->field)}
    FIELD(oss_resumable_callback_t, struct_size),
    FIELD(oss_resumable_callback_t, sni),
    FIELD(oss_resumable_callback_t, url),
    FIELD(oss_resumable_callback_t, host),
    FIELD(oss_resumable_callback_t, body),
    FIELD(oss_resumable_callback_t, body_type),
    FIELD(oss_resumable_callback_t, variables),
    FIELD(oss_resumable_callback_t, variables_len),
    FIELD(oss_resumable_config_t, struct_size),
    FIELD(oss_resumable_config_t, signature_version),
    FIELD(oss_resumable_config_t, endpoint),
    FIELD(oss_resumable_config_t, region),
    FIELD(oss_resumable_config_t, access_key_id),
    FIELD(oss_resumable_config_t, access_key_secret),
    FIELD(oss_resumable_config_t, sts_token),
    FIELD(oss_resumable_config_t, ca_file),
    FIELD(oss_resumable_config_t, is_cname),
    FIELD(oss_resumable_config_t, is_path_style),
    FIELD(oss_resumable_config_t, connect_timeout_ms),
    FIELD(oss_resumable_config_t, stall_timeout_ms),
    FIELD(oss_resumable_config_t, retry_timeout_ms),
    FIELD(oss_resumable_config_t, max_retries),
    FIELD(oss_resumable_config_t, credentials),
    FIELD(oss_resumable_config_t, endpoint_type),
    FIELD(oss_resumable_config_t, first_byte_timeout_ms),
    FIELD(oss_resumable_config_t, max_connections),
    FIELD(oss_resumable_config_t, proxy_from_environment),
    FIELD(oss_resumable_config_t, bandwidth_limit),
    FIELD(oss_resumable_config_t, proxy),
    FIELD(oss_resumable_config_t, proxy_user),
    FIELD(oss_resumable_config_t, proxy_password),
    FIELD(oss_resumable_config_t, no_proxy),
    FIELD(oss_resumable_config_t, ca_data),
    FIELD(oss_resumable_config_t, ca_data_len),
    FIELD(oss_resumable_config_t, source_address),
    FIELD(oss_resumable_config_t, user_agent),
    FIELD(oss_resumable_config_t, log_file),
    FIELD(oss_resumable_config_t, log_callback),
    FIELD(oss_resumable_config_t, log_userdata),
    FIELD(oss_resumable_config_t, log_level),
    FIELD(oss_resumable_config_t, reserved),
    FIELD(oss_resumable_credentials_t, struct_size),
    FIELD(oss_resumable_credentials_t, reserved),
    FIELD(oss_resumable_credentials_t, provider),
    FIELD(oss_resumable_credentials_t, profile_file),
    FIELD(oss_resumable_credentials_t, profile_name),
    FIELD(oss_resumable_credentials_t, process),
    FIELD(oss_resumable_credentials_t, role_name),
    FIELD(oss_resumable_credentials_t, metadata_endpoint),
    FIELD(oss_resumable_credentials_t, role_arn),
    FIELD(oss_resumable_credentials_t, oidc_provider_arn),
    FIELD(oss_resumable_credentials_t, oidc_token_file),
    FIELD(oss_resumable_credentials_t, role_session_name),
    FIELD(oss_resumable_credentials_t, sts_endpoint),
    FIELD(oss_resumable_credentials_t, callback),
    FIELD(oss_resumable_credentials_t, userdata),
    FIELD(oss_resumable_header_t, name),
    FIELD(oss_resumable_header_t, value),
    FIELD(oss_resumable_params_t, struct_size),
    FIELD(oss_resumable_params_t, thread_num),
    FIELD(oss_resumable_params_t, part_size),
    FIELD(oss_resumable_params_t, enable_checkpoint),
    FIELD(oss_resumable_params_t, flags),
    FIELD(oss_resumable_params_t, checkpoint_path),
    FIELD(oss_resumable_params_t, progress_callback),
    FIELD(oss_resumable_params_t, userdata),
    FIELD(oss_resumable_params_t, headers),
    FIELD(oss_resumable_params_t, headers_len),
    FIELD(oss_resumable_params_t, source),
    FIELD(oss_resumable_params_t, callback),
    FIELD(oss_resumable_params_t, verify_on_resume),
    FIELD(oss_resumable_params_t, resume_by_content),
    FIELD(oss_resumable_progress_t, struct_size),
    FIELD(oss_resumable_progress_t, stage),
    FIELD(oss_resumable_progress_t, consumed_bytes),
    FIELD(oss_resumable_progress_t, total_bytes),
    FIELD(oss_resumable_progress_t, resumed_bytes),
    FIELD(oss_resumable_progress_t, parts_done),
    FIELD(oss_resumable_progress_t, parts_total),
    FIELD(oss_resumable_progress_t, retries),
    FIELD(oss_resumable_progress_t, reserved),
    FIELD(oss_resumable_source_t, struct_size),
    FIELD(oss_resumable_source_t, kind),
    FIELD(oss_resumable_source_t, handle),
    FIELD(oss_resumable_source_t, data),
    FIELD(oss_resumable_source_t, data_len),
};

static const struct {
  const char *structure;
  size_t size;
} structs[] = {
    {"oss_resumable_callback_t", sizeof(oss_resumable_callback_t)},
    {"oss_resumable_config_t", sizeof(oss_resumable_config_t)},
    {"oss_resumable_credentials_t", sizeof(oss_resumable_credentials_t)},
    {"oss_resumable_header_t", sizeof(oss_resumable_header_t)},
    {"oss_resumable_params_t", sizeof(oss_resumable_params_t)},
    {"oss_resumable_progress_t", sizeof(oss_resumable_progress_t)},
    {"oss_resumable_source_t", sizeof(oss_resumable_source_t)},
};

/* Names as in C, values as in Objective-C. */
static const struct {
  const char *name;
  long value;
} values[] = {
    {"OSS_RESUMABLE_E_CANCELED", OSSRErrorCancelled},
    {"OSS_RESUMABLE_E_CHECKPOINT", OSSRErrorCheckpoint},
    {"OSS_RESUMABLE_E_COMMIT_UNKNOWN", OSSRErrorCommitUnknown},
    {"OSS_RESUMABLE_E_CREDENTIALS", OSSRErrorCredentials},
    {"OSS_RESUMABLE_E_FILE", OSSRErrorFile},
    {"OSS_RESUMABLE_E_FILE_CHANGED", OSSRErrorFileChanged},
    {"OSS_RESUMABLE_E_INTEGRITY", OSSRErrorIntegrity},
    {"OSS_RESUMABLE_E_INTERNAL", OSSRErrorInternal},
    {"OSS_RESUMABLE_E_INVALID_ARGUMENT", OSSRErrorInvalidArgument},
    {"OSS_RESUMABLE_E_NETWORK", OSSRErrorNetwork},
    {"OSS_RESUMABLE_E_SERVICE", OSSRErrorService},
    {"OSS_RESUMABLE_E_STATE", OSSRErrorState},
    {"OSS_RESUMABLE_STAGE_ABORT", OSSRStageAbort},
    {"OSS_RESUMABLE_STAGE_COMPLETE", OSSRStageComplete},
    {"OSS_RESUMABLE_STAGE_DONE", OSSRStageDone},
    {"OSS_RESUMABLE_STAGE_INITIATE", OSSRStageInitiate},
    {"OSS_RESUMABLE_STAGE_PREPARE", OSSRStagePrepare},
    {"OSS_RESUMABLE_STAGE_RESUME", OSSRStageResume},
    {"OSS_RESUMABLE_STAGE_SETTLE", OSSRStageSettle},
    {"OSS_RESUMABLE_STAGE_UPLOAD", OSSRStageUpload},
    {"OSS_RESUMABLE_AUTO", OSSRAuto},
    {"OSS_RESUMABLE_ENDPOINT_ACCELERATE", OSSREndpointAccelerate},
    {"OSS_RESUMABLE_ENDPOINT_ACCELERATE_OVERSEAS", OSSREndpointAccelerateOverseas},
    {"OSS_RESUMABLE_ENDPOINT_DUAL_STACK", OSSREndpointDualStack},
    {"OSS_RESUMABLE_ENDPOINT_INTERNAL", OSSREndpointInternal},
    {"OSS_RESUMABLE_ENDPOINT_PUBLIC", OSSREndpointPublic},
    {"OSS_RESUMABLE_LOG_DEBUG", OSSRLogDebug},
    {"OSS_RESUMABLE_LOG_ERROR", OSSRLogError},
    {"OSS_RESUMABLE_LOG_INFO", OSSRLogInfo},
    {"OSS_RESUMABLE_LOG_NONE", OSSRLogNone},
    {"OSS_RESUMABLE_LOG_TRACE", OSSRLogTrace},
    {"OSS_RESUMABLE_LOG_WARN", OSSRLogWarn},
    {"OSS_RESUMABLE_VERIFY_ALWAYS", OSSRVerifyAlways},
    {"OSS_RESUMABLE_VERIFY_IN_DOUBT", OSSRVerifyInDoubt},
    {"OSS_RESUMABLE_VERIFY_NEVER", OSSRVerifyNever},
    {"OSS_RESUMABLE_WARN_CALLBACK_FAILED", OSSRWarningCallbackFailed},
    {"OSS_RESUMABLE_WARN_CALLBACK_REPLY_LOST", OSSRWarningCallbackReplyLost},
    {"OSS_RESUMABLE_WARN_CHECKPOINT_LEFT", OSSRWarningCheckpointLeft},
    {"OSS_RESUMABLE_WARN_PART_SIZE_RAISED", OSSRWarningPartSizeRaised},
    {"OSS_RESUMABLE_WARN_RESTARTED", OSSRWarningRestarted},
    {"OSS_RESUMABLE_WARN_RESUMABILITY_LOST", OSSRWarningResumabilityLost},
    {"OSS_RESUMABLE_WARN_UPLOAD_LEFT", OSSRWarningUploadLeft},
};

TEST("structs, codes, stages and constants are those of tests/abi.json") {
  NSData *file = [NSData dataWithContentsOfFile:[NSString stringWithUTF8String:getenv("ABI")]];
  NSDictionary *abi = [NSJSONSerialization JSONObjectWithData:file options:0 error:NULL];
  NSDictionary *all = [abi objectForKey:@"structs"];
  NSUInteger fieldCount = 0;
  CHECK([all count] == sizeof structs / sizeof structs[0]);
  for (size_t at = 0; at < sizeof structs / sizeof structs[0]; at++) {
    NSDictionary *expected = [all objectForKey:[NSString stringWithUTF8String:structs[at].structure]];
    CHECK([[expected objectForKey:@"size"] unsignedLongValue] == structs[at].size);
    fieldCount += [[expected objectForKey:@"fields"] count];
  }
  CHECK(fieldCount == sizeof fields / sizeof fields[0]);
  for (size_t at = 0; at < sizeof fields / sizeof fields[0]; at++) {
    NSDictionary *expected = nil;
    NSString *name = [NSString stringWithUTF8String:fields[at].field];
    for (NSDictionary *field in
         [[all objectForKey:[NSString stringWithUTF8String:fields[at].structure]] objectForKey:@"fields"]) {
      if ([[field objectForKey:@"name"] isEqual:name]) {
        expected = field;
      }
    }
    CHECK(expected != nil);
    CHECK([[expected objectForKey:@"offset"] unsignedLongValue] == fields[at].offset);
    CHECK([[expected objectForKey:@"size"] unsignedLongValue] == fields[at].size);
  }
  NSMutableDictionary *known = [NSMutableDictionary dictionary];
  [known addEntriesFromDictionary:[abi objectForKey:@"codes"]];
  [known addEntriesFromDictionary:[abi objectForKey:@"stages"]];
  [known addEntriesFromDictionary:[abi objectForKey:@"constants"]];
  for (size_t at = 0; at < sizeof values / sizeof values[0]; at++) {
    CHECK_EQUAL([known objectForKey:[NSString stringWithUTF8String:values[at].name]],
                [NSNumber numberWithLong:values[at].value]);
    [known removeObjectForKey:[NSString stringWithUTF8String:values[at].name]];
  }
  /* What is left is what the classes have no name for. */
  [known removeObjectsForKeys:[NSArray arrayWithObjects:@"OSS_RESUMABLE_OK", @"OSS_RESUMABLE_PENDING",
                                                        @"OSS_RESUMABLE_SOURCE_FILE",
                                                        @"OSS_RESUMABLE_SOURCE_MEMORY", nil]];
  CHECK_EQUAL(known, [NSDictionary dictionary]);
  int number = [[abi objectForKey:@"version_number"] intValue];
  CHECK(number / 100 == OSSR_VERSION_MAJOR * 100 + OSSR_VERSION_MINOR);
  CHECK_EQUAL([OSSRClient libraryVersion], [abi objectForKey:@"version"]);
}
