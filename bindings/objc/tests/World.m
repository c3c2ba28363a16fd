#define _GNU_SOURCE
#import "World.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

NSString *const BUCKET = @"examplebucket";

static struct {
  const char *sentence, *file;
  int line;
  void (*body)(void);
} tests[200];
static int testCount, files;
static NSString *serverAddress, *fileDirectory;

void addTest(const char *sentence, const char *file, int line, void (*body)(void)) {
  tests[testCount].sentence = sentence;
  tests[testCount].file = file;
  tests[testCount].line = line;
  tests[testCount++].body = body;
}

void check(BOOL condition, const char *text, const char *file, int line) {
  if (!condition) {
    [NSException raise:@"CheckFailed" format:@"%s:%d: %s", file, line, text];
  }
}

void checkEqual(id found, id expected, const char *text, const char *file, int line) {
  if (found != expected && ![found isEqual:expected]) {
    [NSException raise:@"CheckFailed" format:@"%s:%d: %s is %@, not %@", file, line, text, found, expected];
  }
}

NSString *address(void) { return serverAddress; }
NSString *directory(void) { return fileDirectory; }

static int connectToServer(void) {
  struct sockaddr_in to;
  memset(&to, 0, sizeof to);
  to.sin_family = AF_INET;
  to.sin_port = htons((uint16_t)[[[serverAddress componentsSeparatedByString:@":"] lastObject] intValue]);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int handle = socket(AF_INET, SOCK_STREAM, 0);
  CHECK(connect(handle, (struct sockaddr *)&to, sizeof to) == 0);
  return handle;
}

NSData *control(NSString *method, NSString *path, NSString *body) {
  NSData *payload = [body == nil ? @"" : body dataUsingEncoding:NSUTF8StringEncoding];
  NSString *head = [NSString stringWithFormat:@"%@ %@ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                              @"Content-Length: %d\r\n\r\n",
                                              method, path, (int)[payload length]];
  NSMutableData *request = [NSMutableData dataWithData:[head dataUsingEncoding:NSUTF8StringEncoding]];
  [request appendData:payload];
  int handle = connectToServer();
  CHECK(write(handle, [request bytes], [request length]) == (ssize_t)[request length]);
  NSMutableData *answer = [NSMutableData data];
  char buffer[65536];
  ssize_t count;
  while ((count = read(handle, buffer, sizeof buffer)) > 0) {
    [answer appendBytes:buffer length:(NSUInteger)count];
  }
  close(handle);
  const char *bytes = [answer bytes];
  const char *end = memmem(bytes, [answer length], "\r\n\r\n", 4);
  CHECK(end != NULL);
  NSUInteger begin = (NSUInteger)(end - bytes) + 4;
  return [answer subdataWithRange:NSMakeRange(begin, [answer length] - begin)];
}

id controlJSON(NSString *path) {
  id json = [NSJSONSerialization JSONObjectWithData:control(@"GET", path, nil) options:0 error:NULL];
  CHECK(json != nil);
  return json;
}

void rule(NSString *json) { control(@"POST", @"/-/rules", json); }

int requests(NSString *op) {
  int count = 0;
  for (NSDictionary *entry in controlJSON(@"/-/log")) {
    count += [[entry objectForKey:@"op"] isEqual:op];
  }
  return count;
}

int openUploads(void) { return (int)[controlJSON(@"/-/uploads") count]; }

BOOL hasObject(NSString *key) {
  for (NSDictionary *entry in controlJSON(@"/-/objects")) {
    if ([[entry objectForKey:@"key"] isEqual:key]) {
      return YES;
    }
  }
  return NO;
}

static NSString *percentEncoded(NSString *text) {
  NSMutableString *encoded = [NSMutableString string];
  const char *byte;
  for (byte = [text UTF8String]; *byte != '\0'; byte++) {
    [encoded appendFormat:@"%%%02X", (unsigned char)*byte];
  }
  return encoded;
}

BOOL objectEquals(NSString *key, NSData *data) {
  NSString *path = [NSString stringWithFormat:@"/-/object?bucket=%@&key=%@", BUCKET, percentEncoded(key)];
  return [control(@"GET", path, nil) isEqualToData:data];
}

NSString *newFile(int size) {
  return newFileNamed(size, [NSString stringWithFormat:@"file-%d", files + 1]);
}

NSString *newFileNamed(int size, NSString *name) {
  NSString *path = [fileDirectory stringByAppendingPathComponent:name];
  NSMutableData *data = [NSMutableData dataWithLength:(NSUInteger)size];
  char *bytes = [data mutableBytes];
  srandom((unsigned)(size + ++files));
  for (int at = 0; at < size; at++) {
    bytes[at] = (char)random();
  }
  CHECK([data writeToFile:path atomically:NO]);
  return path;
}

