/*
 * oss-upload: uploads one file to Alibaba Cloud OSS and resumes where an earlier run stopped. Its arguments and
 * exit codes are those of the C example.
 */
#import "OSSResumable.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char USAGE[] = "usage: oss-upload FILE oss://BUCKET/KEY --region REGION [option]...\n";

static const char HELP[] =
    "\n"
    "Uploads FILE to OSS in parts. Run the same command again after a failure, a Ctrl-C or\n"
    "a crash, and only what is missing is sent.\n"
    "\n"
    "  --region REGION          such as cn-hangzhou (default: what the endpoint tells)\n"
    "  --endpoint URL           [http://|https://]host[:port] (default: the region's public one)\n"
    "  --part-size BYTES|auto   102400 to 5368709120 (default: auto)\n"
    "  --threads N|auto         parts in flight, 1 to 1024 (default: auto)\n"
    "  --checkpoint PATH        a file, or an existing directory (default: FILE.ucp)\n"
    "  --no-checkpoint          do not resume, and leave nothing to resume from\n"
    "  --sign v1|v4             the signature version (default: v4)\n"
    "  --header 'Name: value'   a header of the object; may be repeated\n"
    "  --help                   show this and exit\n"
    "  --                       what follows is not an option\n"
    "\n"
    "Credentials: OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and, for temporary ones,\n"
    "OSS_SESSION_TOKEN in the environment; else OIDC (RRSA), the profile of the Alibaba Cloud\n"
    "CLI, or the RAM role of the ECS instance. Proxy: https_proxy, no_proxy.\n"
    "\n"
    "Output: progress, warnings and errors on stderr. After a success the last line of\n"
    "stdout is: etag=... crc64=... request_id=... resumed_bytes=...\n"
    "\n"
    "Ctrl-C (or SIGTERM) stops the upload and keeps the checkpoint; a second one ends the\n"
    "program at once.\n"
    "\n"
    "Exit codes:\n"
    "  0    uploaded\n"
    "  1    failed, and trying again would not help\n"
    "  2    wrong usage, or an argument out of range\n"
    "  3    the network or OSS (HTTP 429, 5xx) failed: try again later\n"
    "  4    FILE cannot be read, or changed during the upload\n"
    "  5    the checkpoint is in use by another process, or unusable\n"
    "  6    it is not known whether the object was stored; trying again settles it\n"
    "  130  canceled\n";

/* Text of others, in which nothing may steer the terminal or break the line. */
static const char *onOneLine(NSString *text) {
  if ([text length] == 0) {
    return "-";
  }
  NSArray *pieces = [text componentsSeparatedByCharactersInSet:[NSCharacterSet controlCharacterSet]];
  return [[pieces componentsJoinedByString:@" "] UTF8String];
}

static int usage(NSString *message) {
  fprintf(stderr, "oss-upload: %s (see oss-upload --help)\n", onOneLine(message));
  return 2;
}

/* ---- Arguments ------------------------------------------------------------------------------- */

@interface Options : NSObject {
@public
  OSSRClientConfiguration *configuration;
  OSSRResumableUploadRequest *request;
  NSMutableDictionary *headers;
  NSString *wrong;
}
- (void)parse:(NSArray *)arguments;
@end

@implementation Options

- (id)init {
  if ((self = [super init]) != nil) {
    configuration = [OSSRClientConfiguration new];
    configuration.credentialsSource = [[OSSRCredentialsSource new] autorelease];
    configuration.proxyFromEnvironment = YES;
    request = [OSSRResumableUploadRequest new];
    request.partSize = OSSRAuto;
    request.threadNum = OSSRAuto;
    request.enableCheckpoint = YES;
    headers = [NSMutableDictionary new];
  }
  return self;
}

/* Digits only; 0, and wrong, when it is none from 1 to `most`. */
- (int64_t)count:(NSString *)text of:(NSString *)name most:(long long)most {
  if ([text isEqual:@"auto"]) {
    return OSSRAuto;
  }
  const char *digits = [text UTF8String];
  long long value = strspn(digits, "0123456789") == strlen(digits) ? strtoll(digits, NULL, 10) : 0;
  if (value < 1 || value > most) {
    wrong = [NSString stringWithFormat:@"%@: '%@' is neither a number from 1 to %lld nor 'auto'", name, text, most];
    return 0;
  }
  return value;
}

