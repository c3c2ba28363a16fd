#import "World.h"

static id info(NSError *error, NSString *key) { return [error.userInfo objectForKey:key]; }

static NSNumber *number(long value) { return [NSNumber numberWithLong:value]; }

TEST("a refusal of OSS tells status, code, request id, part and stage") {
  rule(@"{\"op\":\"UploadPart\",\"part\":2,\"action\":{\"status\":{\"code\":403,\"oss_code\":\"AccessDenied\",\"message\":\"no\"}}}");
  NSError *error = nil;
  CHECK([newClient() uploadFile:newRequest(newFile(300000), @"refused") error:&error] == nil);
  CHECK(isError(error, OSSRErrorService));
  CHECK_EQUAL(info(error, OSSRErrorHTTPStatusKey), number(403));
  CHECK_EQUAL(info(error, OSSRErrorOSSCodeKey), @"AccessDenied");
  CHECK_EQUAL(info(error, OSSRErrorPartNumberKey), number(2));
  CHECK_EQUAL(info(error, OSSRErrorOffsetKey), number(102400));
  CHECK_EQUAL(info(error, OSSRErrorStageKey), @"upload");
  CHECK_EQUAL(info(error, OSSRErrorAttemptsKey), number(1));
  CHECK_EQUAL(info(error, OSSRErrorRetryableKey), number(0));
  CHECK(info(error, OSSRErrorRequestIdKey) != nil && [[error localizedDescription] length] > 10);
  CHECK(!hasObject(@"refused"));
}

TEST("a file that is not there is an error with errno, and nothing is sent") {
  NSError *error = nil;
  NSString *path = [directory() stringByAppendingPathComponent:@"nothing"];
  CHECK([newClient() uploadFile:newRequest(path, @"nothing") error:&error] == nil);
  CHECK(isError(error, OSSRErrorFile));
  CHECK_EQUAL(info(error, OSSRErrorErrnoKey), number(2));
  CHECK([info(error, NSUnderlyingErrorKey) code] == 2);
  CHECK([controlJSON(@"/-/log") count] == 0);
}

TEST("nobody at the endpoint is a network error with a reason, retryable") {
  OSSRClientConfiguration *configuration = newConfiguration();
  configuration.endpoint = @"http://127.0.0.1:1";
  configuration.maxRetryCount = -1;
  OSSRClient *client = [OSSRClient clientWithConfiguration:configuration error:NULL];
  NSError *error = nil;
  CHECK([client uploadFile:newRequest(newFile(10), @"k") error:&error] == nil);
  CHECK(isError(error, OSSRErrorNetwork));
  CHECK_EQUAL(info(error, OSSRErrorReasonKey), @"connection_refused");
  CHECK_EQUAL(info(error, OSSRErrorRetryableKey), number(1));
}

static void refused(OSSRResumableUploadRequest *request, NSString *field) {
  NSError *error = nil;
  CHECK([newClient() uploadFile:request error:&error] == nil);
  CHECK(isError(error, OSSRErrorInvalidArgument));
  CHECK([[error localizedDescription] hasPrefix:field]);
}

TEST("values out of range are refused by the name of their field, before anything is sent") {
  NSString *path = newFile(10);
  OSSRResumableUploadRequest *request = newRequest(path, @"k");
  request.partSize = 5;
  refused(request, @"part_size");
  request = newRequest(path, @"k");
  request.threadNum = 2000;
  refused(request, @"thread_num");
  unichar nul = 0, half = 0xd800;
  refused(newRequest(path, [NSString stringWithCharacters:&nul length:1]), @"object");
  refused(newRequest(path, [NSString stringWithCharacters:&half length:1]), @"object");
  request = newRequest(path, @"k");
  request.bucketName = nil;
  refused(request, @"bucket");
  request = newRequest(path, @"k");
  request.uploadingFileURL = [NSURL URLWithString:@"http://example.com/x"];
  refused(request, @"filepath");
  refused(nil, @"request");
  NSError *error = nil;
  CHECK(![newClient() setBandwidthLimit:5 error:&error] && isError(error, OSSRErrorInvalidArgument));
  CHECK(![newClient() setAccessKeyId:@"" accessKeySecret:@"" securityToken:nil error:NULL]);
  OSSRClientConfiguration *configuration = newConfiguration();
  configuration.endpoint = @"ftp://x";
  CHECK([OSSRClient clientWithConfiguration:configuration error:&error] == nil);
  CHECK([[error localizedDescription] hasPrefix:@"endpoint"]);
  CHECK([OSSRClient clientWithConfiguration:configuration error:NULL] == nil);
  CHECK([controlJSON(@"/-/log") count] == 0);
}