OSSRClientConfiguration *newConfiguration(void) {
  OSSRClientConfiguration *configuration = [OSSRClientConfiguration configuration];
  configuration.endpoint = serverAddress;
  configuration.region = @"cn-hangzhou";
  configuration.accessKeyId = @"test-access-key-id";
  configuration.accessKeySecret = @"test-access-key-secret";
  return configuration;
}

OSSRClient *newClient(void) {
  NSError *error = nil;
  OSSRClient *client = [OSSRClient clientWithConfiguration:newConfiguration() error:&error];
  checkEqual(error, nil, "error of the client", __FILE__, __LINE__);
  return client;
}

OSSRResumableUploadRequest *newRequest(NSString *path, NSString *key) {
  OSSRResumableUploadRequest *request =
      [OSSRResumableUploadRequest requestWithBucketName:BUCKET objectKey:key uploadingFileURL:[NSURL fileURLWithPath:path]];
  request.partSize = 102400;
  request.threadNum = 2;
  return request;
}

BOOL isError(NSError *error, OSSRErrorCode code) {
  return [error.domain isEqual:OSSRErrorDomain] && error.code == code;
}

@implementation Recorder

+ (Recorder *)recorder {
  Recorder *recorder = [[Recorder new] autorelease];
  recorder->calls = [NSMutableArray new];
  recorder->monotonic = YES;
  recorder->onOneThread = YES;
  recorder->throwAt = recorder->cancelAt = -1;
  return recorder;
}

- (OSSRProgress *)last { return [calls lastObject]; }

- (void)uploadRequest:(OSSRResumableUploadRequest *)request didProgress:(OSSRProgress *)progress {
  int64_t before = [self last].completedUnitCount;
  monotonic = monotonic && progress.completedUnitCount >= before && progress.completedUnitCount <= progress.totalUnitCount;
  onOneThread = onOneThread && (thread == nil || thread == [NSThread currentThread]);
  thread = [NSThread currentThread];
  [calls addObject:progress];
  [closes close];
  [renews setAccessKeyId:@"test-sts-access-key-id"
         accessKeySecret:@"test-sts-access-key-secret"
           securityToken:@"test-sts-token"
                   error:NULL];
  if (throwAt >= 0 && progress.completedUnitCount >= throwAt) {
    @throw thrown;
  }
  if (cancelAt >= 0 && progress.completedUnitCount >= cancelAt) {
    [request cancel];
  }
}

- (void)dealloc {
  [calls release];
  [super dealloc];
}

@end

static void reset(void) {
  control(@"DELETE", @"/-/rules", nil);
  control(@"DELETE", @"/-/log", nil);
  control(@"POST", @"/-/config", @"{\"abort_all\":true}");
}

/* By file, then by line: the first is the comparison with abi.json. */
static int compareTests(const void *left, const void *right) {
  const char *const *a = left, *const *b = right;
  int files = strcmp(a[1], b[1]);
  return files != 0 ? files : *(const int *)(a + 2) - *(const int *)(b + 2);
}

static BOOL run(const char *sentence, void (*body)(void)) {
  BOOL passed = YES;
  NSAutoreleasePool *pool = [NSAutoreleasePool new];
  @try {
    reset();
    body();
  } @catch (NSException *exception) {
    passed = NO;
    printf("FAILED %s\n       %s\n", sentence, [[exception reason] UTF8String]);
  }
  [pool release];
  if (passed) {
    printf("ok     %s\n", sentence);
  }
  fflush(stdout);
  return passed;
}

/* SERVER_ADDRESS: where the server is. The arguments: a directory for files, and part of a name. */
int main(int argc, char **argv) {
  NSAutoreleasePool *pool = [NSAutoreleasePool new];
  int passed = 0, failed = 0;
  CHECK(argc > 1);
  fileDirectory = [[NSString stringWithUTF8String:argv[1]] retain];
  serverAddress = [[NSString stringWithUTF8String:getenv("SERVER_ADDRESS")] retain];
  qsort(tests, (size_t)testCount, sizeof tests[0], compareTests);
  for (int at = 0; at < testCount; at++) {
    if (argc > 2 && strstr(tests[at].sentence, argv[2]) == NULL) {
      continue;
    }
    *(run(tests[at].sentence, tests[at].body) ? &passed : &failed) += 1;
  }
  printf("%d passed, %d failed\n", passed, failed);
  [pool release];
  return failed == 0 ? 0 : 1;
}
