#import "World.h"

static NSData *contents(NSString *path) { return [NSData dataWithContentsOfFile:path]; }

TEST("a file is stored byte for byte, and the result tells about it") {
  NSError *error = nil;
  NSString *path = newFile(1000000);
  OSSRResumableUploadResult *result = [newClient() uploadFile:newRequest(path, @"dir/big.bin") error:&error];
  CHECK_EQUAL(error, nil);
  CHECK(objectEquals(@"dir/big.bin", contents(path)));
  CHECK(requests(@"UploadPart") == 10);
  CHECK(result.partCount == 10 && result.partSize == 102400 && result.httpResponseCode == 200);
  CHECK(result.crc64 != 0 && result.resumedBytes == 0 && result.warnings == 0 && result.retries == 0);
  CHECK(result.eTag != nil && result.uploadId != nil && result.requestId != nil && result.callbackError == nil);
  CHECK_EQUAL([result.httpResponseHeaderFields objectForKey:@"x-oss-request-id"], result.requestId);
  NSString *list = [[[NSString alloc] initWithData:control(@"GET", @"/-/objects", nil)
                                          encoding:NSUTF8StringEncoding] autorelease];
  NSString *crc = [NSString stringWithFormat:@"\"crc64\":%llu", (unsigned long long)result.crc64];
  CHECK([list rangeOfString:crc].length > 0);
}

TEST("an empty file and one of a single part are one PutObject each") {
  int sizes[] = {0, 1, 102400};
  for (int at = 0; at < 3; at++) {
    NSString *path = newFile(sizes[at]);
    OSSRResumableUploadResult *result = [newClient() uploadFile:newRequest(path, @"small") error:NULL];
    CHECK(result.partCount == 1 && result.uploadId == nil);
    CHECK(objectEquals(@"small", contents(path)));
  }
  CHECK(requests(@"PutObject") == 3);
}

TEST("bytes in memory are stored, and no bytes too") {
  NSData *data = contents(newFile(400000));
  OSSRResumableUploadRequest *request =
      [OSSRResumableUploadRequest requestWithBucketName:BUCKET objectKey:@"memory" uploadingFileURL:nil];
  request.partSize = 102400;
  request.uploadingData = data;
  CHECK([newClient() uploadFile:request error:NULL].partCount == 4);
  CHECK(objectEquals(@"memory", data));
  request.uploadingData = [NSData data];
  CHECK([newClient() uploadFile:request error:NULL] != nil);
  CHECK(objectEquals(@"memory", [NSData data]));
}

TEST("keys and paths with blanks, quotes, percent signs and other scripts arrive as they are") {
  NSArray *names = [NSArray arrayWithObjects:@"a b", @"100%25 \"quoted\" 'x'",
                                             [NSString stringWithUTF8String:"\xe6\x96\x87\xe4\xbb\xb6 \xc3\xa9 \xf0\x9f\x98\x80"],
                                             @"a+b&c=d?e#f", @"-- x", nil];
  for (NSString *name in names) {
    NSString *path = newFileNamed(150000, name), *key = [@"odd/" stringByAppendingString:name];
    OSSRResumableUploadRequest *request = newRequest(path, key);
    request.enableCheckpoint = YES;
    NSError *error = nil;
    [newClient() uploadFile:request error:&error];
    CHECK_EQUAL(error, nil);
    CHECK(objectEquals(key, contents(path)));
    CHECK(![[NSFileManager defaultManager] fileExistsAtPath:[path stringByAppendingString:@".ucp"]]);
  }
}

TEST("headers, metadata and content type are stored with the object") {
  OSSRResumableUploadRequest *request = newRequest(newFile(300000), @"headers");
  request.contentType = @"text/x-test";
  request.headers = [NSDictionary dictionaryWithObject:@"me" forKey:@"x-oss-meta-author"];
  CHECK([newClient() uploadFile:request error:NULL] != nil);
  NSString *stored = [[[NSString alloc] initWithData:control(@"GET", @"/-/objects?bucket=examplebucket&key=headers", nil)
                                            encoding:NSUTF8StringEncoding] autorelease];
  CHECK([stored rangeOfString:@"text/x-test"].length > 0 && [stored rangeOfString:@"x-oss-meta-author"].length > 0);
}

TEST("without settings the library's defaults are used") {
  OSSRResumableUploadRequest *request = newRequest(newFile(500000), @"defaults");
  request.partSize = 0;
  request.threadNum = 0;
  CHECK([newClient() uploadFile:request error:NULL].partSize == 102400);
  request.partSize = OSSRAuto;
  request.threadNum = OSSRAuto;
  CHECK([newClient() uploadFile:request error:NULL].partSize == 4194304);
}

