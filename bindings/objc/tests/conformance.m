/* The conformance program of bindings/README.md: what it takes and prints is written there. */
#import "OSSResumable.h"

#include <stdio.h>
#include <stdlib.h>

static NSString *decode(NSString *value) {
  value = [value stringByReplacingOccurrencesOfString:@"%0D" withString:@"\r"];
  value = [value stringByReplacingOccurrencesOfString:@"%0A" withString:@"\n"];
  return [value stringByReplacingOccurrencesOfString:@"%25" withString:@"%"];
}

static NSString *encode(NSString *value) {
  value = [value stringByReplacingOccurrencesOfString:@"%" withString:@"%25"];
  value = [value stringByReplacingOccurrencesOfString:@"\n" withString:@"%0A"];
  return [value stringByReplacingOccurrencesOfString:@"\r" withString:@"%0D"];
}

/* The value under a name, which is taken out, so that what is left at the end is unknown. */
static NSString *take(NSMutableDictionary *plan, NSString *name) {
  NSString *value = [[[plan objectForKey:name] retain] autorelease];
  [plan removeObjectForKey:name];
  return value;
}

static long long takeNumber(NSMutableDictionary *plan, NSString *name, long long absent) {
  NSString *value = take(plan, name);
  if (value == nil) {
    return absent;
  }
  return [value isEqual:@"auto"] ? OSSRAuto : [value longLongValue];
}

/* All whose names begin with `from`, under names that begin with `to`. */
static NSDictionary *takeAll(NSMutableDictionary *plan, NSString *from, NSString *to) {
  NSMutableDictionary *found = [NSMutableDictionary dictionary];
  for (NSString *name in [plan allKeys]) {
    if ([name hasPrefix:from]) {
      [found setObject:take(plan, name) forKey:[to stringByAppendingString:[name substringFromIndex:[from length]]]];
    }
  }
  return found;
}

static OSSRClientConfiguration *takeConfiguration(NSMutableDictionary *plan) {
  OSSRClientConfiguration *configuration = [OSSRClientConfiguration configuration];
  configuration.endpoint = take(plan, @"config.endpoint");
  configuration.region = take(plan, @"config.region");
  configuration.accessKeyId = take(plan, @"config.access_key_id");
  configuration.accessKeySecret = take(plan, @"config.access_key_secret");
  configuration.securityToken = take(plan, @"config.sts_token");
  configuration.connectTimeout = (int)takeNumber(plan, @"config.connect_timeout_ms", 0);
  configuration.stallTimeout = (int)takeNumber(plan, @"config.stall_timeout_ms", 0);
  configuration.retryTimeout = (int)takeNumber(plan, @"config.retry_timeout_ms", 0);
  configuration.maxRetryCount = (int)takeNumber(plan, @"config.max_retries", 0);
  configuration.bandwidthLimit = takeNumber(plan, @"config.bandwidth_limit", 0);
  configuration.userAgent = take(plan, @"config.user_agent");
  NSUInteger before = [plan count];
  OSSRCredentialsSource *source = [[OSSRCredentialsSource new] autorelease];
  source.provider = take(plan, @"credentials.provider");
  source.profileFile = take(plan, @"credentials.profile_file");
  source.profileName = take(plan, @"credentials.profile_name");
  source.process = take(plan, @"credentials.process");
  source.roleName = take(plan, @"credentials.role_name");
  source.metadataEndpoint = take(plan, @"credentials.metadata_endpoint");
  source.roleArn = take(plan, @"credentials.role_arn");
  source.oidcProviderArn = take(plan, @"credentials.oidc_provider_arn");
  source.oidcTokenFile = take(plan, @"credentials.oidc_token_file");
  source.roleSessionName = take(plan, @"credentials.role_session_name");
  source.stsEndpoint = take(plan, @"credentials.sts_endpoint");
  configuration.credentialsSource = [plan count] == before ? nil : source;
  return configuration;
}

/* What `name` begins with: "upload" or "second". */
static OSSRResumableUploadRequest *takeTarget(NSMutableDictionary *plan, NSString *name) {
  NSString *file = take(plan, [name stringByAppendingString:@".file"]);
  return [OSSRResumableUploadRequest requestWithBucketName:take(plan, [name stringByAppendingString:@".bucket"])
                                                 objectKey:take(plan, [name stringByAppendingString:@".object"])
                                          uploadingFileURL:file == nil ? nil : [NSURL fileURLWithPath:file]];
}

