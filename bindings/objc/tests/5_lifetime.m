#import "World.h"

TEST("every method of a closed client fails with OSSRErrorState, and closing twice is harmless") {
  OSSRClient *client = newClient();
  OSSRResumableUploadRequest *request = newRequest(newFile(10), @"k");
  NSError *error = nil;
  [client close];
  [client close];
  CHECK([client uploadFile:request error:&error] == nil && isError(error, OSSRErrorState));
  CHECK(isError([client resumableUpload:request].error, OSSRErrorState));
  CHECK(![client abortResumableMultipartUpload:request error:&error] && isError(error, OSSRErrorState));
  CHECK([client listUploads:BUCKET prefix:nil minAge:0 error:&error] == nil && isError(error, OSSRErrorState));
  CHECK(![client abortUpload:BUCKET objectKey:@"k" uploadId:@"i" error:&error] && isError(error, OSSRErrorState));
  CHECK([client abortUploads:BUCKET prefix:nil minAge:0 error:NULL] == -1);
  CHECK(![client setAccessKeyId:@"a" accessKeySecret:@"b" securityToken:nil error:NULL]);
  CHECK(![client setBandwidthLimit:0 error:NULL]);
}

/* Counts lines, and throws if it is told to. */
@interface Lines : NSObject <OSSRLogger> {
@public
  int count, secrets;
  BOOL throws;
}
@end

@implementation Lines
- (void)logLine:(NSString *)line level:(OSSRLogLevel)level {
  count++;
  secrets += [line rangeOfString:@"test-access-key-secret"].length > 0;
  if (throws) {
    [NSException raise:@"Full" format:@"level %d", (int)level];
  }
}
@end

TEST("an upload goes on when its client is closed, and its callbacks still work") {
  rule(@"{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":150}}}");
  NSString *path = newFile(2000000);
  Lines *lines = [[Lines new] autorelease];
  OSSRClientConfiguration *configuration = newConfiguration();
  configuration.logger = lines;
  configuration.logLevel = OSSRLogTrace;
  OSSRClient *client = [OSSRClient clientWithConfiguration:configuration error:NULL];
  OSSRResumableUploadRequest *request = newRequest(path, @"outlived");
  Recorder *recorder = [Recorder recorder];
  recorder->closes = client;
  request.delegate = recorder;
  CHECK([client uploadFile:request error:NULL] != nil);
  CHECK(lines->count >= 20 && lines->secrets == 0);
  CHECK(objectEquals(@"outlived", [NSData dataWithContentsOfFile:path]));
}

TEST("a task outlives the client, the request and the pool it came from") {
  rule(@"{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":150}}}");
  NSString *path = newFile(1000000);
  NSAutoreleasePool *pool = [NSAutoreleasePool new];
  OSSRTask *task = [[newClient() resumableUpload:newRequest(path, @"forgotten")] retain];
  [newClient() resumableUpload:newRequest(path, @"forgotten-too")];
  [pool release];
  [task waitUntilFinished];
  CHECK(task.result != nil);
  [task release];
  for (int at = 0; at < 100 && !hasObject(@"forgotten-too"); at++) {
    [NSThread sleepForTimeInterval:0.1];
  }
  CHECK(objectEquals(@"forgotten", [NSData dataWithContentsOfFile:path]));
  CHECK(objectEquals(@"forgotten-too", [NSData dataWithContentsOfFile:path]));
}

TEST("what the logger throws is dropped") {
  Lines *lines = [[Lines new] autorelease];
  lines->throws = YES;
  OSSRClientConfiguration *configuration = newConfiguration();
  configuration.logger = lines;
  configuration.logLevel = OSSRLogTrace;
  OSSRClient *client = [OSSRClient clientWithConfiguration:configuration error:NULL];
  CHECK([client uploadFile:newRequest(newFile(200000), @"logged") error:NULL] != nil);
  CHECK(lines->count > 0);
}

TEST("a bandwidth limit slows an upload down, and the log file has lines") {
  NSString *log = [directory() stringByAppendingPathComponent:@"log"];
  OSSRClientConfiguration *configuration = newConfiguration();
  configuration.logFile = log;
  configuration.logLevel = OSSRLogDebug;
  configuration.bandwidthLimit = 400000;
  configuration.userAgent = @"tests/1";
  OSSRClient *client = [OSSRClient clientWithConfiguration:configuration error:NULL];
  NSDate *begin = [NSDate date];
  CHECK([client uploadFile:newRequest(newFile(600000), @"limited") error:NULL] != nil);
  CHECK([begin timeIntervalSinceNow] < -0.5);
  CHECK([client setBandwidthLimit:0 error:NULL]);
  CHECK([[NSData dataWithContentsOfFile:log] length] > 200);
}