TEST("a failed upload callback is a warning, and the object is stored") {
  NSString *path = newFile(200000);
  OSSRResumableUploadRequest *request = newRequest(path, @"not-called-back");
  request.callback = [[OSSRUploadCallback new] autorelease];
  request.callback.url = @"http://127.0.0.1:1/";
  request.callback.body = @"x=${x:user}";
  request.callback.variables = [NSDictionary dictionaryWithObject:@"me" forKey:@"x:user"];
  OSSRResumableUploadResult *result = [newClient() uploadFile:request error:NULL];
  CHECK(result.warnings == OSSRWarningCallbackFailed && result.httpResponseCode == 203);
  CHECK([result.callbackError length] > 0);
  CHECK(objectEquals(@"not-called-back", contents(path)));
}

/* Counts ends. */
@interface Counter : NSObject {
@public
  NSConditionLock *lock;
  OSSRTask *last;
}
@end

@implementation Counter
- (void)ended:(OSSRTask *)task {
  [lock lock];
  last = task;
  [lock unlockWithCondition:[lock condition] + 1];
}
@end

TEST("tasks run at once by one client, and their targets are told") {
  Counter *counter = [[Counter new] autorelease];
  counter->lock = [[[NSConditionLock alloc] initWithCondition:0] autorelease];
  OSSRClient *client = newClient();
  NSMutableArray *tasks = [NSMutableArray array], *paths = [NSMutableArray array];
  for (int at = 0; at < 5; at++) {
    [paths addObject:newFile(400000)];
    NSString *key = [NSString stringWithFormat:@"task/%d", at];
    OSSRTask *task = [client resumableUpload:newRequest([paths lastObject], key)];
    [task continueWithTarget:counter selector:@selector(ended:)];
    [tasks addObject:task];
  }
  for (int at = 0; at < 5; at++) {
    OSSRTask *task = [tasks objectAtIndex:(NSUInteger)at];
    [task waitUntilFinished];
    CHECK(task.isFinished && task.result.partCount == 4 && task.error == nil && task.exception == nil);
    CHECK(objectEquals([NSString stringWithFormat:@"task/%d", at], contents([paths objectAtIndex:(NSUInteger)at])));
  }
  CHECK([counter->lock lockWhenCondition:5 beforeDate:[NSDate dateWithTimeIntervalSinceNow:5]]);
  [counter->lock unlock];
  [[tasks lastObject] continueWithTarget:counter selector:@selector(ended:)];
  CHECK([counter->lock condition] == 6 && counter->last == [tasks lastObject]);
}

TEST("progress never goes back, ends at the total, and is told on the caller's thread") {
  rule(@"{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":150}}}");
  OSSRResumableUploadRequest *request = newRequest(newFile(3000000), @"progress");
  Recorder *recorder = [Recorder recorder];
  request.delegate = recorder;
  CHECK([newClient() uploadFile:request error:NULL] != nil);
  CHECK([recorder->calls count] > 2 && recorder->monotonic && recorder->onOneThread);
  CHECK(recorder->thread == [NSThread currentThread]);
  CHECK([recorder last].completedUnitCount == 3000000 && [recorder last].totalUnitCount == 3000000);
  CHECK([recorder last].fractionCompleted == 1 && [recorder last].partsTotal == 30);
}

#if __BLOCKS__
TEST("blocks are told of progress and of the end") {
  rule(@"{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":150}}}");
  NSString *path = newFile(1000000);
  OSSRResumableUploadRequest *request = newRequest(path, @"blocks");
  __block int64_t sent = 0, last = 0;
  __block BOOL good = YES;
  request.uploadProgress = ^(int64_t bytesSent, int64_t totalBytesSent, int64_t totalBytesExpectedToSend) {
    sent += bytesSent;
    good = good && totalBytesSent >= last && totalBytesSent == sent && totalBytesExpectedToSend == 1000000;
    last = totalBytesSent;
  };
  NSConditionLock *ended = [[[NSConditionLock alloc] initWithCondition:0] autorelease];
  OSSRTask *task = [newClient() resumableUpload:request];
  [task continueWithBlock:^id(OSSRTask *done) {
    [ended lock];
    [ended unlockWithCondition:done.result != nil ? 1 : 2];
    return nil;
  }];
  [task waitUntilFinished];
  CHECK([ended lockWhenCondition:1 beforeDate:[NSDate dateWithTimeIntervalSinceNow:5]]);
  [ended unlock];
  CHECK(good && last == 1000000);
  CHECK(objectEquals(@"blocks", contents(path)));
  __block int late = 0;
  [task continueWithBlock:^id(OSSRTask *done) {
    late += done == task;
    return nil;
  }];
  CHECK(late == 1);
}

TEST("what a progress block throws comes out as itself") {
  OSSRResumableUploadRequest *request = newRequest(newFile(1000000), @"block-throws");
  NSException *mine = [NSException exceptionWithName:@"Mine" reason:@"mine" userInfo:nil];
  request.uploadProgress = ^(int64_t bytesSent, int64_t totalBytesSent, int64_t totalBytesExpectedToSend) {
    @throw mine;
  };
  id thrown = nil;
  @try {
    [newClient() uploadFile:request error:NULL];
  } @catch (id exception) {
    thrown = exception;
  }
  CHECK(thrown == mine);
}
#endif
