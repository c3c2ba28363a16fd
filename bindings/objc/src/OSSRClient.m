#import "OSSRInternal.h"

#include <math.h>

@interface OSSRClient (Internal)
- (OSSRClientHandle *)handleOr:(NSError *__autoreleasing *)error;
@end

/* Rounded up, so that nothing younger than was asked for is taken. */
static int64_t seconds(NSTimeInterval age) {
  return (int64_t)ceil(age);
}

/* The end of a call that has no details but those of its failure. */
static BOOL finish(oss_resumable_code_t code, oss_resumable_result_t *result, OSSRClientHandle *handle,
                   NSError *__autoreleasing *error) {
  if (code == OSS_RESUMABLE_OK) {
    return YES;
  }
  NSError *underlying = code == OSS_RESUMABLE_E_CREDENTIALS ? handle.credentialsError : nil;
  return OSSRFail(error, OSSRTakeError(code, result, underlying));
}

@implementation OSSRClient

+ (OSSRClient *)clientWithConfiguration:(OSSRClientConfiguration *)configuration error:(NSError **)error {
  return OSSR_AUTORELEASE([[OSSRClient alloc] initWithConfiguration:configuration error:error]);
}

+ (NSString *)libraryVersion {
  return OSSRString(oss_resumable_version());
}

- (id)initWithConfiguration:(OSSRClientConfiguration *)configuration error:(NSError **)error {
  if ((self = [super init]) == nil) {
    return nil;
  }
  int32_t number = oss_resumable_version_number();
  if (number / 10000 != OSSR_VERSION_MAJOR || number / 100 % 100 != OSSR_VERSION_MINOR) {
    OSSRFail(error, OSSRMakeError(OSSRErrorState,
                                  [NSString stringWithFormat:@"liboss_resumable is of version %s, but these "
                                                             @"classes were made for %d.%d",
                                                             oss_resumable_version(), OSSR_VERSION_MAJOR,
                                                             OSSR_VERSION_MINOR]));
    OSSR_RELEASE(self);
    return nil;
  }
  OSSRClientHandle *handle = [OSSRClientHandle new];
  _handle = handle;
  if (![handle open:configuration error:error]) {
    OSSR_RELEASE(self);
    return nil;
  }
  return self;
}

- (OSSRClientHandle *)handleOr:(NSError *__autoreleasing *)error {
  @synchronized(self) {
    if (_handle == nil) {
      OSSRFail(error, OSSRMakeError(OSSRErrorState, @"the client is closed"));
    }
    return OSSR_AUTORELEASE(OSSR_RETAIN(_handle));
  }
}

- (OSSRResumableUploadResult *)uploadFile:(OSSRResumableUploadRequest *)request error:(NSError **)error {
  OSSRClientHandle *handle = [self handleOr:error];
  if (handle == nil) {
    return nil;
  }
  if (request == nil) {
    OSSRFail(error, OSSRMakeError(OSSRErrorInvalidArgument, @"request: is nil"));
    return nil;
  }
  return [[OSSRRun start:request with:handle error:error] wait:error];
}

- (OSSRTask *)resumableUpload:(OSSRResumableUploadRequest *)request {
  OSSRTask *task = OSSR_AUTORELEASE([[OSSRTask alloc] initWithRequest:request]);
  NSError *error = nil;
  OSSRClientHandle *handle = [self handleOr:&error];
  if (handle != nil && request == nil) {
    error = OSSRMakeError(OSSRErrorInvalidArgument, @"request: is nil");
  }
  if (error == nil) {
    [task beginWith:handle];
  } else {
    [task endWith:nil error:error thrown:nil];
  }
  return task;
}

- (BOOL)abortResumableMultipartUpload:(OSSRResumableUploadRequest *)request error:(NSError **)error {
  OSSRClientHandle *handle = [self handleOr:error];
  if (handle == nil) {
    return NO;
  }
  NSError *failed = nil;
  const char *bucket = OSSRText(request.bucketName, "bucket", &failed);
  const char *object = OSSRText(request.objectKey, "object", &failed);
  const char *path = OSSRText([request.uploadingFileURL path], "filepath", &failed);
  const char *checkpoint = OSSRText(request.recordDirectoryPath, "checkpoint_path", &failed);
  if (failed != nil) {
    return OSSRFail(error, failed);
  }
  oss_resumable_result_t *result = NULL;
  return finish(oss_resumable_discard(handle->client, bucket, object, path, checkpoint, &result), result, handle,
                error);
}