static void takeSettings(NSMutableDictionary *plan, OSSRResumableUploadRequest *request) {
  request.partSize = takeNumber(plan, @"upload.part_size", 0);
  request.threadNum = (int)takeNumber(plan, @"upload.thread_num", 0);
  request.enableCheckpoint = takeNumber(plan, @"upload.enable_checkpoint", 0) != 0;
  request.recordDirectoryPath = take(plan, @"upload.checkpoint_path");
  request.verifyOnResume = (OSSRVerifyOnResume)takeNumber(plan, @"upload.verify_on_resume", 0);
  request.resumeByContent = takeNumber(plan, @"upload.resume_by_content", 0) != 0;
  request.headers = takeAll(plan, @"upload.header.", @"");
  NSUInteger before = [plan count];
  OSSRUploadCallback *callback = [[OSSRUploadCallback new] autorelease];
  callback.url = take(plan, @"upload.callback.url");
  callback.host = take(plan, @"upload.callback.host");
  callback.body = take(plan, @"upload.callback.body");
  callback.bodyType = take(plan, @"upload.callback.body_type");
  callback.variables = takeAll(plan, @"upload.callback.var.", @"x:");
  request.callback = [plan count] == before ? nil : callback;
}

static void copySettings(OSSRResumableUploadRequest *from, OSSRResumableUploadRequest *to) {
  to.partSize = from.partSize;
  to.threadNum = from.threadNum;
  to.enableCheckpoint = from.enableCheckpoint;
  to.recordDirectoryPath = from.recordDirectoryPath;
  to.verifyOnResume = from.verifyOnResume;
  to.resumeByContent = from.resumeByContent;
  to.headers = from.headers;
  to.callback = from.callback;
}

/* The progress of one upload: it is counted, and the actions are done. */
@interface Watch : NSObject <OSSRUploadDelegate> {
@public
  long long cancelAt, throwAt, newCredentialsAt;
  NSString *keyId, *keySecret, *token;
  OSSRClient *client;
  long long calls, last, total;
  BOOL goesBack, credentialsSet;
}
@end

@implementation Watch
- (void)uploadRequest:(OSSRResumableUploadRequest *)request didProgress:(OSSRProgress *)progress {
  calls++;
  goesBack = goesBack || progress.completedUnitCount < last || progress.completedUnitCount > progress.totalUnitCount;
  last = progress.completedUnitCount;
  total = progress.totalUnitCount;
  if (newCredentialsAt >= 0 && last >= newCredentialsAt && !credentialsSet) {
    credentialsSet = YES;
    [client setAccessKeyId:keyId accessKeySecret:keySecret securityToken:token error:NULL];
  }
  if (throwAt >= 0 && last >= throwAt) {
    [NSException raise:@"Conformance" format:@"CONFORMANCE"];
  }
  if (cancelAt >= 0 && last >= cancelAt) {
    [request cancel];
  }
}
@end

static NSString *prefix = @"";

static void print(NSString *name, NSString *value) {
  if (value != nil) {
    printf("%s%s=%s\n", [prefix UTF8String], [name UTF8String], [encode(value) UTF8String]);
  }
}

static void printNumber(NSString *name, long long value) {
  print(name, [NSString stringWithFormat:@"%lld", value]);
}

static void printResult(OSSRResumableUploadResult *result) {
  print(@"outcome", @"ok");
  print(@"etag", result.eTag);
  print(@"version_id", result.versionId);
  print(@"upload_id", result.uploadId);
  print(@"request_id", result.requestId);
  printNumber(@"http_status", result.httpResponseCode);
  print(@"crc64", [NSString stringWithFormat:@"%llu", (unsigned long long)result.crc64]);
  printNumber(@"resumed_bytes", result.resumedBytes);
  printNumber(@"part_size", result.partSize);
  printNumber(@"parts", result.partCount);
  printNumber(@"retries", result.retries);
  printNumber(@"warnings", (long long)result.warnings);
  print(@"callback_error", result.callbackError);
  print(@"body", result.serverReturnJsonString);
  for (NSString *name in result.httpResponseHeaderFields) {
    print([@"header." stringByAppendingString:name], [result.httpResponseHeaderFields objectForKey:name]);
  }
}

static void printError(NSError *error) {
  NSDictionary *info = error.userInfo;
  print(@"outcome", @"error");
  printNumber(@"code", error.code);
  print(@"message", [error localizedDescription]);
  print(@"stage", [info objectForKey:OSSRErrorStageKey]);
  print(@"part_number", [[info objectForKey:OSSRErrorPartNumberKey] description]);
  print(@"offset", [[info objectForKey:OSSRErrorOffsetKey] description]);
  print(@"http_status", [[info objectForKey:OSSRErrorHTTPStatusKey] description]);
  print(@"error_code", [info objectForKey:OSSRErrorOSSCodeKey]);
  print(@"request_id", [info objectForKey:OSSRErrorRequestIdKey]);
  print(@"host_id", [info objectForKey:OSSRErrorHostIdKey]);
  print(@"ec", [info objectForKey:OSSRErrorECKey]);
  print(@"os_errno", [[info objectForKey:OSSRErrorErrnoKey] description]);
  print(@"reason", [info objectForKey:OSSRErrorReasonKey]);
  print(@"attempts", [[info objectForKey:OSSRErrorAttemptsKey] description]);
  print(@"retryable", [[info objectForKey:OSSRErrorRetryableKey] boolValue] ? @"1" : @"0");
}