TEST("a task that cannot start ends with the error") {
  OSSRTask *task = [newClient() resumableUpload:nil];
  [task waitUntilFinished];
  CHECK(isError(task.error, OSSRErrorInvalidArgument));
  OSSRResumableUploadRequest *request = newRequest(newFile(10), @"k");
  request.partSize = 5;
  task = [newClient() resumableUpload:request];
  CHECK(task.isFinished && isError(task.error, OSSRErrorInvalidArgument) && task.result == nil);
}

/* Gives temporary credentials, or fails in one way or the other. */
@interface Provider : NSObject <OSSRCredentialsProvider> {
@public
  int asked;
  NSError *failure;
  NSException *exception;
}
@end

@implementation Provider
- (OSSRCredentials *)credentials:(NSError **)error {
  asked++;
  if (exception != nil) {
    @throw exception;
  }
  if (failure != nil) {
    *error = failure;
    return nil;
  }
  return [OSSRCredentials credentialsWithAccessKeyId:@"test-sts-access-key-id"
                                     accessKeySecret:@"test-sts-access-key-secret"
                                       securityToken:@"test-sts-token"
                                          expiration:[NSDate dateWithTimeIntervalSinceNow:3600]];
}
@end

static OSSRClient *asking(Provider *provider) {
  OSSRClientConfiguration *configuration = newConfiguration();
  configuration.accessKeyId = configuration.accessKeySecret = nil;
  configuration.credentialsProvider = provider;
  configuration.maxRetryCount = -1;
  configuration.retryTimeout = 500;
  return [OSSRClient clientWithConfiguration:configuration error:NULL];
}

TEST("the provider of credentials is asked once, and what it gives is used") {
  Provider *provider = [[Provider new] autorelease];
  OSSRClient *client = asking(provider);
  NSString *path = newFile(300000);
  CHECK([client uploadFile:newRequest(path, @"sts") error:NULL] != nil);
  CHECK([client uploadFile:newRequest(path, @"sts") error:NULL] != nil);
  CHECK(provider->asked == 1);
  CHECK(objectEquals(@"sts", [NSData dataWithContentsOfFile:path]));
}

TEST("why there were no credentials is the underlying error") {
  Provider *provider = [[Provider new] autorelease];
  NSError *error = nil;
  provider->failure = [NSError errorWithDomain:@"Vault" code:7 userInfo:nil];
  CHECK([asking(provider) uploadFile:newRequest(newFile(10), @"k") error:&error] == nil);
  CHECK(isError(error, OSSRErrorCredentials));
  CHECK([[info(error, NSUnderlyingErrorKey) domain] isEqual:@"Vault"]);
  provider->exception = [NSException exceptionWithName:@"Closed" reason:@"the vault is closed" userInfo:nil];
  CHECK([asking(provider) uploadFile:newRequest(newFile(10), @"k") error:&error] == nil);
  CHECK([[info(error, NSUnderlyingErrorKey) localizedDescription] rangeOfString:@"the vault is closed"].length > 0);
  CHECK([controlJSON(@"/-/log") count] == 0);
}

TEST("a command gives credentials") {
  OSSRClientConfiguration *configuration = newConfiguration();
  configuration.accessKeyId = configuration.accessKeySecret = nil;
  configuration.credentialsSource = [[OSSRCredentialsSource new] autorelease];
  configuration.credentialsSource.provider = @"process";
  configuration.credentialsSource.process =
      @"echo '{\"AccessKeyId\":\"test-access-key-id\",\"AccessKeySecret\":\"test-access-key-secret\"}'";
  OSSRClient *client = [OSSRClient clientWithConfiguration:configuration error:NULL];
  CHECK([client uploadFile:newRequest(newFile(10), @"process") error:NULL] != nil);
}

TEST("new credentials are used by a running upload") {
  rule(@"{\"op\":\"UploadPart\",\"action\":{\"delay\":{\"ms\":200}}}");
  OSSRClient *client = newClient();
  OSSRResumableUploadRequest *request = newRequest(newFile(2000000), @"replaced");
  Recorder *recorder = [Recorder recorder];
  recorder->renews = client;
  request.delegate = recorder;
  CHECK([client uploadFile:request error:NULL] != nil);
  NSString *log = [[[NSString alloc] initWithData:control(@"GET", @"/-/log", nil)
                                         encoding:NSUTF8StringEncoding] autorelease];
  CHECK([log rangeOfString:@"test-access-key-id/"].length > 0);
  CHECK([log rangeOfString:@"test-sts-access-key-id/"].length > 0);
}