- (NSArray *)listUploads:(NSString *)bucketName
                  prefix:(NSString *)prefix
                  minAge:(NSTimeInterval)minAge
                   error:(NSError **)error {
  OSSRClientHandle *handle = [self handleOr:error];
  if (handle == nil) {
    return nil;
  }
  NSError *failed = nil;
  const char *bucket = OSSRText(bucketName, "bucket", &failed);
  const char *begin = OSSRText(prefix, "prefix", &failed);
  if (failed != nil) {
    OSSRFail(error, failed);
    return nil;
  }
  oss_resumable_upload_list_t *list = NULL;
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code =
      oss_resumable_list_uploads(handle->client, bucket, begin, seconds(minAge), &list, &result);
  if (!finish(code, result, handle, error)) {
    return nil;
  }
  NSMutableArray *uploads = [NSMutableArray array];
  const char *key, *uploadId;
  int64_t initiated;
  for (size_t at = 0; oss_resumable_upload_list_at(list, at, &key, &uploadId, &initiated); at++) {
    [uploads addObject:OSSR_AUTORELEASE([[OSSRUnfinishedUpload alloc] initWithKey:OSSRString(key)
                                                                         uploadId:OSSRString(uploadId)
                                                                        initiated:initiated])];
  }
  oss_resumable_upload_list_free(list);
  return uploads;
}

- (BOOL)abortUpload:(NSString *)bucketName
          objectKey:(NSString *)objectKey
           uploadId:(NSString *)uploadId
              error:(NSError **)error {
  OSSRClientHandle *handle = [self handleOr:error];
  if (handle == nil) {
    return NO;
  }
  NSError *failed = nil;
  const char *bucket = OSSRText(bucketName, "bucket", &failed);
  const char *object = OSSRText(objectKey, "object", &failed);
  const char *identifier = OSSRText(uploadId, "upload_id", &failed);
  if (failed != nil) {
    return OSSRFail(error, failed);
  }
  oss_resumable_result_t *result = NULL;
  return finish(oss_resumable_abort_upload(handle->client, bucket, object, identifier, &result), result, handle,
                error);
}

- (int64_t)abortUploads:(NSString *)bucketName
                 prefix:(NSString *)prefix
                 minAge:(NSTimeInterval)minAge
                  error:(NSError **)error {
  OSSRClientHandle *handle = [self handleOr:error];
  if (handle == nil) {
    return -1;
  }
  NSError *failed = nil;
  const char *bucket = OSSRText(bucketName, "bucket", &failed);
  const char *begin = OSSRText(prefix, "prefix", &failed);
  if (failed != nil) {
    OSSRFail(error, failed);
    return -1;
  }
  int64_t aborted = 0;
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code =
      oss_resumable_abort_uploads(handle->client, bucket, begin, seconds(minAge), &aborted, &result);
  return finish(code, result, handle, error) ? aborted : -1;
}

- (BOOL)setAccessKeyId:(NSString *)accessKeyId
       accessKeySecret:(NSString *)accessKeySecret
         securityToken:(NSString *)token
                 error:(NSError **)error {
  OSSRClientHandle *handle = [self handleOr:error];
  if (handle == nil) {
    return NO;
  }
  NSError *failed = nil;
  const char *identifier = OSSRText(accessKeyId, "access_key_id", &failed);
  const char *secret = OSSRText(accessKeySecret, "access_key_secret", &failed);
  const char *sts = OSSRText(token, "sts_token", &failed);
  if (failed != nil) {
    return OSSRFail(error, failed);
  }
  if (oss_resumable_client_set_credentials(handle->client, identifier, secret, sts) == OSS_RESUMABLE_OK) {
    return YES;
  }
  return OSSRFail(error, OSSRMakeError(OSSRErrorInvalidArgument,
                                       @"credentials: id and secret are required, and all three are visible ASCII"));
}

- (BOOL)setBandwidthLimit:(int64_t)bytesPerSecond error:(NSError **)error {
  OSSRClientHandle *handle = [self handleOr:error];
  if (handle == nil) {
    return NO;
  }
  if (oss_resumable_client_set_bandwidth_limit(handle->client, bytesPerSecond) == OSS_RESUMABLE_OK) {
    return YES;
  }
  NSString *message = [NSString stringWithFormat:@"bandwidth_limit: %lld cannot be used", (long long)bytesPerSecond];
  return OSSRFail(error, OSSRMakeError(OSSRErrorInvalidArgument, message));
}

- (void)close {
  @synchronized(self) {
    OSSR_RELEASE(_handle);
    _handle = nil;
  }
}

- (void)dealloc {
  OSSR_RELEASE(_handle);
  OSSR_DEALLOC;
}

@end
