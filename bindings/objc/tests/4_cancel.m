#import "World.h"

#define SLOW @"{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":200}}}"

static BOOL exists(NSString *path) { return [[NSFileManager defaultManager] fileExistsAtPath:path]; }

/* An upload that was cancelled at a third. */
static NSString *interrupt(NSString *key, BOOL discards) {
  NSString *path = newFile(3000000);
  rule(SLOW);
  OSSRResumableUploadRequest *request = newRequest(path, key);
  request.enableCheckpoint = YES;
  request.deleteUploadIdOnCancelling = discards;
  Recorder *recorder = [Recorder recorder];
  recorder->cancelAt = 1000000;
  request.delegate = recorder;
  NSError *error = nil;
  CHECK([newClient() uploadFile:request error:&error] == nil);
  CHECK(isError(error, OSSRErrorCancelled));
  CHECK(request.isCancelled);
  return path;
}

TEST("a cancelled upload resumes, and only what is missing is sent") {
  NSString *path = interrupt(@"resumed", NO);
  CHECK(exists([path stringByAppendingString:@".ucp"]) && openUploads() == 1);
  control(@"DELETE", @"/-/rules", nil);
  control(@"DELETE", @"/-/log", nil);
  OSSRResumableUploadRequest *request = newRequest(path, @"resumed");
  request.enableCheckpoint = YES;
  Recorder *recorder = [Recorder recorder];
  request.delegate = recorder;
  OSSRResumableUploadResult *result = [newClient() uploadFile:request error:NULL];
  // Two parts were in flight and counted when it was cancelled.
  CHECK(result.resumedBytes >= 700000 && recorder->monotonic);
  CHECK(requests(@"UploadPart") == 30 - (int)(result.resumedBytes / 102400));
  CHECK(objectEquals(@"resumed", [NSData dataWithContentsOfFile:path]));
  CHECK(!exists([path stringByAppendingString:@".ucp"]));
}

TEST("deleteUploadIdOnCancelling leaves nothing behind") {
  NSString *path = interrupt(@"deleted", YES);
  CHECK(!exists([path stringByAppendingString:@".ucp"]) && openUploads() == 0);
}

TEST("a cancel from another thread ends the task, and leaves nothing without a checkpoint") {
  rule(SLOW);
  OSSRTask *task = [newClient() resumableUpload:newRequest(newFile(3000000), @"other-thread")];
  [NSThread sleepForTimeInterval:0.3];
  [task cancel];
  [task cancel];
  [task waitUntilFinished];
  CHECK(isError(task.error, OSSRErrorCancelled) && task.result == nil);
  CHECK(!hasObject(@"other-thread") && openUploads() == 0);
}

TEST("a task that is cancelled leaves the other one of its request alone") {
  rule(SLOW);
  OSSRResumableUploadRequest *request = newRequest(newFile(1000000), @"alone");
  OSSRClient *client = newClient();
  OSSRTask *cancelled = [client resumableUpload:request], *other = [client resumableUpload:request];
  [cancelled cancel];
  [cancelled waitUntilFinished];
  [other waitUntilFinished];
  CHECK(isError(cancelled.error, OSSRErrorCancelled) && !request.isCancelled);
  CHECK(other.result != nil && hasObject(@"alone"));
}

TEST("a request that was cancelled before the start does not upload") {
  OSSRResumableUploadRequest *request = newRequest(newFile(3000000), @"early");
  [request cancel];
  NSError *error = nil;
  CHECK([newClient() uploadFile:request error:&error] == nil && isError(error, OSSRErrorCancelled));
  CHECK(!hasObject(@"early") && openUploads() == 0);
}

TEST("an exception of the delegate cancels the upload and comes out as itself") {
  rule(SLOW);
  OSSRResumableUploadRequest *request = newRequest(newFile(3000000), @"thrown");
  Recorder *recorder = [Recorder recorder];
  recorder->thrown = [NSException exceptionWithName:@"Mine" reason:@"mine" userInfo:nil];
  recorder->throwAt = 0;
  request.delegate = recorder;
  id thrown = nil;
  @try {
    [newClient() uploadFile:request error:NULL];
  } @catch (id exception) {
    thrown = exception;
  }
  CHECK(thrown == recorder->thrown && [recorder->calls count] == 1);
  OSSRTask *task = [newClient() resumableUpload:request];
  thrown = nil;
  @try {
    [task waitUntilFinished];
  } @catch (id exception) {
    thrown = exception;
  }
  CHECK(thrown == recorder->thrown && task.exception == thrown && task.error == nil && task.result == nil);
  CHECK(!hasObject(@"thrown") && openUploads() == 0);
}

TEST("abortResumableMultipartUpload gives up what the checkpoint names, and doing it again is a success") {
  NSString *path = interrupt(@"discarded", NO);
  OSSRResumableUploadRequest *request = newRequest(path, @"discarded");
  CHECK(openUploads() == 1);
  CHECK([newClient() abortResumableMultipartUpload:request error:NULL]);
  CHECK([newClient() abortResumableMultipartUpload:request error:NULL]);
  CHECK(!exists([path stringByAppendingString:@".ucp"]) && openUploads() == 0);
}

TEST("unfinished uploads are listed by prefix and age, and aborted") {
  OSSRClient *client = newClient();
  interrupt(@"left/b", NO);
  interrupt(@"left/a", NO);
  interrupt(@"other", NO);
  NSArray *found = [client listUploads:BUCKET prefix:@"left/" minAge:0 error:NULL];
  OSSRUnfinishedUpload *first = [found objectAtIndex:0];
  CHECK([found count] == 2);
  CHECK_EQUAL(first.objectKey, @"left/a");
  CHECK([first.initiated timeIntervalSinceNow] > -600);
  CHECK([[client listUploads:BUCKET prefix:nil minAge:86400 error:NULL] count] == 0);
  CHECK([client abortUpload:BUCKET objectKey:first.objectKey uploadId:first.uploadId error:NULL]);
  CHECK([client abortUpload:BUCKET objectKey:first.objectKey uploadId:first.uploadId error:NULL]);
  CHECK(openUploads() == 2);
  CHECK([client abortUploads:BUCKET prefix:@"left/" minAge:0 error:NULL] == 1);
  CHECK([client abortUploads:BUCKET prefix:nil minAge:0 error:NULL] == 1);
  CHECK(openUploads() == 0);
}

TEST("a refused listing is an error with OSS's code") {
  rule(@"{\"op\":\"ListMultipartUploads\",\"action\":{\"status\":{\"code\":403,\"oss_code\":\"AccessDenied\"}}}");
  NSError *error = nil;
  CHECK([newClient() listUploads:BUCKET prefix:nil minAge:0 error:&error] == nil);
  CHECK_EQUAL([error.userInfo objectForKey:OSSRErrorOSSCodeKey], @"AccessDenied");
  CHECK([newClient() abortUploads:BUCKET prefix:nil minAge:0 error:NULL] == -1);
}
