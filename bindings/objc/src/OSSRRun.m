#import "OSSRInternal.h"

@interface OSSRRun (Steps)
- (BOOL)start:(NSError **)error;
- (void)discard;
- (int32_t)progress:(int64_t)consumed of:(int64_t)total;
@end

/* Called by C, on the thread inside -wait:. The run is alive for as long as that lasts. */
static int32_t onProgress(int64_t consumed, int64_t total, void *userdata) {
  return [(OSSR_BRIDGE(OSSRRun *)userdata) progress:consumed of:total];
}

@implementation OSSRRun

+ (OSSRRun *)start:(OSSRResumableUploadRequest *)request with:(OSSRClientHandle *)client error:(NSError **)error {
  OSSRRun *run = OSSR_AUTORELEASE([OSSRRun new]);
  run->_client = OSSR_RETAIN(client);
  run->_request = OSSR_RETAIN(request);
  return [run start:error] ? run : nil;
}

/* The URL's path as the file system writes it; NULL when there is none. */
- (const char *)pathOr:(NSError *__autoreleasing *)failed {
  NSURL *url = _request.uploadingFileURL;
  if (url == nil) {
    return NULL;
  }
  if (![url isFileURL]) {
    *failed = OSSRMakeError(OSSRErrorInvalidArgument, @"filepath: uploadingFileURL is not a file URL");
    return NULL;
  }
  return OSSRText([url path], "filepath", failed);
}

- (BOOL)start:(NSError **)error {
  NSError *failed = nil;
  OSSRUploadCallback *callback = _request.callback;
  NSData *data = _request.uploadingData;
  NSMutableDictionary *headers = [NSMutableDictionary dictionaryWithDictionary:_request.headers];
  if (_request.contentType != nil) {
    [headers setObject:_request.contentType forKey:@"Content-Type"];
  }
  NSData *headerArray = OSSRHeaders(headers, "headers", &failed);
  NSData *variables = OSSRHeaders(callback.variables, "variables", &failed);

  oss_resumable_source_t source = OSS_RESUMABLE_SOURCE_INIT;
  source.kind = OSS_RESUMABLE_SOURCE_MEMORY;
  source.data = [data length] == 0 ? "" : [data bytes];
  source.data_len = [data length];

  oss_resumable_callback_t whom = OSS_RESUMABLE_CALLBACK_INIT;
  whom.sni = callback.sni ? 1 : 0;
  whom.url = OSSRText(callback.url, "url", &failed);
  whom.host = OSSRText(callback.host, "host", &failed);
  whom.body = OSSRText(callback.body, "body", &failed);
  whom.body_type = OSSRText(callback.bodyType, "body_type", &failed);
  whom.variables = [variables bytes];
  whom.variables_len = [variables length] / sizeof(oss_resumable_header_t);

  oss_resumable_params_t params = OSS_RESUMABLE_PARAMS_INIT;
  params.thread_num = _request.threadNum;
  params.part_size = _request.partSize;
  params.enable_checkpoint = _request.enableCheckpoint ? 1 : 0;
  params.checkpoint_path = OSSRText(_request.recordDirectoryPath, "checkpoint_path", &failed);
  params.progress_callback = onProgress;
  params.userdata = OSSR_BRIDGE(void *)self;
  params.headers = [headerArray bytes];
  params.headers_len = [headerArray length] / sizeof(oss_resumable_header_t);
  params.source = data == nil ? NULL : &source;
  params.callback = callback == nil ? NULL : &whom;
  params.verify_on_resume = (int32_t)_request.verifyOnResume;
  params.resume_by_content = _request.resumeByContent ? 1 : 0;

  const char *bucket = OSSRText(_request.bucketName, "bucket", &failed);
  const char *object = OSSRText(_request.objectKey, "object", &failed);
  const char *path = [self pathOr:&failed];
  if (failed != nil) {
    return OSSRFail(error, failed);
  }
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code =
      oss_resumable_upload_start(_client->client, bucket, object, path, &params, &_upload, &result);
  if (code != OSS_RESUMABLE_OK) {
    return OSSRFail(error, OSSRTakeError(code, result, nil));
  }
  [_request runBegins:self];
  return YES;
}

- (int32_t)progress:(int64_t)consumed of:(int64_t)total {
  if (_thrown != nil) {
    return 1;
  }
  OSSR_POOL_BEGIN
  @try {
    oss_resumable_progress_t look = OSS_RESUMABLE_PROGRESS_INIT;
    oss_resumable_upload_progress(_upload, &look);
    OSSRProgress *progress = OSSR_AUTORELEASE([[OSSRProgress alloc] initWithCompleted:consumed
                                                                                total:total
                                                                                 look:&look]);
    [_request tellProgress:progress since:_last];
    _last = consumed;
  } @catch (id thrown) {
    /* Nothing may be thrown through C: it is kept, and thrown by -wait:. */
    _thrown = OSSR_RETAIN(thrown);
  }
  OSSR_POOL_END
  return _thrown == nil ? 0 : 1;
}

- (void)cancel {
  oss_resumable_upload_cancel(_upload);
}

- (OSSRResumableUploadResult *)wait:(NSError **)error {
  oss_resumable_upload_wait(_upload, -1);
  [_request runEnds:self];
  if (_thrown != nil) {
    @throw OSSR_AUTORELEASE(OSSR_RETAIN(_thrown));
  }
  oss_resumable_result_t *result = NULL;
  oss_resumable_code_t code = oss_resumable_upload_result(_upload, &result);
  if (code == OSS_RESUMABLE_OK) {
    OSSRResumableUploadResult *details = [[OSSRResumableUploadResult alloc] initWithResult:result];
    oss_resumable_result_free(result);
    return OSSR_AUTORELEASE(details);
  }
  NSError *underlying = code == OSS_RESUMABLE_E_CREDENTIALS ? _client.credentialsError : nil;
  NSError *failure = OSSRTakeError(code, result, underlying);
  if (code == OSS_RESUMABLE_E_CANCELED && _request.deleteUploadIdOnCancelling && _request.enableCheckpoint) {
    [self discard];
  }
  OSSRFail(error, failure);
  return nil;
}

/* What cannot be discarded stays, as after a crash; the next upload or discard meets it. */
- (void)discard {
  NSError *failed = nil;
  oss_resumable_discard(_client->client, OSSRText(_request.bucketName, "bucket", &failed),
                        OSSRText(_request.objectKey, "object", &failed), [self pathOr:&failed],
                        OSSRText(_request.recordDirectoryPath, "checkpoint_path", &failed), NULL);
}

- (void)dealloc {
  oss_resumable_upload_free(_upload);
  OSSR_RELEASE(_client);
  OSSR_RELEASE(_request);
  OSSR_RELEASE(_thrown);
  OSSR_DEALLOC;
}

@end