- (void)set:(NSString *)name to:(NSString *)value {
  if ([name isEqual:@"--region"]) {
    configuration.region = value;
  } else if ([name isEqual:@"--endpoint"]) {
    configuration.endpoint = value;
  } else if ([name isEqual:@"--part-size"]) {
    request.partSize = [self count:value of:name most:INT64_MAX - 1];
  } else if ([name isEqual:@"--threads"]) {
    request.threadNum = (int)[self count:value of:name most:INT32_MAX];
  } else if ([name isEqual:@"--checkpoint"]) {
    request.recordDirectoryPath = value;
  } else if ([name isEqual:@"--sign"]) {
    configuration.signatureVersion = [value isEqual:@"v1"] ? 1 : 4;
    if (![value isEqual:@"v1"] && ![value isEqual:@"v4"]) {
      wrong = [NSString stringWithFormat:@"--sign: '%@' is neither v1 nor v4", value];
    }
  } else if ([name isEqual:@"--header"]) {
    NSRange colon = [value rangeOfString:@":"];
    if (colon.length == 0 || colon.location == 0) {
      /* The text is not repeated: the value of a header may be a secret. */
      wrong = @"--header: expected 'Name: value'";
      return;
    }
    NSString *text = [value substringFromIndex:colon.location + 1];
    [headers setObject:[text stringByTrimmingCharactersInSet:[NSCharacterSet whitespaceCharacterSet]]
                forKey:[value substringToIndex:colon.location]];
  } else {
    wrong = [NSString stringWithFormat:@"unknown option '%@'", name];
  }
}

- (void)takePositional:(NSString *)text {
  if (request.uploadingFileURL == nil) {
    request.uploadingFileURL = [NSURL fileURLWithPath:text];
    return;
  }
  if (request.bucketName != nil) {
    wrong = [NSString stringWithFormat:@"one argument too many: '%@'", text];
    return;
  }
  if (![text hasPrefix:@"oss://"]) {
    wrong = [NSString stringWithFormat:@"'%@' does not begin with oss://", text];
    return;
  }
  NSString *target = [text substringFromIndex:6];
  NSRange slash = [target rangeOfString:@"/"];
  if (slash.length == 0 || slash.location == 0 || slash.location + 1 == [target length]) {
    wrong = [NSString stringWithFormat:@"'%@' is not of the form oss://BUCKET/KEY", text];
    return;
  }
  request.bucketName = [target substringToIndex:slash.location];
  request.objectKey = [target substringFromIndex:slash.location + 1];
}

- (void)parse:(NSArray *)arguments {
  BOOL onlyPositional = NO;
  for (NSUInteger at = 0; at < [arguments count] && wrong == nil; at++) {
    NSString *argument = [arguments objectAtIndex:at];
    NSRange equals = [argument rangeOfString:@"="];
    if (onlyPositional || ![argument hasPrefix:@"-"]) {
      [self takePositional:argument];
    } else if ([argument isEqual:@"--"]) {
      onlyPositional = YES;
    } else if ([argument isEqual:@"--no-checkpoint"]) {
      request.enableCheckpoint = NO;
    } else if (equals.length > 0) {
      [self set:[argument substringToIndex:equals.location] to:[argument substringFromIndex:equals.location + 1]];
    } else if (at + 1 == [arguments count]) {
      wrong = [NSString stringWithFormat:@"'%@' is no option, or needs a value", argument];
    } else {
      [self set:argument to:[arguments objectAtIndex:++at]];
    }
  }
  if (wrong == nil && (request.uploadingFileURL == nil || request.bucketName == nil)) {
    wrong = @"FILE and oss://BUCKET/KEY are required";
  } else if (wrong == nil && configuration.endpoint == nil && configuration.region == nil) {
    wrong = @"--endpoint or --region is required";
  } else if (wrong == nil && !request.enableCheckpoint && request.recordDirectoryPath != nil) {
    wrong = @"--checkpoint and --no-checkpoint exclude each other";
  }
  request.headers = headers;
}

- (void)dealloc {
  [configuration release];
  [request release];
  [headers release];
  [super dealloc];
}

@end

/* ---- Progress and the end --------------------------------------------------------------------- */

/* Progress on stderr, at most once a second, and at the end. */
@interface Display : NSObject <OSSRUploadDelegate> {
@private
  time_t _last;
}
@end

@implementation Display

- (void)uploadRequest:(OSSRResumableUploadRequest *)request didProgress:(OSSRProgress *)progress {
  time_t now = time(NULL);
  if (now != _last || progress.completedUnitCount == progress.totalUnitCount) {
    _last = now;
    fprintf(stderr, "oss-upload: %3d%% %d/%d parts, %d retries\n", (int)(progress.fractionCompleted * 100),
            (int)progress.partsDone, (int)progress.partsTotal, (int)progress.retries);
  }
}

