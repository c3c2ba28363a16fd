/* The runner, the test server, and what it knows. */
#import "OSSResumable.h"

/* A test's name is a sentence that is true when it passes. */
#define TEST_(number, sentence)                                                       \
  static void test##number(void);                                                     \
  __attribute__((constructor)) static void add##number(void) { addTest(sentence, __FILE__, number, test##number); } \
  static void test##number(void)
#define TEST__(number, sentence) TEST_(number, sentence)
#define TEST(sentence) TEST__(__LINE__, sentence)

#define CHECK(condition) check((condition) ? YES : NO, #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(a, b) checkEqual((a), (b), #a, __FILE__, __LINE__)

void addTest(const char *sentence, const char *file, int line, void (*body)(void));
void check(BOOL condition, const char *text, const char *file, int line);
void checkEqual(id found, id expected, const char *text, const char *file, int line);

extern NSString *const BUCKET;

NSString *address(void);
NSString *directory(void);
NSData *control(NSString *method, NSString *path, NSString *body);
id controlJSON(NSString *path);
void rule(NSString *json);
int requests(NSString *op);
int openUploads(void);
BOOL hasObject(NSString *key);
BOOL objectEquals(NSString *key, NSData *data);
NSString *newFile(int size);
NSString *newFileNamed(int size, NSString *name);

OSSRClientConfiguration *newConfiguration(void);
OSSRClient *newClient(void);
/* 100 KiB parts, two in flight. */
OSSRResumableUploadRequest *newRequest(NSString *path, NSString *key);

/* The domain is ours and the code is this one. */
BOOL isError(NSError *error, OSSRErrorCode code);

/* A delegate that writes progress down, and then does what it was told. */
@interface Recorder : NSObject <OSSRUploadDelegate> {
@public
  NSMutableArray *calls;
  BOOL monotonic, onOneThread;
  NSThread *thread;
  id thrown;
  int64_t throwAt, cancelAt;
  OSSRClient *closes;
  OSSRClient *renews;
}
+ (Recorder *)recorder;
- (OSSRProgress *)last;
@end
