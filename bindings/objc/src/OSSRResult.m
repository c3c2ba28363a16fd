#import "OSSRInternal.h"

static NSDictionary *readHeaders(const oss_resumable_result_t *result) {
  NSMutableDictionary *headers = [NSMutableDictionary dictionary];
  const char *name, *value;
  for (size_t at = 0; oss_resumable_result_header_at(result, at, &name, &value); at++) {
    NSString *key = OSSRString(name), *text = OSSRString(value);
    NSString *earlier = [headers objectForKey:key];
    if (earlier != nil) {
      text = [NSString stringWithFormat:@"%@, %@", earlier, text];
    }
    [headers setObject:text forKey:key];
  }
  return headers;
}

@implementation OSSRResumableUploadResult

@synthesize eTag = _eTag;
@synthesize versionId = _versionId;
@synthesize uploadId = _uploadId;
@synthesize requestId = _requestId;
@synthesize httpResponseCode = _httpResponseCode;
@synthesize crc64 = _crc64;
@synthesize resumedBytes = _resumedBytes;
@synthesize partSize = _partSize;
@synthesize partCount = _partCount;
@synthesize retries = _retries;
@synthesize warnings = _warnings;
@synthesize callbackError = _callbackError;
@synthesize httpResponseHeaderFields = _httpResponseHeaderFields;
@synthesize body = _body;

- (id)initWithResult:(const oss_resumable_result_t *)result {
  if ((self = [super init]) != nil) {
    _eTag = OSSR_RETAIN(OSSRString(oss_resumable_result_etag(result)));
    _versionId = OSSR_RETAIN(OSSRString(oss_resumable_result_version_id(result)));
    _uploadId = OSSR_RETAIN(OSSRString(oss_resumable_result_upload_id(result)));
    _requestId = OSSR_RETAIN(OSSRString(oss_resumable_result_request_id(result)));
    _callbackError = OSSR_RETAIN(OSSRString(oss_resumable_result_callback_error(result)));
    _httpResponseCode = oss_resumable_result_http_status(result);
    _crc64 = oss_resumable_result_crc64(result);
    _resumedBytes = oss_resumable_result_resumed_bytes(result);
    _partSize = oss_resumable_result_part_size(result);
    _partCount = oss_resumable_result_parts(result);
    _retries = oss_resumable_result_retries(result);
    _warnings = oss_resumable_result_warnings(result);
    _httpResponseHeaderFields = OSSR_RETAIN(readHeaders(result));
    size_t length = 0;
    const char *body = oss_resumable_result_body(result, &length);
    _body = [[NSData alloc] initWithBytes:body length:length];
  }
  return self;
}

- (NSString *)serverReturnJsonString {
  return OSSR_AUTORELEASE([[NSString alloc] initWithData:_body encoding:NSUTF8StringEncoding]);
}

- (void)dealloc {
  OSSR_RELEASE(_eTag);
  OSSR_RELEASE(_versionId);
  OSSR_RELEASE(_uploadId);
  OSSR_RELEASE(_requestId);
  OSSR_RELEASE(_callbackError);
  OSSR_RELEASE(_httpResponseHeaderFields);
  OSSR_RELEASE(_body);
  OSSR_DEALLOC;
}

@end

@implementation OSSRUnfinishedUpload

@synthesize objectKey = _objectKey;
@synthesize uploadId = _uploadId;
@synthesize initiated = _initiated;

- (id)initWithKey:(NSString *)key uploadId:(NSString *)uploadId initiated:(int64_t)initiated {
  if ((self = [super init]) != nil) {
    _objectKey = [key copy];
    _uploadId = [uploadId copy];
    _initiated = OSSR_RETAIN([NSDate dateWithTimeIntervalSince1970:(NSTimeInterval)initiated]);
  }
  return self;
}

- (void)dealloc {
  OSSR_RELEASE(_objectKey);
  OSSR_RELEASE(_uploadId);
  OSSR_RELEASE(_initiated);
  OSSR_DEALLOC;
}

@end