@end

static volatile sig_atomic_t stopRequested = 0;

static void requestStop(int number) {
  (void)number;
  stopRequested = 1;
}

/* The handler is good for one signal, so that a second one ends the program. */
static void catchStopSignals(void) {
  const int numbers[] = {SIGINT, SIGTERM};
  for (int at = 0; at < 2; at++) {
    struct sigaction action, before;
    memset(&action, 0, sizeof action);
    action.sa_handler = requestStop;
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    if (sigaction(numbers[at], NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
      sigaction(numbers[at], &action, NULL);
    }
  }
}

static int exitCode(NSError *error) {
  switch (error.code) {
    case OSSRErrorInvalidArgument: return 2;
    case OSSRErrorFile: return 4;
    case OSSRErrorFileChanged: return 4;
    case OSSRErrorCheckpoint: return 5;
    case OSSRErrorNetwork: return 3;
    case OSSRErrorCommitUnknown: return 6;
    case OSSRErrorCancelled: return 130;
    case OSSRErrorService:
    case OSSRErrorCredentials:
      return [[error.userInfo objectForKey:OSSRErrorRetryableKey] boolValue] ? 3 : 1;
    default: return 1;
  }
}

static const char *codeName(NSInteger code) {
  switch (code) {
    case OSSRErrorInvalidArgument: return "E_INVALID_ARGUMENT";
    case OSSRErrorFile: return "E_FILE";
    case OSSRErrorFileChanged: return "E_FILE_CHANGED";
    case OSSRErrorCheckpoint: return "E_CHECKPOINT";
    case OSSRErrorNetwork: return "E_NETWORK";
    case OSSRErrorService: return "E_SERVICE";
    case OSSRErrorIntegrity: return "E_INTEGRITY";
    case OSSRErrorCancelled: return "E_CANCELED";
    case OSSRErrorState: return "E_STATE";
    case OSSRErrorCommitUnknown: return "E_COMMIT_UNKNOWN";
    case OSSRErrorCredentials: return "E_CREDENTIALS";
    case OSSRErrorInternal: return "E_INTERNAL";
    default: return "error";
  }
}

static int fail(NSError *error) {
  fprintf(stderr, "oss-upload: %s oss_code=%s request_id=%s: %s\n", codeName(error.code),
          onOneLine([error.userInfo objectForKey:OSSRErrorOSSCodeKey]),
          onOneLine([error.userInfo objectForKey:OSSRErrorRequestIdKey]), onOneLine([error localizedDescription]));
  return exitCode(error);
}

static int upload(Options *options) {
  NSError *error = nil;
  OSSRClient *client = [OSSRClient clientWithConfiguration:options->configuration error:&error];
  if (client == nil) {
    return fail(error);
  }
  Display *display = [[Display new] autorelease];
  options->request.delegate = display;
  OSSRTask *task = [client resumableUpload:options->request];
  while (!task.isFinished) {
    usleep(50000);
    if (stopRequested) {
      [task cancel];
    }
  }
  OSSRResumableUploadResult *result = task.result;
  if (result == nil) {
    return fail(task.error);
  }
  if (result.warnings != 0) {
    fprintf(stderr, "oss-upload: warning: %lu (bits of OSSRWarning)\n", (unsigned long)result.warnings);
  }
  printf("etag=%s crc64=%llu request_id=%s resumed_bytes=%lld\n", onOneLine(result.eTag),
         (unsigned long long)result.crc64, onOneLine(result.requestId), (long long)result.resumedBytes);
  return 0;
}

int main(int argc, char **argv) {
  NSAutoreleasePool *pool = [NSAutoreleasePool new];
  NSMutableArray *arguments = [NSMutableArray array];
  BOOL wantsHelp = NO;
  for (int at = 1; at < argc; at++) {
    NSString *argument = [NSString stringWithUTF8String:argv[at]];
    wantsHelp = wantsHelp || ([argument isEqual:@"--help"] && ![arguments containsObject:@"--"]);
    [arguments addObject:argument];
  }
  int status;
  Options *options = [[Options new] autorelease];
  if (wantsHelp) {
    printf("%s%s", USAGE, HELP);
    status = 0;
  } else if (argc < 2) {
    fputs(USAGE, stderr);
    status = 2;
  } else {
    [options parse:arguments];
    if (options->wrong != nil) {
      status = usage(options->wrong);
    } else {
      catchStopSignals();
      status = upload(options);
    }
  }
  [pool release];
  return status;
}