static void printEnd(OSSRTask *task, Watch *watch) {
  @try {
    [task waitUntilFinished];
    if (task.result != nil) {
      printResult(task.result);
    } else {
      printError(task.error);
    }
  } @catch (NSException *thrown) {
    print(@"outcome", @"thrown");
    print(@"thrown", [thrown reason]);
  }
  printNumber(@"progress.calls", watch->calls);
  printNumber(@"progress.last", watch->last);
  printNumber(@"progress.total", watch->total);
  printNumber(@"progress.monotonic", !watch->goesBack);
}

static NSMutableDictionary *readPlan(const char *path) {
  NSMutableDictionary *plan = [NSMutableDictionary dictionary];
  NSString *text = [NSString stringWithContentsOfFile:[NSString stringWithUTF8String:path]
                                             encoding:NSUTF8StringEncoding
                                                error:NULL];
  for (NSString *line in [text componentsSeparatedByString:@"\n"]) {
    NSRange equals = [line rangeOfString:@"="];
    if (equals.length > 0) {
      [plan setObject:decode([line substringFromIndex:equals.location + 1])
               forKey:[line substringToIndex:equals.location]];
    }
  }
  return plan;
}

static Watch *newWatch(NSDictionary *actions) {
  Watch *watch = [Watch new];
  NSMutableDictionary *plan = [NSMutableDictionary dictionaryWithDictionary:actions];
  watch->cancelAt = takeNumber(plan, @"cancel_at", -1);
  watch->throwAt = takeNumber(plan, @"throw_at", -1);
  watch->newCredentialsAt = takeNumber(plan, @"new_credentials_at", -1);
  watch->keyId = [actions objectForKey:@"new_access_key_id"];
  watch->keySecret = [actions objectForKey:@"new_access_key_secret"];
  watch->token = [actions objectForKey:@"new_sts_token"];
  return watch;
}

static int run(NSMutableDictionary *plan) {
  BOOL isSecond = [plan objectForKey:@"second.file"] != nil;
  OSSRClientConfiguration *configuration = takeConfiguration(plan);
  OSSRResumableUploadRequest *first = takeTarget(plan, @"upload"), *second = takeTarget(plan, @"second");
  takeSettings(plan, first);
  copySettings(first, second);
  NSDictionary *actions = takeAll(plan, @"action.", @"");
  NSSet *known = [NSSet setWithObjects:@"cancel_at", @"throw_at", @"new_credentials_at", @"new_access_key_id",
                                       @"new_access_key_secret", @"new_sts_token", @"gc", @"discard", nil];
  if ([plan count] > 0 || ![[NSSet setWithArray:[actions allKeys]] isSubsetOfSet:known]) {
    fprintf(stderr, "unknown names: %s %s\n", [[plan description] UTF8String], [[actions description] UTF8String]);
    return 2;
  }
  NSError *error = nil;
  OSSRClient *client = [OSSRClient clientWithConfiguration:configuration error:&error];
  if (client == nil) {
    printError(error);
    return 0;
  }
  if ([[actions objectForKey:@"discard"] intValue] != 0) {
    if ([client abortResumableMultipartUpload:first error:&error]) {
      print(@"outcome", @"ok");
    } else {
      printError(error);
    }
    return 0;
  }
  /* Actions are for the first upload; the second one shows that it is left alone. */
  Watch *watch = [newWatch(actions) autorelease];
  Watch *secondWatch = [newWatch([NSDictionary dictionary]) autorelease];
  watch->client = secondWatch->client = client;
  first.delegate = watch;
  second.delegate = secondWatch;
  OSSRTask *task = [client resumableUpload:first];
  OSSRTask *secondTask = isSecond ? [client resumableUpload:second] : nil;
  printEnd(task, watch);
  if (isSecond) {
    prefix = @"second.";
    printEnd(secondTask, secondWatch);
  }
  return 0;
}

int main(int argc, char **argv) {
  NSAutoreleasePool *pool = [NSAutoreleasePool new];
  int status = argc < 2 ? 2 : run(readPlan(argv[1]));
  [pool release];
  return status;
}
