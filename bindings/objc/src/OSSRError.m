#import "OSSRInternal.h"

NSString *const OSSRErrorDomain = @"OSSRErrorDomain";
NSString *const OSSRErrorStageKey = @"OSSRErrorStage";
NSString *const OSSRErrorPartNumberKey = @"OSSRErrorPartNumber";
NSString *const OSSRErrorOffsetKey = @"OSSRErrorOffset";
NSString *const OSSRErrorHTTPStatusKey = @"OSSRErrorHTTPStatus";
NSString *const OSSRErrorOSSCodeKey = @"OSSRErrorOSSCode";
NSString *const OSSRErrorRequestIdKey = @"OSSRErrorRequestId";
NSString *const OSSRErrorHostIdKey = @"OSSRErrorHostId";
NSString *const OSSRErrorECKey = @"OSSRErrorEC";
NSString *const OSSRErrorErrnoKey = @"OSSRErrorErrno";
NSString *const OSSRErrorReasonKey = @"OSSRErrorReason";
NSString *const OSSRErrorAttemptsKey = @"OSSRErrorAttempts";
NSString *const OSSRErrorRetryableKey = @"OSSRErrorRetryable";
NSString *const OSSRErrorUploadIdKey = @"OSSRErrorUploadId";
NSString *const OSSRErrorWarningsKey = @"OSSRErrorWarnings";

NSError *OSSRMakeError(NSInteger code, NSString *message) {
  return [NSError errorWithDomain:OSSRErrorDomain
                             code:code
                         userInfo:[NSDictionary dictionaryWithObject:message forKey:NSLocalizedDescriptionKey]];
}

static void put(NSMutableDictionary *info, NSString *key, const char *text) {
  NSString *string = OSSRString(text);
  if (string != nil) {
    [info setObject:string forKey:key];
  }
}

static void putNumber(NSMutableDictionary *info, NSString *key, int64_t number, BOOL isKnown) {
  if (isKnown) {
    [info setObject:[NSNumber numberWithLongLong:number] forKey:key];
  }
}

NSError *OSSRTakeError(oss_resumable_code_t code, oss_resumable_result_t *result, NSError *underlying) {
  if (result == NULL) {
    return OSSRMakeError(code, [NSString stringWithFormat:@"the library answered %d", (int)code]);
  }
  NSMutableDictionary *info = [NSMutableDictionary dictionary];
  put(info, NSLocalizedDescriptionKey, oss_resumable_result_message(result));
  put(info, OSSRErrorStageKey, oss_resumable_result_stage(result));
  put(info, OSSRErrorOSSCodeKey, oss_resumable_result_error_code(result));
  put(info, OSSRErrorRequestIdKey, oss_resumable_result_request_id(result));
  put(info, OSSRErrorHostIdKey, oss_resumable_result_host_id(result));
  put(info, OSSRErrorECKey, oss_resumable_result_ec(result));
  put(info, OSSRErrorReasonKey, oss_resumable_result_reason(result));
  put(info, OSSRErrorUploadIdKey, oss_resumable_result_upload_id(result));
  int32_t part = oss_resumable_result_part_number(result);
  int64_t offset = oss_resumable_result_offset(result);
  int32_t status = oss_resumable_result_http_status(result);
  int32_t number = oss_resumable_result_os_errno(result);
  int32_t attempts = oss_resumable_result_attempts(result);
  uint32_t warnings = oss_resumable_result_warnings(result);
  putNumber(info, OSSRErrorPartNumberKey, part, part != 0);
  putNumber(info, OSSRErrorOffsetKey, offset, offset >= 0);
  putNumber(info, OSSRErrorHTTPStatusKey, status, status != 0);
  putNumber(info, OSSRErrorErrnoKey, number, number != 0);
  putNumber(info, OSSRErrorAttemptsKey, attempts, attempts != 0);
  putNumber(info, OSSRErrorWarningsKey, warnings, warnings != 0);
  [info setObject:[NSNumber numberWithBool:oss_resumable_result_retryable(result) != 0]
           forKey:OSSRErrorRetryableKey];
  if (underlying == nil && number != 0) {
    underlying = [NSError errorWithDomain:NSPOSIXErrorDomain code:number userInfo:nil];
  }
  if (underlying != nil) {
    [info setObject:underlying forKey:NSUnderlyingErrorKey];
  }
  oss_resumable_result_free(result);
  return [NSError errorWithDomain:OSSRErrorDomain code:code userInfo:info];
}

BOOL OSSRFail(NSError *__autoreleasing *out, NSError *error) {
  if (out != NULL) {
    *out = error;
  }
  return NO;
}
